"""The measures and the decision, on cases worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from stripper.decision import decide, evidence_to_strip
from stripper.labels import DEFAULT_STRIP, LABELS, Label
from stripper.sources.text import read_text
from stripper.training.dataset import Example
from stripper.training.evaluate import Prediction, temperature, threshold
from stripper.training.measures import (
    Outcome,
    body_counts,
    body_kept,
    boilerplate_kept,
    interval,
    kept_blocks,
    pages_ruined,
)


def _row(**probabilities: float) -> list[float]:
    return [probabilities.get(label, 0.0) for label in LABELS]


@pytest.mark.parametrize(
    ("block", "output", "kept"),
    [
        ("Short line", "x\n Short   line \ny", True),
        ("Short line", "a Short line within", False),
        ("one two three four five six", "zero one two three four five six seven", True),
        ("one two three four five six", "one two three four", False),
        ("one two three four five six seven eight", "one two three four five six seven x", True),
        ("one two three four", "one two three four five", False),
        ("東京の知事は火曜日に辞任した", "昨日、東京の知事は火曜日に辞任した。", True),
        ("東京の知事は火曜日に辞任した", "大阪の市長", False),
    ],
)
def test_kept_blocks(block: str, output: str, kept: bool) -> None:
    assert kept_blocks([("body", block)], output) == [kept]
    assert kept_blocks([("ad", block)], output, literal=True) == [kept]


def test_a_line_is_credited_to_one_block_and_the_article_first() -> None:
    blocks: list[tuple[Label, str]] = [("interface", "What now?"), ("body", "What now?"), ("related", "What now?")]
    assert kept_blocks(blocks, "What now?\nMore") == [False, True, False]
    assert kept_blocks(blocks, "What now?\nWhat now?") == [True, True, False]
    assert kept_blocks(blocks, "What now?\nMore", literal=True) == [True, True, True]
    story = "The tower in the old town will be closed for years, the council has decided"
    teaser: list[tuple[Label, str]] = [("related", story[:60]), ("body", story)]
    assert kept_blocks(teaser, story) == [False, True]
    assert kept_blocks(teaser, f"{story}\n{story[:60]}") == [True, True]


def test_shares() -> None:
    pages = [
        Outcome("a", "en", (("body", 90, True), ("body", 10, False), ("appeal", 20, True), ("meta", 5, True))),
        Outcome("b", "de", (("body", 100, False), ("ad", 5, False), ("legal", 5, False), ("title", 9, False))),
    ]
    assert body_kept(pages) == pytest.approx(0.45)
    assert boilerplate_kept(pages) == pytest.approx(1 / 3)
    assert boilerplate_kept(pages, ["ad"]) == 0
    assert pages_ruined(pages) == 0.5
    low, high = interval(body_counts, pages)
    assert (low, high) == (0.0, 0.9)
    assert np.isnan(body_kept([]))


def test_longer_paragraphs_need_more_evidence() -> None:
    page = replace(read_text("short\n" + "l" * 300), source=None)
    probabilities = np.array([_row(body=0.2, appeal=0.8)] * 2, dtype=np.float32)
    short, long = evidence_to_strip(page, probabilities, DEFAULT_STRIP)
    assert short - long == pytest.approx(np.log((300 + 30) / (5 + 30)))
    first, second = evidence_to_strip(replace(page, source="bare text"), probabilities, DEFAULT_STRIP)
    assert first == second, "in bare text the length does not count"
    verdicts = decide(page, probabilities, DEFAULT_STRIP, (short + long) / 2)
    assert [p.kept for p in verdicts] == [False, True]
    assert [p.probability for p in verdicts] == pytest.approx([0.8, 0.8])


def test_removed_paragraphs_show_what_they_were_removed_for() -> None:
    page = read_text("one\ntwo")
    probabilities = np.array([_row(body=0.5, related=0.3, ad=0.2)] * 2, dtype=np.float32)
    assert [p.label for p in decide(page, probabilities, DEFAULT_STRIP, -100)] == ["related", "related"]
    assert [p.label for p in decide(page, probabilities, DEFAULT_STRIP, 100)] == ["body", "body"]
    assert [p.label for p in decide(page, probabilities, {"ad"}, -100)] == ["ad", "ad"]


def test_threshold_keeps_the_body_loss() -> None:
    labels: tuple[Label, ...] = ("body",) * 9 + ("ad",)
    page = read_text("\n".join(["ten chars."] * 10))
    rows = np.array([_row(body=1 - n / 20, ad=n / 20) for n in range(10)], dtype=np.float32)
    predictions = [Prediction(Example("x", "x", "en", "wide", page, labels), rows, 0)]
    evidence = evidence_to_strip(page, rows, DEFAULT_STRIP)
    for share, lost in ((0.0, 0), (0.12, 1), (0.5, 4)):
        assert sum(evidence[:9] > threshold(predictions, share)) == lost


def test_temperature_calms_the_overconfident() -> None:
    labels: tuple[Label, ...] = ("body", "body", "body", "ad")
    page = read_text("a\nb\nc\nd")
    rows = np.array([_row(body=0.99, ad=0.01)] * 4, dtype=np.float32)
    assert temperature([Prediction(Example("x", "x", "en", "wide", page, labels), rows, 0)]) > 2
