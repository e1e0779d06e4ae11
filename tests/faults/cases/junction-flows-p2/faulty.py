import lightning as L
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

JUNCTIONS = 16


def ring_adjacency(n):
    """Row-normalized adjacency of a ring road with a short cut from every fourth junction."""
    a = torch.zeros(n, n)
    for i in range(n):
        a[i, (i - 1) % n] = 1.0
        if i % 4 == 0:
            a[i, (i - 5) % n] = 1.0
    return a / a.sum(1, keepdim=True)


def simulate(steps, seed):
    g = torch.Generator().manual_seed(seed)
    upstream = ring_adjacency(JUNCTIONS)
    flow, history = torch.randn(JUNCTIONS, generator=g), []
    for _ in range(steps + 50):
        inflow = upstream @ flow
        flow = 1.7 * torch.sin(2.2 * inflow) - 0.6 * flow * torch.tanh(inflow)
        flow = flow + 0.1 * torch.randn(JUNCTIONS, generator=g)
        history.append(flow)
    flows = torch.stack(history[50:])
    return (flows - flows.mean()) / flows.std()


class GraphLayer(nn.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.own, self.near = nn.Linear(n_in, n_out), nn.Linear(n_in, n_out, bias=False)

    def forward(self, x, adjacency):
        return self.own(x) + self.near(adjacency @ x)


class FlowNet(L.LightningModule):
    def __init__(self, hidden=32, n_layers=3, lr=3e-3):
        super().__init__()
        self.register_buffer("adjacency", ring_adjacency(JUNCTIONS))
        sizes = [1] + [hidden] * n_layers
        self.layers = [GraphLayer(a, b) for a, b in zip(sizes, sizes[1:])]
        self.readout = nn.Linear(hidden, 1)
        self.lr = lr

    def forward(self, flow):
        x = flow.unsqueeze(-1)
        for layer in self.layers:
            x = F.relu(layer(x, self.adjacency))
        return self.readout(x).squeeze(-1)

    def training_step(self, batch, batch_idx):
        now, after = batch
        loss = F.mse_loss(self(now), after)
        self.log("train_mse", loss, on_step=False, on_epoch=True)
        return loss

    def validation_step(self, batch, batch_idx):
        now, after = batch
        self.log("val_mse", F.mse_loss(self(now), after))

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), lr=self.lr)


if __name__ == "__main__":
    L.seed_everything(6)
    train, val = simulate(3000, 0), simulate(600, 1)
    train_loader = DataLoader(TensorDataset(train[:-1], train[1:]), batch_size=32, shuffle=True)
    val_loader = DataLoader(TensorDataset(val[:-1], val[1:]), batch_size=200)
    trainer = L.Trainer(max_epochs=12, accelerator="cpu", logger=False, enable_checkpointing=False,
                        enable_progress_bar=False, enable_model_summary=False)
    trainer.fit(FlowNet(), train_loader, val_loader)
    m = trainer.callback_metrics
    print(f"train mse {m['train_mse']:.3f} val mse {m['val_mse']:.3f} (1.0 is guessing the mean)")
