"""What is remembered is what would be worked out, whoever asks and whenever."""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stripper.sources.html import read_html
from stripper.tagging import tagger as module
from stripper.tagging.memory import Memory
from stripper.tagging.store import default_model

WORDS = [f"word{number}" for number in range(60)]


def work_out(words: Sequence[str]) -> tuple[NDArray[Any], ...]:
    lengths = np.array([len(word) for word in words], np.int64)
    return lengths, np.array([[int(word[4:]), 1] for word in words], np.float32).reshape(-1, 2)


def assert_right(memory: Memory[str], words: Sequence[str]) -> None:
    for found, expected in zip(memory.of(words), work_out(words), strict=True):
        np.testing.assert_array_equal(found, expected)
        assert found.dtype == expected.dtype


def test_each_key_is_worked_out_once() -> None:
    asked: Counter[str] = Counter()

    def counting(words: Sequence[str]) -> tuple[NDArray[Any], ...]:
        asked.update(words)
        return work_out(words)

    memory = Memory(counting, most=100)
    for start in (0, 20, 10, 0):
        assert_right(memory, WORDS[start : start + 30])
    assert set(asked.values()) == {1}
    assert len(asked) == 50


def test_what_does_not_fit_is_forgotten_or_not_remembered() -> None:
    memory = Memory(work_out, most=20)
    random = Random(0)
    for _ in range(50):
        assert_right(memory, random.sample(WORDS, random.randrange(40)))


def test_threads_get_the_same() -> None:
    memory = Memory(work_out, most=40)

    def work(seed: int) -> None:
        random = Random(seed)
        for _ in range(200):
            assert_right(memory, random.sample(WORDS, random.randrange(35)))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(work, range(16)))
    assert_right(memory, WORDS[:30])


def test_nobody_waits_for_a_thread_that_a_fork_left_behind() -> None:
    memory = Memory(work_out, most=100)
    assert_right(memory, WORDS[:10])
    with memory._writing:
        assert_right(memory, WORDS[5:20])
        assert_right(memory, WORDS[:10])


def test_a_tagger_says_the_same_with_and_without_memories(news_page: bytes) -> None:
    tagger = pickle.loads(pickle.dumps(default_model().tagger))  # noqa: S301
    page = read_html(news_page)
    first, again = (tagger.predict_proba([page], "html")[0] for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert len(tagger._facts._table.numbers) > 100
    assert len(tagger._facts._table.numbers) < module.REMEMBERED
