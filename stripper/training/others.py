"""Other extractors, run on the same pages for comparison."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

import justext
import trafilatura
from joblib import Parallel, delayed
from newspaper import Article, Config
from readability import Document
from resiliparse.extract.html2text import extract_plain_text

from stripper.sources.html import decode, read_html

Extractor: TypeAlias = Callable[[bytes, str | None], str]
"""The text of a page in a language."""

_STOPLISTS: Final = {
    "cs": "Czech", "da": "Danish", "de": "German", "es": "Spanish", "fi": "Finnish", "fr": "French",
    "hi": "Hindi", "id": "Indonesian", "it": "Italian", "nl": "Dutch", "no": "Norwegian_Bokmal", "pl": "Polish",
    "pt": "Portuguese", "sv": "Swedish", "tr": "Turkish", "vi": "Vietnamese", "ar": "Arabic", "lv": "Latvian",
    "is": "Icelandic",
}  # fmt: skip
_POLICY = re.compile(
    r"terms of use|privacy policy|cookie policy|uses cookies|use of cookies|use cookies|javascript", re.IGNORECASE
)
_FEWEST_WORDS: Final = 5


def _trafilatura(html: bytes, _: str | None) -> str:
    return trafilatura.extract(html) or ""


def _trafilatura_precision(html: bytes, _: str | None) -> str:
    return trafilatura.extract(html, favor_precision=True) or ""


def _justext(html: bytes, lang: str | None) -> str:
    stoplist = justext.get_stoplist(_STOPLISTS.get(lang or "en", "English"))
    return "\n".join(p.text for p in justext.justext(decode(html), stoplist) if not p.is_boilerplate)


def _readability(html: bytes, _: str | None) -> str:
    return "\n".join(block.text for block in read_html(Document(decode(html)).summary()).blocks)


def _newspaper(html: bytes, lang: str | None) -> str:
    """In Hindi, Thai and Chinese it asks for packages that are not installed here, and gives nothing."""
    config = Config()
    config.fetch_images = False
    if lang in ("de", "en", "es", "fr", "it", "pl", "pt"):
        config.language = lang
    article = Article("https://example.org/", config=config)
    article.download(input_html=decode(html))
    article.parse()
    return str(article.text)


def _resiliparse(html: bytes, _: str | None) -> str:
    return str(extract_plain_text(decode(html), main_content=True, alt_texts=False))


def _c4(html: bytes, _: str | None) -> str:
    """The line rules of C4 on all text of the page: Raffel et al., JMLR 21 (2020), section 2.2."""
    return "\n".join(
        block.text
        for block in read_html(html).blocks
        if block.text.endswith((".", "!", "?", '"', "”"))
        and len(block.text.split()) >= _FEWEST_WORDS
        and not _POLICY.search(block.text)
    )


OTHERS: Final[Mapping[str, Extractor]] = {
    "trafilatura": _trafilatura,
    "trafilatura, favor_precision": _trafilatura_precision,
    "readability-lxml": _readability,
    "newspaper4k": _newspaper,
    "resiliparse": _resiliparse,
    "jusText": _justext,
    "C4's line rules": _c4,
}


def run_others(pages: Sequence[tuple[bytes, str | None]]) -> dict[str, list[str]]:
    """What each system makes of each page; a page that it raises on gives an empty text, as its user would have."""
    texts = Parallel(n_jobs=2)(delayed(_run_all)(html, lang) for html, lang in pages)
    return {name: [found[name] for found in texts] for name in OTHERS}


def _run_all(html: bytes, lang: str | None) -> dict[str, str]:
    return {name: _run(extractor, html, lang) for name, extractor in OTHERS.items()}


def _run(extractor: Extractor, html: bytes, lang: str | None) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return extractor(html, lang)
        except Exception:
            return ""
