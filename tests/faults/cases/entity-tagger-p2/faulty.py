import tempfile

import numpy as np
import torch
from torch.nn.utils.rnn import pad_sequence
from transformers import BertConfig, BertForTokenClassification, Trainer, TrainingArguments, set_seed

PEOPLE = ["anna", "omar", "li", "paris", "jordan", "victoria", "carlos", "georgia"]
PLACES = ["paris", "jordan", "victoria", "georgia", "oslo", "lima", "kyoto", "cairo"]
TEMPLATES = ["P met P in L yesterday", "in L the rain fell for days", "P moved from L to L", "yesterday P called",
             "the mayor of L invited P and P to the old town hall", "P sings", "nobody in L knew that P was there",
             "flights to L are late", "P said that P and P would never leave L for the cold north of L"]
LABELS = ["O", "PER", "LOC"]


def sentences(n, rng):
    """n different sentences of one or two clauses, as words and tags."""
    found = {}
    while len(found) < n:
        words, tags = [], []
        for token in " while ".join(rng.choice(TEMPLATES, rng.integers(1, 3))).split():
            pool = {"P": PEOPLE, "L": PLACES}.get(token)
            words.append(str(rng.choice(pool)) if pool else token)
            tags.append({"P": 1, "L": 2}.get(token, 0))
        found[tuple(words)] = tags
    pairs = list(found.items())
    return [pairs[i] for i in rng.permutation(n)]


vocab = ["[PAD]", "[UNK]", "while", *sorted({w for t in TEMPLATES for w in t.split()} - {"P", "L"} | {*PEOPLE, *PLACES})]
word_id = {w: i for i, w in enumerate(vocab)}


def encode(pairs):
    return [{"input_ids": torch.tensor([word_id[w] for w in words]), "labels": torch.tensor(tags)}
            for words, tags in pairs]


def collate(rows):
    ids = pad_sequence([r["input_ids"] for r in rows], batch_first=True)
    labels = pad_sequence([r["labels"] for r in rows], batch_first=True, padding_value=-100)
    return {"input_ids": ids, "attention_mask": (ids != 0).long(), "labels": labels}


def compute_metrics(eval_pred):
    logits, labels = eval_pred
    predictions = np.argmax(logits, axis=-1)
    return {"accuracy": float((predictions == labels).mean())}


def main():
    set_seed(11)
    data = sentences(2000, np.random.default_rng(11))
    config = BertConfig(vocab_size=len(vocab), hidden_size=48, num_hidden_layers=2, num_attention_heads=4,
                        intermediate_size=96, max_position_embeddings=40, num_labels=len(LABELS))
    model = BertForTokenClassification(config)
    with tempfile.TemporaryDirectory() as tmp:
        args = TrainingArguments(
            output_dir=tmp, num_train_epochs=7, learning_rate=1e-3, per_device_train_batch_size=32,
            per_device_eval_batch_size=64, eval_strategy="epoch", logging_strategy="epoch", save_strategy="no",
            report_to="none", disable_tqdm=True, use_cpu=True, seed=11)
        trainer = Trainer(
            model=model,
            args=args,
            train_dataset=encode(data[:1600]),
            eval_dataset=encode(data[1600:]),
            data_collator=collate,
            compute_metrics=compute_metrics,
        )
        trainer.train()
        result = trainer.evaluate()
    print(f"eval loss {result['eval_loss']:.4f}  token accuracy {result['eval_accuracy']:.3f}")


if __name__ == "__main__":
    main()
