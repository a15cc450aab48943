"""Rate and memory of runs over generated texts: ``python -m tests.batch_benchmark [DOCUMENTS ...]``."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

WORDS = "the ferry harbour said on after mayor bridge river council will new report people from with city year".split()
ASKS = ("Subscribe to our newsletter.", "Support our newsroom from $2 a month.", "Read more", "Share this article")


@dataclass(frozen=True, slots=True)
class Measured:
    """A run: documents, seconds, and the most memory that all its processes had at a time, in bytes."""

    documents: int
    seconds: float
    peak: int


def generate(path: Path, documents: int) -> None:
    """Write texts of some paragraphs as JSONL."""
    choose = random.Random(0)
    with path.open("w") as stream:
        for number in range(documents):
            lines = [" ".join(choose.choices(WORDS, k=choose.randint(8, 60))) + "." for _ in range(8)]
            lines.insert(choose.randrange(9), choose.choice(ASKS))
            stream.write(json.dumps({"n": number, "text": "\n".join(lines)}) + "\n")


def measure(folder: Path, documents: int, workers: int) -> Measured:
    """Clean so many texts in a fresh run."""
    source = folder / f"{documents}.jsonl"
    if not source.exists():
        generate(source, documents)
    output = folder / f"{documents}-{workers}.out.jsonl"
    command = [sys.executable, "-m", "stripper.cli", "clean", str(source), "-o", str(output), "--workers", str(workers)]
    started = time.monotonic()
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    peak = 0
    while process.poll() is None:
        peak = max(peak, sum(map(_memory, tree(process.pid))))
        time.sleep(0.1)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Measured(documents, time.monotonic() - started, peak)


def tree(process: int) -> list[int]:
    """A process and all below it."""
    try:
        children = [Path(task, "children").read_text() for task in Path(f"/proc/{process}/task").iterdir()]
    except OSError:  # it has just ended
        return []
    return [process, *(own for child in " ".join(children).split() for own in tree(int(child)))]


def _memory(process: int) -> int:
    """Resident memory in bytes, what is shared with others counted in parts."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def main() -> None:
    """Print a table."""
    counts = [int(argument) for argument in sys.argv[1:]] or [10_000, 100_000]
    with tempfile.TemporaryDirectory() as name:
        for documents in counts:
            one, two = (measure(Path(name), documents, workers) for workers in (1, 2))
            for workers, found in ((1, one), (2, two)):
                print(f"{documents:>8,} documents, {workers} workers: {documents / found.seconds:7.0f} a second, "
                      f"peak {found.peak / 1e6:5.0f} MB")  # fmt: skip
            print(f"{'':>8} two workers at {one.seconds / two.seconds:.2f} times the rate of one")


if __name__ == "__main__":
    main()
