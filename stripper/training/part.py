"""What the networks are trained on: documents, bare texts and crops of them, with the linear models' scores."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from stripper.labels import LABELS
from stripper.tagging.features import Floats, Head
from stripper.tagging.folding import fold_page
from stripper.tagging.shape import shapes
from stripper.tagging.words import Bags
from stripper.training.dataset import Example, as_lines

_LONGEST_CROP = 8
_MISSED = 0.4
_SKIPPING = 0.5


@dataclass(frozen=True, slots=True)
class Part:
    """A document or a piece of one.

    Attributes:
        example: the document.
        scores: of its blocks by the linear models, shape (blocks, views * labels).
        terms: of its blocks.
        sampled: which of its unlabelled blocks to train on, shape (blocks,).
        fold: the fold that the linear models behind ``scores`` were fitted without.
        weight: how much it counts.
    """

    example: Example
    scores: Floats
    terms: Bags
    sampled: NDArray[np.bool_]
    fold: int
    weight: float = 1.0

    @property
    def head(self) -> Head:
        """Which head can read it."""
        return "html" if self.example.html is not None else "text"

    @property
    def looks(self) -> Floats:
        """Of the texts of its blocks."""
        return shapes(self.example.page.blocks)

    @property
    def labelled(self) -> NDArray[np.bool_]:
        """Which of its blocks have a label, shape (blocks,)."""
        return np.array([label is not None for label in self.example.labels])

    def take(self, places: NDArray[np.int64]) -> Part:
        """A document of some of its blocks only."""
        old = self.example.page
        page = replace(old, blocks=tuple(old.blocks[place] for place in places))
        labels = tuple(self.example.labels[place] for place in places)
        example = replace(self.example, page=page, labels=labels)
        return replace(
            self,
            example=example,
            scores=self.scores[places],
            terms=self.terms.take(places),
            sampled=self.sampled[places],
        )

    def bare(self) -> Part:
        """The labelled blocks without their markup, and the scores of the words alone."""
        listed = self.take(np.flatnonzero(self.labelled))
        return replace(listed, example=as_lines(self.example), scores=listed.scores[:, : len(LABELS)])

    def folded(self) -> Part:
        """As it is read: of what the page repeats one block, with the commonest label."""
        folded = fold_page(self.example.page)
        example = replace(self.example, page=folded.page, labels=folded.labels(self.example.labels))
        return replace(self.take(folded.read), example=example)

    def crop(self, weight: float, random: np.random.Generator) -> Part:
        """A few of its blocks: what very short input looks like.

        Half of the bare texts skip blocks, so that body and boilerplate lie closer to each other than on pages.
        """
        labelled = np.flatnonzero(self.labelled)
        length = int(random.integers(1, _LONGEST_CROP + 1))
        if self.head == "text" and random.random() < _SKIPPING:
            chosen = random.choice(labelled, size=min(length, len(labelled)), replace=False)
            return replace(self.take(np.sort(chosen)), weight=weight)
        first = int(labelled[int(random.integers(len(labelled)))])
        cropped = self.take(np.arange(first, min(first + length, len(self.example.labels))))
        if self.head == "html" and random.random() < _MISSED:
            # trafilatura often finds nothing on a page with so little text
            page = cropped.example.page
            blocks = tuple(b._replace(dom=b.dom._replace(extracted=False)) for b in page.blocks if b.dom)
            cropped = replace(cropped, example=replace(cropped.example, page=replace(page, blocks=blocks)))
        return replace(cropped, weight=weight)
