"""Put back what was stripped: the cleaned texts and the record of what was removed give the inputs again."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from stripper.batch.cleaned import Cleaned, decode_as, digest_of, encode_text, fill
from stripper.batch.documents import BatchError, Columns, Document, Item, Row, grouped
from stripper.batch.names import Table, format_of, is_inside, split, table_of, untaken
from stripper.batch.readers import Source, read
from stripper.batch.shards import write_whole
from stripper.batch.streams import cause
from stripper.batch.writers import Written, join, piece

_ROWS: Final = 1024
# in bytes
_PIECE: Final = 1 << 25
_KEYS: Final = frozenset(("source", "file", "id", "gaps", "encoding", "digest"))


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


@dataclass(frozen=True, slots=True)
class _Record:
    """What is on record of one output file: lines of the record from a place on, one for each document in it."""

    file: Path
    start: int
    first: dict[str, Any]

    def lines(self) -> Iterator[dict[str, Any]]:
        for _, line in _lines(self.file, self.start):
            if line["file"] != self.first["file"]:
                return
            yield line


def restore(cleaned: Path, removed: Path, output: Path) -> Restored:
    """Restore what ``stripper clean`` wrote: texts and tables of texts as they were.

    Args:
        cleaned: the folder or table that it wrote.
        removed: the record that it wrote.
        output: where the folder or table goes; texts that were cleaned into a table may become a folder again.

    Raises:
        BatchError: a file cannot be read or written, or was changed since it was cleaned.
    """
    if not cleaned.exists():
        raise BatchError(f"there is no {cleaned}")
    if os.path.realpath(output) in (os.path.realpath(cleaned), os.path.realpath(removed)):
        raise BatchError(f"{output} is what would be restored from; name another output")
    done = Restored(0, 0)
    taken: set[str] = set()
    for record in _records(removed):
        path = cleaned / record.first["file"] if cleaned.is_dir() else cleaned
        if "row" not in record.first:
            done += _restore_file(path, record.first, output, taken)
        elif cleaned.is_dir() or table_of(output.name):
            done += _restore_table(path, record, output / record.first["file"] if cleaned.is_dir() else output)
        else:
            done += _restore_texts(path, record, output, taken)
    return done


def _lines(file: Path, start: int = 0) -> Iterator[tuple[int, dict[str, Any]]]:
    """The lines of a record, each with its place in the file."""
    try:
        with file.open("rb") as stream:
            place = stream.seek(start)
            for number, line in enumerate(stream, 1):
                try:
                    record = json.loads(line)
                    sound = record.keys() >= _KEYS and is_inside(record["file"]) and is_inside(record["source"])
                except (ValueError, AttributeError, TypeError):
                    sound = False
                if not sound:
                    raise BatchError(f"{file}:{number} is no record of what was removed")
                yield place, record
                place += len(line)
    except OSError as error:
        raise BatchError(f"cannot read {file}: {cause(error)}") from error


def _records(file: Path) -> Iterator[_Record]:
    """What is on record of each output file; its lines stand together."""
    for _, lines in groupby(_lines(file), key=lambda line: line[1]["file"]):
        place, first = next(lines)
        yield _Record(file, place, first)


def _restore_file(path: Path, known: dict[str, Any], output: Path, taken: set[str]) -> Restored:
    if known["gaps"] is None:
        return Restored(0, 1)
    try:
        data = path.read_bytes()
        text = json.loads(data)["text"] if path.suffix == ".json" else decode_as(data, None)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BatchError(f"cannot restore {path}: {cause(error)}") from error
    return _write_text(_source_of(text, known, path), known, output, taken)


def _write_text(text: str, known: dict[str, Any], output: Path, taken: set[str]) -> Restored:
    """Write a text as the file that it was, but for its compression."""
    stem, suffix, _ = split(known["source"])
    data = encode_text(text, known["encoding"])
    write_whole(output / untaken(stem + suffix, taken), lambda stream: stream.write(data))
    return Restored(1, 0)


def _source_of(text: str, known: dict[str, Any], path: Path) -> str:
    """The text as it was before it was cleaned.

    Raises:
        BatchError: it is not the one that is on record.
    """
    source = fill(text, known["gaps"])
    if digest_of(source) != known["digest"]:
        raise BatchError(f"cannot restore {known['id']}: {path} was changed since it was cleaned")
    return source


def _restore_table(path: Path, record: _Record, output: Path) -> Restored:
    told, table = table_of(path.name), table_of(output.name)
    if told is None or table is None or table.format != told.format:
        raise BatchError(f"{output} would have to be a table like {path}")
    write_whole(output, partial(join, partial(_pieces, path, record, table), table))
    pages = [known["gaps"] is None for known in record.lines()]
    return Restored(len(pages) - sum(pages), sum(pages))


def _restore_texts(path: Path, record: _Record, output: Path, taken: set[str]) -> Restored:
    done = Restored(0, 0)
    for item, known in _documents(path, record):
        if known["field"] is not None or format_of(known["source"]) != "page":
            raise BatchError(f"{output} would have to be a table like {path}, for {known['id']} stood in one")
        text = _text(item, known, path)
        done += Restored(0, 1) if known["gaps"] is None else _write_text(text, known, output, taken)
    return done


def _pieces(path: Path, record: _Record, table: Table) -> Iterator[bytes]:
    """The rows of a cleaned table with the texts that they had."""
    rows = _rows(path, record)
    yield from (piece(own, table) for own in grouped(rows, _measure, _ROWS, _PIECE))


def _rows(path: Path, record: _Record) -> Iterator[Written]:
    for item, known in _documents(path, record):
        text = _text(item, known, path)
        yield _row(item.row, known), Cleaned(item.id, None, None, text, encoding=known["encoding"])


def _measure(row: Written) -> tuple[int, int]:
    return 1, len(row[1].text) + (row[0].size if row[0] else 0)


def _row(row: Row | None, known: dict[str, Any]) -> Row | None:
    """The row as it was but for its text."""
    return row.without("paragraphs") if row and known["detail"] else row


def _text(item: Document, known: dict[str, Any], path: Path) -> str:
    try:
        text = item.content if isinstance(item.content, str) else decode_as(item.content, known["encoding"])
    except ValueError as error:
        raise BatchError(f"cannot restore {known['id']}: {cause(error)}") from error
    return text if known["gaps"] is None else _source_of(text, known, path)


def _documents(path: Path, record: _Record) -> Iterator[tuple[Document, dict[str, Any]]]:
    """The rows of a table and what is on record of each."""
    field = record.first["field"] or "text"
    source = Source(path, path.name, format_of(path.name))
    items: Iterator[Item] = read(source, Columns(field=field), "text")
    number = 0
    for number, known in enumerate(record.lines(), 1):
        item = next(items, None)
        if isinstance(item, Document) and known["row"] == number and (known["field"] or "text") == field:
            yield item, known
        else:
            reason = "it has fewer rows than on record" if item is None else "its rows are not those on record"
            raise BatchError(f"cannot restore {path}: {getattr(item, 'reason', reason)}")
    if next(items, None) is not None:
        raise BatchError(f"cannot restore {path}: it has more rows than the {number} on record")
