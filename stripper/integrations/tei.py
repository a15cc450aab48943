"""A page's body in trafilatura's XML.

That is ``p``, ``head``, ``list``, ``quote``, ``code`` and ``table``, and inside them ``hi``, ``ref``, ``del``,
``graphic`` and ``lb``. trafilatura's own way from HTML to there loses short, linked and odd paragraphs, for it is
where trafilatura chooses. Here the choice has been made, and nothing is lost.
"""

from __future__ import annotations

import re
from typing import Final

from lxml import etree
from lxml.html import HtmlElement
from trafilatura.deduplication import duplicate_test
from trafilatura.htmlprocessing import convert_tags
from trafilatura.main_extractor import handle_image
from trafilatura.settings import Extractor

from stripper.sources.html import BLOCK_LEVEL, NOT_TEXT

_INLINE: Final = frozenset({"hi", "ref", "del", "code"})
_HOLDERS: Final = frozenset({"list", "item", "quote", "head"})
_CELLS: Final = {"table": "table", "tr": "row", "td": "cell", "th": "cell"}
_BLOCK: Final = BLOCK_LEVEL | _HOLDERS
# convert_tags calls headings what HTML calls its head
_SKIPPED: Final = (NOT_TEXT | {"title"}) - {"head"}
_ATTRIBUTES: Final = ("rend", "target")
# a table with one of these in it is there for the layout
_LAYOUT: Final = ("table", "head", "list", "quote")
_WORD: Final = re.compile(r"\w")
_SPACE: Final = re.compile(r"[\s\xa0]+")
_ZERO_WIDTH: Final = "\u200b"
# trafilatura recurses when it writes
_DEEPEST: Final = 40
_MOST_INLINE: Final = 8


def body_of(root: HtmlElement, options: Extractor, url: str | None) -> etree._Element:
    """A page's body in trafilatura's XML.

    Args:
        root: the page, without what is not to be in it; it is used up.
        options: whether links, pictures, formatting and tables are wanted, and whether repetitions are not.
        url: what links are relative to.

    Returns:
        the ``body``, empty if the page has no text.
    """
    body = root.find("body") if root.tag == "html" else None
    source = root if body is None else body
    etree.strip_tags(source, "q", etree.Comment, etree.ProcessingInstruction)
    preformatted = set(source.iter("pre"))
    for block in preformatted:
        if len(block) == 1 and block[0].tag == "code" and not (block.text or "").strip():
            etree.strip_tags(block, "code")
            block.tag = "code"
    convert_tags(source, options, url)
    builder = _Builder(options, preformatted)
    walker = etree.iterwalk(source, events=("start", "end"))
    for event, element in walker:
        if event == "start":
            if element.tag in _SKIPPED or not builder.start(element):
                walker.skip_subtree()
        else:
            builder.end(element)
            if element is not source:
                builder.text(element.tail)
    builder.flush()
    return builder.body


