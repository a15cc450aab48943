"""How a document is read: twice, and a page a third time as bare text.

The second reading sees what the first makes of the neighbours (Cohen and Carvalho, "Stacked Sequential Learning",
IJCAI 2005). What then may be the article is read as if an extractor had returned it, without markup, by the head that
knows such texts, also those in languages and styles of which there are no labelled pages; a logarithmic opinion pool
(Genest and Zidek, "Combining Probability Distributions", Statistical Science 1, 1986) joins both verdicts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from stripper.labels import LABELS
from stripper.sources.block import Page
from stripper.tagging.features import IS_BOILERPLATE, Floats, Head, families_of, rows, second_rows
from stripper.tagging.words import Bags

_SURE: Final = 0.99
_BARE: Final = 0.3


class Networks(Protocol):
    """What reads rows of numbers."""

    def predict_proba(self, table: Floats) -> Floats:
        """Probabilities of the labels, shape (rows, labels)."""
        ...


Readings: TypeAlias = "tuple[Networks, Networks]"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Documents, and what is known of their blocks before anything is read in context.

    Attributes:
        pages: documents, each with blocks.
        scores: of all blocks by the linear models, shape (blocks, views * labels), the words first.
        looks: of their texts, shape (blocks, looks).
        terms: of all blocks.
        rarity: the weight of every term.
    """

    pages: Sequence[Page]
    scores: Floats
    looks: Floats
    terms: Bags
    rarity: Floats

    def bare(self, chosen: NDArray[np.bool_]) -> Evidence:
        """Some of the blocks, as text without markup; documents that have none of them are left out."""
        places = zip(self.pages, places_of(self.pages), strict=True)
        taken = (
            replace(page, blocks=tuple(page.blocks[place] for place in np.flatnonzero(chosen[own])))
            for page, own in places
            if chosen[own].any()
        )
        words = self.scores[chosen, : len(LABELS)]
        terms = self.terms.take(np.flatnonzero(chosen))
        return Evidence(tuple(taken), words, self.looks[chosen], terms, self.rarity)


def read(evidence: Evidence, head: Head, heads: Mapping[Head, Readings]) -> Floats:
    """Probabilities of the labels, not yet calibrated.

    Args:
        evidence: of documents.
        head: "html" for pages whose blocks have markup, else "text".
        heads: the networks of both readings, by head.

    Returns:
        shape (blocks of all pages, labels).
    """
    verdict = _read_twice(evidence, head, heads[head])
    if head == "text":
        return verdict
    likely = verdict[:, IS_BOILERPLATE].sum(axis=1) < _SURE
    if likely.any():
        verdict[likely] = _pooled(verdict[likely], _read_twice(evidence.bare(likely), "text", heads["text"]))
    return verdict


def places_of(pages: Sequence[Page]) -> list[NDArray[np.int64]]:
    """Where the blocks of each page stand among those of all."""
    ends = np.cumsum([len(page.blocks) for page in pages])
    return [np.arange(end - len(page.blocks), end) for page, end in zip(pages, ends, strict=True)]


def _read_twice(evidence: Evidence, head: Head, readings: Readings) -> Floats:
    pages, places = evidence.pages, places_of(evidence.pages)
    families = [families_of(page, head) for page in pages]
    tables = [
        rows(page, kin, evidence.scores[own], evidence.looks[own], evidence.terms.take(own), evidence.rarity)
        for page, kin, own in zip(pages, families, places, strict=True)
    ]
    first = readings[0].predict_proba(np.concatenate(tables))
    again = [second_rows(kin, table, first[own]) for kin, table, own in zip(families, tables, places, strict=True)]
    return readings[1].predict_proba(np.concatenate(again))


def _pooled(marked: Floats, bare: Floats) -> Floats:
    """The weighted geometric mean of two verdicts, normalised; shape unchanged."""
    joint = np.exp((1 - _BARE) * np.log(marked + 1e-9) + _BARE * np.log(bare + 1e-9))
    pooled: Floats = (joint / joint.sum(axis=1, keepdims=True)).astype(np.float32)
    return pooled
