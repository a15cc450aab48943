"""Time per page as a ratio to ``trafilatura.extract`` in the same run: ``python -m tests.benchmark [CORPORA]``."""

from __future__ import annotations

import logging
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import trafilatura

from stripper import Stripper
from stripper.sources.html import read_html
from stripper.tagging.store import load_model
from stripper.training.corpora import ENVIRONMENT, Source, read_page
from stripper.training.dataset import records
from tests.conftest import DATA, EXAMPLES, ROOT

_ROUNDS = 3


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def main() -> None:
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    folder = Path(
        sys.argv[1] if len(sys.argv) > 1 else os.environ.get(ENVIRONMENT) or ROOT.parent / "shared" / "corpora"
    )
    if (folder / "sources.toml").exists():
        pages = [read_page(folder, Source.of(record)) for record in records(DATA)[::3]]
    else:
        print(f"no public pages in {folder}: timing the bundled page only")
        pages = [(EXAMPLES / "news-page.html").read_bytes()] * 20
    cleaner = Stripper()
    stages: dict[str, Callable[[bytes], object]] = {
        "trafilatura.extract": trafilatura.extract,
        "strip_html": cleaner.strip_html,
        "  read_html (with trafilatura's fast mode)": read_html,
    }
    times: dict[str, list[float]] = {name: [] for name in stages}
    for work in stages.values():
        work(pages[0])
    for page in pages * _ROUNDS:
        for name, work in stages.items():
            times[name].append(_seconds(lambda work=work, page=page: work(page)))  # type: ignore[misc]
    base = times["trafilatura.extract"]
    print(f"{len(pages)} pages, {_ROUNDS} rounds; ratios to trafilatura.extract")
    for name, measured in times.items():
        mean = statistics.mean(measured) / statistics.mean(base)
        median = statistics.median(measured) / statistics.median(base)
        print(f"{name:<45} mean {mean:5.2f}  median {median:5.2f}")
    load = min(_seconds(lambda: load_model(ROOT / "models")) for _ in range(5))
    size = sum(path.stat().st_size for path in (ROOT / "models").glob("*.npz"))
    print(f"{'loading the model':<45} {1000 * load:.0f} ms; {size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
