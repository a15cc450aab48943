"""What a page declares of itself: title, address, the article's text, and whether all may read it.

Publishers get this wrong often enough; it is evidence, not truth.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import unescape
from typing import Any, Final, Literal, TypeAlias

from lxml.html import HtmlElement

from stripper.document import Access, Declaration

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
    **dict.fromkeys(("isPartOf", "itemListElement", "mentions", "citation"), "other"),
}
_TIER = re.compile(r"(?:content_tier|access_status)$", re.IGNORECASE)
_SAYS: Final[dict[str, Access]] = {
    **dict.fromkeys(("true", "free", "yes", "1"), "free"),
    **dict.fromkeys(("false", "locked", "paid", "premium", "no", "0"), "gated"),
}
# "Content that's behind a paywall": class names, says https://developers.google.com/search/docs/appearance/
# structured-data/paywalled-content; ids are met too. Of a longer selector, its last part.
_SELECTOR = re.compile(r"([.#])([\w-]+)\s*\Z")


@dataclass(frozen=True, slots=True)
class Declared:
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
    gated: tuple[str, ...] | None = None

    def verdict(self, text: str) -> float:
        """1 if the text is part of the declared article, -1 if not, 0 if nothing is declared or the text is short."""
        if not self.body or not tells(text):
            return 0.0
        return 1.0 if letters(text) in self.body else -1.0


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
            access.append(Declaration(f"schema.org {_FREE}", str(value), _said(value)))
        elif place == "part" and _said(value) == "gated":
            selectors += _strings(item.get("cssSelector"))
    body = "".join(bodies)
    return Declared(
        title=head.get("og:title") or head.get("twitter:title") or head.get("title") or None,
        url=head.get("canonical") or head.get("og:url") or None,
        body=body if _LEAST_BODY <= len(body) <= _MOST_BODY else "",
        access=tuple(access),
        gated=tuple(_paths(root, selectors)) if selectors else None,
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
            name = element.get("property") or element.get("name") or element.get("itemprop") or ""
            if name in ("og:title", "twitter:title", "og:url"):
                found.setdefault(name, " ".join((element.get("content") or "").split()))
            elif name == _FREE or _TIER.search(name):
                value = element.get("content") or element.get("value") or ""
                access.append(Declaration(f"meta {name}", value, _said(value)))
    return found, access


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
            rest: list[tuple[Any, _Place]] = [(json.loads(source, strict=False), "whole")]
        except (ValueError, RecursionError):
            continue
        while rest:
            item, place = rest.pop()
            if isinstance(item, dict):
                yield item, place
                rest += [(value, _PLACES.get(name, place)) for name, value in item.items()]
            elif isinstance(item, list):
                rest += [(value, place) for value in item]


def _said(value: object) -> Access:
    """What a declaration's value means; "unknown" if it is neither here nor there, such as "metered"."""
    # "https://schema.org/False" is a way to write it
    return _SAYS.get(str(value).strip().lower().rpartition("/")[2], "unknown")


def _strings(value: object) -> list[str]:
    return [own for own in (value if isinstance(value, list) else [value]) if isinstance(own, str)]


def _paths(root: HtmlElement, selectors: Iterable[str]) -> Iterator[str]:
    path_of = root.getroottree().getpath
    for selector in (part for whole in selectors for part in whole.split(",")):
        if found := _SELECTOR.search(selector):
            kind, name = found.groups()
            query = "descendant::*[@id=$name]" if kind == "#" else "descendant::*[contains(@class, $name)]"
            for element in root.xpath(query, name=name):
                if kind == "#" or name in element.get("class").split():
                    yield path_of(element)
