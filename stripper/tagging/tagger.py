"""The fitted tagger: from blocks to probabilities of the labels, in NumPy alone.

Its parameters are those of the scikit-learn estimators that ``stripper.training.fit`` trains; a test
proves that both give the same probabilities. scikit-learn itself takes a second to import, so the path
that users wait for does without.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from stripper.labels import LABELS
from stripper.sources.block import Page
from stripper.tagging.classes import CLASS_BUCKETS, Classed, Facts, WordClasses, classify, context_view, topic_bags
from stripper.tagging.features import Floats, Head, markup_bags
from stripper.tagging.folding import fold_page
from stripper.tagging.memory import Memory
from stripper.tagging.reading import Evidence, places_of, read
from stripper.tagging.shape import shapes
from stripper.tagging.words import Grouped, View, different_tokens, tokenize

CLIP = 5.0
"""Standardised columns are cut off at this many standard deviations."""
LONGEST = 4096
"""So many blocks are read at a time."""
REMEMBERED = 1 << 16
"""So many words are remembered: about 15 MB."""


@dataclass(frozen=True, slots=True)
class Linear:
    """One-against-rest logistic regression over hashed features (``SGDClassifier``, log loss).

    A text's features are divided by their Euclidean norm. It is added up beside the scores: each is looked up once.

    Attributes:
        rows: of every feature, the coefficients, multiplied with its importance (inverse document frequency), and
            then the square of its importance, shape (buckets, labels + 1).
        intercepts: shape (labels,).
    """

    rows: Floats
    intercepts: Floats

    @classmethod
    def of(cls, coefficients: Floats, intercepts: Floats, importance: Floats) -> Linear:
        """Put together from the multiplied coefficients, shape (buckets, labels), and the importance, (buckets,)."""
        rows = np.empty((len(coefficients), coefficients.shape[1] + 1), np.float32)
        rows[:, :-1] = coefficients
        np.square(importance, out=rows[:, -1], dtype=np.float32, casting="unsafe")
        return cls(rows, intercepts)

    @property
    def buckets(self) -> int:
        """The size of the hashed feature space."""
        return len(self.rows)

    def predict_proba(self, view: View | Grouped) -> Floats:
        """Shape (texts, labels); each row sums to one."""
        return self.probabilities(view.project(self.rows))

    def probabilities(self, sums: Floats) -> Floats:
        """The same from the rows of each text's features, added up, shape (texts, labels + 1)."""
        norms = np.sqrt(np.where(sums[:, -1:] > 0, sums[:, -1:], 1))
        odds = sums[:, :-1] / norms + self.intercepts
        probabilities = 1 / (1 + np.exp(-odds))
        totals = probabilities.sum(axis=1, keepdims=True)
        normalised: Floats = (probabilities / np.maximum(totals, 1e-12)).astype(np.float32)
        return normalised


@dataclass(frozen=True, slots=True)
class Networks:
    """Several one-layer perceptrons (``MLPClassifier``) over standardised rows; their mean counts.

    Attributes:
        mean, scale: of the columns, shape (columns,).
        hidden, hidden_bias: shape (columns, networks * units) and (networks * units,).
        output, output_bias: shape (networks, units, labels) and (networks, labels).
    """

    mean: Floats
    scale: Floats
    hidden: Floats
    hidden_bias: Floats
    output: Floats
    output_bias: Floats

    def predict_proba(self, table: Floats) -> Floats:
        """Shape (rows, labels); each row sums to one."""
        standard = table - self.mean
        # in place: the rows are long, and new memory for each step takes longer than the step
        standard /= self.scale
        np.clip(standard, -CLIP, CLIP, out=standard)
        active: Floats = np.matmul(standard, self.hidden)
        active += self.hidden_bias
        np.maximum(active, 0, out=active)
        networks, units, _ = self.output.shape
        # (networks, rows, units) @ (networks, units, labels)
        scores: Floats = np.matmul(active.reshape(-1, networks, units).swapaxes(0, 1), self.output)
        scores += self.output_bias[:, None]
        mean: Floats = _softmax(scores).mean(axis=0)
        return mean


@dataclass(frozen=True, slots=True)
class Readers:
    """A head: networks that read a document, and networks that read it again in the light of the first verdicts.

    Attributes:
        first, second: the networks of each reading.
        temperature: the log-probabilities are divided by it, which calibrates them
            (Guo et al., "On Calibration of Modern Neural Networks", ICML 2017, arXiv:1706.04599).
    """

    first: Networks
    second: Networks
    temperature: float


