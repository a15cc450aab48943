"""What a page repeats: of links alone in the same kind of place, and of the same text there, one is read for all.

Half of a page's blocks are such repetitions: menus, lists of related stories, the "Share" below every paragraph.
Nearly always they are of one label, whatever stands between them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from stripper.labels import Label
from stripper.sources.block import Block, Page

LINKS_ALONE = 0.9
"""A block is links alone if more than this share of its characters are inside links."""


@dataclass(frozen=True, slots=True)
class Folded:
    """A page without its repetitions.

    Attributes:
        page: with the first block of each kind only, which knows how many it stands for.
        read: shape (blocks of ``page``,), the places of its blocks in the whole page.
        of: shape (blocks of the whole page,), the place in ``page`` of the block that is read for each.
    """

    page: Page
    read: NDArray[np.int64]
    of: NDArray[np.int64]

    def labels(self, labels: Sequence[Label | None]) -> tuple[Label | None, ...]:
        """Those of the folded page: of blocks that are read as one, the commonest."""
        counted: list[Counter[Label]] = [Counter() for _ in self.read]
        for place, label in zip(self.of, labels, strict=True):
            if label:
                counted[place][label] += 1
        return tuple(own.most_common(1)[0][0] if own else None for own in counted)


def fold_page(page: Page) -> Folded:
    """Leave out what a page repeats.

    >>> from stripper.sources.html import read_html
    >>> page = read_html("<ul><li><a>Home</a><li><a>News</a></ul><p>The ferry sank.</p><ul><li><a>Sports</a></ul>")
    >>> folded = fold_page(page)
    >>> [block.text for block in folded.page.blocks], folded.of
    (['Home', 'The ferry sank.'], array([0, 0, 1, 0]))
    """
    numbers: dict[Hashable, int] = {}
    kinds = [_kind(block) or number for number, block in enumerate(page.blocks)]
    of = np.array([numbers.setdefault(kind, len(numbers)) for kind in kinds], np.int64)
    read = np.unique(of, return_index=True)[1]
    sizes = np.bincount(of).tolist()
    blocks = [_standing_for(page.blocks[place], size) for place, size in zip(read.tolist(), sizes, strict=True)]
    return Folded(replace(page, blocks=tuple(blocks)), read, of)


def _kind(block: Block) -> tuple[str, int, int, str] | None:
    """What blocks that are read as one have in common; ``None`` without markup."""
    dom = block.dom
    if dom is None:
        return None
    node, around = dom.node, dom.node.parent
    text = "" if dom.link_chars > LINKS_ALONE * len(block.text) else block.text
    return node.tag, node.flags, around.signature if around else 0, text


def _standing_for(block: Block, size: int) -> Block:
    return block._replace(dom=block.dom._replace(stands_for=size)) if block.dom and size > 1 else block
