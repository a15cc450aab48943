"""The one path: source, tagger, decision, article."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice, repeat
from typing import Any, Literal

from stripper.access import judge_access
from stripper.decision import decide
from stripper.document import Article, Paragraph
from stripper.labels import DEFAULT_STRIP, LABELS, MODES, Label, Mode
from stripper.sources.block import Page
from stripper.sources.html import Html, looks_like_html, read_html
from stripper.sources.text import keep_lines, read_text
from stripper.tagging.features import Head
from stripper.tagging.store import Model, default_model
from stripper.tails import cut_tails

_BATCH = 64


class Stripper:
    """Removes publisher boilerplate from articles.

    Args:
        strip: the labels to remove; by default all but "body".
        mode: how much of the body may be risked: "cautious", "balanced" or "aggressive".
        model: a model of your own training; by default the one that stripper ships.
        cut_tails: whether to look for messages glued to the end of kept paragraphs too, and cut them off.

    Raises:
        ValueError: an unknown label or mode.
        TypeError: ``strip`` is not a collection of labels.

    >>> article = Stripper(mode="cautious").strip_text("The river rose by two metres overnight.")
    >>> article.text
    'The river rose by two metres overnight.'
    """

    def __init__(
        self,
        strip: Iterable[Label] | None = None,
        mode: Mode = "balanced",
        model: Model | None = None,
        cut_tails: bool = False,
    ) -> None:
        self.strip = DEFAULT_STRIP if strip is None else _labels(strip)
        if mode not in MODES:
            raise ValueError(f"mode must be one of {', '.join(MODES)}, not {mode!r}")
        self.mode: Mode = mode
        self.model = model or default_model()
        self.cut_tails = bool(cut_tails)

    def __getstate__(self) -> dict[str, Any]:
        """What is pickled: in a fixed order, for caches tell by the bytes whether two are the same."""
        return {**vars(self), "strip": sorted(self.strip)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, strip=frozenset(state["strip"]))

    def strip_html(self, html: Html, url: str | None = None) -> Article:
        """Clean a page.

        Args:
            html: str, bytes of any charset, or a tree parsed by lxml, which is left untouched.
            url: the page's address, if known.

        Returns:
            the article; its text is empty if the page holds none.

        Raises:
            TypeError: ``html`` is of another type.
        """
        return self._articles([read_html(html, url)], "html")[0]

    def strip_text(self, text: str) -> Article:
        """Clean text that some extractor produced, one paragraph a line.

        Returns:
            the article; its text is the input minus whole lines (and what ``cut_tails`` cuts off their ends).

        Raises:
            TypeError: ``text`` is not a str.
        """
        if not isinstance(text, str):
            raise TypeError(f"text must be str, not {type(text).__name__}")
        return self._articles([read_text(text)], "text")[0]

    def strip_many(
        self,
        docs: Iterable[Html],
        kind: Literal["html", "text"] | None = None,
        urls: Iterable[str | None] | None = None,
    ) -> Iterator[Article]:
        """Clean documents as they come, with the model evaluated in batches.

        Args:
            docs: pages or texts; never more than a batch of them is held.
            kind: what they are; by default each is told by its content.
            urls: the address of each page, as many as there are documents.

        Yields:
            an article for each document, in order.

        Raises:
            TypeError: a document is neither str, bytes nor a tree.
            ValueError: an unknown ``kind``, or more or fewer ``urls`` than documents.
        """
        if kind not in ("html", "text", None):
            raise ValueError(f"kind must be html, text or None, not {kind!r}")
        return self._strip_many(zip(docs, repeat(None) if urls is None else urls, strict=urls is not None), kind)

    def _strip_many(self, docs: Iterator[tuple[Html, str | None]], kind: Head | None) -> Iterator[Article]:
        while batch := list(islice(docs, _BATCH)):
            kinds: list[Head] = [kind or ("html" if looks_like_html(doc) else "text") for doc, _ in batch]
            pages = [
                read_html(doc, url) if of == "html" else read_text(_as_text(doc), url)
                for (doc, url), of in zip(batch, kinds, strict=True)
            ]
            done: dict[int, Article] = {}
            for head in set(kinds):
                places = [place for place, of in enumerate(kinds) if of == head]
                done.update(zip(places, self._articles([pages[place] for place in places], head), strict=True))
            yield from (done[place] for place in range(len(batch)))

    def _articles(self, pages: list[Page], head: Head) -> list[Article]:
        threshold = self.model.thresholds[head][self.mode]
        predicted = self.model.tagger.predict_proba(pages, head)
        verdicts = [
            decide(page, probabilities, self.strip, threshold)
            for page, probabilities in zip(pages, predicted, strict=True)
        ]
        if self.cut_tails:
            verdicts = cut_tails(verdicts, self.model.tagger, self.strip, self.model.thresholds["text"]["cautious"])
        return [article_of(page, paragraphs) for page, paragraphs in zip(pages, verdicts, strict=True)]


@lru_cache(maxsize=1)
def shared_stripper() -> Stripper:
    """The one with the default settings, for all who bring none of their own."""
    return Stripper()


def strip_html(html: Html, url: str | None = None) -> Article:
    """Clean a page with the default settings; see ``Stripper.strip_html``."""
    return shared_stripper().strip_html(html, url)


def strip_text(text: str) -> Article:
    """Clean extracted text with the default settings; see ``Stripper.strip_text``."""
    return shared_stripper().strip_text(text)


def article_of(page: Page, paragraphs: tuple[Paragraph, ...]) -> Article:
    """What is left of a document after the verdicts on its paragraphs."""
    access, evidence = judge_access(page, paragraphs)
    if page.source is not None:
        return Article(keep_lines(page.source, paragraphs), None, page.url, paragraphs, access, evidence)
    headline = next((p.text for p in paragraphs if p.label == "title"), page.title)
    text = "\n".join(p.text for p in paragraphs if p.kept)
    return Article(text, headline, page.url, paragraphs, access, evidence)


def _as_text(doc: Html) -> str:
    if isinstance(doc, str):
        return doc
    if isinstance(doc, (bytes, bytearray)):
        return bytes(doc).decode("utf-8", errors="replace")
    raise TypeError(f"text must be str or bytes, not {type(doc).__name__}")


def _labels(strip: Iterable[Label]) -> frozenset[Label]:
    if isinstance(strip, (str, bytes)) or not isinstance(strip, Iterable):
        raise TypeError(f"strip must be a collection of labels, not {strip!r}")
    labels = frozenset(strip)
    unknown = sorted(str(label) for label in labels.difference(LABELS))
    if unknown:
        raise ValueError(f"unknown label {', '.join(unknown)}; the labels are {', '.join(LABELS)}")
    return labels
