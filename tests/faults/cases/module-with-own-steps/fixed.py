import logging
import warnings

import lightning as L
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
warnings.filterwarnings("ignore")
L.seed_everything(0, verbose=False)


class Plate(L.LightningModule):
    def __init__(self, lr=0.05):
        super().__init__()
        self.automatic_optimization = False
        self.lr = lr
        self.net = nn.Sequential(nn.Linear(5, 48), nn.ReLU(), nn.Linear(48, 48), nn.ReLU(), nn.Linear(48, 1))
        self.val_mse = []

    def training_step(self, batch, batch_idx):
        opt = self.optimizers()
        x, y = batch
        loss = nn.functional.mse_loss(self.net(x), y)
        opt.zero_grad()
        self.manual_backward(loss)
        opt.step()

    def validation_step(self, batch, batch_idx):
        x, y = batch
        self.val_mse.append(nn.functional.mse_loss(self.net(x), y).item())

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.lr)


def probes(n, generator):
    place = torch.rand(n, 2, generator=generator) * 2 - 1
    source = torch.tensor([[0.8, 0.8], [-0.8, 0.8], [0.8, -0.8], [-0.8, -0.8], [0.0, 0.0]])
    reading = torch.exp(-torch.cdist(place, source))
    heat = torch.exp(-3 * place.square().sum(1, keepdim=True)) - 0.4
    return TensorDataset((reading - 0.35) / 0.18 + 0.02 * torch.randn(n, 5, generator=generator), heat / 0.25)


generator = torch.Generator().manual_seed(0)
train = DataLoader(probes(2000, generator), batch_size=40, shuffle=True)
val = DataLoader(probes(400, generator), batch_size=400)
model = Plate()
trainer = L.Trainer(max_epochs=12, accelerator="cpu", logger=False, enable_checkpointing=False,
                    enable_progress_bar=False, enable_model_summary=False, num_sanity_val_steps=0)
trainer.fit(model, train, val)
for epoch, mse in enumerate(model.val_mse, start=1):
    print(f"epoch {epoch}: validation mse {mse:.4f}")
