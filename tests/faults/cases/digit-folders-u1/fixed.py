import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

torch.manual_seed(0)

X, y = load_digits(return_X_y=True)
X = (X - 8.0) / 6.0
Xtr, Xva, ytr, yva = train_test_split(X, y, test_size=0.25, random_state=0, stratify=y)

# the images lie in one array per digit, as in the folders
order = torch.randperm(len(ytr)).numpy()
Xtr = torch.tensor(Xtr[order], dtype=torch.float32)
ytr = torch.tensor(ytr[order])
Xva = torch.tensor(Xva, dtype=torch.float32)
yva = torch.tensor(yva)

model = torch.nn.Sequential(
    torch.nn.Unflatten(1, (1, 8, 8)),
    torch.nn.Conv2d(1, 16, 3, padding=1),
    torch.nn.ReLU(),
    torch.nn.MaxPool2d(2),
    torch.nn.Conv2d(16, 32, 3, padding=1),
    torch.nn.ReLU(),
    torch.nn.Flatten(),
    torch.nn.Linear(32 * 16, 10),
)
optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
loss_fn = torch.nn.CrossEntropyLoss()

batch_size = 32
n_batches = len(Xtr) // batch_size
history = []

for epoch in range(4):
    for b in torch.randperm(n_batches).tolist():
        rows = slice(b * batch_size, (b + 1) * batch_size)
        out = model(Xtr[rows])
        loss = loss_fn(out, ytr[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        history.append(loss.item())

    with torch.no_grad():
        val_out = model(Xva)
        val_loss = loss_fn(val_out, yva).item()
        val_acc = (val_out.argmax(dim=1) == yva).float().mean().item()
    mean_loss = sum(history[-n_batches:]) / n_batches
    print(f"epoch {epoch + 1}  loss {mean_loss:.3f}  val_loss {val_loss:.3f}  val_acc {val_acc:.3f}")
