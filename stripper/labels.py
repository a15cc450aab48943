"""The labels a paragraph can have, what each means, and how much may be risked to remove those that are stripped.

The first five are the article's own, the other nine are publisher boilerplate.
``training_data/README.md`` says how they are told apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias, get_args

Label: TypeAlias = Literal[
    "body",
    "title",
    "caption",
    "meta",
    "bio",
    "appeal",
    "paywall",
    "signup",
    "related",
    "interface",
    "consent",
    "legal",
    "ad",
    "comment",
]

MEANING: Final[dict[Label, str]] = {
    "body": "the article itself: paragraphs, sub-headings, quotes, list items",
    "title": "the headline of this article",
    "caption": "text that describes a picture, video or chart of the article",
    "meta": "by-line, date, source, section, tags",
    "bio": "about the author",
    "appeal": "asks readers to donate or to become members",
    "paywall": "asks to subscribe, pay, register or log in to read on",
    "signup": "newsletter, alerts, app, follow us",
    "related": "points to other content",
    "interface": "controls and furniture of the page",
    "consent": "cookies, privacy choices, blocked embeds, ad-blocker notes",
    "legal": "copyright, terms, disclaimers, about the outlet",
    "ad": "advertising, sponsored content, shop and event promotion",
    "comment": "comments of readers",
}

LABELS: Final[tuple[Label, ...]] = tuple(MEANING)
ARTICLE: Final[frozenset[Label]] = frozenset(LABELS[:5])
BOILERPLATE: Final[frozenset[Label]] = frozenset(LABELS[5:])

DEFAULT_STRIP: Final[frozenset[Label]] = frozenset(LABELS[1:])
"""What is left out unless the caller says otherwise: everything but the body."""

Mode: TypeAlias = Literal["cautious", "balanced", "aggressive"]
MODES: Final[tuple[Mode, ...]] = get_args(Mode)
Thresholds: TypeAlias = Mapping[Mode, float]
"""What the evidence against a paragraph must exceed; see ``stripper.decision``."""
