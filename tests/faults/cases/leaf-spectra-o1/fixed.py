import tempfile

import numpy as np
import torch
import torch.nn as nn
from transformers import PretrainedConfig, PreTrainedModel, Trainer, TrainingArguments, set_seed
from transformers.modeling_outputs import SequenceClassifierOutput

BANDS, SPECIES = 64, 6


class SpectraConfig(PretrainedConfig):
    model_type = "spectra"

    def __init__(self, width=32, layers=2, heads=4, patch=8, **kwargs):
        self.width, self.layers, self.heads, self.patch = width, layers, heads, patch
        super().__init__(**kwargs)


class SpectraTransformer(PreTrainedModel):
    config_class = SpectraConfig

    def __init__(self, config):
        super().__init__(config)
        self.project = nn.Linear(config.patch, config.width)
        self.position = nn.Parameter(0.02 * torch.randn(1, BANDS // config.patch, config.width))
        layer = nn.TransformerEncoderLayer(
            config.width, config.heads, 2 * config.width, dropout=0.1, batch_first=True, norm_first=True
        )
        self.encoder = nn.TransformerEncoder(layer, config.layers, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(config.width)
        self.classifier = nn.Linear(config.width, SPECIES)
        self.post_init()

    def forward(self, spectrum, labels=None):
        tokens = spectrum.unflatten(1, (-1, self.config.patch))
        hidden = self.encoder(self.project(tokens) + self.position)
        logits = self.classifier(self.norm(hidden).mean(dim=1))
        loss = nn.functional.cross_entropy(logits, labels) if labels is not None else None
        return SequenceClassifierOutput(loss=loss, logits=logits)


def measure(n, rng):
    species = rng.integers(0, SPECIES, n)
    wave = np.linspace(0, 1, BANDS)[None]
    centre = np.array([0.22, 0.3, 0.38, 0.56, 0.64, 0.72])[species][:, None] + 0.01 * rng.normal(size=(n, 1))
    spectra = 1 / (1 + np.exp(-12 * (wave - 0.5))) + 0.5 * rng.normal(size=(n, 1)) * wave
    spectra = spectra - 0.45 * np.exp(-((wave - centre) / 0.04) ** 2) + 0.12 * rng.normal(size=(n, BANDS))
    return spectra.astype("float32"), species


def rows(spectra, species):
    return [{"spectrum": torch.tensor(s), "labels": int(k)} for s, k in zip(spectra, species)]


def compute_metrics(p):
    return {"accuracy": float(np.mean(p.predictions.argmax(1) == p.label_ids))}


set_seed(8)
rng = np.random.default_rng(8)
(train_x, train_y), (test_x, test_y) = measure(2400, rng), measure(500, rng)
mean, std = train_x.mean(0), train_x.std(0)
train_set, test_set = rows((train_x - mean) / std, train_y), rows((test_x - mean) / std, test_y)

with tempfile.TemporaryDirectory() as folder:
    args = TrainingArguments(
        folder, num_train_epochs=8, learning_rate=2e-3, per_device_train_batch_size=32,
        per_device_eval_batch_size=250, warmup_steps=60, logging_strategy="epoch", eval_strategy="epoch",
        save_strategy="no", report_to="none", disable_tqdm=True, use_cpu=True,
    )
    trainer = Trainer(SpectraTransformer(SpectraConfig()), args, train_dataset=train_set, eval_dataset=test_set,
                      compute_metrics=compute_metrics)
    trainer.train()
    outcome = trainer.evaluate()
print(f"test loss {outcome['eval_loss']:.3f}, test accuracy {outcome['eval_accuracy']:.3f}")
