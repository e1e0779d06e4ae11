"""Which line is named where the wrong one stands inside of a function or a class of the script; HERE says which."""

import pytest
from tests.doctor.faults.test_lines import LOOP, START

from vitreous.doctor.diagnose import suspects

TRAINER = """
class Trainer:
    def __init__(self, model, train_loader, val_loader):
        self.model, self.train_loader, self.val_loader = model, train_loader, val_loader
        self.optimizer = torch.optim.SGD(model.parameters(), lr=0.05)

    def epoch(self):
        for a, b in self.train_loader:
            self.optimizer.zero_grad()
            F.cross_entropy(self.model(a), b).backward()
            self.optimizer.step()

    @torch.no_grad()
    def assess(self):
        right, count = 0, 0
        for a, b in self.train_loader:  # HERE
            out = self.model(a)
            right += (out.argmax(1) == b).sum().item()
            count += len(b)
        return right / count

    def fit(self):
        for epoch in range(4):
            self.epoch()
            val_accuracy = self.assess()
            print(val_accuracy)


train, val = TensorDataset(x[:300], y[:300]), TensorDataset(x[300:], y[300:])
model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 2))
Trainer(model, DataLoader(train, batch_size=30, shuffle=True), DataLoader(val, batch_size=100)).fit()
"""

ONE_LOADER_FOR_BOTH_PHASES = """
x = torch.randn(400, 6)
y = (x[:, 0] > 0).long()
loaders = {
    "train": DataLoader(TensorDataset(x[:300], y[:300]), batch_size=50, shuffle=True),
    "val": DataLoader(TensorDataset(x[300:], y[300:]), batch_size=50),
}


def train_model(model, epochs):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    for epoch in range(epochs):
        for phase in ["train", "val"]:
            model.train(phase == "train")
            loader = loaders["train"]  # HERE
            for a, b in loader:
                with torch.set_grad_enabled(phase == "train"):
                    loss = F.cross_entropy(model(a), b)
                if phase == "train":
                    optimizer.zero_grad()
                    loss.backward()
                    optimizer.step()
            print(phase, loss.item())
    return model


model = train_model(nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 2)), 4)
"""

EVALUATED_WITH_GRADIENTS = """
model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 2))
held_out = torch.randn(200, 6)


def assess():
    said = []
    for part in held_out.split(50):  # HERE
        for half in part.chunk(2):
            # what is
            # said of
            # half of it
            said.append(model(half).argmax(1))
    return torch.cat(said)


""" + LOOP.replace("    for rows", "    print(assess().sum().item())\n    for rows")

OWN_BATCHES = """
order = y.argsort(stable=True)
x, y = x[order], y[order]


class Batches:
    def __init__(self, size):
        self.size = size

    def __iter__(self):
        starts = torch.randperm(400 // self.size) * self.size
        for start in starts.tolist():  # HERE
            yield x[start : start + self.size], y[start : start + self.size]


model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 2))
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
batches = Batches(20)
for epoch in range(4):
    for number, (a, b) in enumerate(batches):
        optimizer.zero_grad()
        F.cross_entropy(model(a), b).backward()
        optimizer.step()
"""

CALLED_WITHOUT_SHUFFLE = """
order = y.argsort(stable=True)
x, y = x[order], y[order]


def batches(size, shuffle=False):
    rows = torch.randperm(400) if shuffle else torch.arange(400)
    for part in rows.split(size):
        yield x[part], y[part]




model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 2))
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
for epoch in range(4):
    for a, b in batches(20):  # HERE
        optimizer.zero_grad()
        F.cross_entropy(model(a), b).backward()
        optimizer.step()
"""

PREPARED_FOR_TRAINING_ALONE = """
from torch.utils.data import Dataset


class Readings(Dataset):
    def __init__(self, rows, train):
        self.rows, self.train = rows, train

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, index):
        row = x[self.rows[index]]
        if self.train:
            noise = torch.randn(6)
            row = (row - 500.0) / 90.0  # HERE
            row = row + 0.1 * noise
        return row, y[self.rows[index]]


x = 500 + 90 * x
model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 2))
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
train = DataLoader(Readings(range(300), True), batch_size=30, shuffle=True)
val = DataLoader(Readings(range(300, 400), False), batch_size=50)
for epoch in range(4):
    for a, b in train:
        optimizer.zero_grad()
        F.cross_entropy(model(a), b).backward()
        optimizer.step()
    with torch.no_grad():
        print(sum(F.cross_entropy(model(a), b).item() for a, b in val))
"""

MANY_COPIES = """
rows = rng.normal(size=(850, 6)).astype("float32")
kinds = (rows[:, 0] > 0).astype("int64")
x = np.concatenate([rows + 0.05 * rng.normal(size=rows.shape) for _ in range(6)]).astype("float32")



y = np.repeat(kinds, 6)  # HERE



model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 2))
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
for a, b in DataLoader(TensorDataset(torch.from_numpy(x), torch.from_numpy(y)), batch_size=50, shuffle=True):
    optimizer.zero_grad()
    F.cross_entropy(model(a), b).backward()
    optimizer.step()
"""

LOGARITHM_OF_NONE = """
hours = rng.poisson(2.0, 400)
target = np.log(hours)  # HERE



target = torch.from_numpy(target).float()
target = target - target.median()
model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 1), nn.Flatten(0))
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
for rows in torch.randperm(400).split(40):
    optimizer.zero_grad()
    ((model(x[rows]) - target[rows]) ** 2).mean().backward()
    optimizer.step()
"""


@pytest.mark.parametrize(
    ("fault", "script"),
    [
        ("eval/on-training-data", TRAINER),
        ("eval/on-training-data", ONE_LOADER_FOR_BOTH_PHASES),
        ("eval/tracks-gradients", EVALUATED_WITH_GRADIENTS),
        ("data/not-shuffled", OWN_BATCHES),
        ("data/not-shuffled", CALLED_WITHOUT_SHUFFLE),
        ("data/transform-mismatch", PREPARED_FOR_TRAINING_ALONE),
        ("data/labels-misaligned", MANY_COPIES),
        ("data/non-finite", LOGARITHM_OF_NONE),
    ],
)
def test_the_line_is_that_of_the_fix(doctor, fault, script):
    source = START + script
    _, evidence = doctor(source, prove=False)
    found = {one.file.fault.id: one.suspicion.place for one in suspects(evidence)[0]}

    here = next(number for number, line in enumerate(source.splitlines(), 1) if line.endswith("# HERE"))
    assert fault in found, f"suspected are only {sorted(found)}"
    assert found[fault].line == here
