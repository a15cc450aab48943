"""Documents through a pool of worker processes, results in order.

Documents travel in chunks. A chunk that takes too long or kills its worker is tried again document by document, so
that only the one at fault is lost.
"""

from __future__ import annotations

import math
import signal
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, wait
from concurrent.futures import TimeoutError as FutureTimeout
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import chain
from multiprocessing import active_children, resource_tracker
from types import TracebackType
from typing import Final

from pebble import ProcessExpired, ProcessPool

from stripper.batch.cleaner import (
    CHUNK,
    Chunk,
    Cleaner,
    Named,
    Result,
    Settings,
    chunk_of,
    chunks,
    documents_of,
    joined,
)
from stripper.batch.documents import BatchError, Document, Fault
from stripper.batch.report import Tally
from stripper.tagging.store import default_model
from stripper.workers import calculate_in_one_thread, worker_context

_AHEAD: Final = 3
# a chunk may take longer than one document; in seconds for each
_USUAL: Final = 0.1
_GRACE: Final = 30.0
_LIVES: Final = 3


def clean_in_workers(
    items: Iterable[Named], settings: Settings, workers: int, timeout: float | None
) -> Iterator[Chunk]:
    """Clean documents in a pool of processes, in order; never more than a few chunks a worker are held.

    Args:
        items: what the readers give; faults pass through.
        settings: how to clean.
        workers: how many processes.
        timeout: seconds that a document may take; ``None`` is no limit.

    Raises:
        BatchError: the workers die whatever they are given.
        ModelError: there is no model to work with.
    """
    default_model()  # what is wrong with it, this process can say best
    waiting: deque[tuple[list[Named], _Task]] = deque()
    ahead = workers * _AHEAD
    with _Pool(settings, workers, timeout) as pool:
        for chunk in chain(chunks(items), [None] * ahead):
            if chunk is not None:
                waiting.append((chunk, pool.submit(documents_of(chunk))))
            if waiting and (chunk is None or len(waiting) > ahead):
                done, task = waiting.popleft()
                yield chunk_of(done, *pool.result(task))


@dataclass(frozen=True, slots=True)
class _Task:
    documents: list[Document]
    future: Future[tuple[list[Result], Tally]]
    again: bool = False


class _Pool:
    """Pebble's pool, begun anew if it breaks, which it does when a worker dies between two tasks."""

    def __init__(self, settings: Settings, workers: int, timeout: float | None) -> None:
        self._settings, self._workers, self._timeout = settings, workers, timeout
        self._lives = _LIVES
        self._pool: ProcessPool | None = None
        self._others = frozenset(active_children())

    def __enter__(self) -> _Pool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def submit(self, documents: list[Document]) -> _Task:
        limit = None if self._timeout is None else self._timeout + _USUAL * (len(documents) - 1)
        try:
            return _Task(documents, self._running().schedule(_clean_in_worker, args=[documents], timeout=limit))
        except RuntimeError:  # it is broken, as the result will tell
            broken: Future[tuple[list[Result], Tally]] = Future()
            broken.set_exception(BrokenProcessPool())
            return _Task(documents, broken)

    def result(self, task: _Task) -> tuple[list[Result], Tally]:
        """What came of a task.

        If its worker died it is tried once more, for it may have been an accident; then, or if it took too long, its
        documents are tried one by one.
        """
        try:
            found = self._await(task.future)
        except FutureTimeout:
            reason = f"it took longer than {self._timeout:g} seconds"
        except ProcessExpired as error:
            if not task.again:
                return self.result(replace(self.submit(task.documents), again=True))
            reason = f"its worker died with exit code {error.exitcode}"
        except BrokenProcessPool:
            return self._again(task)
        else:
            self._lives = _LIVES
            return found
        if len(task.documents) == 1:
            return [Fault(task.documents[0].id, reason)], Tally()
        tasks = [self.submit([document]) for document in task.documents]
        return joined([self.result(own) for own in tasks])

    def _await(self, future: Future[tuple[list[Result], Tally]]) -> tuple[list[Result], Tally]:
        """The result of a task.

        A worker that dies while it sends one leaves pebble waiting for the rest of it for ever, and a pool that breaks
        forgets tasks that it has not begun.
        """
        patience = math.inf if self._timeout is None else (self._timeout + _USUAL * CHUNK) * (_AHEAD + 2) + _GRACE
        given_up = time.monotonic() + patience
        while not wait([future], timeout=1).done:
            if time.monotonic() > given_up:
                for worker in set(active_children()) - self._others:
                    worker.kill()
                self._pool = None
                raise BrokenProcessPool
            if self._pool is None or not self._pool.active:
                raise BrokenProcessPool
        return future.result()

    def _again(self, task: _Task) -> tuple[list[Result], Tally]:
        if self._pool is None or not self._pool.active:
            self._lives -= 1
            if not self._lives:
                raise BatchError("the workers die before they can do anything")
            self._end()
        return self.result(replace(self.submit(task.documents), again=task.again))

    def _end(self) -> None:
        if self._pool is not None:
            self._pool.stop()
            self._pool.join()
            self._pool = None

    def _running(self) -> ProcessPool:
        if self._pool is not None:
            return self._pool
        context = worker_context(__name__)
        self._pool = ProcessPool(self._workers, initializer=_start_worker, initargs=(self._settings,), context=context)
        with _uninterrupted(), suppress(ProcessExpired, BrokenProcessPool, FutureTimeout):
            # a server that is stopped before it is ready complains
            self._pool.schedule(_nothing).result(_GRACE)
        return self._pool


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Put off Ctrl-C, and keep it from all that is begun meanwhile: it is for this process to answer."""
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "pthread_sigmask"):
        yield
        return
    # to start the tracker of semaphores would let it through again
    resource_tracker.ensure_running()
    came: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: came.append(number))
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        signal.signal(signal.SIGINT, before)
    if came:
        raise KeyboardInterrupt


_cleaner: Cleaner | None = None


def _start_worker(settings: Settings) -> None:
    """Load the model, once a process."""
    calculate_in_one_thread()
    global _cleaner  # noqa: PLW0603 - a worker is a process of its own
    _cleaner = Cleaner(settings)


def _clean_in_worker(documents: list[Document]) -> tuple[list[Result], Tally]:
    assert _cleaner  # noqa: S101 - the pool has started it
    return _cleaner.clean(documents)


def _nothing() -> None:
    """The task that makes a pool start its workers."""