@dataclass(frozen=True, slots=True)
class Tagger:
    """Everything that is learned.

    Attributes:
        classes: of words, for the text of a block.
        words: scores the text of a block: first its hashed words, then their classes.
        markup: scores the words of its markup.
        rarity: the weight of every term in comparing blocks, shape (buckets,).
        heads: read both, with all the context, one for HTML and one for bare text.
    """

    classes: WordClasses
    words: Linear
    markup: Linear
    rarity: Floats
    heads: Mapping[Head, Readers]
    _facts: Memory[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Begin without a memory of words."""
        buckets = self.words.buckets - CLASS_BUCKETS
        work_out = partial(Facts.of, classes=self.classes, rows=self.words.rows[:buckets])
        object.__setattr__(self, "_facts", Memory(work_out, REMEMBERED))

    def __reduce__(self) -> tuple[type[Tagger], tuple[Any, ...]]:
        """Another process begins without memories."""
        return Tagger, (self.classes, self.words, self.markup, self.rarity, self.heads)

    def predict_proba(self, pages: Sequence[Page], head: Head) -> list[Floats]:
        """Probabilities of ``LABELS`` for each block of each page, evaluated in batches.

        Of what a page repeats one block is read (see ``fold_page``). A document of more than ``LONGEST`` blocks is
        read in pieces of as many, as if they were documents: time and memory are linear.

        Args:
            pages: documents from one of the sources.
            head: "html" for pages whose blocks have markup, else "text".

        Returns:
            for each page an array of shape (blocks, labels); rows sum to one.
        """
        empty = np.zeros((0, len(LABELS)), np.float32)
        folded = [fold_page(page) for page in pages]
        pieces = [_pieces(own.page) for own in folded]
        batches = _batches([piece for own in pieces for piece in own])
        predicted = iter([found for batch in batches for found in self._predict(batch, head)])
        read = [np.concatenate([empty, *(next(predicted) for _ in own)]) for own in pieces]
        return [found.take(own.of, axis=0) for found, own in zip(read, folded, strict=True)]

    def _predict(self, filled: Sequence[Page], head: Head) -> list[Floats]:
        classed = self._classify([block.text for page in filled for block in page.blocks])
        readings = {of: (readers.first, readers.second) for of, readers in self.heads.items()}
        evidence = Evidence(
            pages=filled,
            scores=self._scores(filled, classed, head),
            looks=shapes([block for page in filled for block in page.blocks]),
            terms=topic_bags(classed, len(self.rarity)),
            rarity=self.rarity,
        )
        softened = soften(read(evidence, head, readings), self.heads[head].temperature)
        return [softened[own] for own in places_of(filled)]

    def _classify(self, texts: Sequence[str]) -> Classed:
        return classify(tokenize(texts), self.classes, lambda words: Facts(*self._facts.of(words)))

    def _scores(self, pages: Sequence[Page], classed: Classed, head: Head) -> Floats:
        """The linear models' probabilities, shape (blocks of all pages, views * labels)."""
        words = different_tokens(classed.tokenized).project(classed.words.sums)
        around = context_view(classed, self.words.buckets - CLASS_BUCKETS).project(self.words.rows)
        views = [self.words.probabilities(words + around)]
        if head == "html":
            views.append(self.markup.predict_proba(markup_bags(pages, self.markup.buckets)))
        return np.concatenate(views, axis=1)


def _pieces(page: Page) -> list[Page]:
    if 0 < len(page.blocks) <= LONGEST:
        return [page]
    return [replace(page, blocks=page.blocks[start : start + LONGEST]) for start in range(0, len(page.blocks), LONGEST)]


def _batches(pages: Sequence[Page]) -> list[list[Page]]:
    """Consecutive pages that together have no more blocks than one page may have."""
    batches: list[list[Page]] = []
    count = LONGEST
    for page in pages:
        count += len(page.blocks)
        if count > LONGEST:
            batches.append([])
            count = len(page.blocks)
        batches[-1].append(page)
    return batches


def _softmax(scores: Floats) -> Floats:
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    normalised: Floats = powers / powers.sum(axis=-1, keepdims=True)
    return normalised


def soften(probabilities: Floats, temperature: float) -> Floats:
    """Divide log-probabilities by a temperature and normalise again; shape unchanged."""
    return _softmax((np.log(np.maximum(probabilities, 1e-9)) / temperature).astype(np.float32))
