"""The look of texts as numbers: length, punctuation, capitals, digits, what they begin and end with.

All texts are looked at together, character by character, as an array of code points. What kind of character each is
comes from a table that is filled when a character is first met.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntFlag, auto
from functools import reduce
from itertools import count
from operator import or_
from typing import Final

import numpy as np
from numpy.typing import NDArray

from stripper.sources.block import Block

SENTENCE_END: Final = tuple('.!?…。！？.।؟"”»“」』)')
_SAMPLE: Final = 80
_SENTENCES: Final = 2
_SHORT, _LONG = 25, 140


class _Kind(IntFlag):
    """What a character is; one may be of several kinds."""

    LETTER = auto()
    UPPER = auto()
    LOWER = auto()
    TITLE = auto()
    DIGIT = auto()
    END = auto()
    STOP = auto()
    QUESTION = auto()
    EXCLAMATION = auto()
    COMMA = auto()
    QUOTE = auto()
    AT = auto()
    MONEY = auto()
    DIVIDER = auto()
    COPYRIGHT = auto()
    BULLET = auto()
    MORE = auto()
    COLON = auto()


_SIGNS: Final[dict[_Kind, str]] = {
    _Kind.END: "".join(SENTENCE_END),
    _Kind.STOP: ".。!?！？",
    _Kind.QUESTION: "?",
    _Kind.EXCLAMATION: "!",
    _Kind.COMMA: ",،、，",
    _Kind.QUOTE: '"“”„«»「」『』‘’',
    _Kind.AT: "@",
    _Kind.MONEY: "$€£¥₽₴₹₩%",
    _Kind.DIVIDER: "|›/",
    _Kind.COPYRIGHT: "©",
    _Kind.BULLET: "-–—•*·",
    _Kind.MORE: "…→»>›",
    _Kind.COLON: ":",
}
_TESTS: Final[dict[_Kind, Callable[[str], bool]]] = {
    _Kind.LETTER: str.isalpha,
    _Kind.UPPER: str.isupper,
    _Kind.LOWER: str.islower,
    _Kind.TITLE: lambda character: character.istitle() and not character.isupper(),
    _Kind.DIGIT: str.isdigit,
}
_UNSEEN: Final = 255


def shapes(blocks: Sequence[Block]) -> NDArray[np.float32]:
    """The look of the text of each block.

    Returns:
        shape (blocks, 26).

    >>> shapes([Block("Subscribe now!")])[0, :3]
    array([2.7080503, 0.04     , 0.875    ], dtype=float32)
    """
    texts = [block.text.strip() for block in blocks]
    characters = _Characters.of(texts)
    first, last = characters.first, characters.last
    length = np.array([block.extent for block in blocks])
    words = np.array([len(text.split()) for text in texts])
    sampled = _Characters.of([text[:_SAMPLE] for text in texts])
    upper = characters.count(_Kind.UPPER)
    columns = [
        np.log1p(length),
        np.minimum(words, 200) / 50,
        length / np.maximum(words, 1) / 8,
        sampled.count(_Kind.UPPER) / np.maximum(sampled.count(_Kind.LETTER), 1),
        sampled.count(_Kind.DIGIT) / np.where(length > 0, length, 1),
        last(_Kind.END),
        last(_Kind.COLON),
        last(_Kind.MORE) | np.array([text.endswith("...") for text in texts], bool),
        first(_Kind.UPPER),
        first(_Kind.LOWER),
        first(_Kind.DIGIT),
        first(_Kind.BULLET),
        np.minimum(characters.count(_Kind.QUESTION), 3),
        np.minimum(characters.count(_Kind.EXCLAMATION), 3),
        np.minimum(characters.count(_Kind.COMMA), 10) / 5,
        characters.count(_Kind.STOP) >= _SENTENCES,
        np.minimum(characters.count(_Kind.QUOTE), 6) / 2,
        ["http" in text or "www." in text for text in texts],
        characters.count(_Kind.AT) > 0,
        characters.count(_Kind.MONEY) > 0,
        characters.count(_Kind.DIVIDER) > 0,
        characters.count(_Kind.COPYRIGHT) > 0,
        length < _SHORT,
        length > _LONG,
        (upper > 0) & (characters.count(_Kind.LOWER | _Kind.TITLE) == 0),
        [text.istitle() for text in texts],
    ]
    return np.array(columns, np.float32).T


class _Alphabet:
    """The sorts of characters that were met: those of the same kinds are of one sort, so there are a few dozen."""

    def __init__(self) -> None:
        self._sorts = np.full(0x110000, _UNSEEN, np.uint8)
        self._numbers: dict[int, int] = {}
        self._next = count()
        self.kinds = np.zeros(_UNSEEN, np.int64)

    def sorts(self, codes: NDArray[np.uint32]) -> NDArray[np.uint8]:
        """The sort of each character; ``kinds`` has at that place what kinds it is of."""
        found = self._sorts.take(codes)
        if len(found) and found.max() == _UNSEEN:
            for code in set(codes[found == _UNSEEN].tolist()):
                self._sorts[code] = self._number(_kind(chr(code)))
            found = self._sorts.take(codes)
        return found

    def _number(self, kind: int) -> int:
        # another thread may be here at the same time: a number is never given twice
        number = self._numbers.get(kind)
        if number is None:
            number = self._numbers.setdefault(kind, next(self._next))
            self.kinds[number] = kind
        return number


_ALPHABET: Final = _Alphabet()


@dataclass(frozen=True, slots=True)
class _Characters:
    """What the characters of several texts are.

    Attributes:
        counts: how many of each sort each text has, shape (texts, sorts).
        ends: the kinds of the first and of the last character of each text, none of an empty one, shape (2, texts).
    """

    counts: NDArray[np.int64]
    ends: NDArray[np.int64]

    @classmethod
    def of(cls, texts: Sequence[str]) -> _Characters:
        codes = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32)
        sorts = _ALPHABET.sorts(codes)
        sizes = np.array([len(text) for text in texts], np.int64)
        most = int(sorts.max(initial=0)) + 1
        owners = np.repeat(np.arange(len(texts)) * most, sizes)
        counts = np.bincount(owners + sorts, minlength=len(texts) * most).reshape(len(texts), most)
        ends, filled = np.zeros((2, len(texts)), np.int64), sizes > 0
        stops = np.cumsum(sizes)[filled]
        ends[:, filled] = _ALPHABET.kinds.take(sorts.take([stops - sizes[filled], stops - 1]))
        return cls(counts, ends)

    def count(self, kind: int) -> NDArray[np.int64]:
        """How many of a kind each text has."""
        found: NDArray[np.int64] = self.counts @ ((_ALPHABET.kinds[: self.counts.shape[1]] & kind) != 0)
        return found

    def first(self, kind: int) -> NDArray[np.bool_]:
        """Whether each text begins with one of a kind."""
        found: NDArray[np.bool_] = (self.ends[0] & kind) != 0
        return found

    def last(self, kind: int) -> NDArray[np.bool_]:
        """Whether each text ends with one of a kind."""
        found: NDArray[np.bool_] = (self.ends[1] & kind) != 0
        return found


def _kind(character: str) -> int:
    kinds = [kind for kind, is_one in _TESTS.items() if is_one(character)]
    kinds += [kind for kind, signs in _SIGNS.items() if character in signs]
    return int(reduce(or_, kinds, _Kind(0)))
