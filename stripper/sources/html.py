"""A page's HTML into blocks, each with what the markup and trafilatura say about it.

The page is parsed once; trafilatura works on a copy of the same tree.
A block is the text between two boundaries of block-level elements, inline children included.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias
from zlib import crc32

import trafilatura
from lxml import etree
from lxml.html import HtmlComment, HtmlElement, HTMLParser, HtmlProcessingInstruction, document_fromstring
from trafilatura.settings import Extractor
from trafilatura.utils import detect_encoding, repair_faulty_html

from stripper.sources.block import FLAGS, Block, Dom, Node, Page
from stripper.sources.declared import read_declared
from stripper.sources.lean import lean
from stripper.sources.paths import Paths

Html: TypeAlias = "str | bytes | HtmlElement | etree._ElementTree"

BLOCK_LEVEL: Final = frozenset(
    "address article aside blockquote body br button caption center dd details dialog dir div dl dt "
    "fieldset figcaption figure footer form frameset h1 h2 h3 h4 h5 h6 header hgroup hr html label "
    "legend li main menu nav ol p pre section summary table tbody td tfoot th thead tr ul".split()
)
NOT_TEXT: Final = frozenset(
    "script style noscript template svg head iframe object embed select option textarea math canvas video audio".split()
)
_MAYBE_SKIPPED: Final = NOT_TEXT | {"title"}
# Beyond this depth of elements trafilatura, which recurses, is not asked. libxml2 itself reads on to 2048.
MAX_DEPTH: Final = 400
LARGEST: Final = 20_000_000

# trafilatura's own settings, but for depth: without huge_tree, libxml2 drops all that follows the 256th level
_PARSER: Final = HTMLParser(collect_ids=False, encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
_COMMENTS_TOO: Final = HTMLParser(collect_ids=False, encoding="utf-8", huge_tree=True)
# lxml's own lookup, which knows the elements of forms too, is a Python function that is called for every element
for _parser in (_PARSER, _COMMENTS_TOO):
    _parser.set_element_class_lookup(
        etree.ElementDefaultClassLookup(HtmlElement, HtmlComment, HtmlProcessingInstruction)
    )
# read only, so that threads may share it: trafilatura changes a copy where it tries again with other settings
_FAST: Final = Extractor(output_format="python", fast=True, comments=False)
MOST_AROUND: Final = 48
_MOST_INLINE: Final = 12
_MOST_LINKS: Final = 6
_LONGEST_TITLE: Final = 40
_TELLING: Final = 25

_TELLING_ATTRIBUTES: Final = ("id", "role", "itemprop", "data-testid", "data-component", "class")
_NO_VALUES: Final = ("",) * len(_TELLING_ATTRIBUTES)
_VOID: Final = frozenset({"br", "hr"})
_WORD_CHARACTER = re.compile(r"\w")
_ATTRIBUTE_WORD = re.compile(r"[a-z]{2,24}|[A-Z][a-z]+|[A-Z]{2,}")
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_META_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_TAG = re.compile(
    r"<(?:!doctype|html|head|body|meta|div|article|section|p|h1|span|a|br|table|ul)\b[^<]*>", re.IGNORECASE
)
_ZERO_WIDTH_SPACE: Final = "\u200b"
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def read_html(html: Html, url: str | None = None) -> Page:
    """Parse a page and cut it into blocks.

    Args:
        html: the page as text, as bytes of any charset, or already parsed by lxml (left untouched).
        url: its address, if known; tells links inside the site from those that leave it.

    Returns:
        The blocks in document order; none if there is nothing to parse, or too much (see ``is_too_large``).

    Raises:
        TypeError: ``html`` is none of the above.
    """
    root = None if is_too_large(html) else parse(html)
    if root is None:
        return Page((), url=url)
    declared = read_declared(root)
    drafts, depth = _cut(root)
    extracted = _Extracted(_main_text(root) if depth <= MAX_DEPTH else "")
    title_words = frozenset((declared.title or "").lower().split())
    path_of = Paths(root).of
    blocks = tuple(
        Block(
            text=draft.text,
            xpath=path_of(draft.within.element),
            dom=Dom(
                node=draft.within.node(),
                inline=_inline_words(draft.inline),
                links=tuple(draft.links),
                link_chars=min(draft.link_chars, len(draft.text)),
                extracted=draft.text in extracted,
                title_like=_overlap(draft.text, title_words),
                declared=declared.verdict(draft.text),
            ),
        )
        for draft in drafts
    )
    return Page(blocks, title=declared.title, url=url or declared.url, access=declared.access, gated=declared.gated)


def is_too_large(html: object) -> bool:
    """Whether a page that is not parsed yet is longer than any article's: 20 million characters, as for trafilatura."""
    return isinstance(html, (str, bytes, bytearray, memoryview)) and len(html) > LARGEST


