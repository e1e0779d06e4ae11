import numpy as np
import torch

torch.manual_seed(5)
rng = np.random.default_rng(5)

# ---------------------------------------------------------------- data
n, bands = 900, 40
weeks = rng.uniform(2, 60, n)
wavelength = np.linspace(0, 1, bands)
protein = np.exp(-((wavelength - 0.35) / 0.12) ** 2)
fat = np.exp(-((wavelength - 0.7) / 0.15) ** 2)
ripening = 1 - np.exp(-weeks / 25)
moisture = rng.normal(0, 0.2, n)
spectra = (
    np.outer(1 - 0.7 * ripening, protein)
    + np.outer(0.5 + 0.4 * ripening ** 2 + moisture, fat)
    + 0.3 * rng.normal(size=(n, 1)) * wavelength
    + 0.02 * rng.normal(size=(n, bands))
)
spectra = (spectra - spectra[:700].mean(axis=0)) / spectra[:700].std(axis=0)
y_mean, y_std = weeks[:700].mean(), weeks[:700].std()
X = torch.tensor(spectra, dtype=torch.float32)
y = torch.tensor((weeks - y_mean) / y_std, dtype=torch.float32).reshape(-1, 1)
X_train, y_train, X_val, y_val = X[:700], y[:700], X[700:], y[700:]


# ---------------------------------------------------------------- model
def init_layer(n_in, n_out):
    w = (torch.randn(n_in, n_out) * np.sqrt(2.0 / n_in)).requires_grad_()
    b = torch.zeros(n_out, requires_grad=True)
    return [w, b]


params = init_layer(bands, 32) + init_layer(32, 32) + init_layer(32, 1)


def forward(x):
    w1, b1, w2, b2, w3, b3 = params
    h1 = torch.relu(x @ w1 + b1)
    h2 = torch.relu(h1 @ w2 + b2)
    return h2 @ w3 + b3


# ---------------------------------------------------------------- training
learning_rate = 0.03
for epoch in range(60):
    order = torch.randperm(len(X_train))
    epoch_loss = 0.0
    for start in range(0, len(order), 32):
        rows = order[start : start + 32]
        loss = ((forward(X_train[rows]) - y_train[rows]) ** 2).mean()
        loss.backward()
        with torch.no_grad():
            for p in params:
                grad = p.grad.clone()
                p.grad.zero_()
                p -= learning_rate * grad
        epoch_loss += loss.item() * len(rows)

    if (epoch + 1) % 10 == 0:
        with torch.no_grad():
            rmse = ((forward(X_val) - y_val) ** 2).mean().sqrt().item() * y_std
        print(f"epoch {epoch + 1}: training loss {epoch_loss / len(X_train):.4f}, validation rmse {rmse:.2f} weeks")
