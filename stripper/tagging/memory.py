"""What was worked out once is kept: most words of a page stood on pages before it.

Threads may share a memory, and a process may be forked while one of them writes: nobody ever waits for it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any, Generic, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

Key = TypeVar("Key", bound=Hashable)
Columns: TypeAlias = "tuple[NDArray[Any], ...]"


@dataclass(frozen=True, slots=True)
class _Table(Generic[Key]):
    """Rows are written before their keys are known, and never change."""

    numbers: dict[Key, int]
    columns: Columns


class Memory(Generic[Key]):
    """Remembers what a function makes of keys, each of which it treats alone.

    Args:
        work_out: for different keys, arrays with one row each.
        most: how many keys are remembered; then all are forgotten, for those that recur are soon there again.

    >>> lengths = Memory(lambda words: (np.array([len(word) for word in words], int),), most=100)
    >>> lengths.of(["the", "ferry"]), lengths.of(["ferry", "sails"])
    ((array([3, 5]),), (array([5, 5]),))
    """

    def __init__(self, work_out: Callable[[Sequence[Key]], Columns], most: int) -> None:
        self._work_out = work_out
        self._most = most
        self._writing = Lock()
        self._table = self._empty()

    def of(self, keys: Sequence[Key]) -> Columns:
        """What ``work_out`` makes of different keys."""
        table = self._table
        if any(key not in table.numbers for key in keys):
            if len(keys) > self._most or not self._writing.acquire(blocking=False):
                return self._work_out(keys)
            try:
                table = self._with(keys)
            finally:
                self._writing.release()
        places = np.fromiter(map(table.numbers.__getitem__, keys), np.int64, len(keys))
        return tuple(column.take(places, axis=0) for column in table.columns)

    def _with(self, keys: Sequence[Key]) -> _Table[Key]:
        """The table, with these keys too."""
        table = self._table
        new = [key for key in keys if key not in table.numbers]
        if len(table.numbers) + len(new) > self._most:
            table, new = self._empty(), list(keys)
        start = len(table.numbers)
        for column, own in zip(table.columns, self._work_out(new), strict=True):
            column[start : start + len(new)] = own
        table.numbers.update(zip(new, range(start, start + len(new)), strict=True))
        self._table = table
        return table

    def _empty(self) -> _Table[Key]:
        # memory that is not written to yet takes no room
        like = self._work_out([])
        return _Table({}, tuple(np.empty((self._most, *own.shape[1:]), own.dtype) for own in like))
