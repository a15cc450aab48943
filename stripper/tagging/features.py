"""Evidence of a page's blocks as numbers, the same for training and use.

Two views of each block are scored by linear models over hashed features: its words, and the words of
its markup. This module makes those views, and then one dense row a block that joins the scores with the
shape of the text, its markup, and all that its neighbours say. Two heads read the rows: "html" has
the markup, "text" has not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from stripper.labels import BOILERPLATE, LABELS
from stripper.sources.block import Block, Dom, Page
from stripper.sources.html import FLAGS
from stripper.tagging.cohesion import cohesion
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
# RFC 3986, appendix B
_LINK = re.compile(r"\s*(?:([^:/?#]+):)?(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?")
_LINK_WORD = re.compile(r"[a-z]{3,20}")
IS_BOILERPLATE = np.array([label in BOILERPLATE for label in LABELS])
_BODY, _TITLE = LABELS.index("body"), LABELS.index("title")


def markup_words(page: Page) -> list[list[PlacedWords]]:
    """The words of each block's markup, with where they stand in relation to it."""
    host = _split(page.url or "")[1]
    return [_placed(block.dom, host) if block.dom else [] for block in page.blocks]


def markup_bags(pages: Sequence[Page], buckets: int) -> Grouped:
    """The hashed words of the markup of every block of every page."""
    return word_bags([placed for page in pages for placed in markup_words(page)], buckets)


def _placed(dom: Dom, host: str) -> list[PlacedWords]:
    node, parent = dom.node, dom.node.parent
    placed: list[PlacedWords] = [("inline", dom.inline[:12]), ("own", node.words)]
    if parent:
        placed += [("parent", parent.words), ("around", parent.around)]
        if parent.parent:
            placed.append(("grandparent", parent.parent.words))
    if dom.links:
        placed.append(("link", tuple(word for link in dom.links[:4] for word in _link_words(link, host))))
    return placed


def _link_words(link: str, host: str) -> list[str]:
    if link.startswith("#"):
        return ["here"]
    scheme, target, path, query = _split(link)
    if scheme not in ("http", "https", ""):
        return [scheme]
    same = not target or _site(target) == _site(host)
    depth = min(path.strip("/").count("/"), 4)
    words = _LINK_WORD.findall(f"{path} {query}".lower())[:8]
    return ["same" if same else "other", f"depth{depth}", *words, *([] if same else target.split(".")[-2:])]


def _split(link: str) -> tuple[str, str, str, str]:
    """Scheme, host, path and query, whatever is wrong with the link."""
    found = _LINK.match(link)
    assert found  # noqa: S101  every part of the expression may be empty
    scheme, target, path, query = found.groups("")
    return scheme.lower(), target.rpartition("@")[2].partition(":")[0].lower(), path, query


def _site(host: str) -> str:
    return ".".join(host.removeprefix("www.").split(".")[-2:])


def markup(dom: Dom, length: int) -> list[float]:
    """What the markup says in numbers: tag, surroundings, links, trafilatura's verdict."""
    node = dom.node
    link_density = dom.link_chars / (length or 1)
    return [
        *_surroundings(node.tag, node.flags),
        min(node.depth, 30) / 10,
        link_density,
        float(link_density > 0.9),
        min(len(dom.links), 5),
        float(dom.extracted),
        dom.title_like,
        dom.declared,
        float(node.hidden),
        float(bool(dom.inline)),
    ]


@lru_cache(maxsize=4096)
def _surroundings(tag: str, flags: int) -> tuple[float, ...]:
    return (*(float(tag == known) for known in _TAGS), *(float(bool(flags & bit)) for bit in FLAGS.values()))


def rows(  # noqa: PLR0913, PLR0917 - all that is known of a document
    page: Page, head: Head, scores: Floats, looks: Floats, terms: Bags, rarity: Floats
) -> Floats:
    """One dense row a block.

    Args:
        page: the document.
        head: which head will read the rows.
        scores: the linear models' probabilities of the labels, shape (blocks, views * labels);
            the first view is that of the words.
        looks: of their texts, see ``shape.shapes``.
        terms: of each block, for the comparison with the other blocks.
        rarity: the weight of every term, shape (buckets,).

    Returns:
        shape (blocks, columns); the columns depend on ``head`` only.
    """
    blocks = page.blocks
    views = scores.reshape(len(blocks), -1, len(LABELS))
    blunt = views.mean(axis=1)
    shared = cohesion(terms, rarity, _weights(blunt, looks))
    columns = [np.log(scores + 1e-4), looks, _position(looks), _repeated(blocks), shared]
    # the evidence that neighbours lend: a blunt verdict of each view, the look, what they share with the others
    lent = [blunt, views[:, :, IS_BOILERPLATE].sum(axis=2), looks[:, [0, 5, 16]], shared[:, :2]]
    if head == "html":
        doms = [block.dom for block in blocks]
        marks = np.array(
            [markup(dom, len(block.text)) for dom, block in zip(doms, blocks, strict=True) if dom], dtype=np.float32
        )
        verdict = len(_TAGS) + len(FLAGS)
        columns.append(marks)
        lent.append(marks[:, [verdict + 1, verdict + 4]])
    columns += _context(page, head, np.concatenate(lent, axis=1), blunt)
    return np.concatenate(columns, axis=1).astype(np.float32)


