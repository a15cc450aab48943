"""Whether a page gave the whole article: what it declares of itself, weighed against what is seen.

A wall counts where it cuts the text: close behind the last paragraph of the body. A box in the menu, or in the footer
of an article that is all there, is none. Declarations alone decide nothing, for publishers get them wrong, and a page
that is declared to be for subscribers often holds the whole text: on the labelled pages nine in ten of them do.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from stripper.document import Access, AccessEvidence, Ending, Paragraph
from stripper.labels import BOILERPLATE
from stripper.sources.block import Page
from stripper.tagging.shape import SENTENCE_END

# in blocks: how far behind the body a wall begins at most, and where it has ended
_BEGINS: Final = 3
_ENDS: Final = 6
_SURE: Final = 0.5
# beside the marks, and closing quotes, of most scripts those that the tagger does not ask for
_WHOLE: Final = (*SENTENCE_END, "’", "'", "۔", "።", "။", "។", "॥")
# Thai and Lao have no mark that ends a sentence
_MARKLESS = re.compile(r"[\u0e00-\u0eff]")
_ELLIPSES: Final = ("…", "...", "…]", "...]", "…)", "...)")


def judge_access(page: Page, paragraphs: Sequence[Paragraph]) -> tuple[Access, AccessEvidence]:
    """Tell whether the whole article is there.

    Args:
        page: the document.
        paragraphs: the verdicts on its blocks, of which some may have been cut in two.

    Returns:
        the verdict, and why.
    """
    places = [place for place, paragraph in enumerate(paragraphs) if paragraph.label == "body" and paragraph.kept]
    if not places:
        return "unknown", AccessEvidence(page.access)
    body = [paragraphs[place] for place in places]
    last = _end_of_text(paragraphs, places[-1])
    ending = _ending(paragraphs[last].text)
    wall = _wall(page, ending, paragraphs[last + 1 :][:_ENDS])
    evidence = AccessEvidence(
        declarations=page.access,
        gated_text=sum(len(own.text) for own in body if _is_gated(page, own)) if page.gated is not None else None,
        walls=tuple(wall),
        ending=ending,
    )
    inside = any(_is_gated(page, own) for own in wall)
    return _verdict(evidence, is_page=page.source is None, inside=inside), evidence


def _end_of_text(paragraphs: Sequence[Paragraph], place: int) -> int:
    """The place where the text ends; what was removed behind the body on suspicion, say a heading, is part of it."""
    while place + 1 < len(paragraphs) and _is_suspect(paragraphs[place + 1]):
        place += 1
    return place


def _is_suspect(paragraph: Paragraph) -> bool:
    return paragraph.label in BOILERPLATE and paragraph.probability < _SURE


def _verdict(evidence: AccessEvidence, is_page: bool, inside: bool) -> Access:
    declared, ending = evidence.declared, evidence.ending
    if evidence.walls and ending in ("open", "ellipsis"):
        return "gated"
    if evidence.gated_text and ending != "ellipsis" and not inside:
        return "free"  # what is said to be behind the wall is there
    if evidence.walls:
        return declared  # a text that ends well, and then a wall: the page's own word counts, if it gives one
    if ending == "ellipsis" or declared == "gated":
        return "unknown"
    return "free" if is_page else "unknown"  # of a text, extractors may have dropped the wall


def _wall(page: Page, ending: Ending | None, behind: Sequence[Paragraph]) -> list[Paragraph]:
    found = [place for place, own in enumerate(behind) if own.label == "paywall" and own.probability >= _SURE]
    if not found:
        return []
    hidden = {block.xpath for block in page.blocks if block.dom and block.dom.node.hidden}
    found = [place for place in found if behind[place].xpath not in hidden]
    near = found and (found[0] < _BEGINS or ending == "ellipsis")
    return [behind[place] for place in found] if near else []


def _is_gated(page: Page, paragraph: Paragraph) -> bool:
    gated, steps = page.gated or frozenset(), (paragraph.xpath or "").split("/")
    return any("/".join(steps[:depth]) in gated for depth in range(2, len(steps) + 1))


def _ending(text: str) -> Ending | None:
    text = text.rstrip()
    if text.endswith(_ELLIPSES):
        return "ellipsis"
    if text.endswith(_WHOLE):
        return "whole"
    return None if _MARKLESS.search(text[-1:]) else "open"
