import torch
from torch import nn, optim
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

torch.manual_seed(17)
data, target = load_wine(return_X_y=True)
a, b, ta, tb = train_test_split(data, target, test_size=0.33, random_state=17, stratify=target)
scale = StandardScaler().fit(a)
a = torch.tensor(scale.transform(a), dtype=torch.float)
b = torch.tensor(scale.transform(b), dtype=torch.float)
ta, tb = torch.tensor(ta), torch.tensor(tb)


def layer(n_in, n_out, groups):
    return nn.Sequential(nn.Linear(n_in, n_out), nn.GroupNorm(groups, n_out), nn.ReLU())


net = nn.Sequential(
    layer(13, 32, groups=32),
    layer(32, 32, groups=32),
    nn.Linear(32, 3),
)
opt = optim.Adam(net.parameters(), lr=2e-3)
ce = nn.CrossEntropyLoss()

for epoch in range(30):
    net.train()
    for chunk in torch.randperm(len(a)).split(16):
        opt.zero_grad()
        loss = ce(net(a[chunk]), ta[chunk])
        loss.backward()
        opt.step()
    if (epoch + 1) % 6 == 0:
        net.eval()
        with torch.inference_mode():
            logits = net(b)
            right = (logits.argmax(-1) == tb).sum().item()
        print(f"after {epoch + 1} epochs: test loss {ce(logits, tb).item():.3f}, {right} of {len(tb)} right")
