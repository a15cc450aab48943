"""Put back what was stripped: the cleaned texts and the record of what was removed give the inputs again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Final

from stripper.batch.cleaned import Cleaned, decode_as, encode_text, fill
from stripper.batch.documents import BatchError, Columns, Document
from stripper.batch.readers import Meter, Source, find, read
from stripper.batch.shards import write_whole
from stripper.batch.streams import cause
from stripper.batch.writers import Table, Written, join, piece, table_of

_ROWS: Final = 1024


@dataclass(frozen=True, slots=True)
class Restored:
    """What was done.

    Attributes:
        documents: how many are as they were.
        pages: how many were pages, of which only what was removed is on record, not their HTML.
    """

    documents: int
    pages: int

    def __add__(self, other: Restored) -> Restored:
        return Restored(self.documents + other.documents, self.pages + other.pages)


class _Record:
    """The lines of a record of what was removed, by the file that they are about."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._places: dict[str, list[int]] = {}
        try:
            with file.open("rb") as stream:
                place = 0
                for number, line in enumerate(stream, 1):
                    try:
                        self._places.setdefault(json.loads(line)["file"], []).append(place)
                    except (ValueError, KeyError, TypeError):
                        raise BatchError(f"{file}:{number} is no record of what was removed") from None
                    place += len(line)
        except OSError as error:
            raise BatchError(f"cannot read {file}: {cause(error)}") from error

    def of(self, name: str) -> Iterator[dict[str, Any]]:
        """The records of a file, in order."""
        with self._file.open("rb") as stream:
            for place in self._places.get(name, ()):
                stream.seek(place)
                yield json.loads(stream.readline())


def restore(cleaned: Path, removed: Path, output: Path) -> Restored:
    """Restore what ``stripper clean`` wrote, byte for byte.

    Args:
        cleaned: the folder or table that it wrote.
        removed: the record that it wrote.
        output: where the folder or table goes.

    Raises:
        BatchError: a file cannot be read or written, or was changed since it was cleaned.
    """
    record = _Record(removed)
    if not cleaned.exists():
        raise BatchError(f"there is no {cleaned}")
    if not cleaned.is_dir():
        return _restore_table(cleaned, cleaned.name, record, output)
    done = Restored(0, 0)
    for source in find([str(cleaned)]):
        assert source.path  # noqa: S101 - none is standard input
        if table_of(source.name):
            done += _restore_table(source.path, source.name, record, output / source.name)
        else:
            done += _restore_file(source.path, source.name, record, output)
    return done


def _restore_file(path: Path, name: str, record: _Record, output: Path) -> Restored:
    known = next(record.of(name), None)
    if known and known["gaps"] is None:
        return Restored(0, 1)
    try:
        data = path.read_bytes()
        if known:
            text = json.loads(data)["text"] if name.endswith(".json") else decode_as(data, None)
            data = encode_text(fill(text, known["gaps"]), known["encoding"])
    except (OSError, ValueError) as error:
        raise BatchError(f"cannot restore {path}: {cause(error)}") from error
    write_whole(output / (_uncompressed(known["source"]) if known else name), lambda stream: stream.write(data))
    return Restored(1, 0)


def _uncompressed(name: str) -> str:
    return name.removesuffix(Path(name).suffix) if Path(name).suffix.lower() in (".gz", ".zst") else name


def _restore_table(path: Path, name: str, record: _Record, output: Path) -> Restored:
    told, table = table_of(name), table_of(output.name)
    if told is None or table is None or table.format != told.format:
        raise BatchError(f"{output} would have to be a table like {path}")
    fields = sorted({known["field"] for known in record.of(name)})
    if len(fields) > 1:
        raise BatchError(f"{path} holds texts in several columns: {', '.join(fields)}")
    source = Source(path, name, told.format)
    columns = Columns(field=fields[0] if fields else None)
    write_whole(output, partial(join, partial(_pieces, source, columns, record, table), table))
    pages = sum(known["gaps"] is None for known in record.of(name))
    return Restored(sum(1 for _ in read(source, columns, "text", Meter([source]))) - pages, pages)


def _pieces(source: Source, columns: Columns, record: _Record, table: Table) -> Iterator[bytes]:
    """The rows of a cleaned table with the texts that they had."""
    rows = _rows(source, columns, record)
    while batch := list(islice(rows, _ROWS)):
        yield piece(batch, table)


def _rows(source: Source, columns: Columns, record: _Record) -> Iterator[Written]:
    records = record.of(source.name)
    known = next(records, None)
    for number, item in enumerate(read(source, columns, "text", Meter([source])), 1):
        if not isinstance(item, Document):
            raise BatchError(f"cannot restore {item.id}: {item.reason}")
        encoding = None
        text = item.content
        if known and known["row"] == number:
            encoding = known["encoding"]
            try:
                text = decode_as(text, encoding) if isinstance(text, bytes) else text
                text = fill(text, known["gaps"] or ())
            except ValueError as error:
                raise BatchError(f"cannot restore {item.id}: {cause(error)}") from error
            known = next(records, None)
        elif isinstance(text, bytes):
            text = decode_as(text, None)
        yield item.row, Cleaned(item.id, None, None, text, (), encoding, None, None)
    if known:
        raise BatchError(f"cannot restore {source.path}: it has fewer rows than were written")
