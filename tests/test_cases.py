"""Texts as they come from the web: those in-the-wild must lose their boilerplate, those that must-keep nothing.

The cases are never trained on. They are counted together, for no tagger gets every line right.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stripper import Stripper

CASES = Path(__file__).parent / "cases"


def _cases(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (CASES / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize(("name", "least"), [("in-the-wild", 150), ("must-keep", 150)])
def test_cases_are_well_formed(name: str, least: int) -> None:
    cases = _cases(name)
    assert len(cases) >= least
    assert len({case["id"] for case in cases}) == len(cases)
    for case in cases:
        lines = case["text"].split("\n")
        assert all(line.strip() for line in lines)
        assert set(case["remove"]) <= set(range(len(lines)))
        assert bool(case["remove"]) == (name == "in-the-wild")


def _lost_and_removed(name: str, cleaner: Stripper) -> tuple[float, float]:
    """The share of body characters lost, and the share of boilerplate lines removed."""
    body = lost = boilerplate = removed = 0
    for case in _cases(name):
        for number, paragraph in enumerate(cleaner.strip_text(case["text"]).paragraphs):
            if number in case["remove"]:
                boilerplate += 1
                removed += not paragraph.kept
            else:
                body += len(paragraph.text)
                lost += len(paragraph.text) * (not paragraph.kept)
    return lost / body, removed / max(boilerplate, 1)


def test_in_the_wild(cleaner: Stripper) -> None:
    lost, removed = _lost_and_removed("in-the-wild", cleaner)
    assert removed >= 0.75
    assert lost <= 0.03


def test_must_keep(cleaner: Stripper) -> None:
    lost, _ = _lost_and_removed("must-keep", cleaner)
    assert lost <= 0.03


def test_must_keep_cautiously() -> None:
    lost, _ = _lost_and_removed("must-keep", Stripper(mode="cautious"))
    assert lost <= 0.005
