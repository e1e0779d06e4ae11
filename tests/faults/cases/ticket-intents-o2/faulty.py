import tempfile

import numpy as np
import torch
from torch.utils.data import Dataset
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments, set_seed

set_seed(3)
rng = np.random.default_rng(3)

TEAMS = {
    "billing": "invoice refund charged card payment price receipt",
    "network": "wifi router slow connection signal drops modem",
    "account": "login password locked email username reset profile",
    "delivery": "parcel courier late address tracking arrived box",
}
FILLER = "please my the is since yesterday again help hello thanks i have a problem with it not still".split()


def write_messages(per_team):
    texts, labels = [], []
    for label, words in enumerate(TEAMS.values()):
        words = words.split()
        for _ in range(per_team):
            message = list(rng.choice(words, 2)) + list(rng.choice(FILLER, rng.integers(5, 10)))
            rng.shuffle(message)
            texts.append(" ".join(message))
            labels.append(label)
    return texts, np.array(labels)


texts, labels = write_messages(400)
vocab = {"[PAD]": 0}
for text in texts:
    for word in text.split():
        vocab.setdefault(word, len(vocab))

# mix the teams before cutting off the evaluation part
texts = [texts[i] for i in rng.permutation(len(texts))]
labels = labels[rng.permutation(len(labels))]


class MessageDataset(Dataset):
    def __init__(self, texts, labels, max_len=12):
        self.ids = torch.zeros(len(texts), max_len, dtype=torch.long)
        for row, text in enumerate(texts):
            tokens = [vocab[word] for word in text.split()][:max_len]
            self.ids[row, : len(tokens)] = torch.tensor(tokens)
        self.labels = torch.tensor(labels)

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        return {"input_ids": self.ids[i], "attention_mask": (self.ids[i] != 0).long(), "labels": self.labels[i]}


def compute_metrics(eval_pred):
    logits, gold = eval_pred
    return {"accuracy": float((logits.argmax(-1) == gold).mean())}


config = BertConfig(vocab_size=len(vocab), hidden_size=32, num_hidden_layers=2, num_attention_heads=2,
                    intermediate_size=64, max_position_embeddings=16, num_labels=len(TEAMS))
model = BertForSequenceClassification(config)
args = TrainingArguments(
    output_dir=tempfile.mkdtemp(), learning_rate=1e-3, per_device_train_batch_size=32, num_train_epochs=10,
    eval_strategy="epoch", logging_strategy="epoch", save_strategy="no", report_to="none", disable_tqdm=True)
trainer = Trainer(model=model, args=args, train_dataset=MessageDataset(texts[:1280], labels[:1280]),
                  eval_dataset=MessageDataset(texts[1280:], labels[1280:]), compute_metrics=compute_metrics)
trainer.train()
result = trainer.evaluate()
print(f"eval loss {result['eval_loss']:.3f} eval accuracy {result['eval_accuracy']:.3f}")
