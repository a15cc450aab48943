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
    Units,
    View,
    different,
    hash_pairs,
    hash_words,
    is_word,
    split_words,
    term_bags,
    words_view,
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
        # casefolded, as the list that they are from: "große" is known as "grosse"
        hashes = hash_words([word.casefold() for word in words])
        places = np.minimum(np.searchsorted(self.keys, hashes), len(self.keys) - 1)
        found = np.where(self.keys[places] == hashes, self.classes[places].astype(np.int64), _UNKNOWN)
        marks = np.array([not is_word(word) for word in words], dtype=bool)
        return np.where(marks, self.coarser.shape[1] + hashes.astype(np.int64) % _MARKS, found)


@dataclass(frozen=True, slots=True)
class Classed:
    """The words of several texts as their classes.

    Attributes:
        tokenized: the texts.
        units: their words or, in scripts without spaces, their pairs of characters.
        finest: the finest class of each unit, shape (units,), text after text; see ``WordClasses.of``.
        known: which units have a class, shape (units,).
        coarser: as in ``WordClasses``.
    """

    tokenized: Tokens
    units: Units
    finest: NDArray[np.int64]
    known: NDArray[np.bool_]
    coarser: NDArray[np.uint16]


def classify(tokenized: Tokens, classes: WordClasses) -> Classed:
    """Look the words of texts up."""
    units = split_words(tokenized)
    finest = classes.of(units.vocabulary)
    known = (finest != _UNKNOWN) & (finest < classes.coarser.shape[1])
    return Classed(tokenized, units, finest[units.ids], known[units.ids], classes.coarser)


def class_view(classed: Classed) -> View:
    """Hash the classes of the words of texts, and those of pairs of neighbours, into ``CLASS_BUCKETS`` features.

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
            different(owners[known], hash_pairs(codes[known], np.zeros_like(codes[known]), level), 1 << 32),
            different(owners[:-1][together], hash_pairs(codes[:-1][together], codes[1:][together], level), 1 << 32),
        ]
    return View(
        tuple((1, Bags.of(whose, features & (CLASS_BUCKETS - 1), classed.units.texts)) for whose, features in found)
    )


def text_view(classed: Classed, buckets: int) -> View:
    """All hashed features of texts: ``buckets`` of their words, then ``CLASS_BUCKETS`` of the words' classes."""
    words, classes = words_view(classed.tokenized, buckets), class_view(classed)
    return View(words.kinds + tuple((times, kind.flat().shifted(buckets)) for times, kind in classes.kinds))


def topic_bags(classed: Classed, buckets: int) -> Bags:
    """Hash what tells the topic of each text into ``buckets`` (a power of two): its terms and its finest classes."""
    known = classed.known
    whose, found = different(classed.units.owners[known], classed.finest[known], classed.coarser.shape[1])
    hashed = hash_pairs(found, np.zeros_like(found), _TOPIC_SEED) & (buckets - 1)
    return Bags.together([term_bags(classed.units, buckets), Bags.of(whose, hashed, classed.units.texts)])