def decode(data: bytes, charset: str | None = None) -> str:
    """Bytes of a page to text: byte order mark, valid UTF-8, charset that the server or the page declares, best guess.

    >>> decode("<meta charset=koi8-r>Привет".encode("koi8-r"))
    '<meta charset=koi8-r>Привет'
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    declared = _META_CHARSET.search(data, 0, 4096)
    names = [charset] if charset else []
    names += [declared.group(1).decode("ascii")] if declared else []
    for name in names + detect_encoding(data):
        try:
            # Browsers read "iso-8859-1" as its superset: https://encoding.spec.whatwg.org/#names-and-labels
            codec = codecs.lookup(name).name
            return data.decode("cp1252" if codec in ("iso8859-1", "ascii") else codec, errors="replace")
        except (LookupError, UnicodeError):
            continue
    return data.decode("utf-8", errors="replace")


def looks_like_html(doc: object) -> bool:
    """Tell a page from plain text by its content: a tree, or a tag near the beginning.

    >>> looks_like_html(b"<!doctype html><p>Hello"), looks_like_html("5 < 7 and <3 you")
    (True, False)
    """
    if isinstance(doc, str):
        beginning = doc[:4096]
    elif isinstance(doc, (bytes, bytearray)):
        beginning = decode(bytes(doc[:4096]))
    else:
        return True
    return bool(_TAG.search(beginning))


def parse(html: Html, comments: bool = False) -> HtmlElement | None:
    """A page's tree, or ``None`` if there is nothing to parse; a tree is handed back as it is.

    Args:
        html: str, bytes of any charset, or a tree.
        comments: whether the tree is to hold the page's comments too.

    Raises:
        TypeError: ``html`` is of another type.
    """
    if isinstance(html, etree._ElementTree):
        html = html.getroot()
    if isinstance(html, etree._Element):
        return html
    if isinstance(html, (bytes, bytearray, memoryview)):
        html = decode(bytes(html))
    if not isinstance(html, str):
        raise TypeError(f"html must be str, bytes or an lxml tree, not {type(html).__name__}")
    repaired = repair_faulty_html(html, html[:50].lower())
    try:
        # as bytes: lxml takes no text that declares an encoding of its own
        parser = _COMMENTS_TOO if comments else _PARSER
        return document_fromstring(repaired.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):  # nothing there to parse
        return None


@dataclass(slots=True)
class _Open:
    """An element of block level; its node is made when a block needs it, for most hold no text of their own."""

    element: HtmlElement
    around: _Open | None
    number: int
    made: Node | None = None

    def node(self) -> Node:
        missing = [self]
        while missing[-1].made is None and missing[-1].around:
            missing.append(missing[-1].around)
        for own in reversed(missing):
            own.made = own.made or _node(own.element, own.around.made if own.around else None, own.number)
        assert self.made  # noqa: S101
        return self.made


@dataclass(slots=True)
class _Draft:
    """A block while it is being collected."""

    within: _Open
    text: str = ""
    pieces: list[str] = field(default_factory=list)
    inline: list[HtmlElement] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    link_chars: int = 0


class _Cutter:
    """Collects the blocks that hold a word character, while the tree is walked once and without recursion."""

    def __init__(self, root: HtmlElement) -> None:
        self._root = root
        self._outermost = _Open(root, None, 0, Node("", (), (), None, 0, 0, False, 0, 0))
        self._open: list[_Open] = []
        self._links: list[HtmlElement] = []
        self._draft = _Draft(self._outermost)
        self._count = 0
        self.done: list[_Draft] = []

    def start(self, element: HtmlElement) -> None:
        tag = element.tag
        if tag in BLOCK_LEVEL:
            if tag not in _VOID:
                self._count += 1
                self._open.append(_Open(element, self._open[-1] if self._open else None, self._count))
            self.flush()
        else:
            draft = self._draft
            if len(draft.inline) < _MOST_INLINE:
                draft.inline.append(element)
            if tag == "a":
                self._links.append(element)
                if len(draft.links) < _MOST_LINKS:
                    draft.links.append(element.get("href") or "")
        if text := element.text:
            self.add(text)

    def end(self, element: HtmlElement) -> None:
        tag = element.tag
        if tag in BLOCK_LEVEL:
            if tag not in _VOID and self._open:
                self._open.pop()
            self.flush()
        elif tag == "a" and self._links:
            self._links.pop()
        if (text := element.tail) and element is not self._root:
            self.add(text)

    def add(self, text: str) -> None:
        draft = self._draft
        if draft.pieces or not text.isspace():
            draft.pieces.append(text)
            if self._links:
                draft.link_chars += len(text.strip())

    def flush(self) -> None:
        draft = self._draft
        within = self._open[-1] if self._open else self._outermost
        if draft.pieces or draft.inline or draft.links:
            if draft.pieces:
                draft.text = " ".join("".join(draft.pieces).replace(_ZERO_WIDTH_SPACE, "").split())
                if _WORD_CHARACTER.search(draft.text):
                    self.done.append(draft)
            self._draft = draft = _Draft(within)
        else:  # most boundaries have nothing between them
            draft.within = within
        if self._links:  # a link that spans several blocks belongs to each
            draft.links.extend(link.get("href") or "" for link in self._links[:_MOST_LINKS])


class Piece(NamedTuple):
    """A piece of a block's text: what follows the start of ``element``, or, if ``tail``, what follows its end."""

    element: HtmlElement
    tail: bool


