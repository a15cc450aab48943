"""Evidence of a page's blocks as numbers, the same for training and use.

Two views of each block are scored by linear models over hashed features: its words, and the words of
its markup. This module makes those views, and then one dense row a block that joins the scores with the
shape of the text, its markup, and all that its neighbours say. Two heads read the rows: "html" has
the markup, "text" has not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log1p
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from stripper.labels import BOILERPLATE, LABELS
from stripper.sources.block import FLAGS, Block, Dom, Page
from stripper.tagging.cohesion import cohesion
from stripper.tagging.folding import LINKS_ALONE
from stripper.tagging.words import Bags, Grouped, PlacedWords, word_bags

Floats: TypeAlias = NDArray[np.float32]
Head: TypeAlias = Literal["html", "text"]

_TAGS: Final = (
    "p",
    "div",
    "li",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "figcaption",
    "td",
    "button",
    "label",
    "blockquote",
    "section",
    "article",
)
_HEADINGS: Final = frozenset(("h1", "h2", "h3", "h4", "h5", "h6", "summary", "legend", "dt"))
_SURE: Final = 0.8
_WINDOW: Final = (-4, -3, -2, -1, 1, 2, 3, 4)
_WIDTHS: Final = (8, 20)
# RFC 3986, appendix B
_LINK = re.compile(r"\s*(?:([^:/?#]+):)?(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?")
_LINK_WORD = re.compile(r"[a-z]{3,20}")
IS_BOILERPLATE = np.array([label in BOILERPLATE for label in LABELS])
_BODY, _TITLE = LABELS.index("body"), LABELS.index("title")


def markup_words(page: Page) -> list[list[PlacedWords]]:
    """The words of each block's markup, with where they stand in relation to it."""
    site = _site(_split(page.url or "")[1])
    return [_placed(block.dom, site) if block.dom else [] for block in page.blocks]


def markup_bags(pages: Sequence[Page], buckets: int) -> Grouped:
    """The hashed words of the markup of every block of every page."""
    return word_bags([placed for page in pages for placed in markup_words(page)], buckets)


def _placed(dom: Dom, site: str) -> list[PlacedWords]:
    node, parent = dom.node, dom.node.parent
    placed: list[PlacedWords] = [("inline", dom.inline[:12]), ("own", node.words)]
    if parent:
        placed += [("parent", parent.words), ("around", parent.around)]
        if parent.parent:
            placed.append(("grandparent", parent.parent.words))
    if dom.links:
        placed.append(("link", tuple(word for link in dom.links[:4] for word in _link_words(link, site))))
    return placed


@lru_cache(maxsize=1 << 14)
def _link_words(link: str, site: str) -> tuple[str, ...]:
    """What a link's target says; those of a menu are on every page of a site."""
    if link.startswith("#"):
        return ("here",)
    scheme, target, path, query = _split(link)
    if scheme not in ("http", "https", ""):
        return (scheme,)
    same = not target or _site(target) == site
    depth = min(path.strip("/").count("/"), 4)
    words = _LINK_WORD.findall(f"{path} {query}".lower())[:8]
    return ("same" if same else "other", f"depth{depth}", *words, *(() if same else target.split(".")[-2:]))


def _split(link: str) -> tuple[str, str, str, str]:
    """Scheme, host, path and query, whatever is wrong with the link."""
    found = _LINK.match(link)
    assert found  # noqa: S101  every part of the expression may be empty
    scheme, target, path, query = found.groups("")
    return scheme.lower(), target.rpartition("@")[2].partition(":")[0].lower(), path, query


def _site(host: str) -> str:
    return ".".join(host.removeprefix("www.").split(".")[-2:])


def markup(blocks: Sequence[Block]) -> Floats:
    """What the markup of blocks says in numbers: tag, surroundings, links, trafilatura's verdict.

    Returns:
        shape (blocks that have markup, columns).
    """
    marked = [(block.dom, block.dom.link_chars / (len(block.text) or 1)) for block in blocks if block.dom]
    around = [_surroundings(dom.node.tag, dom.node.flags) for dom, _ in marked]
    columns = [
        [min(dom.node.depth, 30) / 10 for dom, _ in marked],
        [density for _, density in marked],
        [density > LINKS_ALONE for _, density in marked],
        [min(len(dom.links), 5) for dom, _ in marked],
        [dom.extracted for dom, _ in marked],
        [dom.title_like for dom, _ in marked],
        [dom.declared for dom, _ in marked],
        [dom.node.hidden for dom, _ in marked],
        [bool(dom.inline) for dom, _ in marked],
        [log1p(dom.stands_for) for dom, _ in marked],
    ]
    return np.concatenate([np.array(around, dtype=np.float32), np.array(columns, dtype=np.float32).T], axis=1)


