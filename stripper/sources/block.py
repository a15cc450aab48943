"""The evidence on one block: what every source hands to the tagger.

A page has hundreds of them, so they are named tuples, which take a quarter of the time that frozen data classes take.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, NamedTuple

from stripper.document import Declaration

FLAGS: Final[dict[str, int]] = {
    tag: 1 << bit
    for bit, tag in enumerate(
        "article main aside footer nav header form ul ol table figure blockquote section dl button label".split()
    )
}
# kana, ideographs, Hangul: scripts in which a character is a syllable or a word
_DENSE: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_LETTERS_SAVED: Final = 1.5


class Node(NamedTuple):
    """A block-level element on the way from the root to a block.

    Attributes:
        tag: its name.
        words: its tag and the words of its class, id, role and other telling attributes.
        around: its words and those of the elements around it, innermost first, up to a limit.
        parent: the block-level element around it, ``None`` for the outermost.
        depth: how many block-level elements are around it.
        flags: bit set of the kinds of element (``FLAGS``) among it and its ancestors.
        hidden: whether it or an ancestor is marked as not shown.
        signature: hash of the tags and classes of it and its two nearest ancestors; blocks that the
            page's template repeats have it in common.
        number: its place among the page's block-level elements, which tells siblings.
    """

    tag: str
    words: tuple[str, ...]
    around: tuple[str, ...]
    parent: Node | None
    depth: int
    flags: int
    hidden: bool
    signature: int
    number: int


class Dom(NamedTuple):
    """What the page's markup says about a block.

    Attributes:
        node: the innermost block-level element that holds it.
        inline: words of the tags and classes of inline elements inside it.
        links: targets of its links, as they are written.
        link_chars: how many of its characters are inside links.
        extracted: whether trafilatura took it for main text.
        title_like: how much it resembles the page's declared title, 0 to 1.
        declared: 1 if the text that the page declares as the article holds it, -1 if not, 0 if there is none or the
            block is short.
        stands_for: how many blocks it stands for where a page repeats itself, itself included.
    """

    node: Node
    inline: tuple[str, ...]
    links: tuple[str, ...]
    link_chars: int
    extracted: bool
    title_like: float
    declared: float
    stands_for: int = 1


class Block(NamedTuple):
    """A paragraph-like unit: its text, its place in the input, and its markup if there is any."""

    text: str
    start: int | None = None
    end: int | None = None
    xpath: str | None = None
    dom: Dom | None = None

    @property
    def extent(self) -> float:
        """Its length in letters of an alphabet, without indentation; an ideograph says as much as 2.5 letters.

        >>> Block("The ferry").extent, Block("渡船停航").extent
        (9, 10.0)
        """
        text = self.text.strip()
        return len(text) + (0 if text.isascii() else _LETTERS_SAVED * len(_DENSE.findall(text)))


@dataclass(frozen=True, slots=True)
class Page:
    """A document cut into blocks.

    Attributes:
        blocks: in document order.
        title: the declared title of an HTML page.
        url: the caller's, else the page's canonical address.
        source: the text input itself, ``None`` for HTML.
        access: what an HTML page declares about who may read it.
        gated: the paths of the elements that it declares to be for some only, ``None`` if it names none.
    """

    blocks: tuple[Block, ...]
    title: str | None = None
    url: str | None = None
    source: str | None = None
    access: tuple[Declaration, ...] = ()
    gated: frozenset[str] | None = None
