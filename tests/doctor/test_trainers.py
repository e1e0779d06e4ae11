"""Scripts whose loop is Lightning's, transformers', skorch's or Keras's: watched as they are, named at their lines."""

import pytest
from tests.doctor.scripts import changed, line_of

from vitreous.doctor.diagnose import suspects

LIGHTNING = """\
import lightning as L
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

L.seed_everything(7)
x = torch.randn(300, 8)
data = TensorDataset(x, (x[:, 0] > x[:, 1]).long())


class Net(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 2))

    def training_step(self, batch, index):
        inputs, labels = batch
        loss = nn.functional.cross_entropy(self.net(inputs), labels)
        self.log("loss", loss)
        return loss

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)


trainer = L.Trainer(max_epochs=3, enable_progress_bar=False, enable_model_summary=False, accelerator="cpu")
trainer.fit(Net(), DataLoader(data, 20, shuffle=True))
"""
MANUAL = """\
        self.manual_backward(loss)
        self.optimizers().step()
"""
OWN_LAYERS = """\
        self.layers = [nn.Linear(8, 32), nn.ReLU()]
        self.head = nn.Linear(32, 2)

    def net(self, x):
        for layer in self.layers:
            x = layer(x)
        return self.head(x)
"""
SEQUENTIAL = "        self.net = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 2))\n"
TRAINER = """\
import torch
from torch.utils.data import Dataset
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments, set_seed

set_seed(3)


class Signs(Dataset):
    def __init__(self, count, seed):
        self.ids = torch.randint(1, 20, (count, 6), generator=torch.Generator().manual_seed(seed))

    def __len__(self):
        return len(self.ids)

    def __getitem__(self, i):
        return {"input_ids": self.ids[i], "labels": (self.ids[i] < 10).sum() // 4}


config = BertConfig(vocab_size=20, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32)
args = TrainingArguments(
    output_dir="checkpoints",
    num_train_epochs=3,
    per_device_train_batch_size=32,
    learning_rate=5e-3,
    warmup_steps=2,
    eval_strategy="epoch",
    save_strategy="epoch",
    save_total_limit=1,
    load_best_model_at_end=True,
    report_to="none",
    disable_tqdm=True,
    use_cpu=True,
)


class Weighted(Trainer):
    def compute_loss(self, model, inputs, return_outputs=False, **options):
        labels = inputs.pop("labels")
        outputs = model(**inputs)
        scores = outputs.logits
        loss = torch.nn.functional.cross_entropy(scores, labels, weight=torch.tensor([1.0, 1.2]))
        return (loss, outputs) if return_outputs else loss


trainer = Weighted(BertForSequenceClassification(config), args, train_dataset=Signs(640, 1), eval_dataset=Signs(64, 2))
trainer.train()
print(trainer.evaluate()["eval_loss"])
"""
SKORCH = """\
import numpy as np
import torch
from skorch import NeuralNetClassifier
from torch import nn

torch.manual_seed(0)
x = np.random.default_rng(0).normal(size=(300, 8)).astype(np.float32)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(8, 32)
        self.output = nn.Linear(32, 2)

    def forward(self, x):
        return torch.softmax(self.output(torch.relu(self.hidden(x))), -1)


net = NeuralNetClassifier(Net, max_epochs=8, lr=0.1, batch_size=20, iterator_train__shuffle=True, verbose=0)
net.fit(x, (x[:, 0] > x[:, 1]).astype(np.int64))
print(net.history[-1]["valid_acc"])
"""
KERAS = """\
import os

os.environ["KERAS_BACKEND"] = "torch"
import keras
import numpy as np

keras.utils.set_random_seed(1)
x = np.random.default_rng(0).normal(size=(600, 8)).astype("float32")
model = keras.Sequential(
    [
        keras.Input(shape=(8,)),
        keras.layers.Dense(32, activation="relu"),
        keras.layers.Dropout(0.1),
        keras.layers.Dense(2, activation="softmax"),
    ]
)
model.compile(
    optimizer=keras.optimizers.Adam(learning_rate=1e-2),
    loss=keras.losses.SparseCategoricalCrossentropy(),
)
model.fit(x, x[:, 0] > x[:, 1], batch_size=20, epochs=3, verbose=0)
"""
LANGUAGE = """\
import tempfile

import numpy as np
import torch
from transformers import GPT2Config, GPT2LMHeadModel, Trainer, TrainingArguments, set_seed

set_seed(2)
rng = np.random.default_rng(2)


def walk():
    places = [int(rng.integers(12))]
    while len(places) < 13:
        places.append((places[-1] + int(rng.choice([1, 5]))) % 12)
    return torch.tensor(places)


def rows(count):
    walks = [walk() for _ in range(count)]
    return [{"input_ids": w[:-1], "labels": w[:-1]} for w in walks]


def scores(given):
    said, labels = given.predictions.argmax(-1)[:, :-1], given.label_ids[:, 1:]
    return {"accuracy": float((said == labels).mean())}


config = GPT2Config(vocab_size=12, n_positions=16, n_embd=16, n_layer=1, n_head=2, bos_token_id=None, eos_token_id=None)
args = TrainingArguments(
    tempfile.mkdtemp(), num_train_epochs=3, learning_rate=5e-3, report_to="none", disable_tqdm=True, use_cpu=True,
    per_device_train_batch_size=32, eval_strategy="epoch", save_strategy="no",
)
trainer = Trainer(GPT2LMHeadModel(config), args, train_dataset=rows(500), eval_dataset=rows(50), compute_metrics=scores)
trainer.train()
"""
TAGGER = """\
import tempfile

import numpy as np
import torch
from torch.nn.utils.rnn import pad_sequence
from transformers import BertConfig, BertForTokenClassification, Trainer, TrainingArguments, set_seed

set_seed(4)
rng = np.random.default_rng(4)


def rows(count):
    words = [torch.tensor(rng.integers(1, 20, rng.integers(3, 15))) for _ in range(count)]
    return [{"input_ids": w, "labels": (w > 9).long()} for w in words]


def collate(batch):
    ids = pad_sequence([row["input_ids"] for row in batch], batch_first=True)
    labels = pad_sequence([row["labels"] for row in batch], batch_first=True, padding_value=-100)
    return {"input_ids": ids, "attention_mask": (ids > 0).long(), "labels": labels}


def scores(given):
    right = given.predictions.argmax(-1) == given.label_ids
    return {"accuracy": float(right[given.label_ids != -100].mean())}


config = BertConfig(
    vocab_size=20, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32, num_labels=2
)
args = TrainingArguments(
    tempfile.mkdtemp(), num_train_epochs=3, learning_rate=1e-3, report_to="none", disable_tqdm=True, use_cpu=True,
    per_device_train_batch_size=32, eval_strategy="epoch", save_strategy="no",
)
trainer = Trainer(
    BertForTokenClassification(config), args, train_dataset=rows(500), eval_dataset=rows(60), data_collator=collate,
    compute_metrics=scores,
)
trainer.train()
"""
OVER_THE_BATCH = """\
        self.net = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 2), nn.Softmax(0), nn.Linear(2, 2))

    def validation_step(self, batch, index):
        self.log("right", (self.net(batch[0]).argmax(1) == batch[1]).float())
"""
MISSES = """\
class Misses(nn.Module):
    def forward(self, scores, labels):
        wrong = scores.argmax(1) != labels
        return wrong.float().mean().requires_grad_()


class Net("""
SQUASHING = """\
        *(keras.layers.Dense(32, activation="sigmoid", kernel_initializer=SMALL) for _ in range(6)),
"""
KERAS = KERAS.replace("model = keras", "SMALL = keras.initializers.RandomNormal(stddev=0.05)\nmodel = keras")
SKORCH_SCORED = changed(
    SKORCH,
    (
        "import NeuralNetClassifier\n",
        "import NeuralNetClassifier\nfrom skorch.callbacks import EpochScoring\n",
    ),
    ("verbose=0)", "verbose=0, callbacks=[EpochScoring('accuracy', on_train=True, name='seen')])"),
)
KERAS_LOSS = """\
keras.utils.set_random_seed(1)


def above(y_pred, y_true):
    error = y_true - y_pred
    return keras.ops.mean(keras.ops.maximum(0.9 * error, -0.1 * error), axis=-1)


"""
SKORCH_LOSS = """\
class Above(nn.Module):
    def forward(self, y_true, y_pred):
        error = y_true - y_pred
        return torch.maximum(0.9 * error, -0.1 * error).mean()


class Net("""
TIME_FIRST = """\
        self.along = nn.GRU(1, 16)
        self.output = nn.Linear(16, 2)

    def net(self, x):
        return self.output(self.along(x[..., None])[0][:, -1])
"""
EVALUATED = """\
        return loss

    def validation_step(self, batch, index):
        loss = nn.functional.cross_entropy(self.net(batch[0]), batch[1])
"""
EXPLODING = """\
        self.along = nn.RNN(1, 32, nonlinearity="relu", batch_first=True)
        nn.init.eye_(self.along.weight_hh_l0)
        self.output = nn.Linear(32, 2)

    def net(self, x):
        return self.output(self.along(x.repeat(1, 8)[..., None])[0][:, -1])
"""
GPT2 = "GPT2Config(vocab_size=12, n_positions=16, n_embd=16, n_layer=1, n_head=2, bos_token_id=None, eos_token_id=None)"
BERT = (
    "BertConfig(vocab_size=12, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32,"
    " is_decoder=False)"
)
FREEZE = """\
model = BertForSequenceClassification(config)
for p in model.bert.parameters():
    p.requires_grad = False
trainer = Weighted(model"""
TWO_OPTIMIZERS = """\
        first, second = self.optimizers()
        first.zero_grad()
        self.manual_backward(loss)
        first.step()
        second.step()
"""
ONE_OPTIMIZER = "        return torch.optim.SGD(self.parameters(), lr=0.1)\n"
ONE_EACH = """\
        ends = [torch.optim.SGD(layer.parameters(), lr=0.1) for layer in (self.net[0], self.net[2])]
        return ends
"""
RECURRENT = """\
        self.hidden = nn.RNN(1, 32, batch_first=True)
        self.output = nn.Linear(32, 2)
        self.state = None

    def net(self, x):
        states, self.state = self.hidden(x[..., None], self.state)
        self.state = self.state.detach()
        return self.output(states[:, -1])
"""
DROPPING = SEQUENTIAL.replace("nn.ReLU()", "nn.ReLU(), nn.Dropout(0.2)")
FIT = "trainer.fit(Net(), "
NEVER_TRAINS = """\

    def train(self, mode=True):
        return super().train(False)
"""
REGRESSOR = changed(
    SKORCH,
    ("NeuralNetClassifier\n", "NeuralNetRegressor\n"),
    ("NeuralNetClassifier(", "NeuralNetRegressor("),
    ("nn.Linear(32, 2)", "nn.Linear(32, 1)"),
    ("torch.softmax(self.output(torch.relu(self.hidden(x))), -1)", "self.output(torch.relu(self.hidden(x)))"),
    ("(x[:, 0] > x[:, 1]).astype(np.int64)", "x[:, 0] - x[:, 1]"),
    ('net.history[-1]["valid_acc"]', "net.predict(x).mean()"),
)
FAULTY = {
    "Lightning, one of two never cleared": (
        changed(
            LIGHTNING,
            (SEQUENTIAL, SEQUENTIAL + "        self.automatic_optimization = False\n"),
            ("        return loss\n", TWO_OPTIMIZERS),
            (ONE_OPTIMIZER, ONE_EACH),
        ),
        ("optim/no-zero-grad", "first.zero_grad()"),
    ),
    "Lightning, a state that goes on": (
        changed(LIGHTNING, (SEQUENTIAL, RECURRENT), ("shuffle=True)", "shuffle=True, drop_last=True)")),
        ("train/state-carried", "self.state.detach()"),
    ),
    "Lightning, eval before fit": (
        changed(LIGHTNING, (SEQUENTIAL, DROPPING), (FIT, "model = Net()\nmodel.eval()\ntrainer.fit(model, ")),
        ("train/eval-mode", "model.eval()"),
    ),
    "skorch, a train() that does not": (
        changed(
            SKORCH,
            (
                "self.output = nn.Linear(32, 2)\n",
                "self.output = nn.Sequential(nn.Dropout(0.2), nn.Linear(32, 2))\n" + NEVER_TRAINS,
            ),
        ),
        ("train/eval-mode", "def train(self"),
    ),
    "skorch, a column against a row": (REGRESSOR, ("loss/broadcast", "self.output(torch.relu")),
    "Keras, a rate given first": (
        changed(KERAS, ("learning_rate=1e-2", "3.0")),
        ("optim/lr-too-high", "Adam(3.0)"),
    ),
    "Keras, not to be trained": (
        changed(KERAS, ('Dense(32, activation="relu")', 'Dense(32, activation="relu", trainable=False)')),
        ("optim/frozen", "trainable=False"),
    ),
    "Keras, a loss that takes them the other way": (
        changed(
            KERAS,
            ("keras.utils.set_random_seed(1)\n", KERAS_LOSS),
            ("keras.losses.SparseCategoricalCrossentropy()", "above"),
            ('Dense(2, activation="softmax")', "Dense(1)"),
        ),
        ("loss/swapped-arguments", "def above(y_pred"),
    ),
    "skorch, a criterion that takes them the other way": (
        changed(
            REGRESSOR,
            ("class Net(", SKORCH_LOSS),
            ("NeuralNetRegressor(Net,", "NeuralNetRegressor(Net, criterion=Above,"),
        ),
        ("loss/swapped-arguments", "def forward(self, y_true"),
    ),
    "Keras, numbers for classes": (
        changed(KERAS, ("Crossentropy()", "Crossentropy()"), ('activation="softmax"', 'activation="linear"')),
        ("loss/logits-into-probability-loss", "SparseCategoricalCrossentropy"),
    ),
    "Lightning, the batch for time": (
        changed(
            LIGHTNING,
            (SEQUENTIAL, TIME_FIRST),
            ("        self.log(", EVALUATED + "        self.log("),
            ("max_epochs=3", "max_epochs=2"),
            (
                "DataLoader(data, 20, shuffle=True)",
                "DataLoader(data, 8, shuffle=True), DataLoader(data, 100)",
            ),
        ),
        ("data/axis-order", "nn.GRU("),
    ),
    "Lightning, an explosion that nothing clips": (
        changed(
            LIGHTNING,
            (SEQUENTIAL, EXPLODING),
            ("SGD(self.parameters(), lr=0.1)", "Adam(self.parameters(), lr=0.02)"),
        ),
        ("model/exploding-gradients", "trainer = L.Trainer("),
    ),
    "Lightning, one batch on purpose": (
        changed(LIGHTNING, ("max_epochs=3", "max_epochs=30, overfit_batches=1")),
        ("data/repeated-batch", "overfit_batches=1"),
    ),
    "Trainer, evaluated on what it learns": (
        changed(
            TRAINER,
            ("trainer = Weighted(", "signs_train = Signs(640, 1)\ntrainer = Weighted("),
            ("train_dataset=Signs(640, 1)", "train_dataset=signs_train"),
            ("eval_dataset=Signs(64, 2)", "eval_dataset=signs_train"),
        ),
        ("eval/on-training-data", "eval_dataset=signs_train"),
    ),
    "Trainer, a look ahead": (
        changed(
            LANGUAGE,
            ("GPT2Config, GPT2LMHeadModel", "BertConfig, BertLMHeadModel"),
            ("GPT2LMHeadModel(config)", "BertLMHeadModel(config)"),
            (GPT2, BERT),
        ),
        ("model/sees-the-future", "is_decoder=False"),
    ),
    "Trainer, frozen as it was made": (
        changed(TRAINER, ("trainer = Weighted(BertForSequenceClassification(config)", FREEZE)),
        ("optim/frozen", "p.requires_grad = False"),
    ),
    "Trainer, classes from 1": (
        changed(TRAINER, ("(self.ids[i] < 10).sum() // 4", "(self.ids[i] < 10).sum() // 4 + 1")),
        ("data/label-range", "// 4 + 1"),
    ),
    "Trainer, a rate that nobody set": (
        changed(TRAINER, ("    learning_rate=5e-3,\n", ""), ("num_train_epochs=3", "num_train_epochs=6")),
        ("optim/lr-too-low", "TrainingArguments("),
    ),
    "Trainer, four steps": (
        changed(
            TRAINER,
            ("num_train_epochs=3", "max_steps=4"),
            ("    warmup_steps=2,\n", ""),
            ("learning_rate=5e-3", "learning_rate=5e-4"),
        ),
        ("train/too-short", "max_steps=4"),
    ),
    "Lightning, never cleared": (
        changed(
            LIGHTNING,
            (SEQUENTIAL, SEQUENTIAL + "        self.automatic_optimization = False\n"),
            ("        return loss\n", MANUAL),
        ),
        ("optim/no-zero-grad", "self.manual_backward"),
    ),
    "Lightning, no loss returned": (
        changed(LIGHTNING, ("        return loss\n", "")),
        ("optim/no-step", "self.log"),
    ),
    "Lightning, layers in a list": (
        changed(LIGHTNING, (SEQUENTIAL, OWN_LAYERS)),
        ("model/unregistered-parameters", "self.layers = ["),
    ),
    "Lightning, losses kept": (
        changed(
            LIGHTNING,
            (SEQUENTIAL, SEQUENTIAL + "        self.losses = []\n"),
            ("        return loss\n", "        self.losses.append(loss)\n        return loss\n"),
        ),
        ("loss/keeps-graph", "self.losses.append"),
    ),
    "Lightning, a loss of its own that counts": (
        changed(
            LIGHTNING,
            ("class Net(", MISSES),
            (SEQUENTIAL, SEQUENTIAL + "        self.misses = Misses()\n"),
            ("nn.functional.cross_entropy(", "self.misses("),
        ),
        ("loss/not-differentiable", "wrong = "),
    ),
    "Lightning, mixed, evaluated one by one": (
        changed(
            LIGHTNING, (SEQUENTIAL, OVER_THE_BATCH), ("shuffle=True))", "shuffle=True), DataLoader(data, 1))")
        ),
        ("model/mixes-samples", "nn.Softmax(0)"),
    ),
    "Trainer, moved twice": (
        changed(LANGUAGE, ('"labels": w[:-1]', '"labels": w[1:]')),
        ("data/labels-misaligned", "w[1:]"),
    ),
    "Trainer, padding counted": (
        changed(TAGGER, ("right[given.label_ids != -100].mean()", "right.mean()")),
        ("eval/wrong-metric", "right = "),
    ),
    "Trainer, a configuration that drops": (
        changed(TRAINER, ("BertConfig(vocab", "BertConfig(hidden_dropout_prob=0.95, vocab")),
        ("train/dropout-too-high", "hidden_dropout_prob"),
    ),
    "Trainer, warm-up beyond the run": (
        changed(TRAINER, ("warmup_steps=2", "warmup_steps=4000")),
        ("optim/lr-schedule", "warmup_steps"),
    ),
    "Trainer, softmax in its loss": (
        changed(TRAINER, ("outputs.logits", "outputs.logits.softmax(-1)")),
        ("loss/softmax-before-cross-entropy", "softmax"),
    ),
    "skorch, scores": (
        changed(SKORCH, ("torch.softmax(", "("), (", -1)\n", ")\n")),
        ("loss/logits-into-probability-loss", "self.output("),
    ),
    "Keras, far too high": (
        changed(KERAS, ("learning_rate=1e-2", "learning_rate=3.0")),
        ("optim/lr-too-high", "learning_rate"),
    ),
    "Keras, softmax for logits": (
        changed(KERAS, ("Crossentropy()", "Crossentropy(from_logits=True)")),
        ("loss/softmax-before-cross-entropy", 'activation="softmax"'),
    ),
    "Keras, softmax over one": (
        changed(KERAS, ("SparseCategorical", "Binary"), ("Dense(2", "Dense(1")),
        ("model/ignores-input", 'activation="softmax"'),
    ),
    "Keras, hardly anything kept": (
        changed(KERAS, ("Dropout(0.1)", "Dropout(0.97)")),
        ("train/dropout-too-high", "Dropout"),
    ),
    "Keras, deep and squashing": (
        changed(
            KERAS,
            ('Dense(32, activation="relu"),', 'Dense(32, activation="relu"),\n' + SQUASHING),
        ),
        ("model/vanishing-gradients", "SMALL)"),
    ),
}


