"""Texts to token ids and back: words, byte pairs or characters; 0 is padding, 1 is unknown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import torch
from torch import Tensor

from vitreous.data.examples import TensorExamples
from vitreous.data.types import Batch, BatchPlan
from vitreous.errors import RunError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

TokenKind = Literal["word", "character", "bpe", "blank"]  # blank: what stands between blanks, for tagging

PADDING, UNKNOWN = 0, 1
SPECIAL = ["[PAD]", "[UNK]"]
WORD = r"\w+(?:['’]\w+)*|[^\w\s]"  # a word with its apostrophes, or one sign


@dataclass(frozen=True)
class Tokens:
    """A fitted tokenizer.

    Attributes:
        state: The ``tokenizers`` library's own JSON; two with the same state are equal.
    """

    state: str
    _tokenizer: Tokenizer = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        from tokenizers import Tokenizer

        try:
            object.__setattr__(self, "_tokenizer", Tokenizer.from_str(self.state))
        except Exception as error:  # the library raises nothing narrower
            raise RunError(f"The saved tokenizer is damaged: {error}.") from None

    @classmethod
    def fit(cls, texts: Sequence[str], kind: TokenKind, most: int) -> Tokens:
        """Learns the vocabulary of some texts.

        Args:
            texts: Training texts only.
            kind: What a token is.
            most: Most tokens kept, the most frequent ones, padding and unknown included.
        """
        tokenizer, trainer = _untrained(kind, most)
        tokenizer.train_from_iterator(texts, trainer)
        return cls(tokenizer.to_str())

    @property
    def size(self) -> int:
        """Number of ids, padding and unknown included."""
        return int(self._tokenizer.get_vocab_size())

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Ids of each text; one without any token is one unknown token, so that no row is all padding."""
        return [encoding.ids or [UNKNOWN] for encoding in self._tokenizer.encode_batch_fast(list(texts))]

    def text(self, ids: Sequence[int]) -> str:
        """The text of ids, padding left out."""
        return str(self._tokenizer.decode([int(i) for i in ids if i != PADDING]))


def padded(rows: Sequence[Sequence[int]], length: int, fill: int = PADDING) -> Tensor:
    """Rows cut or filled up to one length, int64 [N, length]."""
    out = torch.full((len(rows), length), fill, dtype=torch.int64)
    array = out.numpy()
    for line, row in zip(array, rows, strict=True):
        line[: len(row)] = row[:length]
    return out


class TokenExamples(TensorExamples):
    """Token ids whose batches are only as long as their longest text.

    A recurrent network does a step for each column, those that are all padding included.
    """

    def to(self, device: torch.device) -> TokenExamples:
        """The same examples, resident on a device."""
        return TokenExamples(
            self.inputs.to(device), self.targets.to(device), augment=self._augment, raw=self._raw
        )

    def batches(self, plan: BatchPlan) -> Iterator[Batch]:
        """The batches of one epoch; see `Examples.batches`."""
        for x, y in super().batches(plan):
            assert isinstance(x, Tensor)
            yield trimmed(x), y

    def take(self, indices: Sequence[int]) -> Batch:
        """These examples as one batch; see `Examples.take`."""
        x, y = super().take(indices)
        assert isinstance(x, Tensor)
        return trimmed(x), y


def trimmed(tokens: Tensor) -> Tensor:
    """Tokens [B, T] without the last columns that are all padding; one column stays."""
    used = (tokens != PADDING).any(dim=0).nonzero()
    return tokens[:, : int(used[-1]) + 1] if len(used) else tokens[:, :1]


def _untrained(kind: TokenKind, most: int) -> tuple[Tokenizer, Any]:
    from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

    common: dict[str, Any] = {"vocab_size": most, "special_tokens": SPECIAL, "show_progress": False}
    if kind == "bpe":
        tokenizer = Tokenizer(models.BPE(unk_token=SPECIAL[UNKNOWN]))
        # Bytes are the alphabet: no text is unknown, and decoding gives it back exactly.
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        tokenizer.decoder = decoders.ByteLevel()
        alphabet = pre_tokenizers.ByteLevel.alphabet()
        return tokenizer, trainers.BpeTrainer(initial_alphabet=alphabet, min_frequency=2, **common)
    tokenizer = Tokenizer(models.WordLevel(unk_token=SPECIAL[UNKNOWN]))
    if kind == "character":
        tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
        tokenizer.decoder = decoders.Fuse()
    elif kind == "blank":
        tokenizer.normalizer = normalizers.Lowercase()
        tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    else:
        tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])
        tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(WORD), "removed", invert=True)
    return tokenizer, trainers.WordLevelTrainer(**common)
