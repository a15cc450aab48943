"""The whole job of ``stripper clean``: inputs named on the command line to outputs, and an account of what was done."""

from __future__ import annotations

import base64
import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Final, NamedTuple, TypeAlias

import stripper
from stripper.batch.cleaned import Form, as_json, page_file
from stripper.batch.cleaner import Chunk, Named, Settings, total
from stripper.batch.documents import BatchError, Document, Fault, Item, grouped, size_of
from stripper.batch.names import FORMATS, Table, split, table_of, untaken
from stripper.batch.pool import clean_in_workers
from stripper.batch.readers import Inputs, Meter, Source
from stripper.batch.report import Tally, render
from stripper.batch.shards import Shards, check_writable, leftover, write_whole
from stripper.batch.writers import JSONL, Written, check, empty, join, piece

_SHARD: Final = 1024
# in bytes
_SHARD_SIZE: Final = 1 << 25
_FILES: Final = frozenset(
    (*FORMATS, ".json", ".xml", ".pdf", ".gz", ".zst", ".xz", ".bz2", ".lz4", ".tar", ".tgz", ".zip", ".7z")
)
_TITLE: Final = "stripper clean:"
_ENDINGS: Final = {"text": ".txt", "markdown": ".md", "json": ".json"}
_META, _TALLY, _REMOVED, _FAILED = "meta.json", "tally.json", "removed.jsonl", "failed.jsonl"

Complain: TypeAlias = Callable[[Fault], None]
Watch: TypeAlias = Callable[[Iterator[Chunk], Meter], Iterator[Chunk]]


@dataclass(frozen=True, slots=True)
class Outputs:
    """What is written.

    Attributes:
        output: a folder that mirrors the inputs, or a table, told by its suffix.
        removed: what was stripped, as JSONL, from which ``restore`` gives the inputs back.
        failed: what could not be cleaned, as JSONL.
        report: the account of the run, as HTML.
    """

    output: Path
    removed: Path | None = None
    failed: Path | None = None
    report: Path | None = None


class Effort(NamedTuple):
    """How much a run may spend: processes, and seconds for a document."""

    workers: int
    timeout: float | None


class _Target(NamedTuple):
    """Where documents go: a page to a file of its own, others to a table.

    Attributes:
        name: of the file, below the output's folder.
        path: of the file.
        table: how it is written.
        piece: what the pieces of a table are called in the shards.
    """

    name: str
    path: Path
    table: Table | None
    piece: str


def run(  # noqa: PLR0913, PLR0917 - all that a run is
    inputs: Inputs,
    outputs: Outputs,
    settings: Settings,
    effort: Effort,
    resume: bool,
    complain: Complain,
    watch: Watch = lambda chunks, _: chunks,
) -> Tally:
    """Clean all inputs.

    Args:
        inputs: what to read.
        outputs: what to write.
        settings: how to clean.
        effort: how much may be spent.
        resume: go on with a run that was killed.
        complain: is told of each document that fails.
        watch: sees the chunks pass by, and how far the reading has come.

    Returns:
        the account of the whole run.

    Raises:
        BatchError: it cannot begin or go on; what is done so far is kept for ``resume``.
    """
    started = time.monotonic()
    if not inputs.sources:
        raise BatchError(f"{outputs.output} is where all inputs are; name another output")
    targets = _targets(inputs.sources, outputs.output, settings.form)
    _check_paths(inputs.sources, targets, outputs)
    shards = Shards(unfinished(outputs.output), _plan(inputs, outputs, settings), resume)
    rows = Counter[str]()
    items = 0
    for meta in map(json.loads, shards.read(_META)):
        rows.update(meta["rows"])
        items += meta["items"]
    meter = Meter(inputs.sources)
    rest = (_fitting(*named, targets) for named in islice(inputs.read(meter), items, None))
    done = watch(clean_in_workers(rest, settings, *effort), meter)
    for chunks in _by_shard(done):
        shards.add(_shard(chunks, targets, settings.form, rows, complain))
    tally = total(Tally.from_json(own.decode()) for own in shards.read(_TALLY))
    # the first source of each target, which has the columns of a table without rows
    for target, source in {targets[source.name]: source for source in reversed(inputs.sources)}.items():
        if target.table:
            write_whole(target.path, partial(_write_table, shards, target.piece, target.table, source))
    for file, name in ((outputs.removed, _REMOVED), (outputs.failed, _FAILED)):
        if file is not None:
            write_whole(file, partial(_copy, shards.read(name)))
    if outputs.report is not None:
        page = render(tally, f"{_TITLE} {outputs.output.name}", time.monotonic() - started)
        write_whole(outputs.report, lambda stream: stream.write(page.encode("utf-8", "replace")))
    shards.close()
    return tally


