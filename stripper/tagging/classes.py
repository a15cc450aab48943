"""Classes of words that mean about the same, in any language, as features beside the words themselves.

What a tagger learns from "unterstützen" in one language it then knows of "support" and "поддержите" too. Classes of
words are an old device for data that is scarce (Brown et al., "Class-Based n-gram Models of Natural Language",
Computational Linguistics 18, 1992); these are clusters of multilingual embeddings
(``stripper.training.classes`` makes them), at several levels of detail. Only hashes of words are stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from stripper.tagging.words import (
    Bags,
    Tokens,
    different,
    hash_pairs,
    hash_words,
    split_words,
    term_bags,
    text_bags,
    units,
)

CLASS_BUCKETS: Final = 1 << 15
# numbers, punctuation, the text's ends: they have no class, but stand in pairs with the words beside them
_MARKS: Final = 64
_UNKNOWN: Final = -1
_TOPIC_SEED: Final = 77


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
        hashes = hash_words(words)
        places = np.minimum(np.searchsorted(self.keys, hashes), len(self.keys) - 1)
        found = np.where(self.keys[places] == hashes, self.classes[places].astype(np.int64), _UNKNOWN)
        marks = np.array([not word[0].isalpha() for word in words], dtype=bool)
        return np.where(marks, self.coarser.shape[1] + hashes.astype(np.int64) % _MARKS, found)


@dataclass(frozen=True, slots=True)
class Classed:
    """The words of several texts as their classes.

    Attributes:
        tokenized: the texts.
        finest: the finest class of each word, shape (words,), text after text; see ``WordClasses.of``.
        owners: the text of each, shape (words,).
        coarser: as in ``WordClasses``.
    """

    tokenized: Tokens
    finest: NDArray[np.int64]
    owners: NDArray[np.int64]
    coarser: NDArray[np.uint16]

    @property
    def known(self) -> NDArray[np.bool_]:
        """Which words have a class, shape (words,)."""
        return np.asarray((self.finest != _UNKNOWN) & (self.finest < self.coarser.shape[1]))


def classify(tokenized: Tokens, classes: WordClasses) -> Classed:
    """Look the words of texts up; in scripts without spaces, their pairs of characters."""
    vocabulary, sequence, owners = split_words(tokenized, units)
    return Classed(tokenized, classes.of(vocabulary)[sequence], owners, classes.coarser)


def class_bags(classed: Classed) -> Bags:
    """Hash the classes of the words of texts, and those of pairs of neighbours, into ``CLASS_BUCKETS`` features.

    No class or pair counts twice.
    """
    finest, owners, known = classed.finest, classed.owners, classed.known
    beyond = classed.coarser.shape[1]
    together = (owners[:-1] == owners[1:]) & (finest[:-1] != _UNKNOWN) & (finest[1:] != _UNKNOWN)
    marks = [*range(beyond, beyond + _MARKS), _UNKNOWN]
    found = []
    for level, own in enumerate([np.arange(beyond), *classed.coarser]):
        # the last one is that of the unknown: place -1
        codes = np.concatenate([own.astype(np.int64), marks])[finest] + 1
        found += [
            different(owners[known], hash_pairs(codes[known], np.zeros_like(codes[known]), level), 1 << 32),
            different(owners[:-1][together], hash_pairs(codes[:-1][together], codes[1:][together], level), 1 << 32),
        ]
    whose, features = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return Bags.of(whose, features & (CLASS_BUCKETS - 1), len(classed.tokenized.counts))


def text_view(classed: Classed, buckets: int) -> Bags:
    """All hashed features of texts: ``buckets`` of their words, then ``CLASS_BUCKETS`` of the words' classes."""
    return text_bags(classed.tokenized, buckets).beside(class_bags(classed), buckets)


def topic_bags(classed: Classed, buckets: int) -> Bags:
    """Hash what tells the topic of each text into ``buckets`` (a power of two): its terms and its finest classes."""
    terms = term_bags(classed.tokenized, buckets)
    known = classed.known
    whose, found = different(classed.owners[known], classed.finest[known], classed.coarser.shape[1])
    hashed = hash_pairs(found, np.zeros_like(found), _TOPIC_SEED) & (buckets - 1)
    return terms.beside(Bags.of(whose, hashed, len(classed.tokenized.counts)), 0)
