"""trafilatura's ``extract`` and ``bare_extraction`` with stripper's text in them.

The page's metadata are trafilatura's, and so is what writes the formats. The body is made of the blocks that stripper
keeps, in trafilatura's own XML: all of them and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from configparser import ConfigParser
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypedDict

from lxml import etree
from lxml.html import HtmlElement
from trafilatura.core import TXT_FORMATS, determine_returnstring
from trafilatura.deduplication import LRUCache, content_fingerprint, duplicate_test
from trafilatura.htmlprocessing import prune_unwanted_nodes
from trafilatura.metadata import extract_metadata
from trafilatura.settings import Document, Extractor, use_config
from trafilatura.utils import LANGID_FLAG, Response, check_html_lang, language_filter
from trafilatura.xml import xmltotxt

from stripper.document import Article
from stripper.integrations.tei import body_of
from stripper.labels import Mode
from stripper.pruning import doom, judge, take_out, whole_blocks
from stripper.sources.html import Html, parse, trace
from stripper.stripper import Stripper

if TYPE_CHECKING:
    from typing_extensions import Unpack


class Keywords(TypedDict, total=False):
    """trafilatura's keywords that are taken, and ``stripper``."""

    record_id: str | None
    fast: bool
    favor_precision: bool
    favor_recall: bool
    include_comments: bool
    output_format: str
    tei_validation: bool
    target_language: str | None
    include_tables: bool
    include_images: bool
    include_formatting: bool | None
    include_links: bool
    deduplicate: bool | LRUCache
    date_extraction_params: dict[str, Any] | None
    with_metadata: bool
    only_with_metadata: bool
    url_blacklist: set[str] | None
    author_blacklist: set[str] | None
    settingsfile: str | None
    prune_xpath: str | list[str] | None
    config: ConfigParser | None
    options: Extractor | None
    stripper: Stripper | None


# what trafilatura's Extractor calls them
_OPTIONS: Final = {
    "fast": "fast",
    "favor_precision": "precision",
    "favor_recall": "recall",
    "include_comments": "comments",
    "output_format": "output_format",
    "tei_validation": "tei_validation",
    "target_language": "lang",
    "include_tables": "tables",
    "include_images": "images",
    "include_formatting": "formatting",
    "include_links": "links",
    "deduplicate": "dedup",
    "date_extraction_params": "date_params",
    "with_metadata": "with_metadata",
    "only_with_metadata": "only_with_metadata",
    "url_blacklist": "url_blacklist",
    "author_blacklist": "author_blacklist",
}
_MODES: Final[Mapping[str, Mode]] = {"precision": "aggressive", "balanced": "balanced", "recall": "cautious"}


@dataclass(frozen=True, slots=True)
class _Function:
    """What one of the two functions takes: output formats, its usual one first, and why not some keywords."""

    name: str
    formats: tuple[str, ...]
    refused: Mapping[str, str]


_FORMATS: Final = ("txt", "markdown", "json", "xml", "xmltei", "html", "csv")
_NOT_TAKEN: Final = {
    "no_fallback": "say fast=True",
    "max_tree_size": "set MAX_TREE_SIZE in a settingsfile for trafilatura itself",
}
_NOT_IN_BARE: Final = {
    "as_dict": "call .as_dict() on what comes back",
    "record_id": "only extract has it",
    "tei_validation": "only extract has it",
    "settingsfile": "give config instead",
}
_EXTRACT: Final = _Function("extract", _FORMATS, _NOT_TAKEN)
_BARE: Final = _Function("bare_extraction", ("python", *_FORMATS), _NOT_TAKEN | _NOT_IN_BARE)


def extract(filecontent: Html | Response | None, url: str | None = None, **keywords: Unpack[Keywords]) -> str | None:
    """What ``trafilatura.extract`` gives, without the boilerplate.

    Args:
        filecontent: str, bytes of any charset, a tree parsed by lxml, which is left untouched, or what trafilatura's
            ``fetch_url`` and ``fetch_response`` give, ``None`` too.
        url: the page's address.
        keywords: trafilatura's, with trafilatura's meaning and defaults, but for these: ``include_comments`` is off
            unless asked for; ``favor_precision`` and ``favor_recall`` choose stripper's mode, "aggressive" or
            "cautious"; ``fast`` tells for the metadata and the language alone. ``stripper`` is a ``Stripper`` of your
            own, whose verdicts count instead; its ``cut_tails`` does nothing here.

    Returns:
        the article in the format asked for; ``None`` if there is none, or if it is not in the language, lacks the
        metadata or is on the list of what is not wanted.

    Raises:
        TypeError: ``filecontent`` is of another type, or a keyword is unknown.
        ValueError: a keyword or a value that is not supported; the message says what is.

    >>> page = "<p>The river rose by two metres on Sunday, the mayor said.</p><p>Subscribe to our newsletter!</p>"
    >>> extract(page, output_format="markdown")
    'The river rose by two metres on Sunday, the mayor said.'
    """
    options = _options(_EXTRACT, url, keywords)
    document = _document(_page(filecontent), options, keywords)
    if document is None:
        return None
    if options.format not in TXT_FORMATS or options.with_metadata:
        document.id = keywords.get("record_id")
        document.fingerprint = content_fingerprint(f"{document.title} {document.raw_text}")
    return str(determine_returnstring(document, options))


