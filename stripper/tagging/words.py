"""Words of a block as hashed features, the same for training and use.

Feature hashing: Weinberger et al., "Feature Hashing for Large Scale Multitask Learning", ICML 2009
(arXiv:0902.2206). A text's features are its words, pairs of neighbouring words, and the
character 2- to 5-grams inside each word, which carry over to related words and languages and are all
there is in scripts without spaces. No word or pair counts twice. No vocabulary is stored.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, Final, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

# Vowel signs of Indic scripts, Thai and the like are not \w for Python, but belong to the word.
_TOKEN = re.compile(r"[\w\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0900-\u0eff\u1000-\u109f\u1780-\u17ff]+|[^\w\s]")
# without the middle dot of Japanese, which is a mark
_NO_SPACES = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30fa\u30fc-\u30ff\u3400-\u9fff\uf900-\ufaff]"
)
_DIGITS = re.compile(r"\d+")
_BEGINNING, _END = "\x02", "\x03"
_HEAD, _TAIL = 700, 300
_NGRAMS: Final = (2, 3, 4, 5)
_MAX_WORD = 60
# a word has many n-grams: counted as often as this, it and its pairs weigh about as much as they do
_EMPHASIS: Final = 3
_STEM: Final = 6
_BASE: Final = np.uint32(16777619)  # FNV-1's prime, as multiplier of a polynomial hash
_MIX: Final = np.uint32(2654435769)  # Knuth's multiplicative hash: 2**32 / golden ratio
_PAIR: Final = np.uint32(0x9E3779B1)
_WORD_SEED: Final = np.uint32(0x85EBCA6B)
_BITS: Final = 32
_LOW: Final = (1 << _BITS) - 1


Place: TypeAlias = Literal["inline", "own", "parent", "grandparent", "around", "link"]
PlacedWords: TypeAlias = tuple[Place, tuple[str, ...]]
_PLACES: Final[tuple[Place, ...]] = get_args(Place)


@dataclass(frozen=True, slots=True)
class Bags:
    """Hashed features of several texts, in the layout of a SciPy CSR matrix.

    Attributes:
        indices: shape (nonzeros,), the feature numbers, text after text; a feature may occur twice.
        indptr: shape (texts + 1,), where each text's features begin.
    """

    indices: NDArray[np.int64]
    indptr: NDArray[np.int64]

    @classmethod
    def of(cls, owners: NDArray[np.int64], features: NDArray[np.int64], texts: int) -> Bags:
        """Put together from the feature numbers and the text that each belongs to, text after text."""
        return cls(features, pointer(np.bincount(owners, minlength=texts)))

    @property
    def lengths(self) -> NDArray[np.int64]:
        """How many features each text has, shape (texts,)."""
        return self.indptr[1:] - self.indptr[:-1]

    @classmethod
    def together(cls, bags: Sequence[Bags]) -> Bags:
        """Each text's features from all of several bags of the same texts."""
        texts = np.arange(len(bags[0].indptr) - 1)
        owners = np.concatenate([np.repeat(texts, own.lengths) for own in bags])
        order = np.argsort(owners, kind="stable")
        return cls.of(owners[order], np.concatenate([own.indices for own in bags])[order], len(texts))

    def take(self, places: NDArray[np.int64]) -> Bags:
        """The bags of some of the texts."""
        lengths = self.lengths[places]
        chosen = self.indices.take(ranges(self.indptr[:-1][places], lengths))
        return Bags(chosen, pointer(lengths))

    def flat(self) -> Bags:
        """These bags themselves."""
        return self

    def project(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Add up the rows of each text's features, shape (features, outputs): shape (texts, outputs)."""
        return _segment_sums(rows.take(self.indices, axis=0), self.indptr)


@dataclass(frozen=True, slots=True)
class Grouped:
    """Bags of texts whose features come in groups that recur, such as those of one word: each group is stored once.

    Attributes:
        groups: the features of each group.
        texts: the numbers of each text's groups, in the place of features.
    """

    groups: Bags
    texts: Bags

    def project(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """As ``Bags.project``; each group is added up once."""
        return self.texts.project(self.groups.project(rows))

    def flat(self) -> Bags:
        """The same without groups."""
        taken = self.groups.take(self.texts.indices)
        return Bags(taken.indices, taken.indptr[self.texts.indptr])


@dataclass(frozen=True, slots=True)
class View:
    """All that is seen of several texts: the sum of bags of several kinds.

    Attributes:
        kinds: bags of all the texts, and how often each feature in them counts.
    """

    kinds: tuple[tuple[int, Bags | Grouped], ...]

    def project(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """As ``Bags.project``."""
        projected: NDArray[np.float32] = np.sum([times * kind.project(rows) for times, kind in self.kinds], axis=0)
        return projected

    def flat(self) -> Bags:
        """All features of each text in one bag."""
        return Bags.together([kind.flat() for times, kind in self.kinds for _ in range(times)])


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of several texts, each different one stored once.

    Attributes:
        vocabulary: the different tokens.
        ids: shape (tokens,), their places in the vocabulary, text after text.
        counts: shape (texts,), how many tokens each text has.
    """

    vocabulary: tuple[str, ...]
    ids: NDArray[np.int64]
    counts: NDArray[np.int64]

    @property
    def owners(self) -> NDArray[np.int64]:
        """The text of each token, shape (tokens,)."""
        return np.repeat(np.arange(len(self.counts)), self.counts)


@dataclass(frozen=True, slots=True)
class Units:
    """The units of several texts (see ``split_words``), each different one stored once.

    Attributes:
        vocabulary: the different units.
        ids: shape (units,), their places in the vocabulary, text after text.
        owners: shape (units,), the text of each.
        texts: how many texts there are.
    """

    vocabulary: tuple[str, ...]
    ids: NDArray[np.int64]
    owners: NDArray[np.int64]
    texts: int


def tokens(text: str) -> list[str]:
    """Lower-case words and single punctuation marks; a number is "0"; long texts lose their middle.

    >>> tokens("Support us from $2.50 a month!")
    ['support', 'us', 'from', '$', '0', '.', '0', 'a', 'month', '!']
    """
    return _tokens(_shortened(text))


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(_DIGITS.sub("0", text.lower()))


def _shortened(text: str) -> str:
    return text if len(text) <= _HEAD + _TAIL else f"{text[:_HEAD]} {text[-_TAIL:]}"


def tokenize(texts: Sequence[str]) -> Tokens:
    """The tokens of several texts, each between a mark of its beginning and one of its end."""
    # all at once: the marks are tokens themselves, which no word reaches across
    marked = f"{_END}{_BEGINNING}".join([_shortened(text).replace(_END, " ") for text in texts])
    found = _tokens(f"{_BEGINNING}{marked}{_END}") if texts else []
    vocabulary = {token: number for number, token in enumerate(dict.fromkeys(found))}
    ids = np.fromiter(map(vocabulary.__getitem__, found), np.int64, len(found))
    ends = np.flatnonzero(ids == vocabulary[_END]) if texts else ids
    return Tokens(tuple(vocabulary), ids, np.diff(ends, prepend=-1))


def gram_bags(words: Sequence[str], buckets: int) -> Bags:
    """Hash the n-grams of each word and the word itself into ``buckets`` features."""
    grams, indptr, _ = _word_features(words)
    return Bags(_in_buckets(grams, buckets), indptr)


def different_tokens(tokenized: Tokens) -> Bags:
    """The different tokens of each text, by their places in the vocabulary."""
    return Bags.of(*different(tokenized.owners, tokenized.ids), len(tokenized.counts))


def pairs_kind(tokenized: Tokens, hashes: NDArray[np.uint32], buckets: int) -> tuple[int, Bags]:
    """Hash the different pairs of neighbouring tokens into ``buckets`` features, and how often each counts.

    Args:
        tokenized: the texts.
        hashes: of the vocabulary, see ``hash_words``.
        buckets: a power of two.
    """
    owners = tokenized.owners
    same = owners[:-1] == owners[1:]
    own = hashes.take(tokenized.ids)
    with np.errstate(over="ignore"):
        hashed = _finish(own[:-1][same] * _PAIR ^ own[1:][same])
    whose, pairs = different(owners[:-1][same], hashed)
    return _EMPHASIS, Bags.of(whose, _in_buckets(pairs, buckets), len(tokenized.counts))


def _in_buckets(hashes: NDArray[Any], buckets: int) -> NDArray[np.int64]:
    numbers: NDArray[np.int64] = (hashes & hashes.dtype.type(buckets - 1)).astype(np.int64)
    return numbers


def different(owners: NDArray[np.int64], values: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The different values, numbers of 32 bits, of each owner."""
    # as np.unique, which hashes first and then sorts: for so few values sorting alone takes half the time
    keys = np.sort(owners << _BITS | values.astype(np.int64))
    kept = keys[np.concatenate([[True], keys[1:] != keys[:-1]])[: len(keys)]]
    return kept >> _BITS, kept & _LOW


def split_words(tokenized: Tokens) -> Units:
    """The texts in units: words or, in scripts without spaces between words, pairs of characters."""
    owners = tokenized.owners
    if not is_spaceless("".join(tokenized.vocabulary)):
        return Units(tokenized.vocabulary, tokenized.ids, owners, len(tokenized.counts))
    numbers: dict[str, int] = {}
    split = [_units(word) for word in tokenized.vocabulary]
    flat = np.array([numbers.setdefault(unit, len(numbers)) for own in split for unit in own], dtype=np.int64)
    per_word = np.array([len(own) for own in split], dtype=np.int64)
    lengths = per_word[tokenized.ids]
    sequence = flat[ranges(pointer(per_word)[tokenized.ids], lengths)]
    return Units(tuple(numbers), sequence, np.repeat(owners, lengths), len(tokenized.counts))


def hash_terms(units: Sequence[str]) -> NDArray[np.int64]:
    """A hash of what tells the topic in each unit, whatever the inflection, its first letters; -1 if it is no word."""
    hashes = _finish(hash_words([unit[:_STEM] for unit in units])).astype(np.int64)
    return np.where(np.array([is_word(unit) for unit in units], dtype=bool), hashes, -1)


def term_bags(units: Units, terms: NDArray[np.int64], buckets: int) -> Bags:
    """Hash the different terms of each text into ``buckets``.

    Args:
        units: of the texts.
        terms: of the vocabulary, see ``hash_terms``.
        buckets: a power of two.
    """
    own = terms.take(units.ids)
    owners, found = different(units.owners[own >= 0], _in_buckets(own[own >= 0], buckets))
    return Bags.of(owners, found, units.texts)


def _units(word: str) -> Sequence[str]:
    """A word as it is or, in scripts without spaces between words, its pairs of characters.

    >>> _units("support"), _units("寄付金"), _units("0月号")
    (('support',), ['寄付', '付金'], ['0月', '月号'])
    """
    return (_pairs(word) if is_spaceless(word) else ()) or (word,)


def is_word(unit: str) -> bool:
    """Whether a unit is a word or a part of one, not a number or a mark.

    >>> [is_word(unit) for unit in ("support", "寄付", "\u0e31\u0e1a", "0", "$")]
    [True, True, True, False, False]
    """
    return unit[0].isalpha() or is_spaceless(unit)


def is_spaceless(word: str) -> bool:
    """Whether a token is in a script without spaces between words, so that it may be a whole sentence."""
    return not word.isascii() and bool(_NO_SPACES.search(word))


def hash_words(words: Sequence[str]) -> NDArray[np.uint32]:
    """A hash of each word, shape (words,)."""
    return _word_features(words, ngrams=())[2]


def hash_pairs(first: NDArray[np.int64], second: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """A 32-bit hash of each pair of numbers."""
    with np.errstate(over="ignore"):
        start = first.astype(np.uint32) * _MIX + np.uint32(seed) * _WORD_SEED
        return _finish(_finish(start) * _PAIR ^ second.astype(np.uint32)).astype(np.int64)


def _pairs(word: str) -> list[str]:
    return [word[place : place + 2] for place in range(min(len(word), _MAX_WORD) - 1)]


def word_bags(lists: Sequence[Sequence[PlacedWords]], buckets: int) -> Grouped:
    """Hash the words of the markup, each together with its place, into ``buckets`` (a power of two) features."""
    # neighbours have most of their surroundings in common, so each different group of words is hashed once
    groups: dict[PlacedWords, int] = {}
    numbers = np.array([groups.setdefault(group, len(groups)) for placed in lists for group in placed], dtype=np.int64)
    words = [word for _, found in groups for word in found]
    sizes = np.array([len(found) for _, found in groups], dtype=np.int64)
    places = np.repeat(np.array([_PLACES.index(place) for place, _ in groups], dtype=np.uint32), sizes)
    vocabulary: dict[str, int] = dict(zip(dict.fromkeys(words), count(), strict=False))
    ids = np.fromiter(map(vocabulary.__getitem__, words), dtype=np.int64, count=len(words))
    word_hash = hash_words(tuple(vocabulary))
    with np.errstate(over="ignore"):
        hashed = _finish(word_hash[ids] + places * _PAIR)
    groups_of = pointer(np.array([len(placed) for placed in lists], dtype=np.int64))
    return Grouped(Bags(_in_buckets(hashed, buckets), pointer(sizes)), Bags(numbers, groups_of))


def _word_features(
    words: Sequence[str], ngrams: tuple[int, ...] = _NGRAMS
) -> tuple[NDArray[np.uint32], NDArray[np.int64], NDArray[np.uint32]]:
    """Hash each word and its n-grams, all at once.

    Returns:
        the features (n-grams of ``<word>``, then the word), their CSR pointer, and a hash a word.
    """
    marked = [f"<{word[:_MAX_WORD]}>" for word in words]
    codes = np.frombuffer("".join(marked).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    lengths = np.array([len(word) for word in marked], dtype=np.int64)
    starts = pointer(lengths)[:-1]
    owner = np.repeat(np.arange(len(words)), lengths)
    with np.errstate(over="ignore"):
        powers = np.concatenate([[np.uint32(1)], np.full(_MAX_WORD + 1, _BASE)]).cumprod(dtype=np.uint32)
        place = np.arange(len(codes)) - np.repeat(starts, lengths)
        word_hash = np.add.reduceat(codes * powers[place], starts) if len(words) else codes
        word_hash = word_hash.astype(np.uint32) * _MIX + _WORD_SEED
        parts, owners = [], []
        for n in ngrams:
            if len(codes) < n:
                continue
            rolling = np.zeros(len(codes) - n + 1, dtype=np.uint32)
            for offset in range(n):
                rolling = rolling * _BASE + codes[offset : len(codes) - n + 1 + offset]
            inside = owner[: len(rolling)] == owner[n - 1 :]
            parts.append(_finish(rolling[inside] + np.uint32(n)))
            owners.append(owner[: len(rolling)][inside])
        parts.append(np.tile(_finish(word_hash), _EMPHASIS))
        owners.append(np.tile(np.arange(len(words)), _EMPHASIS))
    all_owners = np.concatenate(owners)
    order = np.argsort(all_owners, kind="stable")
    return np.concatenate(parts)[order], pointer(np.bincount(all_owners, minlength=len(words))), word_hash


def _finish(hashes: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Spread the high bits into the low ones, which choose the bucket."""
    with np.errstate(over="ignore"):
        mixed = (hashes ^ (hashes >> np.uint32(15))) * _MIX
    return mixed ^ (mixed >> np.uint32(13))


def pointer(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where each of several runs begins in their concatenation, and where the last one ends, shape (runs + 1,)."""
    ends = np.zeros(len(lengths) + 1, np.int64)
    lengths.cumsum(out=ends[1:])
    return ends


def ranges(starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """The concatenation of ``arange(start, start + length)`` for each pair."""
    ends = pointer(lengths)
    numbers: NDArray[np.int64] = np.arange(ends[-1]) + np.repeat(starts - ends[:-1], lengths)
    return numbers


def _segment_sums(rows: NDArray[np.float32], indptr: NDArray[np.int64]) -> NDArray[np.float32]:
    """Sum the rows of each segment: shape (segments, columns); empty segments are zero."""
    sums = np.zeros((len(indptr) - 1, rows.shape[1]), dtype=np.float32)
    filled = (indptr[1:] > indptr[:-1]).nonzero()[0]
    if len(filled):
        sums[filled] = np.add.reduceat(rows, indptr[:-1][filled], axis=0)
    return sums
