"""Takes the elements that hold boilerplate, and nothing that is kept, out of a page.

An element goes as high up as it holds boilerplate alone: a newsletter box goes whole, with its picture and its button.
Where boilerplate shares its element with text that is kept, set off by line breaks alone, only the boilerplate's text
and its inline elements go.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence, Set
from copy import deepcopy
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from lxml import etree
from lxml.html import HtmlElement

from stripper.document import Paragraph
from stripper.labels import BOILERPLATE
from stripper.sources.html import Html, Piece, decode, parse, trace
from stripper.splicing import cut_out, mark
from stripper.stripper import Stripper

# without its cell, a row of a table would not fit its columns
_STAY: Final = frozenset({"html", "head", "body", "td", "th"})
_MEDIA: Final = ("img", "picture", "video", "audio", "iframe", "object", "embed")
_DECORATED: Final = ("a", "button", "nav", "footer", "aside")
_MESSAGES: Final = BOILERPLATE - {"interface"}
_DOCTYPE: Final = re.compile(r"\s*<!doctype[^>]*>\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a block stays, where its text stands, and whether it is a message rather than a control."""

    kept: bool
    message: bool
    pieces: Sequence[Piece]


@dataclass(frozen=True, slots=True)
class Doomed:
    """What goes: whole elements, none inside another, and pieces of the text of elements that stay."""

    elements: tuple[HtmlElement, ...]
    pieces: tuple[Piece, ...]


def prune_html(html: Html, url: str | None = None, stripper: Stripper | None = None) -> str:
    """Give a page back without its boilerplate.

    All else stays: head, scripts, pictures, and the article's own headline, captions, by-line and note on the author.
    No element that holds text that is kept goes. A message takes its picture along; where only controls go (a player's
    "Play"), pictures and players stay, unless they are a link's, a menu's or a footer's.

    Args:
        html: str, bytes of any charset, or a tree parsed by lxml, which is left untouched.
        url: the page's address, if known.
        stripper: whose verdicts count; by default one that strips every kind of boilerplate and nothing of the
            article's own. What its ``cut_tails`` would cut off stays.

    Returns:
        the page, always as text. From str and bytes: the source, character for character, minus what went. Only if
        the source is so broken that what would be left of it does not read as it should, and from a tree, the page is
        what lxml writes: tags closed, attributes quoted, missing elements added, entities as characters.

    Raises:
        TypeError: ``html`` is of another type.

    >>> page = '''<P id=river>The river rose by two metres, and the people of the lower town were brought to safety.
    ... <P>&ldquo;We had an hour,&rdquo; the mayor said on Sunday.
    ... <ASIDE class=newsletter><IMG src=letter.png><p>Subscribe to our newsletter!</ASIDE>'''
    >>> print(prune_html(page))
    <P id=river>The river rose by two metres, and the people of the lower town were brought to safety.
    <P>&ldquo;We had an hour,&rdquo; the mayor said on Sunday.
    <BLANKLINE>
    """
    stripper = whole_blocks(stripper or default_pruner())
    if isinstance(html, (bytes, bytearray, memoryview)):
        html = decode(bytes(html))
    paragraphs = stripper.strip_html(html, url).paragraphs
    if isinstance(html, str):
        if all(paragraph.kept for paragraph in paragraphs):
            return html
        spliced = _splice(html, paragraphs)
        if spliced is not None:
            return spliced
    root = parse(html, comments=True) if isinstance(html, str) else deepcopy(parse(html))
    if root is None:
        return ""
    take_out(doom(root, judge(trace(root), paragraphs)))
    doctype = _DOCTYPE.match(html) if isinstance(html, str) else None
    return (doctype[0] if doctype else "") + etree.tostring(root, method="html", encoding="unicode", with_tail=False)


@lru_cache(maxsize=1)
def default_pruner() -> Stripper:
    """Strips boilerplate, and nothing of what is the article's own."""
    return Stripper(strip=BOILERPLATE)


def whole_blocks(stripper: Stripper) -> Stripper:
    """The same but for ``cut_tails``: an element is the least that can go."""
    return Stripper(stripper.strip, stripper.mode, stripper.model) if stripper.cut_tails else stripper


def judge(traced: Iterable[tuple[str, Sequence[Piece]]], paragraphs: Iterable[Paragraph]) -> list[Verdict]:
    """The verdict on each block of a tree, given what became of it as a paragraph."""
    return [
        Verdict(paragraph.kept, paragraph.label in _MESSAGES, pieces)
        for (_, pieces), paragraph in zip(traced, paragraphs, strict=True)
    ]


def doom(root: HtmlElement, verdicts: Iterable[Verdict], spared: Set[HtmlElement] = frozenset()) -> Doomed:
    """What of a tree has to go.

    Args:
        root: the tree.
        verdicts: on its blocks.
        spared: elements that stay whatever they hold.
    """
    kept: set[HtmlElement] = set()
    gone: set[HtmlElement] = set()
    messages: set[HtmlElement] = set()
    media: set[HtmlElement] = set()
    pieces: list[Piece] = []
    for verdict in verdicts:
        for piece in verdict.pieces:
            _climb(_holder(piece), kept if verdict.kept else gone)
            if verdict.message:
                _climb(_holder(piece), messages)
        if not verdict.kept:
            pieces += verdict.pieces
    for element in root.iter(*_MEDIA):
        if next(element.iterancestors(*_DECORATED), None) is None:
            _climb(element, media)
    spared = kept | (media - messages) | spared
    tops, inside = [], set[HtmlElement]()
    for element in root.iter(etree.Element):
        if element.getparent() in inside:
            inside.add(element)
        elif element in gone and element not in spared and element.tag not in _STAY:
            inside.add(element)
            tops.append(element)
    return Doomed(tuple(tops), tuple(piece for piece in pieces if _holder(piece) not in inside))


def take_out(doomed: Doomed) -> None:
    """Remove from a tree what is doomed."""
    for piece in doomed.pieces:
        if piece.tail:
            piece.element.tail = None
        else:
            piece.element.text = None
    for element in doomed.elements:
        _drop(element)


def _drop(element: HtmlElement) -> None:
    parent, before = element.getparent(), element.getprevious()
    if parent is None:
        return
    if element.tail:
        if before is None:
            parent.text = (parent.text or "") + element.tail
        else:
            before.tail = (before.tail or "") + element.tail
    parent.remove(element)


def _splice(source: str, paragraphs: Sequence[Paragraph]) -> str | None:
    """The source without the stripped paragraphs; ``None`` if the outcome does not read as it should."""
    marked = mark(source)
    if marked is None:
        return None
    traced = trace(marked.root)
    if [text for text, _ in traced] != [paragraph.text for paragraph in paragraphs]:
        return None
    doomed = doom(marked.root, judge(traced, paragraphs))
    left = cut_out(marked, doomed.elements, doomed.pieces)
    root = parse(left)
    found = _letters(text for text, _ in trace(root)) if root is not None else ""
    return left if found == _letters(paragraph.text for paragraph in paragraphs if paragraph.kept) else None


def _letters(texts: Iterable[str]) -> str:
    return "".join("".join(texts).split())


def _holder(piece: Piece) -> HtmlElement:
    return piece.element.getparent() if piece.tail else piece.element


def _climb(element: HtmlElement | None, seen: set[HtmlElement]) -> None:
    """Add an element and all around it."""
    while element is not None and element not in seen:
        seen.add(element)
        element = element.getparent()
