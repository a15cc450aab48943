"""Labelled documents: public pages whose blocks are named by fingerprint, and texts of our own."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from stripper.document import Access
from stripper.labels import LABELS, Label
from stripper.sources.block import Page
from stripper.sources.html import read_html
from stripper.sources.text import read_text
from stripper.training.corpora import CorpusError, Source, read_page


@dataclass(frozen=True, slots=True)
class Example:
    """A document with the labels of its blocks.

    Attributes:
        id: its name in the data.
        group: what cross-validation must not tear apart: the site, or the set of written documents.
        lang: ISO 639-1, or ``None`` if the page does not tell.
        kind: "wide", "core", "unsure" or "other" coverage of a page's labels; "mixed" or "must-keep" for
            written documents.
        page: its blocks.
        labels: one for each block; ``None`` where no extractor returned the block: furniture, almost always.
        html: the page itself, ``None`` for written documents.
        access: of some pages, whether the whole article is there.
    """

    id: str
    group: str
    lang: str | None
    kind: Literal["wide", "core", "unsure", "other", "mixed", "must-keep"]
    page: Page
    labels: tuple[Label | None, ...]
    html: bytes | None = None
    access: Access | None = None


def fingerprint(text: str) -> str:
    """Names a block without quoting it: the first 12 hex digits of the SHA-256 of its folded text."""
    return hashlib.sha256(" ".join(text.split()).encode("utf-8", "surrogatepass")).hexdigest()[:12]


def group_of(site: str) -> str:
    """What cross-validation must not tear apart.

    Some sites are named after files ("zeit.de.zugverkehr.html"), some have two names ("lifehacker-working"): what
    stands before the first dot or hyphen is common to all pages of a publisher, and now and then to those of two.

    >>> group_of("zeit.de.zugverkehr.html"), group_of("zeit.de")
    ('zeit', 'zeit')
    """
    return re.split(r"[.-]", site, maxsplit=1)[0]


def records(data: Path) -> list[dict[str, Any]]:
    """The pages of ``training_data/labels/*.jsonl``, one record each."""
    return [record for file in sorted((data / "labels").glob("*.jsonl")) for record in _lines(file)]


def labelled_pages(data: Path, corpora: Path) -> list[Example]:
    """The labelled public pages.

    Raises:
        CorpusError: a page is missing, or a label's fingerprint is not that of its block.
    """
    examples = []
    for record in records(data):
        html = read_page(corpora, Source.of(record))
        page = read_html(html, record["url"])
        labels: list[Label | None] = [None] * len(page.blocks)
        for number, mark, label in record["blocks"]:
            if number >= len(labels) or fingerprint(page.blocks[number].text) != mark:
                raise CorpusError(f"block {number} of {record['id']} is not the one that was labelled")
            labels[number] = label
        examples.append(
            Example(
                id=record["id"],
                group=group_of(record["site"]),
                lang=record["lang"],
                kind=record["coverage"],
                page=page,
                labels=tuple(labels),
                html=html,
                access=record.get("access"),
            )
        )
    return examples


def written_documents(data: Path) -> list[Example]:
    """The documents of ``training_data/written/*.jsonl``."""
    examples = []
    for file in sorted((data / "written").glob("*.jsonl")):
        for record in _lines(file):
            texts = [paragraph["text"] for paragraph in record["paragraphs"]]
            labels = tuple(paragraph["label"] for paragraph in record["paragraphs"])
            page = read_text("\n".join(texts))
            if len(page.blocks) != len(labels) or not set(labels) <= set(LABELS):
                raise ValueError(f"{file.name}: {record['id']} is malformed")
            # a hundred numbers are one set: written at one go, by one author, so the turns of phrase recur in it
            written_set = record["id"][:-2]
            examples.append(Example(record["id"], written_set, record["lang"], record["kind"], page, labels))
    return examples


def as_lines(example: Example) -> Example:
    """A page as bare text: each labelled block a line, without its markup."""
    chosen = [number for number, label in enumerate(example.labels) if label]
    page = read_text("\n".join(example.page.blocks[number].text for number in chosen))
    labels = tuple(example.labels[number] for number in chosen)
    return Example(example.id, example.group, example.lang, example.kind, page, labels)


def _lines(file: Path) -> Iterator[dict[str, Any]]:
    with file.open(encoding="utf-8") as stream:
        for line in stream:
            yield json.loads(line)
