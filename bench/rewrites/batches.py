"""Loaders of torch.utils.data written out as a class of the script that draws indices."""

from __future__ import annotations

from bench.rewrites.script import Script

CHANGES: set[str] = set()
_KNOWN = {"batch_size", "shuffle", "drop_last", "generator"}
_DEFINITION = """
import torch


class Batches:
    def __init__(self, data, batch_size=1, shuffle=False, drop_last=False, generator=None):
        self.data, self.size, self.mixed = data, batch_size, shuffle
        self.whole, self.generator = drop_last, generator

    def __len__(self):
        return len(self.data) // self.size if self.whole else -(-len(self.data) // self.size)

    def __iter__(self):
        count = len(self.data)
        order = torch.randperm(count, generator=self.generator) if self.mixed else torch.arange(count)
        for start in range(0, len(self) * self.size, self.size):
            rows = [self.data[int(i)] for i in order[start : start + self.size]]
            if not isinstance(rows[0], (tuple, list)):
                yield torch.stack(rows)
                continue
            yield [torch.stack([torch.as_tensor(v) for v in column]) for column in zip(*rows)]
"""


def rewrite(script: Script) -> str | None:
    plain = True
    for call, name in script.calls():
        if name == "DataLoader":
            plain = plain and {keyword.arg for keyword in call.keywords} <= _KNOWN and len(call.args) <= 3
    if not plain or not script.call_instead({"DataLoader": "Batches"}):
        return None
    script.define(_DEFINITION)
    return script.text
