"""A column of documents, cleaned: what the adapters to frames have in common."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any, Literal, NamedTuple

from stripper.document import Article
from stripper.stripper import Stripper, shared_stripper


class Columns(NamedTuple):
    """What is made of a column of documents.

    Attributes:
        texts: the clean texts.
        titles: the headlines that pages declare; empty if not asked for.
        paragraphs: of each document, every paragraph with its verdict; empty if not asked for.
    """

    texts: list[str | None]
    titles: list[str | None]
    paragraphs: list[list[dict[str, Any]] | None]


def clean_cells(
    cells: Sequence[Any],
    urls: Sequence[Any] | None = None,
    kind: Literal["html", "text"] | None = None,
    stripper: Stripper | None = None,
) -> Iterator[Article | None]:
    """Clean the documents of a column in batches.

    Args:
        cells: pages or texts, ``None`` where there is none.
        urls: the address of each, or ``None``.
        kind: what they are; by default each is told by its content.
        stripper: cleans them; by default the one with the default settings.

    Yields:
        an article for each cell, ``None`` for an empty one.

    Raises:
        TypeError: a cell holds neither text nor bytes, or an address is no text.
        ValueError: an unknown ``kind``.

    >>> in_columns(clean_cells(["It rained on Monday.", None]), detail=False).texts
    ['It rained on Monday.', None]
    """
    if stripper is not None and not isinstance(stripper, Stripper):
        raise TypeError(f"stripper must be a Stripper, not {type(stripper).__name__}")
    addresses = [None] * len(cells) if urls is None else urls
    _check(cells, (str, bytes, bytearray), "text nor bytes")
    _check(addresses, (str,), "an address")
    there = [(cell, url) for cell, url in zip(cells, addresses, strict=True) if cell is not None]
    articles = (stripper or shared_stripper()).strip_many(
        (cell for cell, _ in there), kind, urls=(url for _, url in there)
    )
    return (None if cell is None else next(articles) for cell in cells)


def in_columns(articles: Iterable[Article | None], detail: bool) -> Columns:
    """Put articles into columns, a cell each; ``None`` where there is none.

    Args:
        articles: one for each row.
        detail: whether headlines and paragraphs are wanted.
    """
    columns = Columns([], [], [])
    for article in articles:
        columns.texts.append(None if article is None else article.text)
        if detail:
            columns.titles.append(None if article is None else article.title)
            columns.paragraphs.append(None if article is None else list(map(asdict, article.paragraphs)))
    return columns


def detail_names(into: Hashable, taken: Collection[Hashable]) -> tuple[str, str]:
    """What the columns of the details are called: ``<into>_title`` and ``<into>_paragraphs``.

    Args:
        into: the column of the clean texts.
        taken: the columns that are there already.

    Raises:
        ValueError: one of the two is there already.
    """
    names = f"{into}_title", f"{into}_paragraphs"
    for name in names:
        if name in taken:
            raise ValueError(f"there is a column {name!r} already; name another column for the clean texts with into=")
    return names


def _check(cells: Iterable[Any], kinds: tuple[type, ...], wanted: str) -> None:
    for row, cell in enumerate(cells):
        if cell is not None and not isinstance(cell, kinds):
            raise TypeError(f"row {row} holds {type(cell).__name__}, neither {wanted} nor null")
