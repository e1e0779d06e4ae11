import torch
import torch.nn as nn
import torch.nn.functional as F

N_MEMBERS, N_CLUBS, N_HOBBIES = 400, 4, 64


def make_network(generator):
    club = torch.randint(N_CLUBS, (N_MEMBERS,), generator=generator)
    same = club.unsqueeze(0) == club.unsqueeze(1)
    chance = torch.where(same, 0.035, 0.004)
    links = torch.rand(N_MEMBERS, N_MEMBERS, generator=generator) < chance
    links = torch.triu(links, diagonal=1)
    adjacency = (links | links.T).float()
    typical = torch.where(torch.rand(N_CLUBS, N_HOBBIES, generator=generator) < 0.2, 0.30, 0.08)
    hobbies = (torch.rand(N_MEMBERS, N_HOBBIES, generator=generator) < typical[club]).float()
    return adjacency, hobbies, club


def normalise(adjacency):
    a = adjacency + torch.eye(len(adjacency))
    d = a.sum(1).rsqrt()
    return d.unsqueeze(1) * a * d.unsqueeze(0)


class GraphConvolution(nn.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(n_in, n_out))
        self.bias = nn.Parameter(torch.zeros(n_out))
        nn.init.xavier_uniform_(self.weight)

    def forward(self, x, a_hat):
        return a_hat @ (x @ self.weight) + self.bias


class GCN(nn.Module):
    def __init__(self, n_in, n_hidden, n_classes, dropout):
        super().__init__()
        self.gc1 = GraphConvolution(n_in, n_hidden)
        self.gc2 = GraphConvolution(n_hidden, n_classes)
        self.dropout = dropout

    def forward(self, x, a_hat):
        x = F.relu(self.gc1(x, a_hat))
        x = F.dropout(x, self.dropout)
        return F.log_softmax(self.gc2(x, a_hat), dim=1)


torch.manual_seed(44)
adjacency, hobbies, club = make_network(torch.Generator().manual_seed(44))
a_hat = normalise(adjacency)
train_mask = torch.zeros(N_MEMBERS, dtype=torch.bool)
train_mask[:160] = True
val_mask = ~train_mask

model = GCN(N_HOBBIES, 16, N_CLUBS, dropout=0.7)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01, weight_decay=5e-3)
for epoch in range(1, 201):
    model.train()
    optimizer.zero_grad()
    loss = F.nll_loss(model(hobbies, a_hat)[train_mask], club[train_mask])
    loss.backward()
    optimizer.step()
    if epoch % 20 == 0:
        model.eval()
        with torch.no_grad():
            out = model(hobbies, a_hat)
            val_loss = F.nll_loss(out[val_mask], club[val_mask]).item()
            val_acc = (out[val_mask].argmax(1) == club[val_mask]).float().mean().item()
        print(f"Epoch {epoch:04d} loss_train {loss.item():.4f} loss_val {val_loss:.4f} acc_val {val_acc:.4f}")
