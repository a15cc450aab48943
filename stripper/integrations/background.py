"""Documents cleaned behind an event loop's back: in a thread, or in worker processes, while the loop goes on.

A thread shares one core with the loop, worker processes do not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from pebble import ProcessPool, ThreadPool

from stripper.batch.documents import is_binary
from stripper.labels import Label, Mode
from stripper.sources.html import looks_like_html
from stripper.stripper import Stripper
from stripper.tagging.features import Head
from stripper.workers import calculate_in_one_thread, worker_context

_PATIENCE: Final = 5.0


@dataclass(frozen=True, slots=True)
class How:
    """How documents are cleaned; travels to the workers with each.

    Attributes:
        kind: what the documents are.
        strip, mode, cut_tails: see ``Stripper``.
    """

    kind: Head
    strip: frozenset[Label]
    mode: Mode = "balanced"
    cut_tails: bool = False


class Cleaned(NamedTuple):
    """What comes back: of an article, that which is wanted in bulk.

    Attributes:
        text, title: as in ``Article``.
        removed: how many paragraphs of each label were stripped.
    """

    text: str
    title: str | None
    removed: Counter[Label]


class Unreadable(ValueError):  # noqa: N818 - it reads as what it is
    """A document that is neither a page nor a text; says so in one sentence without a full stop."""


def clean(document: str | bytes, url: str | None, how: How) -> Cleaned:
    r"""Clean one document.

    Raises:
        TypeError: it is no ``str`` (or, if a page is wanted, no ``bytes``).
        Unreadable: it is something else than HTML, such as a picture.

    >>> clean("The ferry is back.\nSubscribe to our newsletter!", None, How("text", frozenset({"signup"}))).removed
    Counter({'signup': 1})
    """
    stripper = stripper_for(how)
    if how.kind == "text":
        article = stripper.strip_text(document)  # type: ignore[arg-type]  # it says what is wrong with bytes
    else:
        if isinstance(document, bytes) and is_binary(document) and not looks_like_html(document):
            raise Unreadable("it is not HTML")
        article = stripper.strip_html(document, url)
    return Cleaned(article.text, article.title, Counter(paragraph.label for paragraph in article.removed))


@lru_cache(maxsize=8)
def stripper_for(how: How) -> Stripper:
    """One for each way, in each process.

    Raises:
        ValueError: an unknown label or mode.
    """
    return Stripper(how.strip, how.mode, cut_tails=how.cut_tails)


def _start_worker(how: How) -> None:
    calculate_in_one_thread()
    stripper_for(how)


class Background:
    """Cleans documents one after the other in a thread, or several at a time in processes.

    Args:
        how: how to clean them.
        processes: how many; 0 is a thread of this process.
        timeout: seconds that a document may take in a process; a thread cannot be stopped.
    """

    def __init__(self, how: How, processes: int = 0, timeout: float | None = None) -> None:
        self._pool: ProcessPool | ThreadPool
        self._schedule: Callable[[str | bytes, str | None], Future[Cleaned]]
        if not processes:
            threads = self._pool = ThreadPool(1)
            self._schedule = lambda document, url: threads.schedule(clean, args=[document, url, how])
            return
        # what they import and load before they take a document is no part of its time
        workers = self._pool = ProcessPool(
            processes, initializer=_start_worker, initargs=[how], context=worker_context(__name__)
        )
        self._schedule = lambda document, url: workers.schedule(clean, args=[document, url, how], timeout=timeout)
        workers.schedule(stripper_for, args=[how])  # starts them, to be ready when the first document comes

    def submit(self, document: str | bytes, url: str | None) -> Future[Cleaned]:
        """Have a document cleaned.

        Returns:
            the result to come. It raises what ``clean`` does, ``TimeoutError`` if the document took too long, and
            ``pebble.ProcessExpired`` if it killed its worker.

        Raises:
            RuntimeError: it is closed, or its workers die whatever they are given.
        """
        return self._schedule(document, url)

    def close(self) -> None:
        """Give up what is not done yet, and end the workers."""
        self._pool.stop()
        self._pool.join(_PATIENCE)
