import torch
import torch.nn as nn

DTYPE = torch.float16


def arm(n, gen):
    """Three joint angles to the position of the hand."""
    a = (torch.rand(n, 3, generator=gen) * 2 - 1) * 1.5
    c = a.cumsum(1)
    reach = torch.tensor([1.0, 0.8, 0.5])
    return a, torch.stack([(reach * c.cos()).sum(1), (reach * c.sin()).sum(1)], 1)


class Kinematics(nn.Module):
    def __init__(self, width=64):
        super().__init__()
        self.l1 = nn.Linear(3, width)
        self.l2 = nn.Linear(width, width)
        self.l3 = nn.Linear(width, 2)

    def forward(self, a):
        h = torch.relu(self.l1(a))
        h = torch.relu(self.l2(h))
        return self.l3(h)


def main():
    torch.manual_seed(19)
    gen = torch.Generator().manual_seed(19)
    angles, hand = arm(3000, gen)
    angles_val, hand_val = arm(600, gen)
    model = Kinematics().to(DTYPE)
    dtype = next(model.parameters()).dtype
    angles, hand, angles_val, hand_val = (t.to(dtype) for t in (angles, hand, angles_val, hand_val))
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    criterion = nn.MSELoss()
    for epoch in range(1, 13):
        model.train()
        total = 0.0
        for idx in torch.randperm(len(angles)).split(50):
            optimizer.zero_grad()
            loss = criterion(model(angles[idx]), hand[idx])
            loss.backward()
            optimizer.step()
            total += loss.item() * len(idx)
        model.eval()
        with torch.no_grad():
            miss = (model(angles_val) - hand_val).float().norm(dim=1).mean().item()
        print(f"epoch {epoch:2d} train {total / len(angles):.4f} mean miss {miss:.3f}")


if __name__ == "__main__":
    main()
