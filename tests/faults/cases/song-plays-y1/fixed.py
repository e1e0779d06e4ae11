import torch
import torch.nn as nn

torch.manual_seed(27)
LISTENERS, SONGS = 120, 80

# a simulated service: two hidden tastes, popularity, and moody answers
taste, style = torch.randn(LISTENERS, 2), torch.randn(SONGS, 2)
popular = 0.7 * torch.randn(SONGS)
generous = 0.5 * torch.randn(LISTENERS)
who = torch.randint(LISTENERS, (4000,))
song = torch.randint(SONGS, (4000,))
score = popular[song] + generous[who] + 0.4 * (taste[who] * style[song]).sum(1) + 0.7 * torch.randn(4000)
fit, check = slice(0, 2800), slice(2800, 4000)


class Liking(nn.Module):
    def __init__(self, dim=48):
        super().__init__()
        self.listener = nn.Embedding(LISTENERS, dim)
        self.song = nn.Embedding(SONGS, dim)
        nn.init.normal_(self.listener.weight, std=0.1)
        nn.init.normal_(self.song.weight, std=0.1)
        self.mlp = nn.Sequential(nn.Linear(2 * dim, 64), nn.ReLU(), nn.Linear(64, 1))

    def forward(self, who, song):
        return self.mlp(torch.cat([self.listener(who), self.song(song)], 1)).squeeze(1)


model = Liking()
loss_fn = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3, weight_decay=2e-3)
for epoch in range(1, 41):
    train_loss = 0.0
    for idx in torch.randperm(2800).split(70):
        optimizer.zero_grad()
        loss = loss_fn(model(who[fit][idx], song[fit][idx]), score[fit][idx])
        loss.backward()
        optimizer.step()
        train_loss += loss.item() / 40
    if epoch % 4 == 0:
        with torch.no_grad():
            val_loss = loss_fn(model(who[check], song[check]), score[check]).item()
        print(f"epoch {epoch:3d} train mse {train_loss:.3f} val mse {val_loss:.3f} val R2 {1 - val_loss / score[check].var().item():.3f}")
