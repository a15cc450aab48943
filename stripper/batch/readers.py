"""Whatever is named on the command line, as a stream of documents."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO, Final

from stripper.batch.documents import BatchError, Columns, Document, Fault, Item
from stripper.batch.names import FORMATS, Format, format_of, is_inside, split, untaken
from stripper.batch.streams import Stream, cause
from stripper.batch.tables import read_csv, read_jsonl, read_parquet
from stripper.batch.warc import read_warc
from stripper.extras import load
from stripper.tagging.features import Head

_MODULES: Final[dict[str, str]] = {"parquet": "pyarrow", "warc": "fastwarc", ".zst": "zstandard"}
_STDIN: Final = "-"


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read.

    Attributes:
        path: where it is; ``None`` is standard input.
        name: what it is called in all outputs, different for each source of a run: "a.html" of a file,
            "sub/a.html" below a folder that was named, "stdin".
        format: how it is read.
    """

    path: Path | None
    name: str
    format: Format

    def state(self) -> list[int] | None:
        """What changes when the file does: size in bytes and time in nanoseconds; ``None`` if that is not known."""
        try:
            found = self.path.stat() if self.path else None
        except OSError:
            return None
        return [found.st_size, found.st_mtime_ns] if found else None


class Meter:
    """How far the reading of sources has come, in bytes of their files.

    Attributes:
        total: the bytes of all sources; 0 if they are not known.
    """

    def __init__(self, sources: Sequence[Source]) -> None:
        states = [source.state() for source in sources]
        self.total = sum(state[0] for state in states if state) if all(states) else 0
        self._before = 0
        self._file: BinaryIO | None = None

    @contextmanager
    def watch(self, file: BinaryIO) -> Iterator[BinaryIO]:
        """Follow the reading of a file."""
        self._file = file
        yield file
        self._before, self._file = self.done, None

    @property
    def done(self) -> int:
        """The bytes read so far."""
        try:
            return self._before + (self._file.tell() if self._file else 0)
        except (OSError, ValueError):  # a pipe, or closed
            return self._before


def find(names: Sequence[str], passed_over: Callable[[str], bool] = lambda _: False) -> list[Source]:
    """What files, folders, patterns and "-" stand for, each file once.

    Of folders, all files below them whose suffix tells that they can be read, sorted.

    Args:
        names: what is named on the command line.
        passed_over: which files and folders, by their real paths, are not read unless they are named one by one.

    Raises:
        BatchError: a name matches nothing, or a folder cannot be read.
        MissingExtra: a source needs a package that is not installed.
    """
    sources: dict[str, Source] = {}
    taken: set[str] = set()
    for name in names:
        if not name:
            raise BatchError("an input has no name")
        found: Sequence[tuple[Path | None, str]] = [(None, "stdin")] if name == _STDIN else _match(name)
        if not found and not passed_over(os.path.realpath(name)):
            raise BatchError(f"nothing to read in {name}")
        found = [
            own for own in found if own[0] in (None, Path(name)) or not passed_over(os.path.realpath(own[0] or ""))
        ]
        for path, shown in found:
            key = os.path.abspath(path) if path else _STDIN  # noqa: PTH100 - links are not followed
            if key not in sources:
                sources[key] = Source(
                    path, untaken(os.fsencode(shown).decode(errors="replace"), taken), format_of(shown)
                )
    for source in sources.values():
        for feature in (source.format, split(source.name)[2]):
            if feature in _MODULES:
                load(_MODULES[feature])
    return list(sources.values())


def read(source: Source, columns: Columns, kind: Head | None, meter: Meter) -> Iterator[Item]:
    """The documents of a source as they come, in order, and what could not be read.

    Args:
        source: one that ``find`` found.
        columns: how a table is read.
        kind: what the documents are; ``None`` is told by record or content.
        meter: follows the reading.

    Raises:
        MissingExtra: a package is not installed.
    """
    name = source.name
    try:
        opened = nullcontext(sys.stdin.buffer) if source.path is None else source.path.open("rb")
    except OSError as error:
        yield Fault(name, f"cannot read {name}: {cause(error)}")
        return
    with opened as file, meter.watch(file):
        if source.format == "parquet":
            yield from read_parquet(file, name, columns, kind)
            return
        _, suffix, compression = split(name)
        stream = Stream(file, compression)
        if source.format == "jsonl":
            yield from read_jsonl(stream, name, columns, kind)
        elif source.format == "csv":
            yield from read_csv(stream, name, columns, kind, "\t" if suffix == ".tsv" else ",")
        elif source.format == "warc":
            yield from read_warc(stream, name, kind)
        else:
            yield _page(stream, name, kind)


def _page(stream: Stream, name: str, kind: Head | None) -> Item:
    content = stream.readall()
    if stream.broken:
        return Fault(name, f"{name} breaks off ({stream.broken})", content)
    return Document(name, content, kind)


def _match(name: str) -> list[tuple[Path, str]]:
    """The files that a name stands for, with their names."""
    path = Path(name)
    if os.path.lexists(path):
        return _below(path) if path.is_dir() else [(path, path.name)]
    fixed = 0
    while fixed < len(path.parts) and not set(path.parts[fixed]) & set("*?["):
        fixed += 1
    if fixed == len(path.parts):
        return [(path, path.name)]  # to be missed when it is read
    base = Path(*path.parts[:fixed])
    try:
        # the slash: without it, since Python 3.13, "**" at the end matches files of any suffix too
        pattern = str(Path(*path.parts[fixed:])) + ("/" if path.name == "**" else "")
        matches = sorted(base.glob(pattern))
    except (ValueError, OSError) as error:
        raise BatchError(f"cannot read {name}: {cause(error)}") from error
    below = (file for match in matches for file in ([own for own, _ in _below(match)] if match.is_dir() else [match]))
    found = []
    for file in below:
        shown = file.relative_to(base).as_posix()
        if file.is_file():
            found.append((file, shown if is_inside(shown) else file.name))
    return found


def _below(folder: Path) -> list[tuple[Path, str]]:
    def refuse(error: OSError) -> None:
        raise BatchError(f"cannot read {error.filename}: {cause(error)}") from error

    files = sorted(Path(at) / file for at, _, files in os.walk(folder, onerror=refuse) for file in files)
    known = (file for file in files if split(file.name)[1] in FORMATS)
    # a pipe would be waited for
    ready = (file for file in known if file.is_file() or (file.is_symlink() and not file.exists()))
    return [(file, file.relative_to(folder).as_posix()) for file in ready]


@dataclass(frozen=True, slots=True)
class Inputs:
    """What is read, and how.

    Attributes:
        sources: the files.
        columns: of tables.
        kind: what the documents are; ``None`` is told by record or content.
        url: the address of a lone page.
    """

    sources: Sequence[Source]
    columns: Columns = field(default_factory=Columns)
    kind: Head | None = None
    url: str | None = None

    def read(self, meter: Meter) -> Iterator[tuple[Source, Item]]:
        """All documents and faults with the sources they stand in, in order."""
        for source in self.sources:
            for item in read(source, self.columns, self.kind, meter):
                if isinstance(item, Document) and not item.url:
                    yield source, replace(item, url=self.url)
                else:
                    yield source, item
