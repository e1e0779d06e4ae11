"""The recipe: everything that determines a run, as one validated object, saved as TOML.

Every setting can be given as ``--set section.name=value``, in a TOML file (``--config``) or from
Python. ``"auto"`` is resolved when the data are known; the run's ``recipe.toml`` has the outcome.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import tomli_w
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vitreous.errors import RecipeError, did_you_mean

Auto = Literal["auto"]
Fraction = Annotated[float, Field(ge=0)]
Count = Annotated[int, Field(ge=1)]
Decay = Annotated[float, Field(ge=0, lt=1)]


class Section(BaseModel):
    """A part of the recipe: names are checked, values are never coerced from text by accident."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True, allow_inf_nan=False)


class DataRecipe(Section):
    """Where the data are and how they become tensors."""

    source: str = Field("", description="a built-in name, a file or a folder")
    folder: str | None = Field(None, description="where downloaded sets lie (--data-dir)")
    target: str | list[str] | None = Field(None, description="the column(s) to predict")
    text: str | None = Field(None, description="the column that holds the text")
    time: str | None = Field(None, description="the column that orders a series")
    horizon: Count | None = Field(None, description="steps ahead to forecast")
    window: Annotated[int, Field(ge=1)] | Auto = Field(
        "auto", description="steps of the past a forecast sees"
    )
    tags: str | None = Field(None, description="the column of space-separated tags, one a word, for tagging")
    task: str = Field(
        "auto", description="binary, multiclass, multilabel, regression, …; inferred by default"
    )
    ignore: list[str] = Field([], description="columns to leave out")
    header: bool | Auto = Field("auto", description="whether a CSV file's first line names its columns")
    test: Fraction = Field(0.2, description="share (below 1) or count held out for the test")
    validation: Fraction = Field(0.1, description="share (below 1) or count held out for validation")
    split: Literal["random", "ordered"] = Field("random", description="ordered: the last rows are the test")
    normalize: bool = Field(True, description="standardize inputs (and regression targets)")
    image_size: Annotated[int, Field(ge=8)] | Auto = Field(
        "auto", description="side of the square images, in pixels"
    )
    tokens: Literal["word", "character", "bpe", "auto"] = Field("auto", description="what a token is")
    vocabulary: Count = Field(20_000, description="most tokens kept")
    length: Annotated[int, Field(ge=1)] | Auto = Field("auto", description="tokens per example")
    augment: bool | Auto = Field("auto", description="random flips and crops (images), token dropout (text)")
    token_dropout: Annotated[float, Field(ge=0, lt=1)] | Auto = Field(
        "auto",
        description="share of a text's tokens hidden in training, where augment is on; half of few texts",
    )
    corrupt_threshold: Annotated[float, Field(ge=0, le=1)] = Field(
        0.01, description="share of unreadable files at which the run stops"
    )
    memory_gib: Annotated[float, Field(gt=0)] = Field(
        2.0, description="a table or image folder larger than this is streamed"
    )


class ModelRecipe(BaseModel):
    """Which network: a name of the zoo, ``file.py:Class`` or ``package.module:callable``, and its options."""

    model_config = ConfigDict(extra="allow", protected_namespaces=())

    name: str = "auto"

    @property
    def options(self) -> dict[str, Any]:
        """Everything but the name: keyword arguments of the model's builder."""
        return dict(self.model_extra or {})


class OptimizerRecipe(Section):
    """How weights are updated."""

    name: Literal["sgd", "rmsprop", "adam", "adamw"] = "adamw"
    lr: Annotated[float, Field(gt=0)] = Field(1e-3, description="peak learning rate")
    weight_decay: Annotated[float, Field(ge=0)] = Field(1e-4, description="L2 penalty; decoupled in adamw")
    l1: Annotated[float, Field(ge=0)] = Field(0.0, description="L1 penalty added to the loss")
    momentum: Annotated[float, Field(ge=0, lt=1)] = Field(0.9, description="for sgd and rmsprop")
    nesterov: bool = Field(False, description="for sgd")
    betas: tuple[Decay, Decay] = Field((0.9, 0.999), description="for adam and adamw")
    layer_decay: Annotated[float, Field(gt=0, le=1)] = Field(
        1.0, description="each stage nearer the input learns by this factor less (discriminative rates)"
    )


