import logging
import warnings

import lightning as L
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
warnings.filterwarnings("ignore")


def traces(n, seed, steps=48):
    g = torch.Generator().manual_seed(seed)
    t = torch.linspace(0, 6, steps)
    damping = 0.1 + 0.9 * torch.rand(n, 1, generator=g)
    omega = 3 + 3 * torch.rand(n, 1, generator=g)
    phase = 6.283 * torch.rand(n, 1, generator=g)
    x = torch.exp(-damping * t) * torch.cos(omega * t + phase) * (0.7 + 0.6 * torch.rand(n, 1, generator=g))
    x = x + 0.03 * torch.randn(n, steps, generator=g)
    return TensorDataset((x / 0.37).unsqueeze(1), (damping - 0.55) / 0.26)


def block(c_in, c_out, stride=1):
    return nn.Sequential(
        nn.Conv1d(c_in, c_out, 3, stride=stride, padding=1, bias=False),
        nn.BatchNorm1d(c_out),
        nn.ReLU(inplace=True),
    )


class DampingNet(nn.Module):
    def __init__(self, width=16, n_blocks=20):
        super().__init__()
        layers = [block(1, width)]
        for i in range(n_blocks):
            layers.append(block(width, width, stride=2 if i in (0, 3) else 1))
        self.features = nn.Sequential(*layers)
        self.regressor = nn.Linear(width * 12, 1)

    def forward(self, x):
        return self.regressor(self.features(x).flatten(1))


class LitDamping(L.LightningModule):
    def __init__(self, net, lr=2e-3):
        super().__init__()
        self.net = net
        self.lr = lr

    def training_step(self, batch, batch_idx):
        x, y = batch
        loss = nn.functional.mse_loss(self.net(x), y)
        self.log("train_mse", loss, on_step=False, on_epoch=True)
        return loss

    def validation_step(self, batch, batch_idx):
        x, y = batch
        self.log("val_mse", nn.functional.mse_loss(self.net(x), y))

    def configure_optimizers(self):
        opt = torch.optim.Adam(self.parameters(), lr=self.lr)
        return {"optimizer": opt, "lr_scheduler": torch.optim.lr_scheduler.CosineAnnealingLR(opt, T_max=12)}


L.seed_everything(14, verbose=False)
net = DampingNet()
net.eval()
with torch.no_grad():
    print("output shape", tuple(net(torch.zeros(2, 1, 48)).shape))
net.train()
print("parameters", sum(p.numel() for p in net.parameters()))

train_loader = DataLoader(traces(3000, seed=1), batch_size=50, shuffle=True)
val_loader = DataLoader(traces(600, seed=2), batch_size=300)
trainer = L.Trainer(max_epochs=12, accelerator="cpu", logger=False, enable_checkpointing=False,
                    enable_progress_bar=False, enable_model_summary=False)
trainer.fit(LitDamping(net), train_loader, val_loader)
print(" ".join(f"{name} {value:.3f}" for name, value in trainer.callback_metrics.items()))
