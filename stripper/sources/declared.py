"""What a page declares of itself: title, address, the article's text, and whether all may read it.

Publishers get this wrong often enough; it is evidence, not truth.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from html import unescape
from itertools import islice
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from lxml import etree
from lxml.html import HtmlElement

from stripper.document import Access, Declaration
from stripper.sources.paths import Paths

_LETTERS = re.compile(r"[^\W_]+")
_MARKUP = re.compile(r"<[/!a-zA-Z][^<>]*>")
_TELLING: Final = 25
_LEAST_BODY: Final = 300
# every block is looked for in it
_MOST_BODY: Final = 200_000

_FREE: Final = "isAccessibleForFree"
_Place: TypeAlias = Literal["whole", "part", "other"]
_PLACES: Final[dict[str, _Place]] = {
    "hasPart": "part",
    **dict.fromkeys(
        "isPartOf itemListElement mentions citation video audio image author publisher comment relatedLink subjectOf "
        "associatedMedia".split(),
        "other",
    ),
}
_ELEMENT: Final = "WebPageElement"
_TIER = re.compile(r"(?:content_tier|access_status)$", re.IGNORECASE)
_SAYS: Final[dict[str, Access]] = {
    **dict.fromkeys(("true", "free", "yes", "1"), "free"),
    **dict.fromkeys(("false", "locked", "paid", "premium", "no", "0"), "gated"),
}
# class names, says https://developers.google.com/search/docs/appearance/structured-data/paywalled-content; ids are met
# too. Of a longer selector it is the last part that names the element.
_SELECTOR = re.compile(r"(?:^|[\s>+~])[a-z]*((?:[.#][\w-]+)+)\s*\Z")
_NAME = re.compile(r"([.#])([\w-]+)")
_MOST_SELECTORS: Final = 50
_MOST_SAID: Final = 20
_LONGEST_VALUE: Final = 80


class Declared(NamedTuple):
    """What a page's head and JSON-LD say.

    Attributes:
        title: of the article.
        url: the page's canonical address.
        body: the letters of the article's text, empty if it is not there (https://schema.org/articleBody).
        access: whether all may read it.
        gated: the paths of the elements that are said to be for some only, ``None`` if no such elements are named
            (https://schema.org/hasPart with a ``cssSelector``).
    """

    title: str | None = None
    url: str | None = None
    body: str = ""
    access: tuple[Declaration, ...] = ()
    gated: frozenset[str] | None = None

    def verdict(self, text: str) -> float:
        """1 if the text is part of the declared article, -1 if not, 0 if nothing is declared or the text is short."""
        if not self.body or len(own := letters(text)) < _TELLING:
            return 0.0
        return 1.0 if own in self.body else -1.0


def read_declared(root: HtmlElement) -> Declared:
    """Read a page's own words about itself."""
    head, access = _read_head(root)
    bodies: list[str] = []
    selectors: list[str] = []
    for item, place in _items(root):
        if isinstance(body := item.get("articleBody"), str):
            bodies.append(_plain_letters(body))
        value = item.get(_FREE)
        if not isinstance(value, (str, int)):
            continue
        if place == "whole":
            access.append(_declaration(f"schema.org {_FREE}", value))
        elif place == "part" and _said(value) == "gated":
            selectors += _strings(item.get("cssSelector"))
    body = "".join(bodies)
    wanted = _wanted(selectors)
    return Declared(
        title=head.get("og:title") or head.get("twitter:title") or head.get("title") or None,
        url=head.get("canonical") or head.get("og:url") or None,
        body=body if _LEAST_BODY <= len(body) <= _MOST_BODY else "",
        access=tuple(dict.fromkeys(access))[:_MOST_SAID],
        gated=_paths(root, wanted) if wanted else None,
    )


def _read_head(root: HtmlElement) -> tuple[dict[str, str], list[Declaration]]:
    """What title, link and meta elements say: the first value of each kind, and all that is said about access."""
    found: dict[str, str] = {}
    access = []
    for element in root.iter("meta", "link", "title"):
        if element.tag == "title":
            found.setdefault("title", " ".join("".join(element.itertext()).split()))
        elif element.tag == "link":
            if element.get("rel") == "canonical":
                found.setdefault("canonical", element.get("href") or "")
        else:
            name = element.get("property") or element.get("name") or _own_property(element)
            if name in ("og:title", "twitter:title", "og:url"):
                found.setdefault(name, " ".join((element.get("content") or "").split()))
            elif name == _FREE or _TIER.search(name):
                value = element.get("content") or element.get("value") or ""
                access.append(_declaration(f"meta {name}", value))
    return found, access


def _own_property(element: HtmlElement) -> str:
    """The name of an item's property in microdata, unless the item is itself the property of another."""
    nested = any("itemprop" in around.attrib for around in element.iterancestors())
    return "" if nested else element.get("itemprop") or ""


def _declaration(source: str, value: str | int) -> Declaration:
    return Declaration(source[:_LONGEST_VALUE], str(value)[:_LONGEST_VALUE], _said(value))


def tells(text: str) -> bool:
    """Whether a text is too long to stand inside another by chance."""
    return len(letters(text)) >= _TELLING


def letters(text: str) -> str:
    """The letters and digits of a text, in lower case."""
    return "".join(_LETTERS.findall(text.lower()))


def _plain_letters(text: str) -> str:
    """The letters of a text that may have markup in it."""
    try:
        return letters(unescape(_MARKUP.sub(" ", unescape(text))))
    except ValueError:  # a reference to a character with a number of thousands of digits
        return ""


def _items(root: HtmlElement) -> Iterator[tuple[dict[str, Any], _Place]]:
    """The items of the page's JSON-LD that may tell something, and what each is to the article."""
    for script in root.iter("script"):
        source = script.text or ""
        if "ld+json" not in (script.get("type") or "") or not ("articleBody" in source or _FREE in source):
            continue
        try:
            rest: list[tuple[Any, _Place]] = [([json.loads(source, strict=False)], "whole")]
        except (ValueError, RecursionError):
            continue
        while rest:
            item, place = rest.pop()
            if isinstance(item, dict):
                # parts may stand beside the whole, which then names them by their ids
                if place == "whole" and (item.get("@type") == _ELEMENT or "cssSelector" in item):
                    place = "part"
                yield item, place
                inner = {name: place if place == "other" else _PLACES.get(name, place) for name in item}
                rest += [(own, inner[name]) for name, own in item.items() if isinstance(own, (dict, list))]
            else:
                rest += [(own, place) for own in item if isinstance(own, (dict, list))]


def _said(value: object) -> Access:
    """What a declaration's value means; "unknown" if it is neither here nor there, such as "metered"."""
    # "https://schema.org/False" is a way to write it
    return _SAYS.get(str(value).strip().lower().rpartition("/")[2], "unknown")


def _strings(value: object) -> list[str]:
    return [own for own in (value if isinstance(value, list) else [value]) if isinstance(own, str)]


def _wanted(selectors: Iterable[str]) -> list[frozenset[tuple[str, str]]]:
    """The classes and ids that elements must have, one of these sets; what else there is in selectors is left alone."""
    singles = dict.fromkeys(single.strip() for whole in selectors for single in whole.split(","))
    found = (_SELECTOR.search(single) for single in islice(singles, _MOST_SELECTORS))
    return [frozenset(_NAME.findall(match[1])) for match in found if match]


def _paths(root: HtmlElement, wanted: Iterable[frozenset[tuple[str, str]]]) -> frozenset[str]:
    paths = Paths(root)
    found = set()
    for element in root.iter(etree.Element):
        names = {(".", name) for name in (element.get("class") or "").split()} | {("#", element.get("id") or "")}
        if any(own <= names for own in wanted):
            found.add(paths.of(element))
    return frozenset(found)
