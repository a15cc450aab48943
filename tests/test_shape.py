"""The look of texts, all at once, against the plain way: one text after the other."""

from __future__ import annotations

import math
import re

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from stripper.sources.block import Block
from stripper.tagging.shape import SENTENCE_END, shapes

COMMAS = re.compile(r"[,،、，]")
QUOTES = re.compile(r"[\"“”„«»「」『』‘’]")


def plain(block: Block) -> list[float]:
    text = block.text.strip()
    sample, length, words = text[:80], block.extent, text.split()
    return [
        math.log1p(length),
        min(len(words), 200) / 50,
        length / (len(words) or 1) / 8,
        sum(map(str.isupper, sample)) / (sum(map(str.isalpha, sample)) or 1),
        sum(map(str.isdigit, sample)) / (length or 1),
        text.endswith(SENTENCE_END),
        text.endswith(":"),
        text.endswith(("…", "...", "→", "»", ">", "›")),
        text[:1].isupper(),
        text[:1].islower(),
        text[:1].isdigit(),
        text[:1] in "-–—•*·" if text else False,
        min(text.count("?"), 3),
        min(text.count("!"), 3),
        min(len(COMMAS.findall(text)), 10) / 5,
        sum(map(text.count, ".。!?！？")) >= 2,
        min(len(QUOTES.findall(text)), 6) / 2,
        "http" in text or "www." in text,
        "@" in text,
        any(map(text.count, "$€£¥₽₴₹₩%")),
        "|" in text or "›" in text or "/" in text,
        "©" in text,
        length < 25,
        length > 140,
        text.isupper(),
        text.istitle(),
    ]


def check(texts: list[str]) -> None:
    blocks = [Block(text) for text in texts]
    np.testing.assert_allclose(shapes(blocks), np.array([plain(block) for block in blocks]), rtol=1e-6)


def test_looks() -> None:
    check(
        [
            "Subscribe now from $1 a month!",
            "READ MORE: www.example.org/a | ©2024...",
            "   – „Wir helfen“, sagte Åsa; “ja”?!  ",
            "寄付のお願い。ご支援ください！",
            "",
            "ǅ Ⅷ ª \ud800 \U0001f600",
            "The Mayor Of The Town",
            "a",
            "…",
            "..",
            "",
        ]
    )


@settings(max_examples=300, deadline=None)
@given(st.lists(st.text(max_size=120), min_size=1, max_size=8))
def test_looks_of_any_texts(texts: list[str]) -> None:
    check(texts)
