"""From probabilities to kept or removed.

A block goes if the labels to strip are so much likelier than the labels to keep that the expected gain, one
boilerplate block fewer, outweighs the expected loss, its characters of the article::

    log(p_strip / p_keep) > threshold + log(length + 30)

The longer a paragraph, the surer the tagger has to be: body is sacred. This is the Neyman-Pearson test
for the two measures that matter, boilerplate blocks kept and body characters lost. The thresholds, one a mode,
are chosen on out-of-fold predictions for the body loss that each mode may cost.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from stripper.document import Paragraph
from stripper.labels import BOILERPLATE, LABELS, Label
from stripper.sources.block import Block, Page

Mode: TypeAlias = Literal["cautious", "balanced", "aggressive"]
MODES: Final[tuple[Mode, ...]] = get_args(Mode)
Thresholds: TypeAlias = Mapping[Mode, float]

_SLACK: Final = 30
_BOILERPLATE = np.array([label in BOILERPLATE for label in LABELS])


def evidence_to_strip(
    blocks: Sequence[Block], probabilities: NDArray[np.float32], strip: Collection[Label]
) -> NDArray[np.float64]:
    """How strongly each block should go; compared with a threshold.

    Args:
        blocks: the blocks of a document.
        probabilities: of ``LABELS``, shape (blocks, labels).
        strip: the labels to remove.

    Returns:
        shape (blocks,).
    """
    stripped = np.array([label in strip for label in LABELS])
    goes = probabilities[:, stripped].sum(axis=1, dtype=np.float64)
    stays = probabilities[:, ~stripped].sum(axis=1, dtype=np.float64)
    lengths = np.array([len(block.text) for block in blocks], dtype=np.float64)
    odds: NDArray[np.float64] = np.log(np.maximum(goes, 1e-9)) - np.log(np.maximum(stays, 1e-9))
    evidence: NDArray[np.float64] = odds - np.log(lengths + _SLACK)
    return evidence


def decide(
    page: Page, probabilities: NDArray[np.float32], strip: Collection[Label], threshold: float
) -> tuple[Paragraph, ...]:
    """The verdict on each block of a page."""
    if not page.blocks:
        return ()
    gone = evidence_to_strip(page.blocks, probabilities, strip) > threshold
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