class ScheduleRecipe(Section):
    """How the learning rate moves."""

    name: Literal["constant", "step", "cosine", "one-cycle", "plateau"] = "cosine"
    warmup: Annotated[float, Field(ge=0, lt=1)] = Field(
        0.05, description="share of all steps spent warming up"
    )
    final: Annotated[float, Field(ge=0, le=1)] = Field(0.01, description="last rate over peak rate (cosine)")
    step_epochs: Count = Field(10, description="epochs between drops (step)")
    gamma: Annotated[float, Field(gt=0, lt=1)] = Field(0.5, description="factor of a drop (step, plateau)")
    patience: Count = Field(3, description="epochs without improvement before a drop (plateau)")


class TrainRecipe(Section):
    """How long, on what, and what is watched."""

    epochs: Count | Auto = "auto"
    batch_size: Count | Literal["full"] | Auto = Field(
        "auto", description="examples a step; full: all of them"
    )
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 0
    device: str = Field("auto", description="cpu, cuda, cuda:1, mps; the fastest there is by default")
    threads: Count | Auto = Field("auto", description="CPU threads; measured before training by default")
    precision: Literal["auto", "float32", "bf16", "fp16"] = Field(
        "auto", description="bf16 where the device computes it faster, float32 elsewhere"
    )
    compile: bool = Field(False, description="torch.compile the network")
    loss: Literal["auto", "cross-entropy", "mse", "mae", "huber", "focal"] = "auto"
    label_smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.0
    class_weights: Literal["none", "balanced"] = "none"
    focal_gamma: Annotated[float, Field(ge=0)] = 2.0
    clip_norm: Annotated[float, Field(ge=0)] = Field(1.0, description="largest gradient norm; 0: no clipping")
    accumulate: Count = Field(1, description="batches a step")
    mixup: Annotated[float, Field(ge=0)] = Field(0.0, description="Beta(a, a) mixing of pairs; 0: off")
    early_stopping: Annotated[int, Field(ge=0)] | Auto = Field(
        "auto", description="epochs without a better validation loss (train.monitor); 0: off"
    )
    monitor: Literal["loss", "accuracy"] = Field(
        "loss", description="what the best epoch is judged by, on the validation split"
    )
    init: str | None = Field(
        None, description="weights to start from: safetensors, weights-only .pt, or a run"
    )
    freeze: str | None = Field(
        None, description="'backbone' (all but the head) or a prefix of parameter names"
    )
    unfreeze_at: Annotated[int, Field(ge=0)] | None = Field(
        None, description="epoch at which all of it learns"
    )
    checkpoint_every_steps: Annotated[int, Field(ge=0)] = Field(
        0, description="0: at the end of each epoch longer than a second"
    )
    checkpoint_every_seconds: Annotated[float, Field(ge=0)] = Field(
        300.0, description="and at least this often; 0: never"
    )
    keep_checkpoints: Annotated[int, Field(ge=0)] = Field(
        0,
        description="weights kept along the way, evenly over the steps, for look --through-training; 0: none",
    )
    time_limit: Annotated[float, Field(ge=0)] = Field(0.0, description="seconds of training; 0: no limit")
    shard: bool = Field(False, description="FSDP2: shard parameters over the processes")
    checks: bool = Field(True, description="the checks before training")
    findings: bool = Field(
        True, description="whether the doctor looks at the first steps and at the whole run"
    )
    baselines: bool = Field(True, description="a linear model and boosted trees beside the network")
    record_every: Annotated[int, Field(ge=0)] = Field(
        0, description="steps between recorded steps; 0: densely at first, then ever fewer"
    )


