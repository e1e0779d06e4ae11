"""Tables of any origin as one polars frame: CSV of unknown dialect, Parquet, pandas, dicts of columns."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from vitreous.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import polars as pl

CSV_SUFFIXES = (".csv", ".tsv")
PARQUET_SUFFIXES = (".parquet", ".pq")
DELIMITERS = (",", ";", "\t", "|")
MISSING = ["", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null", "None", "?", "-"]
SNIFFED_BYTES = 1 << 16
_NUMBER = re.compile(r"[-+]?(\d[\d,]*\.?\d*|\.\d+)([eE][-+]?\d+)?%?")


def is_table(source: object) -> bool:
    """Whether a source is a table: an existing file by its ending, a data frame, or a dict of columns."""
    if isinstance(source, (str, Path)):
        return Path(source).suffix.lower() in CSV_SUFFIXES + PARQUET_SUFFIXES and Path(source).is_file()
    if isinstance(source, dict):
        return (
            bool(source)
            and all(isinstance(key, str) for key in source)
            and all(map(_is_column, source.values()))
        )
    return _is_frame(source)


def read_frame(
    source: Any, *, header: bool | Literal["auto"] = "auto", expected: Iterable[str] = ()
) -> tuple[pl.DataFrame, list[str]]:
    """Reads a table.

    Args:
        source: A path, a polars or pandas frame, a dict of columns or a list of rows as dicts.
        header: Whether a CSV file's first line names its columns; found out by default.
        expected: Column names somebody asked for; a first line that holds one of them is a header.

    Returns:
        The frame and what was noticed about it, one line each.

    Raises:
        DataError: naming the file, and the line where a row has the wrong number of fields.
    """
    if not isinstance(source, (str, Path)):
        return _from_object(source), []
    path = Path(source)
    frame, notes = (
        _from_parquet(path)
        if path.suffix.lower() in PARQUET_SUFFIXES
        else _from_csv(path, header, set(expected))
    )
    if frame.width == 0 or frame.height == 0:
        raise DataError(f"The table has {frame.width} columns but no rows.", where=str(path))
    return frame, notes


def estimated_gib(path: Path) -> float:
    """What a table file takes in memory while it is read, roughly; nothing but its size is looked at."""
    size = path.stat().st_size
    if path.suffix.lower() not in PARQUET_SUFFIXES:
        return 2 * size / 2**30
    import pyarrow as pa
    from pyarrow import parquet

    try:
        metadata = parquet.read_metadata(path)
    except (OSError, pa.ArrowInvalid):
        return 0.0  # whoever reads it says what is wrong with it
    stored = sum(metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups))
    return float(max(stored, 8 * metadata.num_rows * metadata.num_columns)) / 2**30


def sniff_csv(
    head: str, path: Path, header: bool | Literal["auto"], expected: set[str]
) -> tuple[str, list[str], bool]:
    """The dialect of a CSV file from its beginning: (delimiter, column names, whether line 1 has them).

    Raises:
        DataError: when the file is empty or two columns have the same name.
    """
    if not head.strip():
        raise DataError("The file is empty.", where=str(path))
    delimiter = "\t" if path.suffix.lower() == ".tsv" else _delimiter(head)
    rows = _rows(head, delimiter)[:200]
    has_header = _looks_like_header(rows, expected) if header == "auto" else header
    first = [name.strip() for name in rows[0]] if has_header else [""] * len(rows[0])
    names = [name or f"column_{number}" for number, name in enumerate(first, 1)]
    doubled = [name for name, count in Counter(names).items() if count > 1]
    if doubled:
        raise DataError(
            f"Two columns are called {doubled[0]!r}.", where=f"{path}, line 1", hint="Rename one of them."
        )
    return delimiter, names, has_header


def _is_column(value: object) -> bool:
    return isinstance(value, (list, tuple, range)) or len(getattr(value, "shape", ())) == 1


def _is_frame(source: object) -> bool:
    kind = type(source)
    return kind.__name__ == "DataFrame" and kind.__module__.partition(".")[0] in ("polars", "pandas")


def _from_object(source: Any) -> pl.DataFrame:
    """A frame from what Python holds."""
    import polars as pl

    try:
        if isinstance(source, pl.DataFrame):
            frame = source
        elif _is_frame(source):
            frame = pl.from_pandas(source.rename(columns=str))
        elif isinstance(source, dict):
            frame = pl.DataFrame({name: _plain(values) for name, values in source.items()}, strict=False)
        elif isinstance(source, list) and source and all(isinstance(row, dict) for row in source):
            frame = pl.from_dicts(source, infer_schema_length=None)
        else:
            raise DataError(
                f"A {type(source).__name__} is no table.", hint="Give a data frame or a dict of columns."
            )
    except (pl.exceptions.PolarsError, TypeError, ValueError) as error:
        raise DataError(f"No table can be made of it: {_first_line(error)}.") from None
    if frame.height == 0 or frame.width == 0:
        raise DataError(f"The table has {frame.width} columns and {frame.height} rows.")
    return frame


def _plain(values: Any) -> Any:
    """Tensors and arrays as NumPy; a single value as a column of one."""
    if hasattr(values, "detach"):
        return values.detach().cpu().numpy()
    return values if hasattr(values, "__len__") and not isinstance(values, str) else [values]


def _from_parquet(path: Path) -> tuple[pl.DataFrame, list[str]]:
    import polars as pl

    try:
        return pl.read_parquet(path), []
    except (OSError, pl.exceptions.PolarsError) as error:
        raise DataError(f"It cannot be read as Parquet: {_first_line(error)}.", where=str(path)) from None


def _from_csv(
    path: Path, header: bool | Literal["auto"], expected: set[str]
) -> tuple[pl.DataFrame, list[str]]:
    """Reads CSV in one block, so that a column's type is found from all its values."""
    import polars as pl
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    data, notes = _utf8(path)
    head = data[:SNIFFED_BYTES].decode("utf-8", errors="ignore")
    delimiter, names, has_header = sniff_csv(_whole_lines(head, len(data)), path, header, expected)
    ragged: list[tuple[int, int]] = []

    def note_ragged(row: Any) -> str:
        ragged.append((row.expected_columns, row.actual_columns))
        return "error"

    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(data),
            read_options=arrow_csv.ReadOptions(
                column_names=names,
                skip_rows=int(has_header),
                block_size=min(len(data) + 1, 2**31 - 1),
                use_threads=True,
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, invalid_row_handler=note_ragged
            ),
            convert_options=arrow_csv.ConvertOptions(null_values=MISSING, strings_can_be_null=True),
        )
    except pa.ArrowInvalid as error:
        if ragged:
            raise _ragged(data, delimiter, len(names), path) from None
        if "Empty CSV" in str(error):
            raise DataError("The file has a header but no rows.", where=str(path)) from None
        raise DataError(f"It cannot be read as CSV: {_first_line(error)}.", where=str(path)) from None
    if not has_header:
        notes.append(f"no header: columns are called {names[0]} to {names[-1]}")
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    return frame, notes


