"""The whole job of ``stripper clean``: inputs named on the command line to outputs, and an account of what was done."""

from __future__ import annotations

import base64
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple, TypeAlias

import stripper
from stripper.batch.cleaned import Form, as_json, page_file
from stripper.batch.cleaner import Chunk, Settings, total
from stripper.batch.documents import BatchError, Fault, Row, row_of
from stripper.batch.pool import clean_in_workers
from stripper.batch.readers import Inputs, Meter, Source, stem
from stripper.batch.report import Tally, render
from stripper.batch.shards import Shards, write_whole
from stripper.batch.writers import JSONL, Table, Written, check, join, piece, table_of

_SHARD: Final = 1024
# bytes of results
_SHARD_SIZE: Final = 1 << 25
_ENDINGS: Final = {"text": ".txt", "markdown": ".md", "json": ".json"}
_META, _REMOVED, _FAILED = "meta.json", "removed.jsonl", "failed.jsonl"
_JSONL: Final = Table("jsonl")

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


class _Target(NamedTuple):
    """Where documents go: a page to a file of its own, others to a table.

    Attributes:
        name: of the file, below the output's folder.
        path: of the file.
        table: how it is written.
    """

    name: str
    path: Path
    table: Table | None


def run(  # noqa: PLR0913, PLR0917 - all that a run is
    inputs: Inputs,
    outputs: Outputs,
    settings: Settings,
    workers: int,
    timeout: float | None,
    resume: bool,
    complain: Complain,
    watch: Watch = lambda chunks, _: chunks,
) -> Tally:
    """Clean all inputs.

    Args:
        inputs: what to read.
        outputs: what to write.
        settings: how to clean.
        workers: how many processes.
        timeout: seconds that a document may take; ``None`` is no limit.
        resume: go on with a run that was killed.
        complain: is told of each document that fails.
        watch: sees the chunks pass by, and how far the reading has come.

    Returns:
        the account of the whole run.

    Raises:
        BatchError: it cannot begin or go on; what is done so far is kept for ``resume``.
    """
    started = time.monotonic()
    targets = _targets(inputs.sources, outputs.output, settings.form)
    shards = Shards(_unfinished(outputs.output), _plan(inputs, outputs, settings), resume)
    metas = list(map(json.loads, shards.read(_META)))
    rows = Counter[str]()
    for meta in metas:
        rows.update(meta["rows"])
    meter = Meter(inputs.sources)
    rest = islice(inputs.read(meter), sum(meta["items"] for meta in metas), None)
    done = watch(clean_in_workers(rest, settings, workers, timeout), meter)
    for chunks in _by_shard(done):
        shards.add(_shard(chunks, targets, settings.form, rows, complain))
    tally = total(Tally.from_json(json.dumps(meta["tally"])) for meta in map(json.loads, shards.read(_META)))
    for number, target in _tables(targets).items():
        pieces = partial(shards.read, _piece_name(number))
        write_whole(target.path, partial(join, pieces, target.table or JSONL))
    for file, name in ((outputs.removed, _REMOVED), (outputs.failed, _FAILED)):
        if file is not None:
            write_whole(file, partial(_copy, shards.read(name)))
    if outputs.report is not None:
        page = render(tally, f"stripper clean: {outputs.output.name}", time.monotonic() - started)
        write_whole(outputs.report, lambda stream: stream.write(page.encode("utf-8", "replace")))
    shards.close()
    return tally


def _unfinished(output: Path) -> Path:
    return output.with_name(f"{output.name}.unfinished")


def _plan(inputs: Inputs, outputs: Outputs, settings: Settings) -> dict[str, Any]:
    """What must be the same for a run to be gone on with."""
    return {
        "version": stripper.__version__,
        "sources": [[str(source.path), source.name, source.format, source.state()] for source in inputs.sources],
        "columns": asdict(inputs.columns),
        "kind": inputs.kind,
        "url": inputs.url,
        "settings": asdict(settings) | {"strip": sorted(settings.strip)},
        "outputs": {name: str(path) for name, path in asdict(outputs).items()},
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
        return {source.name: _Target(output.name, output, single) for source in sources}
    if output.exists() and not output.is_dir():
        raise BatchError(f"cannot write to {output}: it is a file and no folder")
    targets: dict[str, _Target] = {}
    taken: set[str] = set()
    for source in sources:
        table = None if source.format == "page" else table_of(source.name) or JSONL
        ending = _ENDINGS[form] if table is None else ".jsonl"
        name = _untaken(source.name if table_of(source.name) else stem(source.name) + ending, taken)
        if table:
            check(table)
        targets[source.name] = _Target(name, output / name, table)
    return targets


def _tables(targets: dict[str, _Target]) -> dict[int, _Target]:
    """The tables among the targets, numbered."""
    return dict(enumerate(dict.fromkeys(target for target in targets.values() if target.table)))


def _piece_name(number: int) -> str:
    return f"table-{number}"


def _untaken(name: str, taken: set[str]) -> str:
    """The name with a number, if the output of another source has it."""
    bare = stem(name)
    chosen, number = name, 1
    while chosen in taken:
        number += 1
        chosen = f"{bare}-{number}{name[len(bare) :]}"
    taken.add(chosen)
    return chosen


def _by_shard(chunks: Iterator[Chunk]) -> Iterator[list[Chunk]]:
    """Whole chunks, as many as a shard holds; the cuts depend on nothing but the chunks since the last one."""
    shard: list[Chunk] = []
    count = size = 0
    for chunk in chunks:
        shard.append(chunk)
        count += len(chunk.items)
        size += sum(len(item.content or "") for _, item in chunk.items)
        if count >= _SHARD or size >= _SHARD_SIZE:
            yield shard
            shard, count, size = [], 0, 0
    if shard:
        yield shard


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
            tables.setdefault(target, []).append((row_of(item), result))
            rows[target.name] += 1
            place |= {"row": rows[target.name], "field": _field(row_of(item))}
        if not result.untouched or (target.table is None and target.name != source.name):
            removed.append(as_json(place | result.audit()))
    meta = {
        "items": sum(len(chunk.items) for chunk in chunks),
        "rows": rows - before,
        "tally": json.loads(total(chunk.tally for chunk in chunks).to_json()),
    }
    pieces = {
        _piece_name(number): piece(tables[target], target.table)
        for number, target in _tables(targets).items()
        if target.table and target in tables
    }
    return {_META: as_json(meta), _REMOVED: b"".join(removed), _FAILED: b"".join(failed), **pieces}


def _field(row: Row | None) -> str:
    return row.field if row else "text"


def _failure(fault: Fault) -> dict[str, str | None]:
    """A fault for the record, with the input that it is about; bytes that are not UTF-8 in base64."""
    record: dict[str, str | None] = {"id": fault.id, "reason": fault.reason}
    if not isinstance(fault.content, bytes):
        return record | {"content": fault.content}
    try:
        return record | {"content": fault.content.decode()}
    except UnicodeDecodeError:
        return record | {"base64": base64.b64encode(fault.content).decode()}


def _copy(pieces: Iterator[bytes], stream: BinaryIO) -> None:
    stream.writelines(pieces)