@lru_cache(maxsize=4096)
def _surroundings(tag: str, flags: int) -> tuple[float, ...]:
    return (*(float(tag == known) for known in _TAGS), *(float(bool(flags & bit)) for bit in FLAGS.values()))


@dataclass(frozen=True, slots=True)
class Group:
    """Blocks that have something in common with others.

    Attributes:
        order: the blocks, group after group.
        starts: where each group begins in ``order``.
        sizes: how many blocks each group has.
        of: the group of each block.
    """

    order: NDArray[np.int64]
    starts: NDArray[np.int64]
    sizes: NDArray[np.int64]
    of: NDArray[np.int64]

    @classmethod
    def by(cls, keys: Sequence[int]) -> Group:
        """Those with the same key are one group."""
        order = np.argsort(keys, kind="stable")
        own = np.array(keys, dtype=np.int64).take(order)
        begins = np.concatenate([[True], own[1:] != own[:-1]])
        starts = np.flatnonzero(begins)
        of = np.empty(len(order), dtype=np.int64)
        of[order] = np.cumsum(begins) - 1
        return cls(order, starts, np.diff(starts, append=len(order)), of)

    def mean(self, evidence: Floats) -> Floats:
        """The mean evidence of each block's group, and how large that is."""
        means = np.add.reduceat(evidence.take(self.order, axis=0), self.starts, axis=0) / self.sizes[:, None]
        columns = np.concatenate([means, np.log1p(self.sizes)[:, None]], axis=1, dtype=np.float32)
        return columns.take(self.of, axis=0)


@dataclass(frozen=True, slots=True)
class Families:
    """Which blocks of a page belong together, by their markup.

    Attributes:
        groups: blocks of the same parent, of the same grandparent, of the same template.
        headings: the place of the nearest heading above each block, -1 if there is none.
    """

    groups: tuple[Group, ...]
    headings: NDArray[np.int64]

    @classmethod
    def of(cls, page: Page) -> Families:
        """Those of the blocks of a page, all of which have markup."""
        nodes = [block.dom.node for block in page.blocks if block.dom]
        parents = [node.parent.number if node.parent else 0 for node in nodes]
        grand = [node.parent.parent.number if node.parent and node.parent.parent else 0 for node in nodes]
        groups = tuple(map(Group.by, (parents, grand, [node.signature for node in nodes])))
        headings = [number if node.tag in _HEADINGS else -1 for number, node in enumerate(nodes)]
        return cls(groups, np.maximum.accumulate([-1, *headings[:-1]]))

    def lend(self, evidence: Floats) -> list[Floats]:
        """The mean evidence of each group, that of the heading above, and how far above it is."""
        some = self.headings >= 0
        heading = np.where(some[:, None], evidence.take(self.headings, axis=0, mode="clip"), 0)
        distance = np.where(some, np.log1p(np.arange(len(some)) - self.headings), 0)
        return [*(group.mean(evidence) for group in self.groups), heading, distance[:, None].astype(np.float32)]


def families_of(page: Page, head: Head) -> Families | None:
    """What ``rows`` and ``second_rows`` are told of a page's markup: nothing where ``head`` reads bare text."""
    return Families.of(page) if head == "html" else None


def rows(  # noqa: PLR0913, PLR0917 - all that is known of a document
    page: Page, families: Families | None, scores: Floats, looks: Floats, terms: Bags, rarity: Floats
) -> Floats:
    """One dense row a block.

    Args:
        page: the document.
        families: see ``families_of``.
        scores: the linear models' probabilities of the labels, shape (blocks, views * labels);
            the first view is that of the words.
        looks: of their texts, see ``shape.shapes``.
        terms: of each block, for the comparison with the other blocks.
        rarity: the weight of every term, shape (buckets,).

    Returns:
        shape (blocks, columns); the columns depend on the head that is to read them only.
    """
    blocks = page.blocks
    views = scores.reshape(len(blocks), -1, len(LABELS))
    blunt = views.mean(axis=1)
    shared = cohesion(terms, rarity, _weights(blunt, looks))
    columns = [np.log(scores + 1e-4), looks, _position(looks), _repeated(blocks), shared]
    # the evidence that neighbours lend: a blunt verdict of each view, the look, what they share with the others
    lent = [blunt, views[:, :, IS_BOILERPLATE].sum(axis=2), looks[:, [0, 5, 16]], shared[:, :2]]
    if families:
        marks = markup(blocks)
        verdict = len(_TAGS) + len(FLAGS)
        columns.append(marks)
        lent.append(marks[:, [verdict + 1, verdict + 4]])
    columns += _context(families, np.concatenate(lent, axis=1), blunt)
    return np.concatenate(columns, axis=1, dtype=np.float32)


