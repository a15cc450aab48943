"""Texts as they come from the web: those in-the-wild must lose their boilerplate, those that must-keep nothing.

The cases are never trained on. They are counted together, for no tagger gets every line right.
"""

from __future__ import annotations

import pytest

from stripper import Stripper
from tests.known_failures import CASES, FILE, failures, read


@pytest.mark.parametrize(("name", "least"), [("in-the-wild", 150), ("must-keep", 150)])
def test_cases_are_well_formed(name: str, least: int) -> None:
    cases = read(CASES / f"{name}.jsonl")
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
    for case in read(CASES / f"{name}.jsonl"):
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


def test_nothing_fails_but_what_is_known_to(cleaner: Stripper) -> None:
    """If a new model is better on the whole, ``python -m tests.known_failures`` writes down what it gets wrong."""
    known = {(case["id"], kind, line) for case in read(FILE) for kind in ("leaked", "lost") for line in case[kind]}
    found = {
        (case["id"], kind, line) for case in failures(cleaner) for kind in ("leaked", "lost") for line in case[kind]
    }
    assert found <= known


def test_glued_messages_are_cut_off() -> None:
    """Of sentences that only look like messages, nearly none may go; of glued messages, most should."""
    glued = cut = body = lost = 0
    cleaner, plain = Stripper(cut_tails=True), Stripper()
    for case in read(CASES / "glued.jsonl"):
        output = cleaner.strip_text(case["text"]).text.split("\n")
        untouched = plain.strip_text(case["text"])
        lines = case["text"].split("\n")
        for number, line in enumerate(lines):
            message = case["cut"].get(str(number), 0)
            body += len(line) - message
            if not untouched.paragraphs[number].kept:
                continue  # the whole line went, which is not this option's doing
            left = max((own for own in output if line.startswith(own)), key=len, default="")
            lost += max(len(line) - message - len(left), 0)
            if message:
                glued += 1
                cut += len(left) <= len(line) - message
    assert glued >= 60
    assert cut / glued >= 0.6
    assert lost / body <= 0.01
