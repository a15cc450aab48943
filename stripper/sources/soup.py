"""A soup of Beautiful Soup as a tree of lxml, with the way back to the soup's own elements and strings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from bs4 import BeautifulSoup, CData, Tag
from bs4.element import NavigableString, PreformattedString
from lxml import etree
from lxml.html import HtmlElement
from lxml.html import fromstring as lxml_fromstring

from stripper.sources.html import Piece

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*\Z")
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_UNNAMED: Final = "x-unnamed"
_OF_HEAD: Final = frozenset({"title", "meta", "link", "base"})


@dataclass(frozen=True, slots=True)
class SoupTree:
    """A tree and where in the soup its parts come from.

    Attributes:
        root: the tree.
        tags: the soup's tag for each element, but for those that the soup lacks.
        strings: the soup's strings for each piece of text.
    """

    root: HtmlElement
    tags: dict[HtmlElement, Tag]
    strings: dict[Piece, list[NavigableString]]


def read_soup(soup: Tag) -> SoupTree:
    """Build the tree of a soup, or of a part of one, without parsing anything anew."""
    root: HtmlElement = lxml_fromstring("<html><head></head><body></body></html>")
    head, body = root
    tags: dict[HtmlElement, Tag] = {}
    strings: dict[Piece, list[NavigableString]] = {}
    page = soup.find("html", recursive=False) if isinstance(soup, BeautifulSoup) else soup
    if isinstance(page, Tag) and page.name == "html":
        source = page
        tags[root] = page
        _copy_attributes(page, root)
        root.remove(body)
        if page.find("head", recursive=False):
            root.remove(head)
        body = root
    else:
        source = soup
        if not isinstance(soup, BeautifulSoup):
            body = _append(body, soup)
            tags[body] = soup
    # no recursion: soups may be deep
    rest = [(child, body) for child in reversed(source.contents)]
    while rest:
        node, parent = rest.pop()
        if isinstance(node, Tag):
            # parsers that add nothing leave these where they found them
            element = _append(head if parent is body and node.name in _OF_HEAD else parent, node)
            tags[element] = node
            rest += [(child, element) for child in reversed(node.contents)]
        elif isinstance(node, NavigableString) and (
            not isinstance(node, PreformattedString) or isinstance(node, CData)
        ):
            strings.setdefault(_add_text(parent, _NOT_XML.sub("", node)), []).append(node)
    return SoupTree(root, tags, strings)


def _append(parent: HtmlElement, tag: Tag) -> HtmlElement:
    name = tag.name.lower()
    element: HtmlElement = etree.SubElement(parent, name if _NAME.match(name) else _UNNAMED)
    _copy_attributes(tag, element)
    return element


def _copy_attributes(tag: Tag, element: HtmlElement) -> None:
    for name, value in tag.attrs.items():
        if _NAME.match(name):
            text = " ".join(value) if isinstance(value, list) else str(value or "")
            element.set(name.lower(), _NOT_XML.sub("", text))


def _add_text(parent: HtmlElement, text: str) -> Piece:
    if len(parent):
        last = parent[-1]
        last.tail = (last.tail or "") + text
        return Piece(last, True)
    parent.text = (parent.text or "") + text
    return Piece(parent, False)
