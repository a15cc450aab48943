"""What the networks are trained on, and what they are measured beside."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from stripper.labels import LABELS
from stripper.sources.html import read_html
from stripper.sources.text import read_text
from stripper.training.dataset import Example
from stripper.training.others import OTHERS, run_others
from stripper.training.part import Part
from tests.conftest import terms_of


def _part(html: bool) -> Part:
    texts = [f"Paragraph number {number} of the story." for number in range(12)]
    page = read_html("".join(f"<p>{text}</p>" for text in texts)) if html else read_text("\n".join(texts))
    labels = tuple(None if html and number % 4 == 3 else LABELS[number % 3] for number in range(12))
    example = Example("x", "x", "en", "wide", page, labels, b"<p>" if html else None)
    scores = np.arange(12 * 28, dtype=np.float32).reshape(12, 28)
    return Part(example, scores, terms_of(texts, 1 << 10), np.arange(12) % 2 == 0, 0)


def test_taking_blocks_takes_all_that_belongs_to_them() -> None:
    whole, places = _part(html=True), np.array([2, 5, 6])
    part = whole.take(places)
    assert [block.text for block in part.example.page.blocks] == [
        whole.example.page.blocks[place].text for place in places
    ]
    assert part.example.labels == tuple(whole.example.labels[place] for place in places)
    np.testing.assert_array_equal(part.scores, whole.scores[places])
    np.testing.assert_array_equal(part.sampled, whole.sampled[places])
    own = terms_of([block.text for block in part.example.page.blocks], 1 << 10)
    np.testing.assert_array_equal(part.terms.indptr, own.indptr)
    for row in range(3):
        ours, theirs = (np.sort(bags.take(np.array([row])).indices) for bags in (part.terms, own))
        np.testing.assert_array_equal(ours, theirs)


def test_bare_text_has_the_labelled_blocks_and_no_markup() -> None:
    bare = _part(html=True).bare()
    assert bare.head == "text"
    assert None not in bare.example.labels
    assert all(block.dom is None for block in bare.example.page.blocks)
    assert bare.scores.shape == (9, 14)


@pytest.mark.parametrize("html", [True, False])
def test_crops_are_short_and_in_order(html: bool) -> None:
    whole, random = _part(html), np.random.default_rng(0)
    lengths: set[int] = set()
    missed: set[bool] = set()
    gaps: set[int] = set()
    for _ in range(200):
        crop = whole.crop(0.5, random)
        numbers = [int(block.text.split()[2]) for block in crop.example.page.blocks]
        assert numbers == sorted(numbers)
        assert any(crop.example.labels)
        assert crop.weight == 0.5
        lengths.add(len(numbers))
        missed.update(block.dom.extracted for block in crop.example.page.blocks if block.dom)
        gaps.update(after - before for before, after in pairwise(numbers))
    assert missed == (
        {block.dom.extracted for block in whole.example.page.blocks if block.dom} | {False} if html else set()
    )
    assert min(lengths) == 1
    assert max(lengths) == 8
    assert (gaps == {1}) == html, "only bare texts skip blocks"


def test_every_other_system_reads_the_bundled_page(news_page: bytes) -> None:
    texts = run_others([(news_page, "en"), (b"", "en")])
    assert list(texts) == list(OTHERS)
    for name, (page, empty) in texts.items():
        assert "At ten to six each morning Tomas Verik walks down the gravel slope" in page, name
        assert not empty.strip(), name