def _utf8(path: Path) -> tuple[bytes, list[str]]:
    """The file as UTF-8 bytes without a byte-order mark, and a note where it was something else."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"It cannot be read: {error.strerror}.", where=str(path)) from None
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace").encode(), [f"{path.name}: read as UTF-16"]
    if data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
    if b"\x00" in data[:SNIFFED_BYTES]:
        raise DataError("It holds zero bytes, so it is no text.", where=str(path))
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        note = f"{path.name}: not UTF-8 (byte {error.start + 1}), read as Latin-1"
        return data.decode("latin-1").encode(), [note]
    return data, []


def _whole_lines(head: str, size: int) -> str:
    """The beginning of a file without its last, cut line."""
    return head if len(head.encode()) >= size or "\n" not in head else head[: head.rindex("\n") + 1]


def _rows(text: str, delimiter: str) -> list[list[str]]:
    """The rows that are not blank."""
    lines = io.StringIO(text.replace("\r\n", "\n").replace("\r", "\n"))
    return [row for row in csv.reader(lines, delimiter=delimiter) if row]


def _delimiter(head: str) -> str:
    """The delimiter that splits the first lines most evenly, into more than one field."""
    best, best_score = ",", (0.0, 0)
    for delimiter in DELIMITERS:
        widths = Counter(len(row) for row in _rows(head, delimiter)[:100])
        width, lines = widths.most_common(1)[0]
        if width > 1 and (score := (lines / widths.total(), width)) > best_score:
            best, best_score = delimiter, score
    return best


def _looks_like_header(rows: Sequence[Sequence[str]], expected: set[str]) -> bool:
    """Whether the first row names columns: no number in it, no value that comes again below it."""
    first, rest = [value.strip() for value in rows[0]], rows[1:]
    if expected & set(first):
        return True
    named = [value for value in first if value]
    if not named or any(_NUMBER.fullmatch(value) for value in named):
        return False
    if not rest:
        return True
    columns = list(zip(*(row for row in rest if len(row) == len(first)), strict=True))
    if any(all(_NUMBER.fullmatch(v.strip()) or v.strip() in MISSING for v in column) for column in columns):
        return True
    repeats = any(name in {v.strip() for v in column} for name, column in zip(first, columns, strict=False))
    return not repeats and len(set(named)) == len(named) and max(map(len, named)) <= 40


def _ragged(data: bytes, delimiter: str, width: int, path: Path) -> DataError:
    """Names the first line with the wrong number of fields (the fast reader does not know its line)."""
    reader = csv.reader(io.StringIO(data.decode("utf-8"), newline=None), delimiter=delimiter)
    line = 1
    with suppress(csv.Error):  # a field longer than this reader takes
        for row in reader:
            if row and len(row) != width:
                return DataError(
                    f"Expected {width} fields separated by {delimiter!r}, found {len(row)}.",
                    where=f"{path}, line {line}",
                    hint="Quote values that hold the separator, or repair the line.",
                )
            line = reader.line_num + 1
    return DataError("A row has the wrong number of fields.", where=str(path))


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0].rstrip(".") if str(error).strip() else type(error).__name__
