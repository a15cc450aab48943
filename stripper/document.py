"""What comes out: plain immutable values, safe to pickle and to share between threads."""

from __future__ import annotations

from dataclasses import dataclass

from stripper.labels import Label


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One block of a page, or one line of a text, with the verdict on it.

    Attributes:
        text: the block's text; white space is folded in HTML, untouched in text input.
        label: the most probable label (among the stripped ones if it was removed).
        probability: calibrated probability, 0 to 1, that the block is publisher boilerplate.
        kept: whether the block is part of ``Article.text``.
        start, end: its place in the text input, in characters (``None`` for HTML). Paragraphs of one line, of which
            one was cut off the other, adjoin.
        xpath: the element that holds it (``None`` for text input).
    """

    text: str
    label: Label
    probability: float
    kept: bool
    start: int | None = None
    end: int | None = None
    xpath: str | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """A cleaned document.

    Attributes:
        text: the kept paragraphs. From HTML: one a line. From text: the input minus what is not kept.
        title: the headline, or ``None`` if the page does not tell (always ``None`` for text).
        url: the address that the caller gave, or the page's own canonical one.
        paragraphs: every block in document order, kept or not.
    """

    text: str
    title: str | None
    url: str | None
    paragraphs: tuple[Paragraph, ...]

    @property
    def removed(self) -> tuple[Paragraph, ...]:
        """The paragraphs that were stripped, in document order."""
        return tuple(p for p in self.paragraphs if not p.kept)
