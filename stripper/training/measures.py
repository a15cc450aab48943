"""The measures: what a system's output text keeps of the labelled blocks.

A block counts as kept if its folded text is a line of the output or, if it has five tokens or more, if
75 % of its token 4-grams occur in the output (character 4-grams for scripts without spaces).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from stripper.labels import BOILERPLATE, Label

_NO_SPACES = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_TOKEN = re.compile(r"\w+")
_SHINGLE: Final = 4
_SHARE: Final = 0.75
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


def kept_blocks(texts: Iterable[str], output: str) -> list[bool]:
    """Whether each block is kept in a system's output.

    >>> kept_blocks(["Sign up", "The mayor said on Monday that she would resign"],
    ...             "The mayor said on Monday that she would resign today.")
    [False, True]
    """
    lines = {" ".join(line.split()) for line in output.splitlines()}
    words = _shingles(_TOKEN.findall(output.lower()))
    characters: frozenset[tuple[str, ...]] | None = None
    kept = []
    for text in texts:
        folded = " ".join(text.split())
        if folded in lines:
            kept.append(True)
            continue
        if _NO_SPACES.search(folded):
            tokens = [character for character in folded.lower() if character.isalnum()]
            if characters is None:
                characters = _shingles([character for character in output.lower() if character.isalnum()])
            known = characters
        else:
            tokens, known = _TOKEN.findall(folded.lower()), words
        own = _shingles(tokens)
        kept.append(len(tokens) >= 5 and len(own & known) >= _SHARE * len(own))
    return kept


def _shingles(tokens: Sequence[str]) -> frozenset[tuple[str, ...]]:
    return frozenset(zip(*(tokens[offset:] for offset in range(_SHINGLE)), strict=False))


def body_kept(outcomes: Sequence[Outcome]) -> float:
    """The share of body characters in kept blocks; NaN without any."""
    pairs = [(size, kept) for o in outcomes for label, size, kept in o.blocks if label == "body"]
    total = sum(size for size, _ in pairs)
    return sum(size for size, kept in pairs if kept) / total if total else float("nan")


def boilerplate_kept(outcomes: Sequence[Outcome], labels: Iterable[Label] = BOILERPLATE) -> float:
    """The share of blocks with these labels that are kept; NaN without any."""
    wanted = frozenset(labels)
    flags = [kept for o in outcomes for label, _, kept in o.blocks if label in wanted]
    return sum(flags) / len(flags) if flags else float("nan")


def pages_ruined(outcomes: Sequence[Outcome]) -> float:
    """The share of pages that keep less than half of their body characters."""
    shares = [body_kept([outcome]) for outcome in outcomes]
    known = [share for share in shares if share == share]
    return sum(share < 0.5 for share in known) / len(known) if known else float("nan")


def interval(measure: Callable[[Sequence[Outcome]], float], outcomes: Sequence[Outcome]) -> tuple[float, float]:
    """A 95 % bootstrap interval of a measure; whole sites are drawn, not pages or blocks.

    Field and Welsh, "Bootstrapping clustered data", J. R. Stat. Soc. B 69 (2007).
    """
    sites: defaultdict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        sites[outcome.group].append(outcome)
    groups = list(sites.values())
    random = np.random.default_rng(0)
    values = [
        measure([outcome for number in random.integers(len(groups), size=len(groups)) for outcome in groups[number]])
        for _ in range(_RESAMPLES)
    ]
    low, high = np.nanpercentile(values, (2.5, 97.5))
    return float(low), float(high)


def by_language(outcomes: Sequence[Outcome]) -> Mapping[str, list[Outcome]]:
    """The outcomes of each language, the commonest first."""
    counts = Counter(outcome.lang or "unknown" for outcome in outcomes)
    return {
        lang: [outcome for outcome in outcomes if (outcome.lang or "unknown") == lang] for lang, _ in counts.most_common()
    }
