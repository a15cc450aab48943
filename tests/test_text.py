"""Text input: the output is the input minus whole lines, whatever the input."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stripper import Paragraph, Stripper
from stripper.sources.text import keep_lines, read_text

_CLEANER = Stripper(mode="aggressive")
_BREAK = re.compile(r"\r\n|\r|\n")
_LINES = st.sampled_from(
    [
        "",
        " ",
        "Dear readers,",
        "Please support our journalism from $2 a month.",
        "Subscribe to continue reading",
        "Remind me later.",
        "The minister resigned on Tuesday after a vote in parliament, officials said.",
        "\u3000この記事は会員限定です。",
        "We use cookies to improve your experience.\u2028Accept all",
        "trailing space \t",
    ]
)
_TEXTS = st.one_of(
    st.text(max_size=300),
    st.builds(
        lambda lines, breaks, end: "".join(a + b for a, b in zip(lines, breaks, strict=False)) + end,
        st.lists(_LINES, max_size=12),
        st.lists(st.sampled_from(["\n", "\r\n", "\r", "\n\n"]), min_size=12, max_size=12),
        _LINES,
    ),
)


def _lines(text: str) -> list[str]:
    return _BREAK.split(text) if text else []


def _paragraphs(text: str, flags: list[bool]) -> list[Paragraph]:
    return [
        Paragraph(block.text, "body", 0.0, kept, block.start, block.end)
        for block, kept in zip(read_text(text).blocks, flags, strict=True)
    ]


def _is_subsequence(part: list[str], whole: list[str]) -> bool:
    rest = iter(whole)
    return all(line in rest for line in part)


@settings(max_examples=300, deadline=None)
@given(_TEXTS)
def test_output_is_input_minus_whole_lines(text: str) -> None:
    article = _CLEANER.strip_text(text)
    assert _is_subsequence(_lines(article.text), _lines(text))
    kept = [p for p in article.paragraphs if p.kept]
    assert [line for line in _BREAK.split(article.text) if line.strip()] == [p.text for p in kept if p.text.strip()]
    assert all(text[p.start : p.end] == p.text for p in article.paragraphs)
    if not article.removed:
        assert article.text == text


@settings(max_examples=300, deadline=None)
@given(_TEXTS, st.randoms())
def test_any_choice_of_lines(text: str, random: object) -> None:
    flags = [random.random() < 0.5 for _ in read_text(text).blocks]  # type: ignore[attr-defined]
    output = keep_lines(text, _paragraphs(text, flags))
    kept = [block.text for block, flag in zip(read_text(text).blocks, flags, strict=True) if flag]
    assert [block.text for block in read_text(output).blocks] == kept
    assert _is_subsequence(_lines(output), _lines(text))


@pytest.mark.parametrize(
    ("text", "flags", "output"),
    [
        ("a\nb\nc\n", [True, False, True], "a\nc\n"),
        ("a\nb\nc", [True, True, False], "a\nb"),
        ("a\r\nb\r\n", [True, False], "a\r\n"),
        ("a\n\nb\n\nc", [True, False, True], "a\n\nc"),
        ("\n\na\n\nb\n", [False, True], "\n\nb\n"),
        (" a \n b ", [True, False], " a "),
        ("a\nb", [False, False], ""),
        ("One.\n\nTwo.\n\nThree.", [True, True, False], "One.\n\nTwo."),
        ("\n \n", [], "\n \n"),
    ],
)
def test_line_breaks_around_removed_lines(text: str, flags: list[bool], output: str) -> None:
    assert keep_lines(text, _paragraphs(text, flags)) == output


@pytest.mark.parametrize(
    ("text", "cuts", "flags", "output"),
    [
        ("a b\n\nc\n", [(0, 1), (1, 3), (5, 6)], [True, False, True], "a\n\nc\n"),
        ("a b\nc", [(0, 1), (1, 3), (4, 5)], [True, False, False], "a"),
        ("a\r\nb c\r\n", [(0, 1), (3, 4), (4, 6)], [True, True, False], "a\r\nb\r\n"),
        ("a b\nc", [(0, 1), (1, 3), (4, 5)], [False, False, True], "c"),
    ],
)
def test_pieces_of_a_line(text: str, cuts: list[tuple[int, int]], flags: list[bool], output: str) -> None:
    paragraphs = [
        Paragraph(text[start:end], "body", 0.0, kept, start, end)
        for (start, end), kept in zip(cuts, flags, strict=True)
    ]
    assert keep_lines(text, paragraphs) == output


def test_long_texts_take_linear_time() -> None:
    flags = [number != 0 for number in range(200_000)]
    text = "a\n" * len(flags)
    assert keep_lines(text, _paragraphs(text, flags)) == text[2:]
