"""A table file in blocks that can be read in any order: row groups of Parquet, ranges of lines of CSV."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np

from vitreous.data.frames import MISSING, PARQUET_SUFFIXES, SNIFFED_BYTES, sniff_csv
from vitreous.errors import DataError

if TYPE_CHECKING:
    import polars as pl

CSV_BLOCK_BYTES = 4 << 20
NEWLINE, QUOTE = 10, 34


class Blocks(Protocol):
    """The blocks of one file."""

    path: Path

    def __len__(self) -> int:
        """Number of blocks."""

    @property
    def rows(self) -> int:
        """Number of rows (of CSV: of lines)."""

    def read(self, block: int) -> pl.DataFrame:
        """One block; safe to call from another thread. Raises DataError naming the file and block."""


def open_blocks(path: Path, header: bool | Literal["auto"], expected: set[str]) -> Blocks:
    """The blocks of a Parquet or CSV file; raises DataError where it cannot be read."""
    if path.suffix.lower() in PARQUET_SUFFIXES:
        return ParquetBlocks(path)
    return CsvBlocks(path, header, expected)


class ParquetBlocks:
    """One block a row group."""

    def __init__(self, path: Path) -> None:
        import pyarrow as pa
        from pyarrow import parquet

        self.path = path
        try:
            metadata = parquet.read_metadata(path)
        except (OSError, pa.ArrowInvalid) as error:
            raise DataError(f"It cannot be read as Parquet: {error}.", where=str(path)) from None
        self.rows = int(metadata.num_rows)
        self._groups = int(metadata.num_row_groups)

    def __len__(self) -> int:
        return self._groups

    def read(self, block: int) -> pl.DataFrame:
        """One row group; see `Blocks.read`."""
        import polars as pl
        import pyarrow as pa
        from pyarrow import parquet

        try:
            # Opened anew: a ParquetFile must not be shared between threads.
            with parquet.ParquetFile(self.path, memory_map=True) as file:
                table = file.read_row_group(block, use_threads=False)
        except (OSError, pa.ArrowInvalid) as error:
            raise DataError(f"It cannot be read: {error}.", where=f"{self.path}, row group {block}") from None
        frame = pl.from_arrow(table)
        assert isinstance(frame, pl.DataFrame)
        return frame


class CsvBlocks:
    """One block every few megabytes, cut where a row ends; types are those that ``retype`` was given."""

    def __init__(self, path: Path, header: bool | Literal["auto"], expected: set[str]) -> None:
        self.path = path
        with path.open("rb") as file:
            head = file.read(SNIFFED_BYTES).decode("utf-8-sig", errors="ignore")
        head = head[: head.rindex("\n") + 1] if "\n" in head else head
        self._delimiter, self._names, self._header = sniff_csv(head, path, header, expected)
        self._starts, self.rows = self._index()
        self.rows -= int(self._header)
        self._types: dict[str, object] = {}

    def __len__(self) -> int:
        return len(self._starts) - 1

    def retype(self, sample: pl.DataFrame, keep: set[str]) -> None:
        """Reads all blocks with the types of a sample; integers as floats unless they are to be kept."""
        import pyarrow as pa

        schema = sample.to_arrow().schema
        for field in schema:
            whole = pa.types.is_integer(field.type) and field.name not in keep
            self._types[field.name] = pa.float64() if whole else field.type

    def read(self, block: int) -> pl.DataFrame:
        """The lines of one block; see `Blocks.read`."""
        import polars as pl
        import pyarrow as pa
        from pyarrow import csv as arrow_csv

        start, stop = self._starts[block], self._starts[block + 1]
        with self.path.open("rb") as file:
            file.seek(start)
            data = file.read(stop - start).removeprefix(b"\xef\xbb\xbf" if start == 0 else b"")
        try:
            table = arrow_csv.read_csv(
                pa.BufferReader(data),
                read_options=arrow_csv.ReadOptions(
                    column_names=self._names,
                    skip_rows=int(self._header and block == 0),
                    block_size=len(data) + 1,
                    use_threads=False,
                ),
                parse_options=arrow_csv.ParseOptions(delimiter=self._delimiter, newlines_in_values=True),
                convert_options=arrow_csv.ConvertOptions(
                    null_values=MISSING, strings_can_be_null=True, column_types=self._types or None
                ),
            )
        except pa.ArrowInvalid as error:
            where = f"{self.path}, lines from byte {start}"
            raise DataError(f"{str(error).splitlines()[0].rstrip('.')}.", where=where) from None
        frame = pl.from_arrow(table)
        assert isinstance(frame, pl.DataFrame)
        return frame

    def _index(self) -> tuple[list[int], int]:
        """Where blocks start, and the number of lines: a line break within quotes ends no row."""
        starts, at, lines, quoted = [0], 0, 0, 0
        last = b""
        with self.path.open("rb") as file:
            while data := file.read(CSV_BLOCK_BYTES):
                bytes_ = np.frombuffer(data, dtype=np.uint8)
                ends = np.flatnonzero(bytes_ == NEWLINE)
                if quoted or QUOTE in data:
                    inside = (np.cumsum(bytes_ == QUOTE) + quoted) & 1
                    ends = ends[inside[ends] == 0]
                    quoted = int(inside[-1])
                if len(ends):
                    starts.append(at + int(ends[-1]) + 1)
                lines += len(ends)
                at += len(data)
                last = data
        if starts[-1] < at:
            starts.append(at)
        return starts, lines + int(not last.endswith(b"\n"))
