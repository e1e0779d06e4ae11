"""Predictions as a table: CSV that a spreadsheet opens safely, Parquet or JSON."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

from vitreous import files
from vitreous.errors import UsageError
from vitreous.training.run import Run

# A text cell that begins so is a formula to a spreadsheet: it gets an apostrophe.
FORMULA = r"^[=+\-@\t\r\x00]"


def write(run: Path, data: Path, out: Path | None, *, trust: bool = False) -> None:
    """Predicts and writes, all of it or nothing.

    Raises:
        UsageError: when the output's ending is none of the three.
        DataError: when the inputs do not suit the run.
    """
    import polars

    if out is not None and out.suffix not in (".csv", ".parquet", ".json"):
        raise UsageError(
            f"Cannot write {out.suffix or 'a file without ending'}.",
            where=str(out),
            hint="Use .csv, .parquet or .json.",
        )
    if out is not None and not out.parent.is_dir():
        raise UsageError("The folder does not exist.", where=str(out.parent))
    trained = Run(run, trust=trust)
    raw = trained.preprocessing.read(data)
    columns = trained.predict(raw)
    if isinstance(raw, list) and all(isinstance(item, Path) for item in raw):  # images: say which
        columns = {"file": [str(path) for path in raw], **columns}
    frame = polars.DataFrame(columns, strict=False)
    if out is None:
        sys.stdout.write(_safe(frame).write_csv())
        return
    try:
        _write(frame, out)
    except OSError as error:
        raise UsageError(f"It cannot be written: {error.strerror or error}.", where=str(out)) from None


def _write(frame: Any, out: Path) -> None:
    if out.suffix == ".csv":
        files.write_atomic(out, _safe(frame).write_csv())
    elif out.suffix == ".json":
        files.write_json(out, frame.to_dicts())
    else:
        content = io.BytesIO()
        frame.write_parquet(content)
        files.write_atomic(out, content.getvalue())


def _safe(frame: Any) -> Any:
    import polars

    guarded = []
    for name in frame.select(polars.col(polars.String)).columns:
        text = polars.col(name)
        quoted = polars.concat_str(polars.lit("'"), text)
        guarded.append(polars.when(text.str.contains(FORMULA)).then(quoted).otherwise(text).alias(name))
    return frame.with_columns(guarded)