def second_rows(page: Page, head: Head, table: Floats, first: Floats) -> Floats:
    """The rows for a second reading of a document, in the light of the first.

    Args:
        page: the document.
        head: which head will read the rows.
        table: the rows of the first reading, shape (blocks, columns).
        first: its verdict, probabilities of the labels, shape (blocks, labels).

    Returns:
        shape (blocks, more columns); their number depends on ``head`` only.
    """
    evidence = np.concatenate([first, first[:, IS_BOILERPLATE].sum(axis=1, keepdims=True)], axis=1)
    columns = [table, np.log(first + 1e-3), *_context(page, head, evidence, first)]
    return np.concatenate(columns, axis=1).astype(np.float32)


def _context(page: Page, head: Head, evidence: Floats, blunt: Floats) -> list[Floats]:
    """What all the blocks around say: the neighbours, with markup the families too, and the nearest sure ones."""
    families = _families(page, evidence) if head == "html" else []
    return [*_neighbours(evidence), *families, _run_lengths(blunt)]


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
    before = []
    for block in blocks:
        before.append(seen.get(block.text, 0))
        seen[block.text] = before[-1] + 1
    return np.array(
        [[min(seen[block.text], 5) - 1, min(past, 2)] for block, past in zip(blocks, before, strict=True)],
        dtype=np.float32,
    )


def _neighbours(evidence: Floats) -> list[Floats]:
    """The evidence of the blocks around, one by one, and averaged over wider and wider windows."""
    count = len(evidence)
    reach = max(_WINDOW)
    padded = np.zeros((count + 2 * reach, evidence.shape[1] + 1), dtype=np.float32)
    padded[reach : reach + count, :-1] = evidence
    padded[reach : reach + count, -1] = 1  # tells a neighbour from the page's edge
    columns = [padded[reach + offset : reach + offset + count] for offset in _WINDOW]
    sums = np.concatenate([np.zeros((1, evidence.shape[1])), np.cumsum(evidence, axis=0, dtype=np.float64)])
    index = np.arange(count)
    for width in (8, 20):
        for begin, end in ((index - width, index), (index + 1, index + 1 + width)):
            low, high = np.clip(begin, 0, count), np.clip(end, 0, count)
            columns.append(((sums[high] - sums[low]) / np.maximum(high - low, 1)[:, None]).astype(np.float32))
    columns.append(np.broadcast_to(evidence.mean(axis=0), evidence.shape))
    return columns


def _families(page: Page, evidence: Floats) -> list[Floats]:
    """The mean evidence of blocks with the same parent, the same template, and of the heading above."""
    nodes = [block.dom.node for block in page.blocks if block.dom]
    parents = [node.parent.number if node.parent else 0 for node in nodes]
    grand = [node.parent.parent.number if node.parent and node.parent.parent else 0 for node in nodes]
    columns = [_group_mean(parents, evidence), _group_mean(grand, evidence)]
    columns.append(_group_mean([node.signature for node in nodes], evidence))
    heading = np.zeros_like(evidence)
    distance = np.zeros((len(nodes), 1), dtype=np.float32)
    last = None
    for number, node in enumerate(nodes):
        if last is not None:
            heading[number] = evidence[last]
            distance[number] = np.log1p(number - last)
        if node.tag in _HEADINGS:
            last = number
    return [*columns, heading, distance]


def _group_mean(keys: Sequence[int], evidence: Floats) -> Floats:
    _, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
    sums = np.zeros((len(counts), evidence.shape[1]), dtype=np.float32)
    np.add.at(sums, inverse, evidence)
    means = sums / counts[:, None]
    return np.concatenate([means[inverse], np.log1p(counts)[inverse][:, None]], axis=1).astype(np.float32)


def _run_lengths(scores: Floats) -> Floats:
    """How far the nearest sure body and the nearest sure boilerplate are, on both sides, in blocks."""
    count = len(scores)
    columns = []
    for sure in (scores[:, _BODY] > _SURE, scores[:, IS_BOILERPLATE].sum(axis=1) > _SURE):
        for flags in (sure, sure[::-1]):
            index = np.arange(count)
            last = np.maximum.accumulate(np.where(flags, index, -1))
            gap = np.where(last >= 0, index - last, count + 20)
            gap = np.log1p(np.minimum(gap, 60)).astype(np.float32)
            columns.append(gap if flags is sure else gap[::-1])
    return np.stack(columns, axis=1)
