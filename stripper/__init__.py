"""Removes donation appeals, paywall notices, newsletter boxes and their like from news articles.

>>> from stripper import strip_text
>>> strip_text("The council approved the plan on Monday, officials said.").text
'The council approved the plan on Monday, officials said.'
"""

from __future__ import annotations

from stripper.document import Article, Paragraph
from stripper.labels import ARTICLE, BOILERPLATE, LABELS, Label
from stripper.sources.html import Html
from stripper.stripper import Stripper, shared_stripper

__version__ = "0.1.0"
__all__ = [
    "ARTICLE",
    "BOILERPLATE",
    "LABELS",
    "Article",
    "Label",
    "Paragraph",
    "Stripper",
    "strip_html",
    "strip_text",
]


def strip_html(html: Html, url: str | None = None) -> Article:
    """Clean a page with the default settings; see ``Stripper.strip_html``."""
    return shared_stripper().strip_html(html, url)


def strip_text(text: str) -> Article:
    """Clean extracted text with the default settings; see ``Stripper.strip_text``."""
    return shared_stripper().strip_text(text)
