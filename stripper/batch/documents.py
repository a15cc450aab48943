"""What passes between readers, run and writers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from stripper.tagging.features import Head


class BatchError(Exception):
    """The run cannot begin or go on; says why in one sentence."""


class MissingExtra(BatchError):  # noqa: N818 - it reads as what it is
    """A package that only some inputs or outputs need is not installed."""


@dataclass(frozen=True, slots=True)
class PlainRow:
    """A row of CSV or a line of JSONL.

    Attributes:
        columns: the names in order; a CSV may name two columns alike.
        cells: the values, as many.
        field: the column that holds the document.
    """

    columns: tuple[str, ...]
    cells: tuple[Any, ...]
    field: str

    @property
    def values(self) -> dict[str, Any]:
        """The values by column, in order."""
        return dict(zip(self.columns, self.cells, strict=True))


@dataclass(frozen=True, slots=True, eq=False)
class BatchRow:
    """A row of Parquet, left in its record batch so that all types stay what they are.

    To pickle one is to pickle the whole batch: send a worker the document's content instead.

    Attributes:
        batch: the ``pyarrow.RecordBatch``.
        index: the row's place in the batch.
        field: the column that holds the document.
    """

    batch: Any
    index: int
    field: str

    @property
    def columns(self) -> tuple[str, ...]:
        """The names in order."""
        return tuple(self.batch.schema.names)

    @property
    def values(self) -> dict[str, Any]:
        """The values by column, in order, as Python objects.

        Raises:
            ValueError: Python has no object for a value, such as a time in nanoseconds or broken UTF-8.
        """
        return {
            name: column[self.index].as_py()
            for name, column in zip(self.batch.schema.names, self.batch.columns, strict=True)
        }


Row: TypeAlias = PlainRow | BatchRow


@dataclass(frozen=True, slots=True)
class Document:
    """One page or text.

    Attributes:
        id: names it in all outputs: "pages/a.html", "news.jsonl:17" (line), "t.parquet:9" (row, from 1),
            "crawl.warc.gz:12345" (offset of the record).
        content: the page or text as it stands in the input.
        kind: "html" or "text"; ``None`` is to be told by the content.
        url: its address, if known.
        row: of a table, the row it stands in.
        charset: that the server declared.
    """

    id: str
    content: str | bytes
    kind: Head | None
    url: str | None = None
    row: Row | None = None
    charset: str | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """What could not be read or cleaned; the run goes on.

    Attributes:
        id: as in ``Document``; of a whole file, its name.
        reason: one sentence without a full stop.
        content: what was read of it.
    """

    id: str
    reason: str
    content: str | bytes | None = None


Item: TypeAlias = Document | Fault


def row_of(item: Item) -> Row | None:
    """The row that an item stands in, if it does in one."""
    return item.row if isinstance(item, Document) else None


@dataclass(frozen=True, slots=True)
class Columns:
    """How tables are read.

    Attributes:
        field: the column with the text or HTML; ``None`` is the first there is of "text", "html" and "content".
        url: the column with the address; ``None`` is "url", if there is one.
    """

    field: str | None = None
    url: str | None = None
