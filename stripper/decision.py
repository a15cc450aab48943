"""From probabilities to kept or removed.

A block of a page goes if it is so much likelier to be stripped than to be kept that the expected gain, one
boilerplate block fewer, outweighs the expected loss, its share of the article::

    log(p_strip / p_keep) > threshold + log(extent + 30)

The longer a paragraph, the surer the tagger has to be: body is sacred. This is the Neyman-Pearson test for the two
measures that matter, boilerplate blocks kept and body characters lost. In bare text the test is the same without the
extent: there it costs too many short paragraphs, and keeps the long ones of messages. The thresholds, one a mode,
are chosen on out-of-fold predictions for the body loss that each mode may cost.

A table of values is decided as one: the mean of its cells' evidence, against the length of them all. A cell alone is so
short that it would go at a mere suspicion, and a table with holes in it is wrong.

A message is a run of paragraphs, but blocks are decided one by one: the tagger has seen their neighbours already,
and deciding runs together on top of that was measured to cost more than it gives (``models/EXPERIMENTS.md``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from stripper.document import Paragraph
from stripper.labels import BOILERPLATE, LABELS, Label
from stripper.sources.block import FLAGS, Node, Page

_SLACK: Final = 30
_LEAST: Final = 1e-9
_BOILERPLATE = np.array([label in BOILERPLATE for label in LABELS])


def evidence_to_strip(page: Page, probabilities: NDArray[np.float32], strip: Collection[Label]) -> NDArray[np.float64]:
    """How strongly each block should go; compared with a threshold.

    Args:
        page: the document.
        probabilities: of ``LABELS``, shape (blocks, labels).
        strip: the labels to remove.

    Returns:
        shape (blocks,).
    """
    stripped = np.array([label in strip for label in LABELS])
    goes = np.maximum(probabilities[:, stripped].sum(axis=1, dtype=np.float64), _LEAST)
    stays = np.maximum(probabilities[:, ~stripped].sum(axis=1, dtype=np.float64), _LEAST)
    odds: NDArray[np.float64] = np.log(goes) - np.log(stays)
    if page.source is not None:
        return odds
    extents = np.array([block.extent for block in page.blocks], dtype=np.float64)
    for cells in tables_of(page):
        odds[cells] = odds[cells].mean()
        extents[cells] = extents[cells].sum()
    return odds - np.log(extents + _SLACK)


def tables_of(page: Page) -> list[list[int]]:
    """The tables of values: of several rows and columns, with no more than a block in a cell.

    Returns:
        for each the places of its blocks among the page's.
    """
    found: dict[int, list[tuple[int, int, int]]] = {}
    for place, block in enumerate(page.blocks):
        if block.dom and block.dom.node.flags & FLAGS["table"]:
            cell = _around(block.dom.node, "td", "th")
            row = _around(cell, "tr")
            table = _around(row, "table")
            if cell and row and table:
                found.setdefault(table.number, []).append((place, cell.number, row.number))
    return [[place for place, _, _ in blocks] for blocks in found.values() if _holds_values(blocks)]


def _around(node: Node | None, *tags: str) -> Node | None:
    while node and node.tag not in tags:
        node = node.parent
    return node


def _holds_values(blocks: Sequence[tuple[int, int, int]]) -> bool:
    cells_of_row = Counter(row for _, _, row in blocks)
    alone = len({cell for _, cell, _ in blocks}) == len(blocks)
    return alone and len(cells_of_row) > 1 and max(cells_of_row.values()) > 1


def decide(
    page: Page, probabilities: NDArray[np.float32], strip: Collection[Label], threshold: float
) -> tuple[Paragraph, ...]:
    """The verdict on each block of a page."""
    if not page.blocks:
        return ()
    gone = evidence_to_strip(page, probabilities, strip) > threshold
    stripped = np.array([label in strip for label in LABELS])
    labels = probabilities.argmax(axis=1)
    # a removed paragraph is shown with the label that it was removed for
    removed_as = np.where(stripped, probabilities, -1).argmax(axis=1)
    boilerplate = np.clip(probabilities[:, _BOILERPLATE].sum(axis=1), 0, 1)
    return tuple(
        Paragraph(
            text=block.text,
            label=LABELS[second if goes else first],
            probability=float(probability),
            kept=not goes,
            start=block.start,
            end=block.end,
            xpath=block.xpath,
        )
        for block, first, second, goes, probability in zip(
            page.blocks, labels, removed_as, gone.tolist(), boilerplate, strict=True
        )
    )
