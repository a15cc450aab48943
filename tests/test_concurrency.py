"""One ``Stripper`` in many threads and processes: the same results as alone."""

from __future__ import annotations

import multiprocessing
import pickle
import sys
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import pytest

from stripper import Article, Stripper
from tests.conftest import EXAMPLES

THREADS = 16
PAGE = (EXAMPLES / "news-page.html").read_text(encoding="utf-8")
# pages that differ, so that a mix-up shows
DOCUMENTS = [
    PAGE.replace("</h1>", f" {number}</h1><p>The reservoir stood at {number} metres on Sunday, the engineers said.</p>")
    if number % 3
    else f"The reservoir stood at {number} metres on Sunday.\nSubscribe to our newsletter!"
    for number in range(12)
]
FORKS = "fork" in multiprocessing.get_all_start_methods()

_inherited: Stripper | None = None


def clean_with(stripper: Stripper, document: str) -> Article:
    if document.startswith("<!"):
        return stripper.strip_html(document, "https://example.org/news")
    return stripper.strip_text(document)


def clean_inherited(document: str) -> Article:
    assert _inherited is not None
    return clean_with(_inherited, document)


@pytest.fixture(scope="module")
def alone() -> list[Article]:
    own = Stripper(cut_tails=True)
    return [clean_with(own, document) for document in DOCUMENTS]


def test_documents_of_both_kinds_are_cleaned(alone: list[Article]) -> None:
    assert len({article.text for article in alone}) == len(DOCUMENTS)
    assert all(article.removed for article in alone)


def test_one_is_shared_by_16_threads(alone: list[Article]) -> None:
    own = Stripper(cut_tails=True)
    start = threading.Barrier(THREADS, timeout=60)

    def work(turn: int) -> list[Article]:
        start.wait()
        order = DOCUMENTS[turn % len(DOCUMENTS) :] + DOCUMENTS[: turn % len(DOCUMENTS)]
        done = dict(zip(order, (clean_with(own, document) for document in order), strict=True))
        return [done[document] for document in DOCUMENTS]

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(THREADS) as pool:
            results = list(pool.map(work, range(THREADS)))
    finally:
        sys.setswitchinterval(before)
    assert all(result == alone for result in results)


def test_batches_of_two_threads_do_not_mix(alone: list[Article]) -> None:
    own = Stripper(cut_tails=True)
    urls = ["https://example.org/news" if document.startswith("<!") else None for document in DOCUMENTS]
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(lambda: list(own.strip_many(DOCUMENTS, urls=urls))) for _ in range(4)]
        for run in runs:
            for found, wanted in zip(run.result(), alone, strict=True):
                assert (found.text, found.title, len(found.paragraphs)) == (
                    wanted.text,
                    wanted.title,
                    len(wanted.paragraphs),
                )


@pytest.mark.skipif(not FORKS, reason="this system does not fork")
def test_forked_workers_inherit_one_that_was_used(alone: list[Article]) -> None:
    global _inherited  # noqa: PLW0603 - what a forked worker finds
    _inherited = Stripper(cut_tails=True)
    clean_inherited(DOCUMENTS[0])
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map(clean_inherited, DOCUMENTS, chunksize=2) == alone


def test_spawned_workers_are_handed_one(alone: list[Article]) -> None:
    own = Stripper(cut_tails=True)
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert list(pool.map(clean_with, [own] * len(DOCUMENTS), DOCUMENTS, chunksize=3)) == alone


def test_pickled_is_the_same_in_every_protocol(alone: list[Article]) -> None:
    own = Stripper(cut_tails=True)
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        other = pickle.loads(pickle.dumps(own, protocol))  # noqa: S301 - our own
        assert [clean_with(other, document) for document in DOCUMENTS[:4]] == alone[:4]
