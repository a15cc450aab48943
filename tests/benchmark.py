"""What cleaning costs, as ratios to trafilatura in the same run: ``python -m tests.benchmark [CORPORA]``.

Times are those of the processor, for other processes may be about. Each work is done in turns, page after page, and of
its rounds the best counts. Cold starts are whole processes, in turns too, with the most memory that each held.
"""

from __future__ import annotations

import json
import logging
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import trafilatura

from stripper import Stripper
from stripper.decision import decide
from stripper.sources.html import _cut, _main_text, parse, read_html
from stripper.stripper import article_of
from stripper.tagging.classes import topic_bags
from stripper.tagging.folding import fold_page
from stripper.tagging.reading import Evidence, read
from stripper.tagging.shape import shapes
from stripper.training.card import table
from stripper.training.corpora import ENVIRONMENT, Source, read_page
from stripper.training.dataset import records
from stripper.workers import calculate_in_one_thread
from tests.conftest import DATA, EXAMPLES, ROOT

_ROUNDS = 3
_STARTS = 11
_PAGE = EXAMPLES / "news-page.html"
_STARTER = """
import json, os, subprocess, sys, time
page, rounds, commands = sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3])
best = [[float("inf"), 0] for _ in commands]
for _ in range(rounds):
    for own, command in zip(best, commands):
        started = time.perf_counter()
        child = subprocess.Popen(command, stdin=open(page, "rb"), stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        assert status == 0, command
        own[:] = min(own[0], time.perf_counter() - started), max(own[1], usage.ru_maxrss / 1024)
print(json.dumps(best))
"""


def pages_of(folder: Path) -> list[bytes]:
    """Every third labelled page, or the bundled one several times where the public pages are not."""
    if (folder / "sources.toml").exists():
        return [read_page(folder, Source.of(record)) for record in records(DATA)[::3]]
    print(f"no public pages in {folder}: timing the bundled page only")
    return [_PAGE.read_bytes()] * 20


def best(works: Mapping[str, Callable[[Any], object]], inputs: Sequence[Any]) -> dict[str, list[float]]:
    """The processor's seconds of each work on each input."""
    times = {name: [float("inf")] * len(inputs) for name in works}
    for work in works.values():
        work(inputs[0])
    for _ in range(_ROUNDS):
        for place, given in enumerate(inputs):
            for name, work in works.items():
                started = time.process_time()
                work(given)
                times[name][place] = min(times[name][place], time.process_time() - started)
    return times


def whole(cleaner: Stripper) -> dict[str, Callable[[bytes], object]]:
    """The works on a page."""
    return {
        "trafilatura.extract": trafilatura.extract,
        "trafilatura.extract, fast": lambda html: trafilatura.extract(html, fast=True, include_comments=False),
        "strip_html": cleaner.strip_html,
        "  read_html": read_html,
    }


def stages(cleaner: Stripper, html: bytes) -> dict[str, tuple[Callable[[Any], object], Any]]:
    """The stages of ``strip_html`` on a page, each with what it is given."""
    root = parse(html)
    unfolded = read_html(html)
    page = fold_page(unfolded).page
    tagger = cleaner.model.tagger
    texts = [block.text for block in page.blocks]
    classed = tagger._classify(texts)
    terms = topic_bags(classed, len(tagger.rarity))
    scores = tagger._scores([page], classed, "html")
    evidence = Evidence([page], scores, shapes(page.blocks), terms, tagger.rarity)
    heads = {head: (readers.first, readers.second) for head, readers in tagger.heads.items()}
    (probabilities,) = tagger.predict_proba([unfolded], "html")
    threshold = cleaner.model.thresholds["html"][cleaner.mode]
    return {
        "  parse": (parse, html),
        "  trafilatura's verdicts": (_main_text, root),
        "  cutting into blocks": (_cut, root),
        "  words and classes": (tagger._classify, texts),
        "  linear models": (lambda own: tagger._scores([page], own, "html"), classed),
        "  rows and networks": (lambda own: read(own, "html", heads), evidence),
        "  decision": (
            lambda own: article_of(unfolded, decide(unfolded, own, cleaner.strip, threshold)),
            probabilities,
        ),
    }


def starts(commands: Sequence[Sequence[str]], page: Path) -> list[tuple[float, float]]:
    """The seconds and the megabytes of a process of each command; best of several rounds, in which they take turns."""
    # started by a small process, for a new one counts the memory of the one that it was forked from
    done = subprocess.run(
        [sys.executable, "-c", _STARTER, str(page), str(_STARTS), json.dumps(commands)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [(seconds, megabytes) for seconds, megabytes in json.loads(done.stdout)]


def lines_of(times: Mapping[str, Sequence[float]], base: Sequence[float]) -> Iterable[list[str]]:
    """A row for each work: mean and median of its time, and of all works' in ratio to the base."""
    for name, own in times.items():
        mean, median = statistics.mean(own), statistics.median(own)
        yield [
            name.replace("  ", "- ", 1) if name.startswith("  ") else name,
            f"{1000 * mean:.1f} ms",
            f"{mean / statistics.mean(base):.2f}",
            f"{median / statistics.median(base):.2f}",
        ]


def main() -> None:
    """Print the tables of ``BENCHMARKS.md``."""
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    # a second thread of NumPy's matrices waits busily, and its time would be counted to whatever runs meanwhile
    calculate_in_one_thread()
    named = sys.argv[1] if len(sys.argv) > 1 else os.environ.get(ENVIRONMENT)
    pages = pages_of(Path(named) if named else ROOT.parent / "shared" / "corpora")
    cleaner = Stripper()
    times = best(whole(cleaner), pages)
    base = times["trafilatura.extract"]
    for html in (html for html in pages if read_html(html).blocks):
        for name, (work, given) in stages(cleaner, html).items():
            times.setdefault(name, []).append(best({name: work}, [given])[name][0])
    texts = [trafilatura.extract(html) or "" for html in pages]
    times["strip_text of what trafilatura.extract gave"] = best({"text": cleaner.strip_text}, texts)["text"]
    print(f"{len(pages)} pages, best of {_ROUNDS} rounds, ratios to trafilatura.extract\n")
    print(table(["", "mean", "ratio of means", "ratio of medians"], lines_of(times, base)))
    started = time.process_time()
    done = sum(len(text.encode()) for text in texts if list(cleaner.strip_many([text], "text")))
    alone = done / (time.process_time() - started) / 1e6
    started = time.process_time()
    list(cleaner.strip_many(texts, "text"))
    rate = done / (time.process_time() - started) / 1e6
    print(f"\nstrip_many of texts: {rate:.2f} MB a second and core, {alone:.2f} MB one by one\n")
    folder = Path(sys.executable).parent
    theirs, ours = starts([[str(folder / "trafilatura")], [str(folder / "stripper"), "clean", str(_PAGE)]], _PAGE)
    named_starts = [("trafilatura < page.html", theirs), ("stripper clean page.html", ours)]
    rows = ([name, f"{own[0]:.2f} s", f"{own[0] / theirs[0]:.2f}", f"{own[1]:.0f} MB"] for name, own in named_starts)
    print(table(["cold start", "time", "ratio", "memory"], rows))


if __name__ == "__main__":
    main()
