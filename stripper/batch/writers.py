"""Tables of cleaned documents: rows into the bytes of a piece, pieces into a file."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, BinaryIO, Final, Literal, TypeAlias

from stripper.batch.cleaned import Cleaned, as_json, encode_text
from stripper.batch.documents import BatchError, BatchRow, Row
from stripper.batch.extras import load
from stripper.batch.streams import cause
from stripper.document import Paragraph

Cells: TypeAlias = list[tuple[str, Any]]
Written: TypeAlias = tuple["Row | None", Cleaned]

_FORMATS: Final[dict[str, Literal["jsonl", "csv", "parquet"]]] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
}
_COMPRESSIONS: Final = (".gz", ".zst")


@dataclass(frozen=True, slots=True)
class Table:
    """How a table is written.

    Attributes:
        format: of the file.
        compression: ".gz", ".zst" or "".
        delimiter: between the cells of a CSV.
    """

    format: Literal["jsonl", "csv", "parquet"]
    compression: str = ""
    delimiter: str = ","


JSONL: Final = Table("jsonl")


def table_of(name: str) -> Table | None:
    r"""The table that a file's name tells, ``None`` if it is no table's.

    >>> table_of("news.csv.gz")
    Table(format='csv', compression='.gz', delimiter=',')
    """
    path = Path(name.lower())
    compression = path.suffix if path.suffix in _COMPRESSIONS else ""
    suffix = Path(path.stem).suffix if compression else path.suffix
    told = _FORMATS.get(suffix)
    if told is None or (told == "parquet" and compression):
        return None
    return Table(told, compression, "\t" if suffix == ".tsv" else ",")


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
    if table.format == "parquet":
        return _parquet_piece(rows)
    # a CSV file's columns are known when all its pieces are
    records = (_cells(*row) if table.format == "csv" else dict(_cells(*row)) for row in rows)
    return b"".join(map(as_json, records))


def _cells(row: Row | None, cleaned: Cleaned) -> Cells:
    if row is None:
        return list(cleaned.record().items())
    cells = list(row.values.items()) if isinstance(row, BatchRow) else list(zip(row.columns, row.cells, strict=True))
    place = row.columns.index(row.field)
    cells[place] = (row.field, cleaned.text)
    return cells + list(cleaned.details().items())


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
    columns = list(dict.fromkeys(name for own in pieces() for row in _rows(own) for name, _ in row))
    if not columns:
        return
    yield _csv_lines([[name for name, _ in columns]], delimiter)
    for own in pieces():
        cells = (dict(row) for row in _rows(own))
        yield _csv_lines([[_cell(row.get(name)) for name in columns] for row in cells], delimiter)


def _rows(own: bytes) -> Iterator[list[tuple[tuple[str, int], Any]]]:
    """The rows of a piece; of columns with one name, each has a number."""
    for line in own.splitlines():
        seen: Counter[str] = Counter()
        row = []
        for name, value in json.loads(line):
            row.append(((name, seen[name]), value))
            seen[name] += 1
        yield row


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (list, dict, bool)) else value


def _csv_lines(rows: Iterable[Sequence[Any]], delimiter: str) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return text.getvalue().encode("utf-8", "surrogateescape")


def _parquet_piece(rows: Sequence[Written]) -> bytes:
    arrow, parquet = load("pyarrow", "writing"), load("pyarrow.parquet", "writing")
    if all(isinstance(row, BatchRow) for row, _ in rows):
        table = _same_columns(rows, arrow)
    else:
        records = [dict(_cells(*row)) for row in rows]
        names = list(dict.fromkeys(name for record in records for name in record if name not in rows[0][1].details()))
        try:
            table = arrow.table({name: [_storable(record.get(name)) for record in records] for name in names})
        except arrow.ArrowException as error:
            raise _not_one(error) from error
    buffer = io.BytesIO()
    parquet.write_table(_with_details(table, [cleaned for _, cleaned in rows], arrow), buffer)
    return buffer.getvalue()


def _with_details(table: Any, cleaned: Sequence[Cleaned], arrow: Any) -> Any:
    """The table with a column of paragraphs, if they are wanted; its type is told, for a piece may have none."""
    for name in cleaned[0].details():
        texts = {key: arrow.string() for key in ("text", "label", "xpath")}
        numbers = {"probability": arrow.float64(), "start": arrow.int64(), "end": arrow.int64()}
        types = texts | numbers | {"kept": arrow.bool_()}
        kind = arrow.list_(arrow.struct([(own.name, types[own.name]) for own in fields(Paragraph)]))
        table = table.append_column(name, arrow.array([_storable(own.details()[name]) for own in cleaned], kind))
    return table


def _same_columns(rows: Sequence[Written], arrow: Any) -> Any:
    """Rows of Parquet with all their types; only the cells of the documents are new."""
    parts = [arrow.Table.from_batches([row.batch.slice(row.index, 1)]) for row, _ in rows if isinstance(row, BatchRow)]
    table = arrow.concat_tables(parts).combine_chunks()
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
        # a column may be empty in one piece and be numbers in another
        schemas = [parquet.read_schema(io.BytesIO(own)) for own in pieces()]
        schema = arrow.unify_schemas(schemas, promote_options="permissive") if schemas else arrow.schema([])
        with parquet.ParquetWriter(stream, schema) as writer:
            for own in pieces():
                table = parquet.read_table(io.BytesIO(own))
                missing = [name for name in schema.names if name not in table.schema.names]
                for name in missing:
                    table = table.append_column(name, arrow.nulls(len(table), schema.field(name).type))
                table = table.select(schema.names)
                # to cast what needs no cast is not only slow: pyarrow 26 then stumbles over structs of nulls
                writer.write_table(table if table.schema.equals(schema) else table.cast(schema))
    except arrow.ArrowException as error:
        raise _not_one(error) from error


def _not_one(error: Exception) -> BatchError:
    return BatchError(f"the rows cannot become one Parquet file ({cause(error)}); name a .jsonl instead")
