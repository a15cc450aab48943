"""Menus: of a run of links alone, one is read for all.

Two fifths of a page's blocks are such links. Those that follow one another in the same kind of place are nearly
always of one label, be they a menu, a list of related stories or the index of an article.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from stripper.labels import Label
from stripper.sources.block import Block, Page

LINKS_ALONE = 0.9
"""A block is links alone if more than this share of its characters are inside links."""


@dataclass(frozen=True, slots=True)
class Folded:
    """A page with its menus folded.

    Attributes:
        page: with the first block of each menu only, which knows how many it stands for.
        read: shape (blocks of ``page``,), the places of its blocks in the whole page.
        of: shape (blocks of the whole page,), the place in ``page`` of the block that is read for each.
    """

    page: Page
    read: NDArray[np.int64]
    of: NDArray[np.int64]

    def labels(self, labels: Sequence[Label | None]) -> tuple[Label | None, ...]:
        """Those of the folded page: of a menu, the commonest."""
        counted: list[Counter[Label]] = [Counter() for _ in self.read]
        for place, label in zip(self.of, labels, strict=True):
            if label:
                counted[place][label] += 1
        return tuple(own.most_common(1)[0][0] if own else None for own in counted)


def fold_menus(page: Page) -> Folded:
    """Fold the menus of a page.

    >>> from stripper.sources.html import read_html
    >>> page = read_html("<ul><li><a>Home</a><li><a>News</a><li><a>Sports</a></ul><p>The ferry sank.</p>")
    >>> folded = fold_menus(page)
    >>> [block.text for block in folded.page.blocks], folded.of
    (['Home', 'The ferry sank.'], array([0, 0, 0, 1]))
    """
    kinds = [_kind(block) or number for number, block in enumerate(page.blocks)]
    begins = [number == 0 or kind != kinds[number - 1] for number, kind in enumerate(kinds)]
    read = np.flatnonzero(begins)
    sizes = np.diff(read, append=len(kinds)).tolist()
    blocks = [_standing_for(page.blocks[place], size) for place, size in zip(read.tolist(), sizes, strict=True)]
    return Folded(replace(page, blocks=tuple(blocks)), read, np.cumsum(begins, dtype=np.int64) - 1)


def _kind(block: Block) -> tuple[str, int] | None:
    """What blocks of links alone have in common if they are of one menu; ``None`` for any other block."""
    dom = block.dom
    if dom is None or dom.link_chars <= LINKS_ALONE * len(block.text):
        return None
    return dom.node.tag, dom.node.flags


def _standing_for(block: Block, size: int) -> Block:
    return block._replace(dom=block.dom._replace(menu=size)) if block.dom and size > 1 else block
