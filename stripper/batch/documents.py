"""What passes between readers, run and writers."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, TypeAlias, TypeVar

from stripper.errors import StripperError
from stripper.tagging.features import Head

_Value = TypeVar("_Value")
_DECODER: Final = json.JSONDecoder()
_BOMS: Final = (b"\xff\xfe", b"\xfe\xff")
_NUMERIC: Final = "-0123456789"
_SPACE: Final = re.compile(r"[ \t\r\n]*")
_NONE: Final[Mapping[str, Any]] = MappingProxyType({})


class BatchError(StripperError):
    """The run cannot begin or go on; says why in one sentence."""


@dataclass(frozen=True, slots=True)
class PlainRow:
    """A row of CSV or a line of JSONL.

    Attributes:
        columns: the names in order; a CSV may name two columns alike.
        cells: the values, as many.
        field: the column that holds the document.
        line: of JSONL, the line as it stands there.
    """

    columns: tuple[str, ...]
    cells: tuple[Any, ...]
    field: str
    line: str | None = None

    @property
    def size(self) -> int:
        """About how many bytes it takes."""
        return len(self.line) if self.line is not None else sum(map(len, self.cells))

    @property
    def written(self) -> tuple[Any, ...]:
        """The values, but numbers of JSON as they are written."""
        if self.line is None:
            return self.cells
        last = {name: value for name, _, value in _members(self.line)}
        numbers = (last[name] if last[name][0] in _NUMERIC else None for name in self.columns)
        return tuple(cell if number is None else number for cell, number in zip(self.cells, numbers, strict=True))

    def without(self, column: str) -> PlainRow:
        """The row without a column."""
        places = [place for place, name in enumerate(self.columns) if name != column]
        columns, cells = (tuple(own[place] for place in places) for own in (self.columns, self.cells))
        line = None if self.line is None else edited(self.line, {}, {column})
        return PlainRow(columns, cells, self.field, line)

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
    def cells(self) -> tuple[Any, ...]:
        """The values in order as Python objects, or as text if there is no such object."""
        return tuple(_value(column[self.index]) for column in self.batch.columns)

    @property
    def values(self) -> dict[str, Any]:
        """The values by column, in order."""
        return dict(zip(self.columns, self.cells, strict=True))

    @property
    def size(self) -> int:
        """About how many bytes it takes."""
        size: int = self.batch.nbytes // max(self.batch.num_rows, 1)
        return size

    def without(self, column: str) -> BatchRow:
        """The row without a column."""
        names = [name for name in self.batch.schema.names if name != column]
        return BatchRow(self.batch.select(names), self.index, self.field)


def _value(cell: Any) -> Any:
    try:
        return cell.as_py()
    except UnicodeDecodeError as error:
        return error.object.decode(errors="surrogateescape")
    except (ValueError, OverflowError, KeyError):  # a time in nanoseconds, a far one, one of a zone that is not known
        try:
            return str(cell.cast("string"))
        except (ValueError, NotImplementedError):
            return str(cell.value)


def edited(
    line: str, changed: Mapping[str, Any], dropped: Collection[str] = (), added: Mapping[str, Any] = _NONE
) -> str:
    """A line with a JSON object, of which the values that are not named stay as they are written.

    Numbers that Python would round, repeated names and their order thus come through.

    >>> edited('{"n": 1.10, "text": "a", "n": 2e400}', {"text": "b"})
    '{"n": 1.10, "text": "b", "n": 2e400}'
    """
    found = list(_members(line))
    # of a name that is there twice, the last is what a reader of JSON takes
    last = {name: place for place, (name, _, _) in enumerate(found)}
    members = [
        (key, json_text(changed[name]) if name in changed and place == last[name] else value)
        for place, (name, key, value) in enumerate(found)
        if name not in dropped
    ]
    members += [(json_text(name), json_text(value)) for name, value in added.items()]
    return f"{{{', '.join(f'{key}: {value}' for key, value in members)}}}"


def _members(line: str) -> Iterator[tuple[str, str, str]]:
    """The name of each member of an object, and how name and value are written."""
    place = _next(line, 0) + 1
    while line[_next(line, place)] != "}":
        start = _next(line, place)
        name, end = _DECODER.raw_decode(line, start)
        value = _next(line, _next(line, end) + 1)
        _, after = _DECODER.raw_decode(line, value)
        yield name, line[start:end], line[value:after]
        place = _next(line, after)
        place += line[place] == ","


def _next(line: str, place: int) -> int:
    space = _SPACE.match(line, place)
    return space.end() if space else place


def json_text(value: Any, indent: int | None = None) -> str:
    """A value as JSON; strings that are not Unicode text are escaped, bytes are in base64 if they are no text."""
    text = json.dumps(value, ensure_ascii=False, indent=indent, default=_plain)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, indent=indent, default=_plain)
    return text


def _plain(value: Any) -> str:
    if not isinstance(value, bytes):
        return str(value)
    try:
        return value.decode()
    except UnicodeDecodeError:
        return base64.b64encode(value).decode()


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
        row: of a table, the row it stands in.
    """

    id: str
    reason: str
    content: str | bytes | None = None
    row: Row | None = None


Item: TypeAlias = Document | Fault


def size_of(item: Item) -> int:
    """About how many bytes an item takes."""
    return len(item.content or "") + (item.row.size if item.row else 0)


def grouped(
    values: Iterable[_Value], measure: Callable[[_Value], tuple[int, int]], most: int, largest: int
) -> Iterator[list[_Value]]:
    """Cut into groups; where depends on nothing but the values since the last cut.

    Args:
        values: to be cut.
        measure: how many a value counts as, and about how many bytes it takes.
        most: a group that counts as many is full.
        largest: so is one that takes as many bytes; a lone value may take more.
    """
    group: list[_Value] = []
    count = size = 0
    for value in values:
        group.append(value)
        more, bytes_more = measure(value)
        count, size = count + more, size + bytes_more
        if count >= most or size >= largest:
            yield group
            group, count, size = [], 0, 0
    if group:
        yield group


def is_binary(content: str | bytes) -> bool:
    """Whether bytes are neither a page nor a text."""
    return isinstance(content, bytes) and b"\0" in content[:4096] and not content.startswith(_BOMS)


@dataclass(frozen=True, slots=True)
class Columns:
    """How tables are read.

    Attributes:
        field: the column with the text or HTML; ``None`` is the first there is of "text", "html" and "content".
        url: the column with the address; ``None`` is "url", if there is one.
    """

    field: str | None = None
    url: str | None = None