def second_rows(families: Families | None, table: Floats, first: Floats) -> Floats:
    """The rows for a second reading of a document, in the light of the first.

    Args:
        families: see ``families_of``.
        table: the rows of the first reading, shape (blocks, columns).
        first: its verdict, probabilities of the labels, shape (blocks, labels).

    Returns:
        shape (blocks, more columns); their number depends on the head that is to read them only.
    """
    evidence = np.concatenate([first, first[:, IS_BOILERPLATE].sum(axis=1, keepdims=True)], axis=1)
    columns = [table, np.log(first + 1e-3), *_context(families, evidence, first)]
    return np.concatenate(columns, axis=1, dtype=np.float32)


def _context(families: Families | None, evidence: Floats, blunt: Floats) -> list[Floats]:
    """What all the blocks around say: the neighbours, with markup the families too, and the nearest sure ones."""
    lent = families.lend(evidence) if families else []
    return [*_neighbours(evidence), *lent, _run_lengths(blunt)]


def _weights(blunt: Floats, looks: Floats) -> Floats:
    """How much each block counts as body (the longer the more), as boilerplate, as title, and at all."""
    return np.stack(
        [
            blunt[:, _BODY] * looks[:, 0] / 4,
            blunt[:, IS_BOILERPLATE].sum(axis=1),
            blunt[:, _TITLE],
            np.ones(len(blunt)),
        ],
        axis=1,
    ).astype(np.float32)


def _position(looks: Floats) -> Floats:
    count = len(looks)
    index = np.arange(count, dtype=np.float32)
    lengths = np.expm1(looks[:, 0])
    before = np.cumsum(lengths) - lengths
    total = lengths.sum() + 1
    return np.stack(
        [
            index / max(count - 1, 1),
            before / total,
            np.log1p(index),
            np.log1p(count - 1 - index),
            np.log1p(before),
            np.log1p(np.maximum(total - before - lengths, 0)),
            np.full(count, np.log1p(count)),
            np.full(count, np.log1p(total)),
        ],
        axis=1,
    ).astype(np.float32)


def _repeated(blocks: Sequence[Block]) -> Floats:
    """How often the same text stands on the page, and whether it stood there before."""
    seen: dict[str, int] = {}
    columns = []
    for block in blocks:
        seen[block.text] = seen.get(block.text, -1) + 1
        columns.append(min(seen[block.text], 2))
    again = [min(seen[block.text], 4) for block in blocks]
    return np.array([again, columns], dtype=np.float32).T


def _neighbours(evidence: Floats) -> list[Floats]:
    """The evidence of the blocks around, one by one, and averaged over wider and wider windows."""
    count = len(evidence)
    reach = max(_WINDOW)
    padded = np.zeros((count + 2 * reach, evidence.shape[1] + 1), dtype=np.float32)
    padded[reach : reach + count, :-1] = evidence
    padded[reach : reach + count, -1] = 1  # tells a neighbour from the page's edge
    columns = [padded[reach + offset : reach + offset + count] for offset in _WINDOW]
    sums = np.zeros((count + 1, evidence.shape[1]))
    np.cumsum(evidence, axis=0, out=sums[1:])
    low, high, sizes = _windows(count)
    means = (sums.take(high, axis=0) - sums.take(low, axis=0)) / sizes
    return [*columns, *means, np.broadcast_to(evidence.mean(axis=0), evidence.shape)]


@lru_cache(maxsize=128)
def _windows(count: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Where the windows before and after each of so many blocks begin and end, and their sizes.

    Returns:
        shape (windows, blocks) twice and (windows, blocks, 1); the size of an empty one is given as 1.
    """
    index = np.arange(count)
    begins = [place for width in _WIDTHS for place in (index - width, index + 1)]
    ends = [place for width in _WIDTHS for place in (index, index + 1 + width)]
    low, high = np.clip(begins, 0, count), np.clip(ends, 0, count)
    return low, high, np.maximum(high - low, 1)[:, :, None]


def _run_lengths(scores: Floats) -> Floats:
    """How far the nearest sure body and the nearest sure boilerplate are, on both sides, in blocks."""
    count = len(scores)
    sure = np.stack([scores[:, _BODY], scores[:, IS_BOILERPLATE].sum(axis=1)]) > _SURE
    both = np.stack([sure, sure[:, ::-1]], axis=1)
    index = np.arange(count)
    last = np.maximum.accumulate(np.where(both, index, -1), axis=2)
    gaps = np.log1p(np.minimum(np.where(last >= 0, index - last, count + 20), 60))
    gaps[:, 1] = gaps[:, 1, ::-1]
    return gaps.reshape(4, count).T.astype(np.float32)
