"""One document, cleaned: what is written of it, what was removed, and what it takes to put that back."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import blake2b
from typing import Any, Final, Literal, TypeAlias

from trafilatura.utils import detect_encoding

from stripper.batch.documents import json_text
from stripper.document import Article, Paragraph
from stripper.sources.text import kept_spans

Form: TypeAlias = Literal["text", "markdown", "json"]
Gap: TypeAlias = tuple[int, str]

UTF8: Final = "utf-8"
_TAG = re.compile(r"([a-z0-9]+)(?:\[\d+\])?$")
_MARKS: Final = {**{f"h{level}": "#" * level + " " for level in range(1, 7)}, "li": "- ", "blockquote": "> "}
_BOMS: Final = {UTF8: codecs.BOM_UTF8, "utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A cleaned document.

    Attributes:
        id: the document's.
        url: its address, if known.
        title: its headline, if known.
        text: what is kept, as text or Markdown.
        removed: the paragraphs that went, each with its place among all.
        encoding: of a text that came as bytes; see ``decode_text``.
        gaps: of a text: what is missing in ``text``, and where it stood in the input; ``None`` of a page.
        digest: of the text that came in; see ``digest_of``.
        paragraphs: every paragraph with its verdict, if asked for.
    """

    id: str
    url: str | None
    title: str | None
    text: str
    removed: tuple[tuple[int, Paragraph], ...] = ()
    encoding: str | None = None
    gaps: tuple[Gap, ...] | None = None
    digest: str | None = None
    paragraphs: tuple[Paragraph, ...] | None = None

    def record(self) -> dict[str, Any]:
        """The document as a row of a table of its own."""
        return {"id": self.id, "url": self.url, "title": self.title, "text": self.text} | self.details()

    def details(self) -> dict[str, Any]:
        """Every paragraph with its verdict, if asked for."""
        return {} if self.paragraphs is None else {"paragraphs": [asdict(own) for own in self.paragraphs]}

    def audit(self) -> dict[str, Any]:
        """What was stripped, and all that is needed to put it back."""
        removed = [
            {"position": place, "label": own.label, "probability": round(own.probability, 4), "text": own.text}
            for place, own in self.removed
        ]
        back = {"gaps": self.gaps, "encoding": self.encoding, "digest": self.digest}
        return {"id": self.id, "url": self.url, "removed": removed} | back


def of_page(name: str, article: Article, form: Form, detail: bool) -> Cleaned:
    """A cleaned page in the form that is asked for."""
    text = _markdown(article) if form == "markdown" else article.text
    paragraphs = _details(article, detail)
    return Cleaned(name, article.url, article.title, text, _removed(article), paragraphs=paragraphs)


def of_text(  # noqa: PLR0913, PLR0917 - all there is to know of it
    name: str, url: str | None, source: str, encoding: str | None, article: Article, detail: bool
) -> Cleaned:
    """A cleaned text, which is the source minus what was removed in every form: nothing else is Markdown too."""
    missing, paragraphs = gaps(source, article.paragraphs), _details(article, detail)
    return Cleaned(name, url, None, article.text, _removed(article), encoding, missing, digest_of(source), paragraphs)


def page_file(cleaned: Cleaned, form: Form) -> bytes:
    """The content of the file that a page or text becomes."""
    if form == "json":
        return as_json(cleaned.record(), indent=1)
    if cleaned.gaps is not None:
        return encode_text(cleaned.text, None)
    return cleaned.text.encode("utf-8", "replace") + (b"\n" if cleaned.text else b"")


def as_json(value: Any, indent: int | None = None) -> bytes:
    """A value as JSON that ends a line."""
    return json_text(value, indent).encode() + b"\n"


def digest_of(text: str) -> str:
    """What tells whether a text is the same."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _removed(article: Article) -> tuple[tuple[int, Paragraph], ...]:
    return tuple((place, own) for place, own in enumerate(article.paragraphs) if not own.kept)


def _details(article: Article, detail: bool) -> tuple[Paragraph, ...] | None:
    return article.paragraphs if detail else None


def _markdown(article: Article) -> str:
    title = [f"# {article.title}"] if article.title else []
    return "\n\n".join(title + [_marked(own) for own in article.paragraphs if own.kept])


def _marked(paragraph: Paragraph) -> str:
    tag = _TAG.search(paragraph.xpath or "")
    return (_MARKS.get(tag.group(1), "") if tag else "") + paragraph.text.strip()


def gaps(source: str, paragraphs: Sequence[Paragraph]) -> tuple[Gap, ...]:
    """The pieces of a text that cleaning takes away, with their offsets in it, in order."""
    spans = [*kept_spans(source, paragraphs), (len(source), len(source))]
    ends = [0, *(end for _, end in spans)]
    return tuple((end, source[end:start]) for end, (start, _) in zip(ends, spans, strict=False) if start > end)


def fill(text: str, missing: Sequence[Gap]) -> str:
    r"""The source again.

    Args:
        text: what was kept of it.
        missing: the rest, as ``gaps`` gave it.

    >>> fill("One.\n", [(4, "\n\nTwo.")])
    'One.\n\nTwo.\n'
    """
    pieces: list[str] = []
    length = used = 0
    for offset, piece in missing:
        take = offset - length
        pieces += [text[used : used + take], piece]
        used += take
        length = offset + len(piece)
    return "".join([*pieces, text[used:]])


def decode_text(data: bytes, declared: str | None = None) -> tuple[str, str]:
    r"""The bytes of a text file as text, in such a way that ``encode_text`` gives the same bytes.

    Args:
        data: the bytes.
        declared: the encoding that they are said to have.

    Returns:
        the text, and the name of its encoding, with "+bom" after a byte order mark. Bytes of which no encoding
        gives the same bytes again are UTF-8 with lone surrogates for what is none.

    >>> decode_text("Привет, мир".encode("utf-16"))
    ('Привет, мир', 'utf-16-le+bom')
    """
    for name, mark in _BOMS.items():
        if data.startswith(mark) and (text := _exactly(data[len(mark) :], name)) is not None:
            return text, f"{name}+bom"
    if (text := _exactly(data, UTF8)) is not None:
        return text, UTF8
    for name in ([declared] if declared else []) + detect_encoding(data):
        if (text := _exactly(data, name)) is not None:
            return text, name
    return data.decode(UTF8, "surrogateescape"), UTF8


def encode_text(text: str, encoding: str | None) -> bytes:
    """The bytes of a text again."""
    name, _, mark = (encoding or UTF8).partition("+")
    return (_BOMS[name] if mark else b"") + text.encode(name, "surrogateescape")


def decode_as(data: bytes, encoding: str | None) -> str:
    """The text of which ``encode_text`` gave the bytes.

    Raises:
        ValueError: they are no text in that encoding.
    """
    name, _, mark = (encoding or UTF8).partition("+")
    return data.removeprefix(_BOMS[name] if mark else b"").decode(name, "surrogateescape")


def _exactly(data: bytes, name: str) -> str | None:
    try:
        text = data.decode(name)
        return text if text.encode(name) == data else None
    except (LookupError, UnicodeError):
        return None
