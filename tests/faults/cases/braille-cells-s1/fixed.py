import argparse

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

DOTS = ("1 12 14 145 15 124 1245 125 24 245 13 123 134 1345 135 1234 12345 1235 234 2345 136 1236 2456 1346 13456 "
        "1356").split()


def scan(letter):
    page = 0.3 * torch.randn(12, 8)
    shift = torch.randint(0, 2, (2,)).tolist()
    for dot in DOTS[letter]:
        number = int(dot) - 1
        row, col = 1 + 3 * (number % 3) + shift[0], 1 + 3 * (number // 3) + shift[1]
        page[row:row + 2, col:col + 2] += 1.2
    return page


def pages(n):
    letters = torch.randint(26, (n,))
    images = torch.stack([scan(int(k)) for k in letters]).unsqueeze(1)
    return TensorDataset((images - 0.17) / 0.52, letters)


class BrailleNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 12, 3, padding=1)
        self.conv2 = nn.Conv2d(12, 16, 3, padding=1)
        self.fc1 = nn.Linear(16 * 6 * 4, 64)
        self.fc2 = nn.Linear(64, 26)

    def forward(self, x):
        x = F.relu(self.conv1(x))
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return self.fc2(F.relu(self.fc1(x.flatten(1))))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--batch-size", type=int, default=4)
    parser.add_argument("--accumulation-steps", type=int, default=16)
    parser.add_argument("--epochs", type=int, default=7)
    parser.add_argument("--lr", type=float, default=0.04)
    args = parser.parse_args()

    torch.manual_seed(26)
    train_loader = DataLoader(pages(3200), batch_size=args.batch_size, shuffle=True)
    val_loader = DataLoader(pages(600), batch_size=200)
    model = BrailleNet()
    optimizer = torch.optim.SGD(model.parameters(), lr=args.lr, momentum=0.9)

    for epoch in range(1, args.epochs + 1):
        model.train()
        running = 0.0
        optimizer.zero_grad()
        for i, (images, letters) in enumerate(train_loader):
            loss = F.cross_entropy(model(images), letters)
            running += loss.item()
            (loss / args.accumulation_steps).backward()
            if (i + 1) % args.accumulation_steps == 0:
                optimizer.step()
                optimizer.zero_grad()

        model.eval()
        val_loss, correct = 0.0, 0
        with torch.no_grad():
            for images, letters in val_loader:
                logits = model(images)
                val_loss += F.cross_entropy(logits, letters, reduction="sum").item()
                correct += (logits.argmax(1) == letters).sum().item()
        print(f"epoch {epoch} train {running / len(train_loader):.4f} val {val_loss / 600:.4f} accuracy {correct / 600:.4f}")


if __name__ == "__main__":
    main()
