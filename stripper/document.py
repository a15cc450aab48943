"""What comes out: plain immutable values, safe to pickle and to share between threads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

from stripper.labels import Label

Access: TypeAlias = Literal["free", "gated", "unknown"]
ACCESS: Final[tuple[Access, ...]] = get_args(Access)
Ending: TypeAlias = Literal["whole", "open", "ellipsis"]


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
class Declaration:
    """What a page says about who may read it.

    Attributes:
        source: where, such as "schema.org isAccessibleForFree" or "meta article:content_tier".
        value: in its own words.
        says: what they mean; "unknown" for what is neither one nor the other, such as "metered".
    """

    source: str
    value: str
    says: Access


@dataclass(frozen=True, slots=True)
class AccessEvidence:
    """Why an article is held to be free or gated.

    Attributes:
        declarations: what the page says of itself; publishers get it wrong.
        gated_text: how many characters of the body stand in the elements that the page declares to be for some only;
            ``None`` if it names no such elements.
        walls: the paragraphs that follow the last one of the body and ask to pay, subscribe or log in.
        ending: how the body ends: with the end of a sentence ("whole"), without it ("open"), or with an ellipsis;
            ``None`` if there is no body, or its script has no mark for that.
    """

    declarations: tuple[Declaration, ...] = ()
    gated_text: int | None = None
    walls: tuple[Paragraph, ...] = ()
    ending: Ending | None = None

    @property
    def declared(self) -> Access:
        """What the page says; "unknown" if it says nothing, or both."""
        said = {declaration.says for declaration in self.declarations} - {"unknown"}
        return said.pop() if len(said) == 1 else "unknown"


@dataclass(frozen=True, slots=True)
class Article:
    """A cleaned document.

    Attributes:
        text: the kept paragraphs. From HTML: one a line. From text: the input minus what is not kept.
        title: the headline, or ``None`` if the page does not tell (always ``None`` for text).
        url: the address that the caller gave, or the page's own canonical one.
        paragraphs: every block in document order, kept or not.
        access: "free" if the whole article seems to be there, "gated" if a wall cuts it, "unknown" if one cannot tell.
        access_evidence: what the page declares, and what was seen.
    """

    text: str
    title: str | None
    url: str | None
    paragraphs: tuple[Paragraph, ...]
    access: Access = "unknown"
    access_evidence: AccessEvidence = AccessEvidence()

    @property
    def removed(self) -> tuple[Paragraph, ...]:
        """The paragraphs that were stripped, in document order."""
        return tuple(p for p in self.paragraphs if not p.kept)