class _Builder:
    """Collects text into paragraphs, and these into the lists, quotes and tables that are open."""

    def __init__(self, options: Extractor, preformatted: set[HtmlElement]) -> None:
        self.body = etree.Element("body")
        self._options = options
        self._preformatted = preformatted
        self._targets: list[tuple[HtmlElement | None, etree._Element]] = [(None, self.body)]
        self._tables: list[bool] = []
        self._inline: list[HtmlElement] = []
        # the paragraph under way and the inline elements open in it; whether it ends in a space, in a line break
        self._open: list[etree._Element] = []
        self._spaced = self._broken = False

    def start(self, element: HtmlElement) -> bool:
        """Take an element's start tag and text; ``False`` if nothing inside is wanted."""
        tag = element.tag
        if tag == "table":
            data = _is_data(element)
            if data and not self._options.tables:
                return False
            self._tables.append(data)
        if self._holds(element):
            self._push(element, _CELLS.get(tag, tag))
        elif tag == "lb":
            self._line_break()
        elif tag == "graphic":
            self._picture(element)
        elif tag in _BLOCK:
            self.flush()
        elif self._is_inline(element):
            self._inline.append(element)
            if self._open:
                self._open.append(_copy_into(self._open[-1], element))
        self.text(element.text)
        return True

    def end(self, element: HtmlElement) -> None:
        """Take an element's end tag."""
        if self._targets[-1][0] is element:
            self._pop()
        elif element.tag in _BLOCK:
            self.flush()
        elif self._inline and self._inline[-1] is element:
            self._inline.pop()
            if self._open:
                self._open.pop()
        if element.tag == "table" and self._tables:
            self._tables.pop()

    def text(self, text: str | None) -> None:
        if not text:
            return
        if self._target.tag == "code":
            _append(self._target, text)
            return
        # the lines of what is preformatted stay lines
        first, *others = text.split("\n") if self._targets[-1][0] in self._preformatted else [text]
        self._flow(first)
        for line in others:
            self._line_break()
            self._flow(line)

    def _flow(self, text: str) -> None:
        text = _SPACE.sub(" ", text.replace(_ZERO_WIDTH, ""))
        if self._spaced or not self._open:
            text = text.removeprefix(" ")
        if text:
            _append(self._paragraph(), text)
            self._spaced, self._broken = text.endswith(" "), False

    def flush(self) -> None:
        """End the paragraph under way."""
        if not self._open:
            return
        paragraph = self._open[0]
        self._open = []
        self._spaced = self._broken = False
        _tidy(paragraph)
        if _says_nothing(paragraph):
            return
        if self._options.dedup and duplicate_test(paragraph, self._options):
            return
        self._place(paragraph)

    @property
    def _target(self) -> etree._Element:
        return self._targets[-1][1]

    def _paragraph(self) -> etree._Element:
        """The innermost element that text goes to; links around several paragraphs are in each."""
        if not self._open:
            self._open = [etree.Element("p")]
            for element in self._inline:
                self._open.append(_copy_into(self._open[-1], element))
        return self._open[-1]

    def _place(self, paragraph: etree._Element) -> None:
        target = self._target
        if target.tag == "table":
            target = etree.SubElement(target, "row")
        if target.tag in ("row", "list"):
            target = etree.SubElement(target, "cell" if target.tag == "row" else "item")
        if target.tag in ("body", "quote") or ((target.text or len(target)) and target.tag != "head"):
            target.append(paragraph)
        else:
            _append(target, (" " if target.text or len(target) else "") + (paragraph.text or ""))
            target.extend(list(paragraph))

    def _push(self, element: HtmlElement, tag: str) -> None:
        self.flush()
        target = etree.SubElement(self._target, tag)
        if tag in ("list", "item", "head") and element.get("rend"):
            target.set("rend", element.get("rend"))
        if element.tag == "th":
            target.set("role", "head")
        self._targets.append((element, target))

    def _pop(self) -> None:
        self.flush()
        _, target = self._targets.pop()
        if target.tag == "table":
            width = max((len(row) for row in target), default=0)
            for row in target:
                for _ in range(width - len(row)):
                    etree.SubElement(row, "cell")
        if target.tag != "cell" and _says_nothing(target):
            self._target.remove(target)

    def _holds(self, element: HtmlElement) -> bool:
        """Whether an element is one that paragraphs are put into."""
        if len(self._targets) > _DEEPEST:
            return False
        if element.tag in _CELLS:
            return bool(self._tables) and self._tables[-1]
        if element.tag == "item":
            return self._target.tag == "list"
        return element.tag in _HOLDERS or element in self._preformatted

    def _is_inline(self, element: HtmlElement) -> bool:
        if len(self._inline) >= _MOST_INLINE:
            return False
        return element.tag in _INLINE and (element.tag != "ref" or self._options.links)

    def _line_break(self) -> None:
        if self._target.tag == "code":
            _append(self._target, "\n")
        elif self._open and not self._broken:
            etree.SubElement(self._open[-1], "lb")
            self._spaced = self._broken = True

    def _picture(self, element: HtmlElement) -> None:
        picture = handle_image(element, self._options)
        if picture is not None:
            picture.tail = None
            self._paragraph().append(picture)
            self._spaced = self._broken = False


def _is_data(table: HtmlElement) -> bool:
    """Whether a table holds values, rather than the page in columns."""
    if next(table.iterdescendants(*_LAYOUT), None) is not None:
        return False
    rows = [row.findall("td") + row.findall("th") for row in table.iter("tr")]
    cells = [cell for row in rows for cell in row]
    return max(map(len, rows), default=0) > 1 and all(len(cell.findall(".//p")) <= 1 for cell in cells)


def _says_nothing(element: etree._Element) -> bool:
    return not _WORD.search("".join(map(str, element.itertext()))) and element.find(".//graphic") is None


def _copy_into(parent: etree._Element, element: HtmlElement) -> etree._Element:
    attributes = {name: value for name in _ATTRIBUTES if (value := element.get(name))}
    return etree.SubElement(parent, element.tag, attributes)


def _append(element: etree._Element, text: str) -> None:
    if len(element):
        element[-1].tail = (element[-1].tail or "") + text
    else:
        element.text = (element.text or "") + text


def _tidy(paragraph: etree._Element) -> None:
    """Drop empty inline elements, the last line break and the space at the end."""
    node = paragraph
    for element in reversed(list(paragraph.iterdescendants())):
        if element.tag != "graphic" and not len(element) and not element.text:
            ends = element.tag == "lb" and not _follows(element, paragraph)
            if element.tag != "lb" or ends:
                _unwrap(element)
    while len(node) and not node[-1].tail:
        node = node[-1]
    if len(node):
        node[-1].tail = (node[-1].tail or "").rstrip()
    elif node.text:
        node.text = node.text.rstrip()


def _follows(element: etree._Element, paragraph: etree._Element) -> bool:
    """Whether anything comes after an element in its paragraph."""
    around: etree._Element | None = element
    while around is not None and around is not paragraph:
        if (around.tail or "").strip() or around.getnext() is not None:
            return True
        around = around.getparent()
    return False


def _unwrap(element: etree._Element) -> None:
    parent, before = element.getparent(), element.getprevious()
    if before is not None:
        before.tail = (before.tail or "") + (element.tail or "")
    elif parent is not None:
        parent.text = (parent.text or "") + (element.tail or "")
    if parent is not None:
        parent.remove(element)
