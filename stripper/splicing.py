"""Cuts parts of a page out of its source and leaves every other character as it was.

lxml does not tell where in the source an element stands. So in a copy of the source every tag is marked with its
number: a start tag by an attribute, and each tag and comment by a comment that follows it. libxml2 never moves what it
reads, so in the tree of the copy the marks come in order, and the last mark before the end of an element tells which
tag ended it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from lxml import etree
from lxml.html import HtmlElement

from stripper.sources.html import Piece, parse

_ATTRIBUTE: Final = "stripper-mark"
# an attribute's quotes may hold what would end the tag
_REST_OF_TAG: Final = r"""(?:[^>=]|=\s*"[^"]*"|=\s*'[^']*'|=(?!\s*["']))*>"""
_TOKEN: Final = re.compile(
    r"(?P<doctype><!doctype[^>]*>)"
    # HTML takes what begins with <?, <! or </ and no name for a comment too
    r"|<!--(?:-?>|.*?(?:--!?>|\Z))|<(?:[!?]|/(?![a-z]))[^>]*>"
    rf"|<(?P<slash>/?)(?P<name>[a-zA-Z][^\s/>]*){_REST_OF_TAG}"
    r"|(?P<broken><[a-zA-Z/!?])",
    re.DOTALL | re.IGNORECASE,
)
_RAW: Final = frozenset("script style textarea title xmp iframe noembed noframes".split())


@dataclass(frozen=True, slots=True)
class Token:
    """A tag or a comment in the source: where it begins and ends; ``name`` is empty for a comment."""

    start: int
    end: int
    name: str
    closing: bool


@dataclass(frozen=True, slots=True)
class Marked:
    """A page's source, its tags, and the tree in which they are marked."""

    source: str
    tokens: tuple[Token, ...]
    root: HtmlElement


def mark(source: str) -> Marked | None:
    """Parse a page with its tags marked; ``None`` if there is nothing to parse."""
    tokens = tuple(_tokens(source))
    pieces, done = [], 0
    for number, token in enumerate(tokens):
        if not token.name:
            pieces.append(source[done : token.start])
        elif token.closing:
            pieces.append(source[done : token.end])
        else:
            after_name = token.start + 1 + len(token.name)
            pieces += source[done:after_name], f' {_ATTRIBUTE}="{number}"', source[after_name : token.end]
        if token.closing or token.name not in _RAW:
            pieces.append(f"<!--{number}-->")
        done = token.end
    root = parse("".join([*pieces, source[done:]]), comments=True)
    return None if root is None else Marked(source, tokens, root)


def cut_out(marked: Marked, elements: Collection[HtmlElement], pieces: Collection[Piece]) -> str:
    """The source without some elements and some pieces of text of its tree."""
    spans = sorted(_spans(marked, set(elements), set(pieces)))
    # what is inside something that goes goes with it
    ends = [0]
    kept = []
    for start, end in spans:
        kept.append(marked.source[ends[-1] : start])
        ends.append(max(end, ends[-1]))
    return "".join([*kept, marked.source[ends[-1] :]])


def _spans(marked: Marked, elements: set[HtmlElement], pieces: set[Piece]) -> Iterator[tuple[int, int]]:
    tokens = (Token(0, 0, "", False), *marked.tokens, Token(len(marked.source), len(marked.source), "", False))
    starts: dict[HtmlElement, int] = {}
    last, inside = 0, True  # the number of the mark that was last seen, and whether what follows its tag is
    for event, node in etree.iterwalk(marked.root, events=("start", "end", "comment")):
        if event == "comment":
            if node.text.isdecimal():
                last, inside = int(node.text) + 1, True
        elif event == "start":
            number = node.get(_ATTRIBUTE)
            if number is not None:
                last, inside = int(number) + 1, False
            if node in elements:
                # an element without a tag of its own begins where the last tag ended
                starts[node] = tokens[last].end if number is None else tokens[last].start
        elif node in elements:
            yield starts[node], _end(tokens, last, inside, node.tag)
        if Piece(node, event != "start") in pieces:
            yield tokens[last].end, tokens[last + 1].start


def _end(tokens: tuple[Token, ...], last: int, inside: bool, tag: str) -> int:
    """Where an element ends whose last mark is ``last``."""
    if not inside and tokens[last].name not in _RAW:  # its start tag was all of it
        return tokens[last].end
    following = tokens[last + 1]
    return following.end if following.closing and following.name == tag else following.start


def _tokens(source: str) -> Iterator[Token]:
    place = 0
    unclosed: set[str] = set()
    while (match := _TOKEN.search(source, place)) and not match["broken"]:
        place = match.end()
        if match["doctype"]:
            continue
        name = (match["name"] or "").lower()
        closing = bool(match["slash"])
        yield Token(match.start(), place, name, closing)
        if name in _RAW and not closing and name not in unclosed:
            end = re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE).search(source, place)
            if end:
                place = end.start()
            else:
                unclosed.add(name)
