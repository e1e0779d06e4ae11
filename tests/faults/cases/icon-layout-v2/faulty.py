import torch
import torch.nn as nn

SIZE, PATCH, DIM = 16, 4, 48
RING = torch.tensor([[0, 1, 1, 0], [1, 0, 0, 1], [1, 0, 0, 1], [0, 1, 1, 0]]).float()
CROSS = torch.tensor([[1, 0, 0, 1], [0, 1, 1, 0], [0, 1, 1, 0], [1, 0, 0, 1]]).float()


def layouts(n, gen):
    """A ring and a cross on a 4x4 grid; label: ring left of, right of, above or below the cross."""
    images = torch.zeros(n, SIZE, SIZE)
    labels = torch.randint(4, (n,), generator=gen)
    for image, label in zip(images, labels.tolist()):
        line = int(torch.randint(4, (1,), generator=gen))
        first, second = torch.randperm(4, generator=gen)[:2].sort().values.tolist()
        ring, cross = (first, second) if label in (0, 2) else (second, first)
        ring, cross = ((line, ring), (line, cross)) if label < 2 else ((ring, line), (cross, line))
        for (row, col), glyph in ((ring, RING), (cross, CROSS)):
            image[row * 4:row * 4 + 4, col * 4:col * 4 + 4] = glyph
    images += 0.2 * torch.randn(images.shape, generator=gen)
    return ((images - 0.06) / 0.31).unsqueeze(1), labels


class PatchEmbed(nn.Module):
    def __init__(self):
        super().__init__()
        self.proj = nn.Conv2d(1, DIM, PATCH, stride=PATCH)
        self.num_patches = (SIZE // PATCH) ** 2

    def forward(self, x):
        return self.proj(x).flatten(2).transpose(1, 2)


class TinyViT(nn.Module):
    def __init__(self, depth=2, heads=4, n_classes=4):
        super().__init__()
        self.patch_embed = PatchEmbed()
        self.cls_token = nn.Parameter(0.02 * torch.randn(1, 1, DIM))
        self.pos_embed = nn.Parameter(torch.zeros(1, self.patch_embed.num_patches + 1, DIM), requires_grad=False)
        block = nn.TransformerEncoderLayer(DIM, heads, 2 * DIM, dropout=0.0, batch_first=True, norm_first=True)
        self.blocks = nn.TransformerEncoder(block, depth, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(DIM)
        self.head = nn.Linear(DIM, n_classes)

    def forward(self, x):
        x = self.patch_embed(x)
        x = torch.cat([self.cls_token.expand(len(x), -1, -1), x], dim=1) + self.pos_embed
        return self.head(self.norm(self.blocks(x)[:, 0]))


def accuracy(model, images, labels):
    model.eval()
    with torch.no_grad():
        return (model(images).argmax(1) == labels).float().mean().item()


torch.manual_seed(10)
gen = torch.Generator().manual_seed(10)
train_x, train_y = layouts(3000, gen)
val_x, val_y = layouts(500, gen)
model = TinyViT()
optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.01)
for epoch in range(1, 13):
    model.train()
    total = 0.0
    for idx in torch.randperm(len(train_x)).split(50):
        loss = nn.functional.cross_entropy(model(train_x[idx]), train_y[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(idx)
    if epoch % 2 == 0:
        print(f"epoch {epoch}: train loss {total / len(train_x):.3f}, val accuracy {accuracy(model, val_x, val_y):.3f}")