class _Tracer(_Cutter):
    """Notes too where in the tree each block's text stands."""

    def __init__(self, root: HtmlElement) -> None:
        super().__init__(root)
        self._pieces: list[Piece] = []
        self._at = Piece(root, False)
        self.traced: list[tuple[str, list[Piece]]] = []

    def start(self, element: HtmlElement) -> None:
        self._at = Piece(element, False)
        super().start(element)

    def end(self, element: HtmlElement) -> None:
        self._at = Piece(element, True)
        super().end(element)

    def add(self, text: str) -> None:
        super().add(text)
        if not text.isspace():
            self._pieces.append(self._at)

    def flush(self) -> None:
        before, pieces = len(self.done), self._pieces
        self._pieces = []
        super().flush()
        if len(self.done) > before:
            self.traced.append((self.done[-1].text, pieces))


def trace(root: HtmlElement) -> list[tuple[str, list[Piece]]]:
    """The text of each block below ``root``, as ``read_html`` cuts it, and the pieces that it is made of."""
    tracer = _Tracer(root)
    _walk(root, tracer)
    return tracer.traced


def _cut(root: HtmlElement) -> tuple[list[_Draft], int]:
    """The blocks below ``root``, and how deep its elements are nested."""
    cutter = _Cutter(root)
    deepest = _walk(root, cutter)
    return cutter.done, deepest


def _walk(root: HtmlElement, cutter: _Cutter) -> int:
    depth = deepest = 0
    walker = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
    for event, element in walker:
        if event == "start":
            depth += 1
            deepest = max(deepest, depth)
            if element.tag in _MAYBE_SKIPPED and _is_skipped(element):
                walker.skip_subtree()
            else:
                cutter.start(element)
        elif event == "end":
            depth -= 1
            cutter.end(element)
        else:  # what a comment or a processing instruction says is no text, what follows it is
            cutter.end(element)
    cutter.flush()
    return deepest


def _is_skipped(element: HtmlElement) -> bool:
    tag, parent = element.tag, element.getparent()
    if tag == "head" and parent is not None and parent.find("body") is None:
        # where tags are left out, as HTML allows, libxml2 does not see that an article begins the body
        return False
    return tag in NOT_TEXT or (tag == "title" and parent is not None and parent.tag == "head")


def _node(element: HtmlElement, parent: Node | None, number: int) -> Node:
    tag = element.tag
    attributes = dict(element.items())
    words = _words(tag, attributes)
    hidden = (
        "hidden" in attributes
        or attributes.get("aria-hidden") == "true"
        or ("style" in attributes and bool(_HIDDEN_STYLE.search(attributes["style"])))
    )
    own = f"{tag} {attributes.get('class', '')}".encode("utf-8", "surrogatepass")
    if parent is None:
        return Node(tag, words, words, None, 0, FLAGS.get(tag, 0), hidden, crc32(own), number)
    return Node(
        tag,
        words,
        (words + parent.around)[:MOST_AROUND],
        parent,
        parent.depth + 1,
        parent.flags | FLAGS.get(tag, 0),
        parent.hidden or hidden,
        crc32(own, parent.signature if parent.depth % 3 else 0),
        number,
    )


def _inline_words(elements: Iterable[HtmlElement]) -> tuple[str, ...]:
    found: list[str] = []
    for element in elements:
        if len(found) < _MOST_INLINE:
            found += _words(element.tag, dict(element.items()))
    return tuple(found)


def _words(tag: str, attributes: Mapping[str, str]) -> tuple[str, ...]:
    if not attributes:
        return (tag,)
    return (tag, *_attribute_words(" ".join(map(attributes.get, _TELLING_ATTRIBUTES, _NO_VALUES))))


@lru_cache(maxsize=20_000)
def _attribute_words(value: str) -> tuple[str, ...]:
    """Words of a class or id: ``"articleBody__text-2"`` gives ``("article", "body", "text")``."""
    return tuple(word.lower() for word in _ATTRIBUTE_WORD.findall(value[:300])[:16])


def _overlap(text: str, title_words: frozenset[str]) -> float:
    words = set(text.lower().split()) if title_words else None
    if not words or len(words) > _LONGEST_TITLE:
        return 0.0
    return len(words & title_words) / max(len(words), len(title_words) / 2)


def _main_text(root: HtmlElement) -> str:
    """Trafilatura's main text in its fast mode; empty if it finds none or fails on the page."""
    try:
        document = trafilatura.bare_extraction(lean(root), options=_FAST)
    except Exception:  # whatever a hostile page provokes there, it is only evidence that is missing
        return ""
    return str(getattr(document, "text", None) or "")


class _Extracted:
    """Whether a block's text occurs in trafilatura's output."""

    def __init__(self, output: str) -> None:
        self._lines = frozenset(output.split("\n"))
        self._whole = " ".join(output.split())

    def __contains__(self, text: str) -> bool:
        # short texts occur by chance inside others
        return text in self._lines or (len(text) >= _TELLING and text in self._whole)
