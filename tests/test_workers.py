"""Worker processes: one thread each, whatever this process has set."""

from __future__ import annotations

from pebble import ProcessPool
from threadpoolctl import threadpool_info

from stripper.batch.cleaner import Settings
from stripper.batch.pool import _start_worker as start_batch_worker
from stripper.integrations.background import How
from stripper.integrations.background import _start_worker as start_background_worker
from stripper.labels import DEFAULT_STRIP
from stripper.workers import cores, worker_context


def threads() -> list[int]:
    return [library["num_threads"] for library in threadpool_info()]


def test_workers_calculate_in_one_thread() -> None:
    for start, told in (
        (start_batch_worker, Settings(DEFAULT_STRIP, "balanced", False, "text", False)),
        (start_background_worker, How("text", DEFAULT_STRIP)),
    ):
        with ProcessPool(1, initializer=start, initargs=[told], context=worker_context(start.__module__)) as pool:
            found = pool.schedule(threads).result(60)
        assert found
        assert set(found) == {1}


def test_there_is_a_core() -> None:
    assert cores() >= 1
