"""How worker processes are started: not as forks of this process, whose threads may hold locks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import forkserver, get_all_start_methods, get_context
from multiprocessing.context import BaseContext
from typing import Final

_THREADS: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def worker_context(imports: str) -> BaseContext:
    """What workers are made by: forks of a server that has imported all it takes or, where there is none, anew.

    Args:
        imports: the module that they need.
    """
    context = get_context("forkserver" if "forkserver" in get_all_start_methods() else "spawn")
    context.set_forkserver_preload([imports])
    if context.get_start_method() == "forkserver":
        with one_thread_each():
            forkserver.ensure_running()
    return context


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def one_thread_each() -> Iterator[None]:
    """Have what is started meanwhile calculate in one thread: the other cores belong to the other workers."""
    told = {name: os.environ.get(name) for name in _THREADS}
    # read when a process loads its numerical library
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in told.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
