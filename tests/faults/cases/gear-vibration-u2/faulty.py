import math
from dataclasses import dataclass, field

import torch
from torch import nn


@dataclass
class OptimCfg:
    lr: float = 0.05
    betas: tuple = (0.9, 0.999)
    weight_decay: float = 1e-4


@dataclass
class Cfg:
    seq: int = 32
    patch: int = 8
    d_model: int = 32
    heads: int = 4
    layers: int = 2
    epochs: int = 10
    batch: int = 64
    seed: int = 99
    optim: OptimCfg = field(default_factory=OptimCfg)


def windows(n, cfg):
    y = torch.randint(4, (n,))
    t = torch.arange(cfg.seq * cfg.patch) / 64
    phase = 2 * math.pi * torch.rand(n, 1)
    carrier = torch.sin(2 * math.pi * 5 * t + phase)
    fault_freq = torch.tensor([0.0, 0.7, 1.3, 2.1])[y][:, None]
    depth = torch.where(y == 0, 0.0, 0.8)[:, None]
    x = carrier * (1 + depth * torch.sin(2 * math.pi * fault_freq * t + 2 * math.pi * torch.rand(n, 1)))
    return (x + 0.3 * torch.randn_like(x)).view(n, cfg.seq, cfg.patch), y


class VibrationTransformer(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.proj = nn.Linear(cfg.patch, cfg.d_model)
        self.pos = nn.Parameter(0.02 * torch.randn(1, cfg.seq, cfg.d_model))
        layer = nn.TransformerEncoderLayer(cfg.d_model, cfg.heads, 64, dropout=0.0, batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, cfg.layers, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(cfg.d_model)
        self.cls = nn.Linear(cfg.d_model, 4)

    def forward(self, x):
        return self.cls(self.norm(self.encoder(self.proj(x) + self.pos).mean(1)))


def main(cfg=Cfg()):
    torch.manual_seed(cfg.seed)
    x, y = windows(1500, cfg)
    xv, yv = windows(400, cfg)
    model = VibrationTransformer(cfg)
    optimizer = torch.optim.AdamW(model.parameters(), **vars(cfg.optim))
    loss_fn = nn.CrossEntropyLoss()
    for epoch in range(cfg.epochs):
        model.train()
        running = 0.0
        for idx in torch.randperm(len(x)).split(cfg.batch):
            loss = loss_fn(model(x[idx]), y[idx])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            running += loss.item() * len(idx)
        model.eval()
        with torch.inference_mode():
            out = model(xv)
        print(f"epoch {epoch + 1:2d}/{cfg.epochs}  train {running / len(x):.4f}  val {loss_fn(out, yv).item():.4f}  "
              f"val acc {(out.argmax(-1) == yv).float().mean().item():.3f}")


main()
