import lightning as L
import torch
from sklearn.metrics import roc_auc_score
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

N_SENSORS, N_STATES = 24, 3
mixing = torch.randn(2, N_STATES, N_SENSORS, generator=torch.Generator().manual_seed(99))


def readings(n, seed):
    g = torch.Generator().manual_seed(seed)
    state = torch.randn(n, N_STATES, generator=g)
    x = torch.tanh(state @ mixing[0]) + 0.5 * state @ mixing[1]
    return (x + 0.1 * torch.randn(n, N_SENSORS, generator=g)) / 1.15


def break_some(x, seed):
    g = torch.Generator().manual_seed(seed)
    odd = torch.rand(len(x), generator=g) < 0.2
    x = x.clone()
    sensor = torch.randint(N_SENSORS, (len(x),), generator=g)
    x[odd, sensor[odd]] = torch.randn(int(odd.sum()), generator=g)
    return x, odd


class AutoEncoder(L.LightningModule):
    def __init__(self, code=4, width=48):
        super().__init__()
        self.automatic_optimization = False
        self.encoder = nn.Sequential(nn.Linear(N_SENSORS, width), nn.ReLU(), nn.Linear(width, code))
        self.decoder = nn.Sequential(nn.Linear(code, width), nn.ReLU(), nn.Linear(width, N_SENSORS))

    def forward(self, x):
        return self.decoder(self.encoder(x))

    def training_step(self, batch, batch_idx):
        (x,) = batch
        opt = self.optimizers()
        noisy = x + 0.05 * torch.randn_like(x)
        loss = nn.functional.mse_loss(self(noisy), x)
        opt.zero_grad()
        self.manual_backward(loss)
        self.clip_gradients(opt, gradient_clip_val=1.0, gradient_clip_algorithm="norm")
        opt.step()
        self.log("train_loss", loss, on_step=False, on_epoch=True)

    def validation_step(self, batch, batch_idx):
        (x,) = batch
        self.log("val_loss", nn.functional.mse_loss(self(x), x))

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), lr=3e-3)


def main():
    L.seed_everything(14)
    train_loader = DataLoader(TensorDataset(readings(4000, 0)), batch_size=64, shuffle=True)
    val_loader = DataLoader(TensorDataset(readings(800, 1)), batch_size=400)
    model = AutoEncoder()
    trainer = L.Trainer(max_epochs=15, accelerator="cpu", logger=False, enable_checkpointing=False,
                        enable_progress_bar=False, enable_model_summary=False)
    trainer.fit(model, train_loader, val_loader)

    x, odd = break_some(readings(1000, 2), 3)
    model.eval()
    with torch.no_grad():
        error = (model(x) - x).pow(2).mean(dim=1)
    auc = roc_auc_score(odd.numpy(), error.numpy())
    print(f"val loss {trainer.callback_metrics['val_loss'].item():.4f}  AUC for odd readings {auc:.3f}")


if __name__ == "__main__":
    main()