class Recipe(Section):
    """Everything that determines a run."""

    data: DataRecipe = DataRecipe()
    model: ModelRecipe = ModelRecipe()
    optimizer: OptimizerRecipe = OptimizerRecipe()
    schedule: ScheduleRecipe = ScheduleRecipe()
    train: TrainRecipe = TrainRecipe()

    @classmethod
    def from_settings(cls, *layers: Mapping[str, Any]) -> Recipe:
        """A recipe from dotted settings, later layers over earlier ones.

        Args:
            layers: Each maps dotted names (``"train.epochs"``) or sections to values.

        Raises:
            RecipeError: on a name that does not exist or a value of the wrong kind.
        """
        tree: dict[str, dict[str, Any]] = {}
        for layer in layers:
            for name, value in flatten(layer).items():
                section, _, key = name.partition(".")
                if section not in cls.model_fields or not key:
                    raise RecipeError(
                        f"There is no setting {name!r}.", hint=did_you_mean(name, setting_names())
                    )
                tree.setdefault(section, {})[key] = value
        try:
            return cls.model_validate(tree)
        except ValidationError as error:
            raise _recipe_error(error) from None

    def with_settings(self, settings: Mapping[str, Any]) -> Recipe:
        """A copy with dotted settings changed; raises as ``from_settings``."""
        return Recipe.from_settings(self.to_tree(defaults=False), settings)

    def to_tree(self, *, defaults: bool = True) -> dict[str, dict[str, Any]]:
        """Plain nested values; what is None is left out (TOML has no null).

        Args:
            defaults: Whether settings nobody gave are there too.
        """
        tree: dict[str, dict[str, Any]] = self.model_dump(
            mode="json", exclude_none=True, exclude_unset=not defaults
        )
        return tree

    def to_toml(self, *, defaults: bool = True) -> str:
        """The recipe as TOML text; ``from_toml`` reads it back equal."""
        return tomli_w.dumps(self.to_tree(defaults=defaults))

    def was_set(self, name: str) -> bool:
        """Whether somebody gave the dotted setting, rather than its default standing in."""
        section, _, key = name.partition(".")
        return key in getattr(self, section).model_fields_set

    @classmethod
    def from_toml(cls, path: Path) -> Recipe:
        """Reads a recipe.

        Raises:
            RecipeError: when the file is missing, is no TOML or has a setting that does not exist.
        """
        return cls.from_settings(read_toml(path))


def read_toml(path: Path) -> dict[str, Any]:
    """A TOML file's values; raises RecipeError naming the file."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RecipeError("There is no such file.", where=str(path)) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RecipeError(f"It cannot be read as TOML: {error}.", where=str(path)) from None


def setting_names() -> list[str]:
    """Every dotted name the recipe knows (a model's own options come on top)."""
    names = []
    for section, info in Recipe.model_fields.items():
        fields = info.annotation.model_fields  # type: ignore[union-attr]
        names += [f"{section}.{key}" for key in fields]
    return names


def parse_setting(text: str) -> tuple[str, Any]:
    """One ``name=value`` of the command line: the value as TOML, else as a plain string.

    Raises:
        RecipeError: when there is no ``=``.
    """
    name, separator, value = text.partition("=")
    if not separator or not name.strip():
        raise RecipeError(
            f"Expected name=value, got {text!r}.", hint="For example: --set model.hidden=[32,16]"
        )
    try:
        return name.strip(), tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return name.strip(), value.strip()


def flatten(tree: Mapping[str, Any]) -> dict[str, Any]:
    """Sections and their settings as one mapping of dotted names."""
    flat: dict[str, Any] = {}
    for name, value in tree.items():
        if isinstance(value, Mapping):
            flat.update({f"{name}.{key}": inner for key, inner in value.items()})
        else:
            flat[name] = value
    return flat


def _recipe_error(error: ValidationError) -> RecipeError:
    """The first complaint of pydantic in our words."""
    first = error.errors(include_url=False)[0]
    # A union ("auto" or a number) adds the branch's name to the place; the setting is the first two.
    name = ".".join(str(part) for part in first["loc"][:2])
    if first["type"] == "extra_forbidden":
        return RecipeError(f"There is no setting {name!r}.", hint=did_you_mean(name, setting_names()))
    complaints = {
        e["msg"][0].lower() + e["msg"][1:] for e in error.errors() if e["loc"][:2] == first["loc"][:2]
    }
    return RecipeError(
        f"{name} cannot be {first['input']!r}: {' or '.join(sorted(complaints))}.",
    )