def bare_extraction(
    filecontent: Html | Response | None, url: str | None = None, **keywords: Unpack[Keywords]
) -> Document | None:
    """What ``trafilatura.bare_extraction`` gives, without the boilerplate.

    Args:
        filecontent: as for ``extract``.
        url: the page's address.
        keywords: as for ``extract``, but for ``record_id``, ``tei_validation`` and ``settingsfile``.

    Returns:
        trafilatura's ``Document``: ``text``, ``body``, and the metadata if asked for; ``None`` where ``extract`` gives
        ``None``.

    Raises:
        TypeError: ``filecontent`` is of another type, or a keyword is unknown.
        ValueError: a keyword or a value that is not supported; the message says what is.
    """
    options = _options(_BARE, url, keywords)
    document = _document(_page(filecontent), options, keywords)
    if document is not None and options.format == "python":
        document.text = document.raw_text = xmltotxt(document.body, options.formatting)
        if options.comments:
            document.comments = xmltotxt(document.commentsbody, options.formatting)
    return document


def _page(filecontent: Html | Response | None) -> Html:
    """As a page, what trafilatura's ``fetch_url`` and ``fetch_response`` give; empty if they got nothing."""
    if filecontent is None:
        return ""
    return (filecontent.data or b"") if isinstance(filecontent, Response) else filecontent


def _options(function: _Function, url: str | None, keywords: Keywords) -> Extractor:
    """Trafilatura's options for what the caller asks for."""
    given: dict[str, Any] = dict(keywords)
    for keyword in given.keys() & function.refused.keys():
        if given.pop(keyword):
            raise ValueError(f"{function.name}() does not support {keyword}: {function.refused[keyword]}")
    unknown = sorted(given.keys() - Keywords.__annotations__.keys())
    if unknown:
        raise TypeError(
            f"{function.name}() takes no keyword {unknown[0]}; it takes {', '.join(Keywords.__annotations__)}"
        )
    own = given.get("stripper")
    if own is not None and not isinstance(own, Stripper):
        raise TypeError(f"stripper must be a Stripper, not {type(own).__name__}")
    if own is not None and (given.get("favor_precision") or given.get("favor_recall")):
        raise ValueError("favor_precision and favor_recall choose a mode; a stripper of your own has one already")
    options = given.get("options")
    if options is None:
        settings = given.get("settingsfile")
        config = use_config(settings) if settings else given.get("config")
        named = {_OPTIONS[keyword]: value for keyword, value in given.items() if keyword in _OPTIONS}
        wanted = named.setdefault("output_format", function.formats[0])
        if wanted not in function.formats:
            raise ValueError(f"output_format must be one of {', '.join(function.formats)}, not {wanted!r}")
        options = Extractor(**{"comments": False, **named, "url": url, "config": config})
    elif not isinstance(options, Extractor):
        raise TypeError(f"options must be trafilatura's Extractor, not {type(options).__name__}")
    elif options.format not in function.formats:
        raise ValueError(f"the options' format must be one of {', '.join(function.formats)}, not {options.format!r}")
    return options


def _document(html: Html, options: Extractor, keywords: Keywords) -> Document | None:
    """The page's metadata and body, ``None`` where trafilatura too would give none."""
    root = parse(html)
    if root is None or _foreign(root, options):
        return None
    document = Document()
    if options.with_metadata:
        document = extract_metadata(root, options.url, options.date_params, options.fast, options.author_blacklist)
        lacking = not (document.date and document.title and document.url)
        if document.url in options.url_blacklist or (options.only_with_metadata and lacking):
            return None
    address = options.url or document.url
    root = deepcopy(root)
    paths = keywords.get("prune_xpath")
    if paths is not None:
        root = prune_unwanted_nodes(
            root, [etree.XPath(path) for path in ([paths] if isinstance(paths, str) else paths)]
        )
    article = _stripper(options, keywords.get("stripper")).strip_html(root, address)
    take_out(doom(root, judge(trace(root), article.paragraphs)))
    document.body = body_of(root, options, address)
    if options.comments:
        document.commentsbody = _comments(article)
    document.raw_text = _text(document.body)
    return document if _wanted(document, options) else None


def _foreign(root: HtmlElement, options: Extractor) -> bool:
    """Whether the page declares another language than the one wanted, where its text will not be asked."""
    asked = options.lang and (options.fast or not LANGID_FLAG)
    return bool(asked) and check_html_lang(root, options.lang or "") is False


def _stripper(options: Extractor, own: Stripper | None) -> Stripper:
    if own is not None:
        return whole_blocks(own)
    return Stripper(mode=_MODES[options.focus])


def _comments(article: Article) -> etree._Element:
    body = etree.Element("body")
    for paragraph in article.removed:
        if paragraph.label == "comment":
            etree.SubElement(body, "p").text = paragraph.text
    return body


def _text(body: etree._Element) -> str:
    return " ".join(map(str, body.itertext())).strip()


def _wanted(document: Document, options: Extractor) -> bool:
    """Trafilatura's own last checks: length, repetition, language."""
    text, comments = document.raw_text or "", _text(document.commentsbody)
    if len(text) < options.min_output_size and len(comments) < options.min_output_comm_size:
        return False
    if options.dedup and duplicate_test(document.body, options):
        return False
    return not (options.lang and language_filter(text, comments, options.lang, document)[0])
