"""Tables: JSONL, CSV and Parquet; a row is a document."""

from __future__ import annotations

import csv
import json
from collections.abc import Collection, Iterator
from textwrap import shorten
from typing import Any, BinaryIO, Final, NamedTuple

from stripper.batch.documents import BatchRow, Columns, Document, Fault, Item, PlainRow, Row
from stripper.batch.streams import Lines, Stream, breaks_off, cause, raw
from stripper.extras import load
from stripper.tagging.features import Head

_FIELDS: Final = ("text", "html", "content")
_URL: Final = "url"
# In characters. A quote that is never closed makes one cell of the rest of the file, which must not fill the memory.
_LONGEST_CELL: Final = 1 << 26
_ROWS: Final = 64
_MARGIN: Final = 100
_BUFFER: Final = 1 << 20
_LONGEST_LIST: Final = 200
_NOT_UTF8: Final = "it is not UTF-8"


class _UnfitError(Exception):
    """A table or row that holds no documents; says why."""


def read_jsonl(stream: Stream, name: str, columns: Columns, kind: Head | None) -> Iterator[Item]:
    """The documents of a file with one JSON object a line; blank lines are passed over."""
    lines = Lines(stream, newline="\n")
    for line in lines:
        content = raw(lines.take())
        if not line.isspace():
            yield _of_json(f"{name}:{lines.done}", content, columns, kind)
    if fault := lines.fault(name):
        yield fault


def _of_json(name: str, line: str | bytes, columns: Columns, kind: Head | None) -> Item:
    if isinstance(line, bytes):
        return Fault(name, _NOT_UTF8, line)
    try:
        # what is nested as deeply as can be read could not be written any more
        wrapped = _MARGIN if line.count("[") + line.count("{") > _MARGIN else 0
        values = json.loads("[" * wrapped + line + "]" * wrapped)
        for _ in range(wrapped):
            values = values[0]
    except (ValueError, RecursionError) as error:
        return Fault(name, f"it is no JSON: {cause(error)}", line)
    if not isinstance(values, dict):
        return Fault(name, "it is no JSON object", line)
    try:
        field = _field(values, columns)
    except _UnfitError as error:
        return Fault(name, str(error), line)
    if columns.url and columns.url not in values:
        return Fault(name, f'it has no column "{columns.url}", only {_listed(values)}', line)
    row = PlainRow(tuple(values), tuple(values.values()), field, line)
    return _document(name, values[field], values.get(columns.url or _URL), kind, row, line)


def read_csv(stream: Stream, name: str, columns: Columns, kind: Head | None, delimiter: str) -> Iterator[Item]:
    """The documents of a file with a header line; blank lines are passed over."""
    csv.field_size_limit(_LONGEST_CELL)  # of the whole process: the default is less than many a page has
    lines = Lines(stream, newline="")
    rows = _rows(lines, delimiter)
    header = next(rows, None)
    if header is None:
        yield lines.fault(name) or Fault(name, "it has no header line")
        return
    names = tuple(header.cells)
    try:
        if header.wrong:
            raise _UnfitError(header.wrong)
        field, url = _field(names, columns), _url(names, columns)
    except _UnfitError as error:
        yield Fault(name, str(error), header.content)
        return
    for row in rows:
        row_name = f"{name}:{row.line}"
        wrong = row.wrong or (
            f"it has {len(row.cells)} cells, the header {len(names)}" if len(row.cells) != len(names) else None
        )
        if wrong:
            yield Fault(row_name, wrong, row.content)
        else:
            document = PlainRow(names, tuple(row.cells), field)
            address = row.cells[names.index(url)] if url else None
            yield _document(row_name, row.cells[names.index(field)], address, kind, document)
    if fault := lines.fault(name):
        yield fault


class _CsvRow(NamedTuple):
    line: int
    cells: list[str]
    content: str | bytes
    wrong: str | None = None


def _rows(lines: Lines, delimiter: str) -> Iterator[_CsvRow]:
    """The rows with the lines they begin at; one that a break cut off is left to ``lines.fault``."""
    reader = csv.reader(lines, delimiter=delimiter)
    while True:
        wrong = None
        line = lines.done + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            cells, wrong = [], cause(error)
        if lines.ended and lines.broken:
            return
        content = raw(lines.take())
        if lines.ended:
            wrong = "a quoted cell is never closed"
        elif isinstance(content, bytes):
            wrong = _NOT_UTF8
        if cells or wrong:
            yield _CsvRow(line, cells, content, wrong)


def read_parquet(file: BinaryIO, name: str, columns: Columns, kind: Head | None) -> Iterator[Item]:
    """The documents of a Parquet file, whose column of documents may be strings or bytes.

    Raises:
        MissingExtra: pyarrow is not installed.
    """
    arrow = load("pyarrow")
    parquet = load("pyarrow.parquet")
    number = 0
    try:
        # without pre_buffer and with a buffer, a row group need not fit into the memory
        table = parquet.ParquetFile(file, pre_buffer=False, buffer_size=_BUFFER)
        names = table.schema_arrow.names
        field, url = _field(names, columns), _url(names, columns)
        for batch in table.iter_batches(_ROWS):
            contents = batch.column(names.index(field))
            urls = batch.column(names.index(url)) if url else None
            for index in range(batch.num_rows):
                number += 1
                address = _value(urls[index]) if urls is not None else None
                row = BatchRow(batch, index, field)
                yield _document(f"{name}:{number}", _value(contents[index]), address, kind, row)
    except _UnfitError as error:
        yield Fault(name, str(error))
    except (OSError, arrow.ArrowException) as error:
        yield breaks_off(name, "row {}", number, cause(error))


def _value(cell: Any) -> Any:
    """A cell's value, or its bytes if it is a string that is not UTF-8."""
    try:
        return cell.as_py()
    except UnicodeDecodeError as error:
        return error.object


def _field(names: Collection[str], columns: Columns) -> str:
    """The column with the documents."""
    for name in _FIELDS if columns.field is None else (columns.field,):
        if name in names:
            return name
    wanted = f'"{columns.field}"' if columns.field else "text, html or content"
    raise _UnfitError(f"it has no column {wanted}, only {_listed(names)}")


def _url(names: Collection[str], columns: Columns) -> str | None:
    """The column with the addresses, if there is one."""
    name = columns.url or _URL
    if name in names:
        return name
    if columns.url:
        raise _UnfitError(f'it has no column "{columns.url}", only {_listed(names)}')
    return None


def _listed(names: Collection[str]) -> str:
    """Names as a part of a sentence: short and in one line."""
    return shorten(", ".join(names), _LONGEST_LIST, placeholder=" ...") or "nameless ones"


def _document(  # noqa: PLR0913, PLR0917 - all that a document has
    name: str, content: Any, url: Any, kind: Head | None, row: Row, line: str | None = None
) -> Item:
    if not isinstance(content, (str, bytes)):
        return Fault(name, f'its "{row.field}" is {"null" if content is None else "no text"}', line, row)
    return Document(name, content, kind, url if isinstance(url, str) and url else None, row)
