"""Recurrent networks: read one step at a time, keep a state, and answer from the state.

* rnn: h' = tanh(W x + U h + b) (Elman, "Finding structure in time", 1990). It forgets quickly.
* lstm: gates keep, forget and give out a second state (Hochreiter & Schmidhuber 1997).
* gru: two gates and one state (Cho et al. 2014).
"""

from __future__ import annotations

from functools import partial
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from vitreous.data.types import InputSpec, Task
from vitreous.errors import ModelError
from vitreous.models.accepts import VECTORS, Count, Rate, Switch, require
from vitreous.models.initialize import LAST, initialize

CELLS: dict[str, type[nn.RNN | nn.LSTM | nn.GRU]] = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}


class Recurrent(nn.Module):
    """Embedding (for tokens), recurrent layers, one linear map.

    Args:
        name: Which of the three cells.
        input: Tokens or a sequence.
        task: Any but reconstruction; next-token needs tokens.
        hidden: Width of the state.
        layers: Recurrent layers on top of each other.
        bidirectional: Whether a second network reads backwards; by default only for tagging.
        dropout: Share of numbers silenced in training: of token vectors, between layers, before the
            last map; never from step to step (Zaremba et al. 2014).
        embedding: Width of a token's vector.
        summary: What stands for the whole: the state at its "last" step, or the "mean" over all; by
            default the mean of a text, the last of a sequence.

    Shape:
        int [B, T] or float [B, T, F] to [B, outputs]; tagging and next-token to [B, T, outputs].
        Token 0 is padding: it changes nothing of an example's answer, and a row of nothing else is
        read as one padding token.

    Raises:
        ModelError: for other inputs, reconstruction, or a next-token model that reads backwards.
    """

    def __init__(
        self,
        name: str,
        input: InputSpec,
        task: Task,
        *,
        hidden: Count = 128,
        layers: Count = 1,
        bidirectional: Switch | None = None,
        dropout: Rate = 0.0,
        embedding: Count = 64,
        summary: Literal["last", "mean"] | None = None,
    ) -> None:
        super().__init__()
        tokens = input.kind == "tokens"
        tasks = (*VECTORS, "tagging", "next-token") if tokens else (*VECTORS, "tagging")
        require(name, input, task, ("tokens", "sequence"), tasks)
        if bidirectional is None:
            bidirectional = task.kind == "tagging"
        if bidirectional and task.kind == "next-token":
            message = "a model that reads backwards has seen the token it is to predict."
            raise ModelError(message, where="model.bidirectional", hint="Leave it out for next-token.")
        self.per_token = task.kind in ("tagging", "next-token")
        self.summary = summary or ("mean" if tokens else "last")
        self.embedding = nn.Embedding(input.vocabulary, embedding, padding_idx=0) if tokens else None
        self.recurrent = CELLS[name](
            embedding if tokens else input.shape[-1],
            hidden,
            layers,
            batch_first=True,
            bidirectional=bidirectional,
            dropout=dropout if layers > 1 else 0.0,
        )
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(hidden * (1 + bidirectional), task.outputs)
        self._initialize()

    def _initialize(self) -> None:
        """Orthogonal recurrent weights (Saxe et al. 2014); an LSTM starts by remembering (Gers 2000).

        Token vectors start small: a word seen twice must not outweigh what the others have learned.
        """
        if self.embedding is not None:
            nn.init.normal_(self.embedding.weight, std=0.1)
            nn.init.zeros_(self.embedding.weight[0])
        for name, parameter in self.recurrent.named_parameters():
            if name.startswith("weight_hh"):
                for gate in parameter.data.chunk(len(parameter) // self.recurrent.hidden_size):
                    nn.init.orthogonal_(gate)
            elif name.startswith("weight_ih"):
                for gate in parameter.data.chunk(len(parameter) // self.recurrent.hidden_size):
                    nn.init.xavier_uniform_(gate)
            else:
                nn.init.zeros_(parameter)
                if isinstance(self.recurrent, nn.LSTM) and name.startswith("bias_ih"):
                    parameter.data.chunk(4)[1].fill_(1.0)  # the forget gate is the second of four
        initialize(self.head, "identity", gain=LAST)

    def states(self, x: Tensor) -> Tensor:
        """The state behind every step: [B, T, hidden], twice as wide if bidirectional."""
        steps = x if self.embedding is None else self.dropout(self.embedding(x))
        if self.embedding is None or not self.recurrent.bidirectional:
            states: Tensor = self.recurrent(steps)[0]  # padding at the end cannot change what came before
            return states
        packed = pack_padded_sequence(steps, lengths(x).cpu(), batch_first=True, enforce_sorted=False)
        return pad_packed_sequence(self.recurrent(packed)[0], batch_first=True, total_length=x.shape[1])[0]

    def forward(self, x: Tensor) -> Tensor:
        """Logits, of each token or of the whole."""
        states = self.states(x)
        if not self.per_token:
            ends = self._ends(x)
            states = self._mean(states, ends) if self.summary == "mean" else self._last(states, ends)
        logits: Tensor = self.head(self.dropout(states))
        return logits

    def _ends(self, x: Tensor) -> Tensor:
        """How many steps each example has, int64 [B]: only tokens can be padded."""
        if self.embedding is not None:
            return lengths(x)
        return torch.full(x.shape[:1], x.shape[1], device=x.device)

    def _last(self, states: Tensor, ends: Tensor) -> Tensor:
        """The forward state at the last token and, if there is one, the backward state at the first."""
        last = states[torch.arange(states.shape[0], device=states.device), ends - 1]
        if not self.recurrent.bidirectional:
            return last
        half = self.recurrent.hidden_size
        return torch.cat([last[:, :half], states[:, 0, half:]], dim=-1)

    def _mean(self, states: Tensor, ends: Tensor) -> Tensor:
        """The mean of the states behind all tokens that are no padding."""
        valid = torch.arange(states.shape[1], device=states.device) < ends[:, None]
        return (states * valid[..., None]).sum(1) / ends[:, None]


def lengths(tokens: Tensor) -> Tensor:
    """Place of the last token that is no padding, counted from 1, and at least 1: int64 [B]."""
    places = torch.arange(1, tokens.shape[1] + 1, device=tokens.device)
    return ((tokens != 0) * places).amax(dim=1).clamp(min=1)


MODELS = {name: partial(Recurrent, name) for name in CELLS}
