import torch
from sklearn.datasets import load_breast_cancer
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler


class CellClassifier:
    def __init__(self, n_features, hidden=24, lr=2e-3, epochs=12, batch_size=24):
        self.model = torch.nn.Sequential(
            torch.nn.Linear(n_features, hidden), torch.nn.ReLU(), torch.nn.Dropout(0.3),
            torch.nn.Linear(hidden, 1),
        )
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=lr, weight_decay=0.02)
        self.epochs, self.batch_size = epochs, batch_size

    def fit(self, X, y, X_val, y_val):
        X, y = torch.as_tensor(X, dtype=torch.float32), torch.as_tensor(y, dtype=torch.float32)
        for epoch in range(1, self.epochs + 1):
            self.model.train()
            losses = []
            for rows in torch.randperm(len(X)).split(self.batch_size):
                logits = self.model(X[rows]).squeeze(1)
                loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, y[rows])
                self.optimizer.zero_grad()
                loss.backward()
                self.optimizer.step()
                losses.append(loss.item())
            auc = roc_auc_score(y_val, self.predict_proba(X_val))
            print(f"epoch {epoch}: loss {sum(losses) / len(losses):.4f} val auc {auc:.4f}")
        return self

    @torch.no_grad()
    def predict_proba(self, X):
        self.model.eval()
        logits = self.model(torch.as_tensor(X, dtype=torch.float32))
        return torch.sigmoid(logits).squeeze(1).detach().numpy()


torch.manual_seed(1)
X, y = load_breast_cancer(return_X_y=True)
X_train, X_val, y_train, y_val = train_test_split(X, y, test_size=0.3, random_state=1, stratify=y)
scaler = StandardScaler().fit(X_train)
clf = CellClassifier(X.shape[1]).fit(scaler.transform(X_train), y_train, scaler.transform(X_val), y_val)
accuracy = ((clf.predict_proba(scaler.transform(X_val)) > 0.5) == y_val).mean()
print(f"validation accuracy {accuracy:.4f}")
