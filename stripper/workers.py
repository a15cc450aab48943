"""How worker processes are started, and how many there may be."""

from __future__ import annotations

import os
from multiprocessing import get_all_start_methods, get_context
from multiprocessing.context import BaseContext

from threadpoolctl import threadpool_limits


def worker_context(imports: str) -> BaseContext:
    """What workers are made by: not by forks of this process, whose threads may hold locks.

    Args:
        imports: the module that they need; a server of forks, if it does not run yet, imports it once for all.
    """
    context = get_context("forkserver" if "forkserver" in get_all_start_methods() else "spawn")
    context.set_forkserver_preload([imports])
    return context


def calculate_in_one_thread() -> None:
    """For a worker: the other cores belong to the other workers."""
    threadpool_limits(1)


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
