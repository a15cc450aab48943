"""Removes donation appeals, paywall notices, newsletter boxes and their like from news articles.

>>> from stripper import strip_text
>>> strip_text("The council approved the plan on Monday, officials said.").text
'The council approved the plan on Monday, officials said.'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

from stripper.labels import ARTICLE, BOILERPLATE, LABELS, Label

if TYPE_CHECKING:
    from stripper.document import Article, Paragraph
    from stripper.integrations.soup import strip_soup
    from stripper.integrations.trafilatura import bare_extraction, extract
    from stripper.pruning import prune_html
    from stripper.stripper import Stripper, strip_html, strip_text

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

# loaded when they are asked for: trafilatura and NumPy take longer to import than a page takes to clean
_LATER: Final = {
    "Article": "stripper.document",
    "Paragraph": "stripper.document",
    "Stripper": "stripper.stripper",
    "bare_extraction": "stripper.integrations.trafilatura",
    "extract": "stripper.integrations.trafilatura",
    "prune_html": "stripper.pruning",
    "strip_html": "stripper.stripper",
    "strip_soup": "stripper.integrations.soup",
    "strip_text": "stripper.stripper",
}


def __getattr__(name: str) -> object:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LATER[name]), name)