def unfinished(output: Path) -> Path:
    """Where the results of a run are kept until it is finished."""
    output = Path(os.path.abspath(output))  # noqa: PTH100 - links are not followed
    return output.with_name(f"{output.name}.unfinished")


def ours(outputs: Outputs, resume: bool) -> Callable[[str], bool]:
    """Tells what this run or an earlier one wrote: the output may lie in a folder that is read."""
    unfinished_output = unfinished(outputs.output)
    folders = [Path(os.path.realpath(path)) for path in (unfinished_output, leftover(unfinished_output))]
    if table_of(outputs.output.name) is None:
        folders.append(Path(os.path.realpath(outputs.output)))
    sides = {os.path.realpath(path) for path in (outputs.removed, outputs.failed, outputs.report) if path}
    # while shards are there, a table in the output's place can only be that of this run
    table = os.path.realpath(outputs.output) if resume and unfinished_output.exists() else None

    def tell(real: str) -> bool:
        path = Path(real)
        return (
            real == table or any(path.is_relative_to(own) for own in folders) or (real in sides and _is_account(path))
        )

    return tell


def _is_account(path: Path) -> bool:
    """Whether a file is what a run writes beside its output, by its beginning."""
    with path.open("rb") as file:
        beginning = file.read(4096)
    records = beginning.startswith((b'{"source": ', b'{"id": '))
    return not beginning or records or f"<title>{_TITLE}".encode() in beginning


def _check_paths(sources: Sequence[Source], targets: Mapping[str, _Target], outputs: Outputs) -> None:
    """See that no file is written over an input, or twice.

    Raises:
        BatchError: one would be.
    """
    read = {os.path.realpath(source.path) for source in sources if source.path}
    more = [path for path in (outputs.removed, outputs.failed, outputs.report) if path]
    written: set[str] = set()
    for path in (outputs.removed, outputs.failed):
        if path and split(path.name)[2]:
            raise BatchError(f"{path} would not be compressed; name a .jsonl")
    for path in [*dict.fromkeys(target.path for target in targets.values()), *more]:
        real = os.path.realpath(path)
        if real in read:
            raise BatchError(f"{path} is an input, which would be written over; name another output")
        if real in written:
            raise BatchError(f"{path} would be written twice; name different files")
        if os.path.lexists(real) and not os.path.isfile(real):  # noqa: PTH113 - which says no where it may not look
            raise BatchError(f"cannot write {path}: it is no file")
        written.add(real)
    for path in more:
        check_writable(path)


def _fitting(source: Source, item: Item, targets: Mapping[str, _Target]) -> Named:
    """The item, or a fault if its output could not hold it."""
    table = targets[source.name].table
    if isinstance(item, Document) and isinstance(item.content, str) and table and table.format != "jsonl":
        try:
            item.content.encode()
        except UnicodeEncodeError:
            reason = f"it is no Unicode text, which {table.format.upper()} cannot hold"
            return source, Fault(item.id, reason, item.content, item.row)
    return source, item


def _write_table(shards: Shards, name: str, table: Table, source: Source, stream: BinaryIO) -> None:
    """Join the pieces of a table; if it has no rows, it gets the columns of its source."""
    pieces: Callable[[], Iterator[bytes]] = partial(shards.read, name)
    if next(pieces(), None) is None:
        pieces = partial(iter, [empty(source.path, table_of(source.name), table)])
    join(pieces, table, stream)


def _plan(inputs: Inputs, outputs: Outputs, settings: Settings) -> dict[str, Any]:
    """What must be the same for a run to be gone on with."""
    return {
        "version": stripper.__version__,
        "sources": [[str(source.path), source.name, source.format, source.state()] for source in inputs.sources],
        "columns": asdict(inputs.columns),
        "kind": inputs.kind,
        "url": inputs.url,
        "settings": asdict(settings) | {"strip": sorted(settings.strip)},
        "output": os.path.abspath(outputs.output),  # noqa: PTH100
    }


