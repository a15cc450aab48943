"""Documents cleaned in chunks: the part of a run that a worker does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from stripper.batch.cleaned import Cleaned, Form, decode_text, of_page, of_text
from stripper.batch.documents import Document, Fault, Item, grouped, is_binary, size_of
from stripper.batch.readers import Source
from stripper.batch.report import Tally
from stripper.document import Article
from stripper.labels import Label, Mode
from stripper.sources.html import LARGEST, decode, is_too_large, looks_like_html
from stripper.stripper import Stripper
from stripper.tagging.features import Head

CHUNK: Final = 32
# in bytes; one document may be larger
CHUNK_SIZE: Final = 1 << 22

Result: TypeAlias = "Cleaned | Fault"
Named: TypeAlias = tuple[Source, Item]


@dataclass(frozen=True, slots=True)
class Settings:
    """How every document is cleaned; what a worker needs to know.

    Attributes:
        strip, mode, cut_tails: see ``Stripper``.
        form: of the cleaned texts.
        detail: whether every paragraph is wanted with its verdict.
    """

    strip: frozenset[Label]
    mode: Mode = "balanced"
    cut_tails: bool = False
    form: Form = "text"
    detail: bool = False


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some items, what came of each, and the account of them."""

    items: Sequence[Named]
    results: Sequence[Result]
    tally: Tally


class Cleaner:
    """Cleans chunks of documents in this process."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stripper = Stripper(settings.strip, settings.mode, cut_tails=settings.cut_tails)

    def clean(self, documents: Sequence[Document]) -> tuple[list[Result], Tally]:
        """Clean some documents; one that fails becomes a fault, which the tally does not count."""
        try:
            results = self._clean(documents)
        except Exception as error:
            if len(documents) > 1:
                return joined([self.clean([document]) for document in documents])
            reason = str(error).partition("\n")[0]
            results = [
                (Fault(own.id, f"it cannot be cleaned ({type(error).__name__}: {reason})"), None) for own in documents
            ]
        tally = Tally()
        for result, article in results:
            if article is not None:
                tally.observe(result.id, result.url if isinstance(result, Cleaned) else None, article)
        return [result for result, _ in results], tally

    def _clean(self, documents: Sequence[Document]) -> list[tuple[Result, Article | None]]:
        done: dict[int, tuple[Result, Article | None]] = {}
        kinds: dict[Head, list[int]] = {"html": [], "text": []}
        for place, document in enumerate(documents):
            kind = document.kind or ("html" if looks_like_html(document.content) else "text")
            if kind == "text" and is_binary(document.content):
                done[place] = Fault(document.id, "it is neither HTML nor text"), None
            elif kind == "html" and is_too_large(document.content):
                done[place] = Fault(document.id, f"it is longer than {LARGEST:,} characters"), None
            else:
                kinds[kind].append(place)
        pages = [documents[place] for place in kinds["html"]]
        articles = self._stripper.strip_many(map(_decoded, pages), "html", (page.url for page in pages))
        for place, page, article in zip(kinds["html"], pages, articles, strict=True):
            cleaned = of_page(page.id, article, self._settings.form, self._settings.detail)
            done[place] = cleaned, article
        texts = [documents[place] for place in kinds["text"]]
        sources = [_text(text) for text in texts]
        articles = self._stripper.strip_many((source for source, _ in sources), "text", (text.url for text in texts))
        for place, text, (source, encoding), article in zip(kinds["text"], texts, sources, articles, strict=True):
            done[place] = of_text(text.id, text.url, source, encoding, article, self._settings.detail), article
        return [done[place] for place in range(len(documents))]


def _text(text: Document) -> tuple[str, str | None]:
    return (text.content, None) if isinstance(text.content, str) else decode_text(text.content, text.charset)


def _decoded(page: Document) -> str | bytes:
    return decode(page.content, page.charset) if page.charset and isinstance(page.content, bytes) else page.content


def joined(parts: Sequence[tuple[list[Result], Tally]]) -> tuple[list[Result], Tally]:
    """What came of several lots of documents, as of one."""
    return [result for results, _ in parts for result in results], total(tally for _, tally in parts)


def total(tallies: Iterable[Tally]) -> Tally:
    """All tallies in one."""
    whole = Tally()
    for tally in tallies:
        whole.add(tally)
    return whole


def chunks(items: Iterable[Named]) -> Iterator[list[Named]]:
    """Cut into chunks; where depends on nothing but the items since the last cut."""
    return grouped(items, lambda named: (1, size_of(named[1])), CHUNK, CHUNK_SIZE)


def clean_here(items: Iterable[Named], settings: Settings) -> Iterator[Chunk]:
    """Clean documents in this process, in order."""
    cleaner = Cleaner(settings)
    for chunk in chunks(items):
        yield chunk_of(chunk, *cleaner.clean(documents_of(chunk)))


def documents_of(chunk: Sequence[Named]) -> list[Document]:
    """The documents of a chunk without their rows, which stay here."""
    return [replace(item, row=None) for _, item in chunk if isinstance(item, Document)]


def chunk_of(items: Sequence[Named], results: Sequence[Result], tally: Tally) -> Chunk:
    """Join the results of documents to the items, and to each fault the input that it is about."""
    cleaned = iter(results)
    joined: list[Result] = []
    for _, item in items:
        result = item if isinstance(item, Fault) else next(cleaned)
        if isinstance(result, Fault):
            tally.fail()
            result = replace(result, content=item.content, row=item.row)
        joined.append(result)
    return Chunk(items, joined, tally)
