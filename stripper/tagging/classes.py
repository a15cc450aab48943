"""Classes of words that mean about the same, in any language, as features beside the words themselves.

What a tagger learns from "unterstützen" in one language it then knows of "support" and "поддержите" too. Classes of
words are an old device for data that is scarce (Brown et al., "Class-Based n-gram Models of Natural Language",
Computational Linguistics 18, 1992); these are clusters of multilingual embeddings
(``stripper.training.classes`` makes them), at several levels of detail. Only hashes of words are stored.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stripper.tagging.words import (
    Bags,
    Grouped,
    Tokens,
    Units,
    View,
    different,
    different_tokens,
    gram_bags,
    hash_pairs,
    hash_terms,
    hash_words,
    is_word,
    pairs_kind,
    split_words,
    term_bags,
)

CLASS_BUCKETS: Final = 1 << 15
# numbers, punctuation, the text's ends: they have no class, but stand in pairs with the words beside them
_MARKS: Final = 64
_UNKNOWN: Final = -1
_TOPIC_SEED: Final = 77
_NO_ROWS: Final = np.zeros((1, 0), np.float32)


@dataclass(frozen=True, slots=True)
class WordClasses:
    """The classes of all words that have one.

    Attributes:
        keys: the words' hashes (``hash_words``), ascending, shape (words,).
        classes: the finest class of each, shape (words,).
        coarser: for each level of less detail, the class that each finest class belongs to, shape (levels, classes).
    """

    keys: NDArray[np.uint32]
    classes: NDArray[np.uint16]
    coarser: NDArray[np.uint16]

    def of(self, words: Sequence[str]) -> NDArray[np.int64]:
        """The finest class of each word, -1 for unknown ones; marks have numbers beyond those of the classes."""
        # casefolded, as the list that they are from: "große" is known as "grosse"
        hashes = hash_words([word.casefold() for word in words])
        places = np.minimum(np.searchsorted(self.keys, hashes), len(self.keys) - 1)
        found = np.where(self.keys[places] == hashes, self.classes[places].astype(np.int64), _UNKNOWN)
        marks = np.array([not is_word(word) for word in words], dtype=bool)
        return np.where(marks, self.coarser.shape[1] + hashes.astype(np.int64) % _MARKS, found)


class Facts(NamedTuple):
    """What is known of words wherever they stand: columns with a row for each word, as a ``Memory`` keeps them.

    Attributes:
        hashes: see ``hash_words``.
        terms: see ``hash_terms``.
        finest: the class, see ``WordClasses.of``.
        sums: of the rows that a linear model has for its features (``gram_bags``), shape (words, outputs).
    """

    hashes: NDArray[np.uint32]
    terms: NDArray[np.int64]
    finest: NDArray[np.int64]
    sums: NDArray[np.float32]

    @classmethod
    def of(cls, words: Sequence[str], classes: WordClasses, rows: NDArray[np.float32] = _NO_ROWS) -> Facts:
        """Work them out.

        Args:
            words: different ones.
            classes: of words.
            rows: a linear model's, of as many features as are told apart, a power of two.
        """
        sums = gram_bags(words, len(rows)).project(rows)
        return cls(hash_words(words), hash_terms(words), classes.of(words), sums)


@dataclass(frozen=True, slots=True)
class Classed:
    """The words of several texts as their classes.

    Attributes:
        tokenized: the texts.
        words: the facts of its vocabulary.
        units: their words or, in scripts without spaces, their pairs of characters.
        facts: of the units' vocabulary.
        finest: the finest class of each unit, shape (units,), text after text; see ``WordClasses.of``.
        known: which units have a class, shape (units,).
        coarser: as in ``WordClasses``.
    """

    tokenized: Tokens
    words: Facts
    units: Units
    facts: Facts
    finest: NDArray[np.int64]
    known: NDArray[np.bool_]
    coarser: NDArray[np.uint16]


def classify(
    tokenized: Tokens, classes: WordClasses, look_up: Callable[[Sequence[str]], Facts] | None = None
) -> Classed:
    """Look the words of texts up.

    Args:
        tokenized: the texts.
        classes: of words.
        look_up: who knows the facts about words, if they need not be worked out.
    """
    look_up = look_up or partial(Facts.of, classes=classes)
    units = split_words(tokenized)
    facts = words = look_up(tokenized.vocabulary)
    if units.vocabulary is not tokenized.vocabulary:
        facts = look_up(units.vocabulary)
    known = (facts.finest != _UNKNOWN) & (facts.finest < classes.coarser.shape[1])
    finest = facts.finest.take(units.ids)
    return Classed(tokenized, words, units, facts, finest, known.take(units.ids), classes.coarser)


def class_view(classed: Classed, first: int = 0) -> View:
    """Hash the classes of words, and of pairs of neighbours, into ``CLASS_BUCKETS`` features from ``first`` on.

    No class or pair counts twice.
    """
    finest, owners, known = classed.finest, classed.units.owners, classed.known
    beyond = classed.coarser.shape[1]
    together = (owners[:-1] == owners[1:]) & (finest[:-1] != _UNKNOWN) & (finest[1:] != _UNKNOWN)
    marks = [*range(beyond, beyond + _MARKS), _UNKNOWN]
    found = []
    for level, own in enumerate([np.arange(beyond), *classed.coarser]):
        # the last one is that of the unknown: place -1
        codes = np.concatenate([own.astype(np.int64), marks])[finest] + 1
        found += [
            different(owners[known], hash_pairs(codes[known], np.zeros_like(codes[known]), level)),
            different(owners[:-1][together], hash_pairs(codes[:-1][together], codes[1:][together], level)),
        ]
    low = CLASS_BUCKETS - 1
    return View(tuple((1, Bags.of(whose, first + (hashes & low), classed.units.texts)) for whose, hashes in found))


def text_view(classed: Classed, buckets: int) -> View:
    """All hashed features of texts: ``buckets`` of their words, then ``CLASS_BUCKETS`` of the words' classes."""
    words = Grouped(gram_bags(classed.tokenized.vocabulary, buckets), different_tokens(classed.tokenized))
    return View(((1, words), *context_view(classed, buckets).kinds))


def context_view(classed: Classed, buckets: int) -> View:
    """Those of the features of ``text_view`` that do not belong to a word alone."""
    pairs = pairs_kind(classed.tokenized, classed.words.hashes, buckets)
    return View((pairs, *class_view(classed, buckets).kinds))


def topic_bags(classed: Classed, buckets: int) -> Bags:
    """Hash what tells the topic of each text into ``buckets`` (a power of two): its terms and its finest classes."""
    known, units = classed.known, classed.units
    whose, found = different(units.owners[known], classed.finest[known])
    hashed = hash_pairs(found, np.zeros_like(found), _TOPIC_SEED) & (buckets - 1)
    terms = term_bags(units, classed.facts.terms, buckets)
    return Bags.together([terms, Bags.of(whose, hashed, units.texts)])
