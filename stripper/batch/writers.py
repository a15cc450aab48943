"""Tables of cleaned documents: rows into the bytes of a piece, pieces into a file."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeAlias

from stripper.batch.cleaned import Cleaned, as_json, encode_text
from stripper.batch.documents import BatchError, BatchRow, PlainRow, Row, edited, json_text
from stripper.batch.names import Table, untaken
from stripper.batch.streams import Lines, Stream, cause
from stripper.document import Paragraph
from stripper.extras import load

Cells: TypeAlias = list[tuple[str, Any]]
Written: TypeAlias = tuple["Row | None", Cleaned]

JSONL: Final = Table("jsonl")
_DETAILS: Final = "paragraphs"


def check(table: Table) -> None:
    """See that all is there that writing a table needs.

    Raises:
        MissingExtra: it is not.
    """
    if table.format == "parquet":
        load("pyarrow", "writing")
    if table.compression == ".zst":
        load("zstandard", "writing")


def piece(rows: Sequence[Written], table: Table) -> bytes:
    """Some rows of a table, with the cleaned texts in place of the documents.

    Args:
        rows: results with the rows they came from, ``None`` for documents that stood in no table.
        table: what they are to be a piece of.

    Raises:
        BatchError: a column of Parquet would have to hold values of different types.
    """
    if any(cleaned.paragraphs is not None and row and _DETAILS in row.columns for row, cleaned in rows):
        raise BatchError(f"the rows have a column {_DETAILS} already, which is where details would go")
    if table.format == "parquet":
        return _parquet_piece(rows)
    if table.format == "jsonl":
        return b"".join(_line(*row) for row in rows)
    # the columns of a CSV file are known when all its pieces are
    return b"".join(as_json(_cells(*row, exactly=True)) for row in rows)


def _line(row: Row | None, cleaned: Cleaned) -> bytes:
    if isinstance(row, PlainRow) and row.line is not None:
        if cleaned.gaps == () and cleaned.paragraphs is None:
            return row.line.rstrip("\r\n").encode() + b"\n"
        return edited(row.line, {row.field: cleaned.text}, added=cleaned.details()).encode() + b"\n"
    return as_json(_numbered(_cells(row, cleaned)))


def _cells(row: Row | None, cleaned: Cleaned, exactly: bool = False) -> Cells:
    if row is None:
        return list(cleaned.record().items())
    values = row.written if exactly and isinstance(row, PlainRow) else row.cells
    cells = list(zip(row.columns, values, strict=True))
    cells[row.columns.index(row.field)] = (row.field, cleaned.text)
    return cells + list(cleaned.details().items())


def _numbered(cells: Cells) -> dict[str, Any]:
    """Cells by column; a name that stands there before gets a number."""
    taken: set[str] = set()
    return {untaken(name, taken): value for name, value in cells}


def empty(source: Path | None, of: Table | None, table: Table) -> bytes:
    """A piece without rows that has the columns of an input, where that is possible.

    Args:
        source: the input; ``None`` is standard input.
        of: what table it is.
        table: what it is to be a piece of.
    """
    if table.format == "parquet":
        arrow, parquet = load("pyarrow", "writing"), load("pyarrow.parquet", "writing")
        buffer = io.BytesIO()
        try:
            schema = parquet.read_schema(source) if of and of.format == "parquet" else arrow.schema([])
        except (OSError, arrow.ArrowException):
            schema = arrow.schema([])
        parquet.write_table(schema.empty_table(), buffer)
        return buffer.getvalue()
    if table.format == "csv" and of and of.format == "csv" and source:
        with suppress(OSError, csv.Error), source.open("rb") as file:
            header = next(csv.reader(Lines(Stream(file, of.compression), newline=""), delimiter=of.delimiter), [])
            return as_json({"columns": header})
    return b""


def join(pieces: Callable[[], Iterable[bytes]], table: Table, stream: BinaryIO) -> None:
    """Write the file that some pieces make up.

    Args:
        pieces: gives them, as often as it is asked.
        table: how to write them.
        stream: where to.

    Raises:
        BatchError: pieces of Parquet have columns that cannot be one.
    """
    if table.format == "parquet":
        _join_parquet(pieces, stream)
        return
    # compressed members, one a piece, make up a valid file in both formats
    pack: Callable[[bytes], bytes] = bytes
    if table.compression == ".gz":
        pack = lambda data: gzip.compress(data, mtime=0)  # noqa: E731
    elif table.compression == ".zst":
        pack = load("zstandard", "writing").ZstdCompressor().compress
    stream.writelines(pack(own) for own in (_csv(pieces, table.delimiter) if table.format == "csv" else pieces()))


def _csv(pieces: Callable[[], Iterable[bytes]], delimiter: str) -> Iterator[bytes]:
    """The lines of a CSV file whose columns are those of all rows."""
    columns = list(
        dict.fromkeys(
            column for own in pieces() for row in map(json.loads, own.splitlines()) for column, _ in _keyed(row)
        )
    )
    if columns:
        yield _csv_lines([[name for name, _ in columns]], delimiter)
    for own in pieces():
        rows = (dict(_keyed(row)) for row in map(json.loads, own.splitlines()) if isinstance(row, list))
        yield _csv_lines([[_cell(row.get(column)) for column in columns] for row in rows], delimiter)


def _keyed(row: Any) -> Iterator[tuple[tuple[str, int], Any]]:
    """The cells of a row, or those of none if only columns are told; columns of one name are numbered."""
    seen: Counter[str] = Counter()
    for name, value in row if isinstance(row, list) else [(name, None) for name in row["columns"]]:
        yield (name, seen[name]), value
        seen[name] += 1


def _cell(value: Any) -> Any:
    return json_text(value) if isinstance(value, (list, dict, bool)) else value


def _csv_lines(rows: Iterable[Sequence[Any]], delimiter: str) -> bytes:
    text = io.StringIO(newline="")
    # with the line ends of RFC 4180: without "\r" in them, Python before 3.13 leaves one in a cell unquoted
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode("utf-8", "replace")


def _parquet_piece(rows: Sequence[Written]) -> bytes:
    arrow, parquet = load("pyarrow", "writing"), load("pyarrow.parquet", "writing")
    buffer = io.BytesIO()
    try:
        if all(isinstance(row, BatchRow) for row, _ in rows):
            table = _same_columns(rows, arrow)
        else:
            records = [_numbered(_cells(*row)) for row in rows]
            names = list(dict.fromkeys(name for own in records for name in own if name not in rows[0][1].details()))
            table = arrow.table({name: _column([record.get(name) for record in records], arrow) for name in names})
        parquet.write_table(_with_details(table, [cleaned for _, cleaned in rows], arrow), buffer)
    except (arrow.ArrowException, OverflowError) as error:
        raise _not_one(error) from error
    return buffer.getvalue()


def _column(values: Sequence[Any], arrow: Any) -> Any:
    """Values of one type or, if they have none in common that Parquet knows, as JSON."""
    values = [_storable(value) for value in values]
    try:
        column = arrow.array(values)
    except (arrow.ArrowException, OverflowError):
        return _as_texts(values, arrow)
    hollow = arrow.types.is_struct(column.type) and not column.type.num_fields
    return _as_texts(values, arrow) if hollow else column


def _as_texts(values: Sequence[Any], arrow: Any) -> Any:
    texts = [value if value is None or isinstance(value, str) else json_text(value) for value in values]
    return arrow.array(texts, arrow.string())


def _with_details(table: Any, cleaned: Sequence[Cleaned], arrow: Any) -> Any:
    """The table with a column of paragraphs, if they are wanted; its type is told, for a piece may have none."""
    for name in cleaned[0].details() if cleaned else ():
        texts = {key: arrow.string() for key in ("text", "label", "xpath")}
        numbers = {"probability": arrow.float64(), "start": arrow.int64(), "end": arrow.int64()}
        types = texts | numbers | {"kept": arrow.bool_()}
        kind = arrow.list_(arrow.struct([(own.name, types[own.name]) for own in fields(Paragraph)]))
        table = table.append_column(name, arrow.array([_storable(own.details()[name]) for own in cleaned], kind))
    return table


def _same_columns(rows: Sequence[Written], arrow: Any) -> Any:
    """Rows of Parquet with all their types; only the cells of the documents are new."""
    parts = [arrow.Table.from_batches([row.batch.slice(row.index, 1)]) for row, _ in rows if isinstance(row, BatchRow)]
    table = arrow.concat_tables(parts, promote_options="permissive").combine_chunks()
    field = next(row.field for row, _ in rows if row)
    place = table.schema.get_field_index(field)
    kind = table.schema.field(place).type
    texts: list[str] | list[bytes]
    if arrow.types.is_binary(kind) or arrow.types.is_large_binary(kind):
        texts = [encode_text(cleaned.text, cleaned.encoding) for _, cleaned in rows]
    else:
        texts = [_unicode(cleaned.text) for _, cleaned in rows]
    return table.set_column(place, table.schema.field(place), arrow.array(texts, type=kind))


def _storable(value: Any) -> Any:
    """The same with strings that Parquet can hold."""
    if isinstance(value, str):
        return _unicode(value)
    if isinstance(value, dict):
        return {key: _storable(item) for key, item in value.items()}
    return [_storable(item) for item in value] if isinstance(value, (list, tuple)) else value


def _unicode(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _join_parquet(pieces: Callable[[], Iterable[bytes]], stream: BinaryIO) -> None:
    arrow, parquet = load("pyarrow", "writing"), load("pyarrow.parquet", "writing")
    try:
        schema = _common([parquet.read_schema(io.BytesIO(own)) for own in pieces()], arrow)
        with parquet.ParquetWriter(stream, schema) as writer:
            for own in pieces():
                table = parquet.read_table(io.BytesIO(own))
                # to cast what needs no cast is not only slow: pyarrow 26 then stumbles over structs of nulls
                writer.write_table(table if table.schema.equals(schema) else _cast(table, schema, arrow))
    except arrow.ArrowException as error:
        raise _not_one(error) from error


def _common(schemas: Sequence[Any], arrow: Any) -> Any:
    """A schema for all; a column whose types have nothing in common is text."""
    if not schemas:
        return arrow.schema([])
    try:
        return arrow.unify_schemas(schemas, promote_options="permissive")
    except arrow.ArrowException:
        fields_by_name: dict[str, list[Any]] = {}
        for field in (field for schema in schemas for field in schema):
            fields_by_name.setdefault(field.name, []).append(arrow.schema([field]))
        return arrow.schema([_common_field(name, own, arrow) for name, own in fields_by_name.items()])


def _common_field(name: str, schemas: Sequence[Any], arrow: Any) -> Any:
    try:
        return arrow.unify_schemas(schemas, promote_options="permissive").field(0)
    except arrow.ArrowException:
        return arrow.field(name, arrow.string())


def _cast(table: Any, schema: Any, arrow: Any) -> Any:
    columns = []
    for field in schema:
        if field.name not in table.schema.names:
            columns.append(arrow.nulls(len(table), field.type))
            continue
        column = table[field.name]
        try:
            columns.append(column if column.type.equals(field.type) else column.cast(field.type))
        except arrow.ArrowException:
            columns.append(_as_texts(column.to_pylist(), arrow))
    return arrow.Table.from_arrays(columns, schema=schema)


def _not_one(error: Exception) -> BatchError:
    return BatchError(f"the rows cannot become one Parquet file ({cause(error)}); name a .jsonl instead")
