"""From probabilities to kept or removed.

A block of a page goes if it is so much likelier to be stripped than to be kept that the expected gain, one
boilerplate block fewer, outweighs the expected loss, its share of the article::

    log(p_strip / p_keep) > threshold + log(extent + 30)

The longer a paragraph, the surer the tagger has to be: body is sacred. This is the Neyman-Pearson test for the two
measures that matter, boilerplate blocks kept and body characters lost. In bare text the test is the same without the
extent: there it costs too many short paragraphs, and keeps the long ones of messages. The thresholds, one a mode,
are chosen on out-of-fold predictions for the body loss that each mode may cost.

A message is a run of paragraphs, but blocks are decided one by one: the tagger has seen their neighbours already,
and deciding runs together on top of that was measured to cost more than it gives (``models/EXPERIMENTS.md``).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from stripper.document import Paragraph
from stripper.labels import BOILERPLATE, LABELS, Label
from stripper.sources.block import Page

Mode: TypeAlias = Literal["cautious", "balanced", "aggressive"]
MODES: Final[tuple[Mode, ...]] = get_args(Mode)
Thresholds: TypeAlias = Mapping[Mode, float]

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
    return odds - np.log(extents + _SLACK)


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
