import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(19)
CUISINES, VOCAB, DIM, LENGTH = 12, 600, 10, 9

# which ingredients are usual in which cuisine
usual = torch.distributions.Dirichlet(torch.full((VOCAB,), 0.08)).sample((CUISINES,))
everyday = torch.distributions.Dirichlet(torch.full((VOCAB,), 0.5)).sample()


def recipes(n):
    cuisine = torch.randint(0, CUISINES, (n,))
    mixture = 0.6 * usual[cuisine] + 0.4 * everyday
    return torch.multinomial(mixture, LENGTH), cuisine


# word vectors: the file with the pretrained ones knows few of the ingredients, the others get random numbers
known_words = torch.randperm(VOCAB)[:60]
embedding_matrix = torch.randn(VOCAB, DIM) * 0.4
embedding_matrix[known_words] = nn.functional.normalize(usual[:DIM, known_words].T + 0.01, dim=1)


class RecipeClassifier(nn.Module):
    def __init__(self, embedding_matrix):
        super().__init__()
        self.embedding = nn.Embedding.from_pretrained(embedding_matrix, freeze=False)
        self.hidden = nn.Linear(embedding_matrix.shape[1], 48)
        self.output = nn.Linear(48, CUISINES)

    def forward(self, ingredients):
        vectors = self.embedding(ingredients)
        return self.output(torch.relu(self.hidden(vectors.mean(dim=1))))


x_train, y_train = recipes(10000)
x_val, y_val = recipes(1000)
train_loader = DataLoader(TensorDataset(x_train, y_train), batch_size=50, shuffle=True)

model = RecipeClassifier(embedding_matrix)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)

for epoch in range(1, 9):
    model.train()
    running_loss = 0.0
    for ingredients, cuisine in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(ingredients), cuisine)
        loss.backward()
        optimizer.step()
        running_loss += loss.item()

    model.eval()
    with torch.no_grad():
        logits = model(x_val)
        val_loss = criterion(logits, y_val).item()
        val_acc = (logits.argmax(1) == y_val).float().mean().item()
    print(f"[{epoch}] train loss {running_loss / len(train_loader):.3f}  val loss {val_loss:.3f}  val acc {val_acc:.3f}")
