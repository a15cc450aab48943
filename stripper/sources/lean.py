"""A page without what trafilatura drops anyway: it finds the same main text in it, in two thirds of the time.

Trafilatura's time goes with the number of elements that it sees. Two of its measures are left as they are: how many
children and links an element has, and how much text the page has, also where that text is dropped.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Final

from lxml import etree
from lxml.html import HtmlElement
from trafilatura.settings import MANUALLY_CLEANED, MANUALLY_STRIPPED

# what it neither reads nor measures
_UNREAD: Final = ("aside", "fencedframe", "footer", "img", "input", "link", "meta", "style", "svg")
# what it measures only; a form may be all of the page, and a head that of a page without a body
_MEASURED: Final = tuple(sorted({*MANUALLY_CLEANED} - {*_UNREAD, "form", "head", "script"}))
# what it unwraps
_UNWRAPPED: Final = (*sorted({*MANUALLY_STRIPPED} - {*_UNREAD, "template"}), "b", "em", "i", "u")
_UNUSED_ATTRIBUTES: Final = ("href", "rel", "target", "title")
# without them lines and tables would fall apart
_SPACES: Final = frozenset({"br", "hr", "td", "th"})
_EMPTY: Final = "stripper-empty"
_NOTHING: Final = (0, 0, 0)
_BOXES: Final = frozenset({"div", "ol", "section", "ul"})
# of a menu; trafilatura asks for a fifth link or, of short ones, for four fifths of the text inside links
_LEAST_LINKS: Final = 3
_LEAST_LINKED: Final = 0.8
_LONGEST_LINK: Final = 100


def lean(root: HtmlElement) -> HtmlElement:
    """A copy of a page for trafilatura to read.

    >>> from lxml.html import document_fromstring, tostring
    >>> page = document_fromstring("<nav><b>Home</b> <i>News</i></nav><div><span></span></div><p>Rain <em>fell</em>.")
    >>> tostring(lean(page), encoding="unicode")
    '<html><body><nav>Home News</nav><p>Rain fell.</p></body></html>'
    """
    page = deepcopy(root)
    for script in page.iter("script"):
        if script.get("type") != "application/ld+json":
            script.tag = "style"
    etree.strip_elements(page, *_UNREAD, with_tail=False)
    etree.strip_tags(page, etree.Comment, etree.ProcessingInstruction, *_UNWRAPPED)
    etree.strip_attributes(page, *_UNUSED_ATTRIBUTES)
    for element in list(page.iter(*_MEASURED)):
        # a figure that holds a table is read
        if len(element) and (element.tag != "figure" or element.find(".//table") is None):
            etree.strip_tags(element, "*")
    _thin(page)
    return page


def _thin(page: HtmlElement) -> None:
    """Unwrap elements that hold neither text nor links or say nothing, and make menus a single link each."""
    # of each element: its characters, those inside links, and its links
    sums: dict[HtmlElement | None, tuple[int, int, int]] = {}
    for element in reversed(list(page.iter("*"))):
        tag = element.tag
        chars, linked, links = sums.get(element, _NOTHING)
        chars += _length(element.text) + (tag in _SPACES)
        if tag == "a":
            linked, links = chars, links + 1
        elif element is not page and (not (chars or links) or (tag == "span" and not element.keys())):
            element.tag = _EMPTY
        elif tag in _BOXES and _is_menu(chars, linked, links):
            _shorten(element, chars)
        parent = element.getparent()
        others = sums.get(parent, _NOTHING)
        sums[parent] = (others[0] + chars + _length(element.tail), others[1] + linked, others[2] + links)
    etree.strip_tags(page, _EMPTY)


def _length(text: str | None) -> int:
    """Of a piece of text, with a space after it."""
    return len(text.strip()) + 1 if text and not text.isspace() else 0


def _is_menu(chars: int, linked: int, links: int) -> bool:
    """Whether trafilatura takes an element for a list of links, and drops it."""
    return links >= _LEAST_LINKS and linked >= _LEAST_LINKED * chars and chars < _LONGEST_LINK * links


def _shorten(menu: HtmlElement, chars: int) -> None:
    """Put a single link in the place of all, as long as all of them: only how long it is counts."""
    menu[:] = ()
    menu.text = None
    etree.SubElement(menu, "a").text = "-" * chars