def _targets(sources: Sequence[Source], output: Path, form: str) -> dict[str, _Target]:
    """Where the documents of each source go, by its name.

    Raises:
        BatchError: the output is a file that is no table.
        MissingExtra: an output needs a package that is not installed.
    """
    single = table_of(output.name)
    if single is not None:
        check(single)
        return dict.fromkeys((source.name for source in sources), _Target(output.name, output, single, "table"))
    if output.exists() and not output.is_dir():
        raise BatchError(f"cannot write to {output}: it is a file and no folder")
    if not output.exists() and output.suffix.lower() in _FILES:
        raise BatchError(f"{output} would be a folder; name one, or a .jsonl, .csv or .parquet table")
    targets: dict[str, _Target] = {}
    # no file may have the name of a folder that another needs
    taken = {str(parent) for source in sources for parent in PurePosixPath(source.name).parents}
    for source in sources:
        table = None if source.format == "page" else table_of(source.name) or JSONL
        ending = _ENDINGS[form] if table is None else ".jsonl"
        name = untaken(source.name if table_of(source.name) else split(source.name)[0] + ending, taken)
        if table:
            check(table)
        targets[source.name] = _Target(name, output / name, table, f"table-{len(targets)}")
    return targets


def _by_shard(chunks: Iterator[Chunk]) -> Iterator[list[Chunk]]:
    """Whole chunks, as many as a shard holds; the cuts depend on nothing but the chunks since the last one."""

    def measure(chunk: Chunk) -> tuple[int, int]:
        return len(chunk.items), sum(size_of(item) for _, item in chunk.items)

    return grouped(chunks, measure, _SHARD, _SHARD_SIZE)


def _shard(
    chunks: Sequence[Chunk], targets: dict[str, _Target], form: Form, rows: Counter[str], complain: Complain
) -> dict[str, bytes]:
    """The files of a shard; pages are written where they belong.

    Args:
        chunks: what it holds.
        targets: see ``_targets``.
        form: of pages.
        rows: how many rows each table has so far; counted on.
        complain: is told of each fault.
    """
    tables: dict[_Target, list[Written]] = {}
    removed, failed = [], []
    before = Counter(rows)
    for (source, item), result in (pair for chunk in chunks for pair in zip(chunk.items, chunk.results, strict=True)):
        if isinstance(result, Fault):
            complain(result)
            failed.append(as_json(_failure(result)))
            continue
        target = targets[source.name]
        place: dict[str, Any] = {"source": source.name, "file": target.name}
        if target.table is None:
            data = page_file(result, form)
            write_whole(target.path, lambda stream, data=data: stream.write(data))  # type: ignore[misc]
        else:
            tables.setdefault(target, []).append((item.row, result))
            rows[target.name] += 1
            place |= {"row": rows[target.name], "field": item.row.field if item.row else None}
            place |= {"detail": result.paragraphs is not None}
        removed.append(as_json(place | result.audit()))
    meta = {
        "items": sum(len(chunk.items) for chunk in chunks),
        "rows": rows - before,
    }
    return {
        _META: as_json(meta),
        _TALLY: total(chunk.tally for chunk in chunks).to_json().encode(),
        _REMOVED: b"".join(removed),
        _FAILED: b"".join(failed),
        **{target.piece: piece(own, target.table) for target, own in tables.items() if target.table},
    }


def _failure(fault: Fault) -> dict[str, Any]:
    """A fault for the record, with the input that it is about; bytes that are not UTF-8 in base64."""
    record: dict[str, Any] = {"id": fault.id, "reason": fault.reason}
    if fault.row is not None:
        record["row"] = fault.row.values
    if not isinstance(fault.content, bytes):
        return record | {"content": fault.content}
    try:
        return record | {"content": fault.content.decode()}
    except UnicodeDecodeError:
        return record | {"base64": base64.b64encode(fault.content).decode()}


def _copy(pieces: Iterator[bytes], stream: BinaryIO) -> None:
    stream.writelines(pieces)
