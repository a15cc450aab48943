"""Beautiful Soup: boilerplate out of a soup that is held already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stripper.extras import load
from stripper.pruning import default_pruner, doom, judge, whole_blocks
from stripper.sources.html import trace
from stripper.stripper import Stripper

if TYPE_CHECKING:
    from bs4 import Tag
    from bs4.element import PageElement


def strip_soup(soup: Tag, url: str | None = None, stripper: Stripper | None = None) -> list[PageElement]:
    """Take the boilerplate out of a soup, in place.

    No element that holds text that is kept goes, nor ``soup`` itself. Where boilerplate stands bare beside text that
    is kept, its strings go. Pictures go and stay as with ``prune_html``.

    Args:
        soup: a ``BeautifulSoup`` of any of its parsers, or an element of one.
        url: the page's address, if known.
        stripper: whose verdicts count; by default one that strips every kind of boilerplate and nothing of the
            article's own. What its ``cut_tails`` would cut off stays.

    Returns:
        the elements and strings that were removed, in the order of the page.

    Raises:
        TypeError: ``soup`` is no soup, or was decomposed.
        MissingExtra: Beautiful Soup is not installed.

    >>> from bs4 import BeautifulSoup
    >>> soup = BeautifulSoup('''<div><p>The river rose by two metres on Sunday, the mayor said.</p>
    ... <aside class="box"><p>Subscribe to our newsletter!</p></aside></div>''', "html.parser")
    >>> strip_soup(soup)
    [<aside class="box"><p>Subscribe to our newsletter!</p></aside>]
    >>> print(soup)
    <div><p>The river rose by two metres on Sunday, the mayor said.</p>
    </div>
    """
    _check(soup)
    from stripper.sources.soup import read_soup  # noqa: PLC0415 - who has a soup has Beautiful Soup

    tree = read_soup(soup)
    paragraphs = whole_blocks(stripper or default_pruner()).strip_html(tree.root, url).paragraphs
    spared = {element for element, tag in tree.tags.items() if tag is soup} | {tree.root}
    doomed = doom(tree.root, judge(trace(tree.root), paragraphs), spared)
    strings = [string for piece in doomed.pieces for string in tree.strings[piece]]
    gone = {id(node): node for node in [*(tree.tags[element] for element in doomed.elements), *strings]}
    removed = [node for node in soup.descendants if id(node) in gone]
    for node in removed:
        node.extract()
    return removed


def _check(soup: object) -> None:
    if not isinstance(soup, load("bs4", "cleaning").Tag):
        raise TypeError(f"soup must be a BeautifulSoup or an element of one, not {type(soup).__name__}")
    if soup.decomposed:
        raise TypeError("soup was decomposed: there is nothing left of it")
