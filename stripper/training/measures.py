"""The measures: what a system's output text keeps of the labelled blocks.

A block counts as kept if its folded text is a line of the output or, if it has five tokens or more, if
75 % of its token 4-grams occur in the output (character 4-grams for scripts without spaces).

Pages repeat themselves: a table of contents names the sub-headings, a teaser the headline. Read to the letter, the rule
calls the table of contents kept in any output that has the sub-headings, a perfect one too. So each
line of the output is credited to one block, the article's own blocks first; ``literal`` is the rule to the letter.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from stripper.labels import BOILERPLATE, Label

_NO_SPACES = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_TOKEN = re.compile(r"\w+")
_SHINGLE: Final = 4
_SHARE: Final = 0.75
_FEWEST_TOKENS: Final = 5
_RESAMPLES: Final = 1000


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one system kept of one page.

    Attributes:
        group, lang: the page's site and language.
        blocks: (label, characters, kept) of each labelled block.
    """

    group: str
    lang: str | None
    blocks: tuple[tuple[Label, int, bool], ...]


def kept_blocks(blocks: Sequence[tuple[Label, str]], output: str, literal: bool = False) -> list[bool]:
    r"""Whether each labelled block of a page is kept in a system's output.

    Args:
        blocks: label and text of each, in page order.
        output: the system's text.
        literal: credit a line of the output to every block that equals it.

    >>> kept_blocks([("interface", "What now?"), ("body", "What now?"),
    ...              ("body", "The mayor said on Monday that she would resign")],
    ...             "What now?\nThe mayor said on Monday that she would resign today.")
    [False, True, True]
    """
    folded = [" ".join(text.split()) for _, text in blocks]
    lines = Counter(" ".join(line.split()) for line in output.splitlines())
    left = lines.copy()
    kept = [False] * len(blocks)
    for number in sorted(range(len(blocks)), key=lambda number: blocks[number][0] in BOILERPLATE):
        if left[folded[number]] > 0:
            kept[number] = True
            left[folded[number]] -= not literal
    whole = _Shingled(lines.elements())
    uncredited = whole if literal else _Shingled(left.elements())
    for number, (label, _) in enumerate(blocks):
        if not kept[number]:
            kept[number] = folded[number] in (uncredited if label in BOILERPLATE else whole)
    return kept


class _Shingled:
    """Lines of an output; a text is in it if enough of its shingles are."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._text = "\n".join(lines).lower()

    @cached_property
    def _words(self) -> frozenset[tuple[str, ...]]:
        return _shingles(_TOKEN.findall(self._text))

    @cached_property
    def _characters(self) -> frozenset[tuple[str, ...]]:
        return _shingles([character for character in self._text if character.isalnum()])

    def __contains__(self, text: str) -> bool:
        spaceless = _NO_SPACES.search(text)
        tokens = [c for c in text.lower() if c.isalnum()] if spaceless else _TOKEN.findall(text.lower())
        if len(tokens) < _FEWEST_TOKENS:
            return False
        own = _shingles(tokens)
        return len(own & (self._characters if spaceless else self._words)) >= _SHARE * len(own)


def _shingles(tokens: Sequence[str]) -> frozenset[tuple[str, ...]]:
    return frozenset(zip(*(tokens[offset:] for offset in range(_SHINGLE)), strict=False))


Counts: TypeAlias = tuple[float, float]
"""What was kept, and what there was."""


def body_counts(outcome: Outcome) -> Counts:
    """Body characters of one page."""
    sizes = [(size, kept) for label, size, kept in outcome.blocks if label == "body"]
    return sum(size for size, kept in sizes if kept), sum(size for size, _ in sizes)


def boilerplate_counts(outcome: Outcome, labels: Iterable[Label] = BOILERPLATE) -> Counts:
    """Blocks of one page with these labels."""
    wanted = frozenset(labels)
    flags = [kept for label, _, kept in outcome.blocks if label in wanted]
    return sum(flags), len(flags)


def body_kept(outcomes: Sequence[Outcome]) -> float:
    """The share of body characters in kept blocks; NaN without any."""
    return _share(map(body_counts, outcomes))


def boilerplate_kept(outcomes: Sequence[Outcome], labels: Iterable[Label] = BOILERPLATE) -> float:
    """The share of blocks with these labels that are kept; NaN without any."""
    wanted = frozenset(labels)
    return _share(boilerplate_counts(outcome, wanted) for outcome in outcomes)


def pages_ruined(outcomes: Sequence[Outcome]) -> float:
    """The share of pages that keep less than half of their body characters."""
    counts = [(kept, total) for kept, total in map(body_counts, outcomes) if total]
    return sum(kept < total / 2 for kept, total in counts) / len(counts) if counts else float("nan")


def interval(counts: Callable[[Outcome], Counts], outcomes: Sequence[Outcome]) -> tuple[float, float]:
    """A 95 % bootstrap interval of a share; whole sites are drawn, not pages or blocks.

    Field and Welsh, "Bootstrapping clustered data", J. R. Stat. Soc. B 69 (2007).
    """
    sites: defaultdict[str, NDArray[np.float64]] = defaultdict(lambda: np.zeros(2))
    for outcome in outcomes:
        sites[outcome.group] += counts(outcome)
    table = np.stack(list(sites.values()))
    draws = np.random.default_rng(0).multinomial(len(table), np.full(len(table), 1 / len(table)), _RESAMPLES)
    kept, total = (draws @ table).T
    if not total.any():
        return float("nan"), float("nan")
    low, high = np.percentile(kept[total > 0] / total[total > 0], (2.5, 97.5))
    return float(low), float(high)


def _share(counts: Iterable[Counts]) -> float:
    kept, total = map(sum, zip(*counts, strict=True)) if (counts := list(counts)) else (0, 0)
    return kept / total if total else float("nan")


def by_language(outcomes: Sequence[Outcome]) -> Mapping[str, list[Outcome]]:
    """The outcomes of each language, the commonest first."""
    counts = Counter(outcome.lang or "unknown" for outcome in outcomes)
    return {
        lang: [outcome for outcome in outcomes if (outcome.lang or "unknown") == lang]
        for lang, _ in counts.most_common()
    }