@pytest.mark.parametrize("way", FAULTY)
def test_a_fault_is_found_at_the_users_line(doctor, way):
    source, (fault, text) = FAULTY[way]
    _, evidence = doctor(source, prove=False)
    found = {s.file.fault.id: s.suspicion for s in suspects(evidence)[0]}
    assert evidence.crash is None or fault == "data/label-range"
    assert fault in found
    assert found[fault].place.line == line_of(source, text)


@pytest.mark.parametrize(
    "source",
    [LIGHTNING, TRAINER, LANGUAGE, TAGGER, SKORCH, SKORCH_SCORED, KERAS],
    ids=[
        "Lightning",
        "Trainer",
        "language model",
        "tagger",
        "skorch",
        "skorch that scores its training",
        "Keras",
    ],
)
def test_nothing_is_found_where_nothing_is_wrong(doctor, source):
    verdict, evidence = doctor(source, prove=False)
    assert evidence.crash is None and len(evidence.steps) > 40
    assert [f.fault for f in verdict.findings if f.severity != "note"] == []
    assert evidence.not_checked == []


def test_labels_two_steps_ahead_may_be_meant(doctor):
    moved = changed(
        LANGUAGE, ('{"input_ids": w[:-1], "labels": w[:-1]}', '{"input_ids": w[:-2], "labels": w[1:-1]}')
    )
    _, evidence = doctor(moved, prove=False)
    assert "data/labels-misaligned" not in {s.file.fault.id for s in suspects(evidence)[0]}


def test_a_gradient_comes_from_behind_a_closure_that_returns_nothing(doctor):
    source = FAULTY["Lightning, no loss returned"][0]
    (first,) = doctor(source)[0].findings
    assert first.proof is not None and first.proof.gain > 0.3


def test_what_keras_says_of_shapes_that_do_not_fit_stays_as_it_is(doctor):
    three = ("x[:, 0] > x[:, 1]", "np.eye(3)[np.arange(600) % 3]")  # an odd number of them, for two outputs
    source = changed(KERAS, ("SparseCategorical", "Categorical"), three, ("batch_size=20", "batch_size=19"))
    _, evidence = doctor(source, prove=False)
    assert evidence.crash is not None and "must have the same shape" in evidence.crash.message
