"""Classes of words that mean about the same, in any language, as features beside the words themselves.

What a tagger learns from "unterstützen" in one language it then knows of "support" and "поддержите" too. Classes of
words are an old device for data that is scarce (Brown et al., "Class-Based n-gram Models of Natural Language",
Computational Linguistics 18, 1992); these are clusters of multilingual embeddings
(``stripper.training.classes`` makes them), at several levels of detail. Only hashes of words are stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from stripper.tagging.words import Bags, Tokens, different, hash_pairs, hash_words, split_words, text_bags, units

CLASS_BUCKETS: Final = 1 << 15
# numbers, punctuation, the text's ends: they have no class, but stand in pairs with the words beside them
_MARKS: Final = 64
_UNKNOWN: Final = -1


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

    def of(self, words: tuple[str, ...]) -> NDArray[np.int64]:
        """The finest class of each word, -1 for unknown ones; marks have numbers beyond those of the classes."""
        hashes = hash_words(words)
        if not len(self.keys):
            return np.full(len(words), _UNKNOWN, dtype=np.int64)
        places = np.minimum(np.searchsorted(self.keys, hashes), len(self.keys) - 1)
        found = np.where(self.keys[places] == hashes, self.classes[places].astype(np.int64), _UNKNOWN)
        marks = np.array([not word[0].isalpha() for word in words], dtype=bool)
        return np.where(marks, self.coarser.shape[1] + hashes.astype(np.int64) % _MARKS, found)


def class_bags(tokenized: Tokens, classes: WordClasses) -> Bags:
    """Hash the classes of the words of texts, and those of pairs of neighbours, into ``CLASS_BUCKETS`` features.

    No class or pair counts twice.
    """
    vocabulary, sequence, owners = split_words(tokenized, units)
    finest = classes.of(vocabulary)[sequence]
    beyond = classes.coarser.shape[1]
    together = (owners[:-1] == owners[1:]) & (finest[:-1] != _UNKNOWN) & (finest[1:] != _UNKNOWN)
    known = (finest != _UNKNOWN) & (finest < beyond)
    found: list[NDArray[np.int64]] = []
    whose: list[NDArray[np.int64]] = []
    for level, own in enumerate([np.arange(beyond), *classes.coarser.astype(np.int64)]):
        codes = np.concatenate([own, np.arange(beyond, beyond + _MARKS), [_UNKNOWN]])[finest]
        pairs = hash_pairs(codes[:-1][together] + 1, codes[1:][together] + 1, level)
        for owner, features in (
            (owners[known], hash_pairs(codes[known] + 1, np.zeros(known.sum(), np.int64), level)),
            (owners[:-1][together], pairs),
        ):
            holders, values = different(owner, features, 1 << 32)
            whose.append(holders)
            found.append(values)
    return Bags.of(np.concatenate(whose), np.concatenate(found) & (CLASS_BUCKETS - 1), len(tokenized.counts))


def text_view(tokenized: Tokens, classes: WordClasses, buckets: int) -> Bags:
    """All hashed features of texts: ``buckets`` of their words, then ``CLASS_BUCKETS`` of the words' classes."""
    return text_bags(tokenized, buckets).beside(class_bags(tokenized, classes), buckets)
