"""Whether a page gave the whole article: what it declares of itself, weighed against what is seen.

A wall counts where it cuts the text: close behind the last paragraph of the body. A box in the menu, or in the footer
of an article that is all there, is none. Declarations alone decide nothing, for publishers get them wrong, and a page
that is declared to be for subscribers often holds the whole text: on the labelled pages nine in ten of them do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from stripper.document import Access, AccessEvidence, Ending, Paragraph
from stripper.sources.block import Page
from stripper.tagging.features import SENTENCE_END

# in blocks: how far behind the body a wall begins at most, and where it has ended
_BEGINS: Final = 3
_ENDS: Final = 6
_SURE: Final = 0.5
_ELLIPSES: Final = ("…", "...", "…]", "...]", "…)", "...)")


def judge_access(page: Page, paragraphs: Sequence[Paragraph]) -> tuple[Access, AccessEvidence]:
    """Tell whether the whole article is there.

    Args:
        page: the document.
        paragraphs: the verdict on each of its blocks.

    Returns:
        the verdict, and why.
    """
    body = [place for place, paragraph in enumerate(paragraphs) if paragraph.label == "body" and paragraph.kept]
    if not body:
        return "unknown", AccessEvidence(page.access)
    last = body[-1]
    wall = _wall(page, paragraphs, last)
    evidence = AccessEvidence(
        declarations=page.access,
        gated_text=sum(len(paragraphs[place].text) for place in body if _is_gated(page, place)) if page.gated else None,
        walls=tuple(paragraphs[place] for place in wall),
        ending=_ending(paragraphs[last].text),
    )
    inside = any(_is_gated(page, place) for place in wall)
    return _verdict(evidence, is_page=page.source is None, inside=inside), evidence


def _verdict(evidence: AccessEvidence, is_page: bool, inside: bool) -> Access:
    declared, ending = evidence.declared, evidence.ending
    if evidence.gated_text and ending != "ellipsis" and not inside:
        return "free"  # what is said to be behind the wall is there
    if evidence.walls:
        if ending != "whole" or declared == "gated":
            return "gated"
        return declared  # a text that ends well, and then a wall: the page's own word counts, if it gives one
    if ending == "ellipsis" or declared == "gated":
        return "unknown"
    return "free" if is_page else "unknown"  # of a text, extractors may have dropped the wall


def _wall(page: Page, paragraphs: Sequence[Paragraph], last: int) -> list[int]:
    behind = range(last + 1, min(last + 1 + _ENDS, len(paragraphs)))
    found = [place for place in behind if _is_wall(paragraphs[place]) and not _is_hidden(page, place)]
    trails_off = _ending(paragraphs[last].text) == "ellipsis"
    return found if found and (trails_off or found[0] <= last + _BEGINS) else []


def _is_wall(paragraph: Paragraph) -> bool:
    return paragraph.label == "paywall" and paragraph.probability >= _SURE


def _is_hidden(page: Page, place: int) -> bool:
    dom = page.blocks[place].dom
    return dom is not None and dom.node.hidden


def _is_gated(page: Page, place: int) -> bool:
    path = page.blocks[place].xpath or ""
    return any(path == gated or path.startswith(f"{gated}/") for gated in page.gated or ())


def _ending(text: str) -> Ending:
    text = text.rstrip()
    if text.endswith(_ELLIPSES):
        return "ellipsis"
    return "whole" if text.endswith(SENTENCE_END) else "open"
