"""Removes donation appeals, paywall notices, newsletter boxes and their like from news articles.

>>> from stripper import strip_text
>>> strip_text("The council approved the plan on Monday, officials said.").text
'The council approved the plan on Monday, officials said.'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

from stripper.document import Article, Paragraph
from stripper.labels import ARTICLE, BOILERPLATE, LABELS, Label
from stripper.sources.html import Html
from stripper.stripper import Stripper, shared_stripper

if TYPE_CHECKING:
    from stripper.integrations.soup import strip_soup
    from stripper.integrations.trafilatura import bare_extraction, extract
    from stripper.pruning import prune_html

__version__ = "0.1.0"
__all__ = [
    "ARTICLE",
    "BOILERPLATE",
    "LABELS",
    "Article",
    "Label",
    "Paragraph",
    "Stripper",
    "bare_extraction",
    "extract",
    "prune_html",
    "strip_html",
    "strip_soup",
    "strip_text",
]

# loaded when they are asked for
_LATER: Final = {
    "bare_extraction": "stripper.integrations.trafilatura",
    "extract": "stripper.integrations.trafilatura",
    "prune_html": "stripper.pruning",
    "strip_soup": "stripper.integrations.soup",
}


def __getattr__(name: str) -> object:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LATER[name]), name)


def strip_html(html: Html, url: str | None = None) -> Article:
    """Clean a page with the default settings; see ``Stripper.strip_html``."""
    return shared_stripper().strip_html(html, url)


def strip_text(text: str) -> Article:
    """Clean extracted text with the default settings; see ``Stripper.strip_text``."""
    return shared_stripper().strip_text(text)
