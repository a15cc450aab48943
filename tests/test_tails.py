"""Messages glued to the end of a paragraph."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stripper import Stripper
from stripper.tails import _pieces

_CUTTER, _PLAIN = Stripper(cut_tails=True), Stripper()
_TEXTS = st.lists(
    st.sampled_from(
        [
            'The ferry was cancelled again on Monday. "We are sorry," she said. Sign up for our newsletter here.',
            "Two hundred people are waiting. Support independent journalism: donate today from $2 a month. Thank you!",
            "渡船は欠航した。町長は「待つしかない」と話した。ニュースレターに登録する。",
            "No stop at all",
            "... ! ?",
            "",
            "  indented. Subscribe now!  ",
        ]
    ),
    max_size=6,
).map("\n".join)


@settings(max_examples=60, deadline=None)
@given(_TEXTS)
def test_paragraphs_still_tell_where_they_stand(text: str) -> None:
    article = _CUTTER.strip_text(text)
    assert all(text[p.start : p.end] == p.text for p in article.paragraphs)
    left = re.sub(r"\s", "", "".join(p.text for p in article.paragraphs if p.kept))
    assert re.sub(r"\s", "", article.text) == left
    whole = "".join(p.text for p in article.paragraphs)
    assert whole == "".join(p.text for p in _PLAIN.strip_text(text).paragraphs)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300).filter(str.strip))
def test_pieces_make_up_the_text(text: str) -> None:
    pieces = _pieces(text)
    assert "".join(pieces) == text
    assert all(piece.strip() for piece in pieces) or len(pieces) == 1


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("他说：“我们在等待。”", ["他说：“我们在等待。”"]),
        ("「待つ。」 登録する。", ["「待つ。」", " 登録する。"]),
        ("助けて！！ 登録する。", ["助けて！！", " 登録する。"]),
        ("She left (at last.) Sign up!", ["She left (at last.)", " Sign up!"]),
        ("." * 40_000 + "x", ["." * 40_000 + "x"]),
    ],
)
def test_where_sentences_end(text: str, pieces: list[str]) -> None:
    assert _pieces(text) == pieces


def test_a_glued_message_is_cut_off_text() -> None:
    story = [
        "The ferry to the island was cancelled again on Monday, the operator said, as ice closed the northern channel.",
        "Two hundred people on the island are waiting for medicine and food, the mayor told reporters on Sunday.",
        "The port authority expects an icebreaker from the south within a day or two, weather permitting.",
    ]
    glued = [story[0], f"{story[1]} Sign up for our newsletter here.", story[2]]
    text = "\n".join(glued)
    assert _PLAIN.strip_text(text).text == text
    article = _CUTTER.strip_text(text)
    assert article.text == "\n".join(story)
    (tail,) = article.removed
    assert (tail.text, tail.label) == (" Sign up for our newsletter here.", "signup")


def test_a_glued_message_is_cut_off_a_page(news_page: bytes) -> None:
    end = "in ten to twelve weeks, provided that the river is low."
    html = news_page.decode()
    assert html.count(end) == 1
    # the paragraph goes on, so that its end is made here
    html = html.replace(end, f"{end} Sign up for our newsletter here.</p><p>")
    article = _CUTTER.strip_html(html)
    assert [own.text for own in article.removed if "Sign up for our newsletter here" in own.text] == [
        " Sign up for our newsletter here."
    ]
    assert end in article.text
    assert "Sign up for our newsletter here" not in article.text
    assert "Sign up for our newsletter here" in _PLAIN.strip_html(html).text
