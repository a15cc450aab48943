r"""What other extractors found: newspaper4k, readability-lxml, news-please.

Nothing of theirs is imported: their results are told by what they hold, so any release that still holds it will do.

>>> from stripper.integrations.extractors import strip_newsplease
>>> found = {"title": "Ferry back", "maintext": "The ferry is back in port.\nSubscribe to our newsletter!", "url": None}
>>> article = strip_newsplease(found)
>>> article.title, article.text
('Ferry back', 'The ferry is back in port.')
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

from stripper.document import Article
from stripper.stripper import Stripper, shared_stripper

_TITLE, _URL = "title", "url"


class ReadabilityDocument(Protocol):
    """What is asked of a ``readability.Document``."""

    def summary(self) -> str:
        """The part of the page that holds the article, as HTML."""

    def short_title(self) -> str:
        """The headline, without the name of the site."""


def strip_newspaper(result: object, stripper: Stripper | None = None) -> Article:
    """Clean what newspaper4k found.

    Args:
        result: a parsed ``newspaper.Article``, or a dict as ``json.loads(article.to_json())`` gives it.
        stripper: cleans it; by default the one with the default settings.

    Returns:
        the article, with newspaper's title and address; its text is newspaper's minus whole paragraphs.

    Raises:
        TypeError: it is neither.
        ValueError: the article is not parsed yet.
    """
    if getattr(result, "is_parsed", True) is False:
        raise ValueError("the newspaper article is not parsed yet: call its download() and parse() first")
    if hasattr(result, "maintext"):  # it has a text of another kind too
        raise TypeError("this is a news-please NewsArticle: strip_newsplease() cleans it")
    return _strip(_fields(result, "a newspaper.Article", "text"), "text", stripper)


def strip_newsplease(result: object, stripper: Stripper | None = None) -> Article:
    """Clean what news-please found.

    Args:
        result: a ``NewsArticle`` of ``NewsPlease.from_html`` and its kin, or a dict: what its ``get_dict()`` and
            ``get_serializable_dict()`` give, or what news-please writes as JSON.
        stripper: cleans it; by default the one with the default settings.

    Returns:
        the article, with news-please's title and address; its text is news-please's minus whole paragraphs,
        and empty if news-please found none.

    Raises:
        TypeError: it is neither.
    """
    return _strip(_fields(result, "a news-please NewsArticle", "maintext"), "maintext", stripper)


def strip_readability(
    result: ReadabilityDocument | str, url: str | None = None, stripper: Stripper | None = None
) -> Article:
    """Clean what readability-lxml found.

    Args:
        result: a ``readability.Document``, or the HTML that its ``summary()`` gave.
        url: the page's address, if known; by default that of the ``Document``.
        stripper: cleans it; by default the one with the default settings.

    Returns:
        the article: its text is the paragraphs that are kept, one a line; its title is the ``Document``'s.
        It is empty if readability finds the page unparseable.

    Raises:
        TypeError: it is neither.
    """
    cleaner = stripper or shared_stripper()
    if isinstance(result, str):
        return cleaner.strip_html(result, url)
    if not callable(getattr(result, "summary", None)):
        raise TypeError(f"this must be a readability.Document or its summary(), not {type(result).__name__}")
    url = url or getattr(result, _URL, None)
    try:
        summary = result.summary()
    except ValueError:  # readability.Unparseable: it gives the page up, and has logged why
        return cleaner.strip_html("", url)
    article = cleaner.strip_html(summary, url)
    return replace(article, title=result.short_title() or None)


def _fields(result: object, named: str, body: str) -> Mapping[str, Any]:
    """The text, title and address of an extractor's result."""
    if isinstance(result, Mapping):
        # news-please gives an empty dict for an empty page
        if result and body not in result:
            raise TypeError(f"this must be the dict of {named}, but it has no {body!r}")
        return result
    names = (body, _TITLE, _URL)
    if not all(hasattr(result, name) for name in names):
        raise TypeError(f"this must be {named} or its dict, not {type(result).__name__}")
    return {name: getattr(result, name) for name in names}


def _strip(found: Mapping[str, Any], body: str, stripper: Stripper | None) -> Article:
    article = (stripper or shared_stripper()).strip_text(found.get(body) or "")
    return replace(article, title=found.get(_TITLE) or None, url=found.get(_URL) or None)
