"""The main job, end to end: the bundled page and the article that the project exists for."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import lxml.html
import pytest
from lxml import etree

import stripper
from stripper import Stripper
from stripper.labels import BOILERPLATE, LABELS, MODES, Label
from tests.conftest import EXAMPLES


def test_bundled_page_keeps_the_article(news_page: bytes, cleaner: Stripper) -> None:
    expected = (EXAMPLES / "news-page.expected.txt").read_text(encoding="utf-8").splitlines()
    assert cleaner.strip_html(news_page).text.splitlines() == expected


def test_bundled_page_says_what_it_removed(news_page: bytes, cleaner: Stripper) -> None:
    article = cleaner.strip_html(news_page)
    reminder = next(p for p in article.removed if p.text == "Remind me later.")
    assert reminder.label in BOILERPLATE
    assert reminder.probability > 0.9
    appeal = [p for p in article.removed if p.label == "appeal"]
    assert any(p.text == "Dear readers," for p in appeal)
    tree = lxml.html.fromstring(news_page)
    assert reminder.xpath is not None
    (element,) = cast("list[etree._Element]", tree.getroottree().xpath(reminder.xpath))
    assert (element.text or "").strip() == "Remind me later."
    assert article.title == (tree.findtext(".//h1") or "").strip()


def test_seed_article(shared: Path, cleaner: Stripper) -> None:
    text = (shared / "seed" / "moscow-times-article.txt").read_text(encoding="utf-8")
    lines = text.split("\n")
    article = cleaner.strip_text(text)
    assert article.text == "\n".join(lines[:16])
    assert [p.text for p in article.removed] == lines[16:]


def test_all_ways_in_agree(news_page: bytes, cleaner: Stripper) -> None:
    text = news_page.decode()
    tree = lxml.html.document_fromstring(text)
    before = lxml.html.tostring(tree)
    expected = cleaner.strip_html(news_page)
    assert cleaner.strip_html(text) == expected
    assert cleaner.strip_html(tree).text == expected.text
    assert lxml.html.tostring(tree) == before, "the caller's tree is left untouched"
    assert stripper.strip_html(news_page) == expected
    plain = expected.text
    assert list(cleaner.strip_many([news_page, plain, text])) == [expected, cleaner.strip_text(plain), expected]


def test_strip_many_is_lazy_and_ordered(cleaner: Stripper) -> None:
    drawn: list[int] = []

    def endless() -> Iterator[str]:
        number = 0
        while True:
            drawn.append(number)
            yield f"Paragraph {number} tells of the flood that reached the village at night."
            number += 1

    found = cleaner.strip_many(endless(), kind="text")
    first = [next(found).paragraphs[0].text for _ in range(3)]
    assert [text.split()[1] for text in first] == ["0", "1", "2"]
    assert len(drawn) < 1000


def test_batches_do_not_change_results(news_page: bytes, cleaner: Stripper) -> None:
    texts = ["\n".join(["One line of a story about the harbour."] * n) for n in range(1, 9)]
    one_by_one = [cleaner.strip_text(text) for text in texts]
    for batched, alone in zip(cleaner.strip_many(texts, kind="text"), one_by_one, strict=True):
        assert batched.text == alone.text
        for left, right in zip(batched.paragraphs, alone.paragraphs, strict=True):
            assert left.probability == pytest.approx(right.probability, abs=1e-5)


@pytest.mark.parametrize("page", ["", "   ", "<html></html>", "<p></p>", b"", b"\x00\x00", "<script>1</script>"])
def test_hopeless_pages_are_empty(page: str | bytes, cleaner: Stripper) -> None:
    article = cleaner.strip_html(page)
    assert article.text == ""
    assert article.paragraphs == ()
    assert article.removed == ()


def test_wrong_types_and_options(cleaner: Stripper) -> None:
    with pytest.raises(TypeError, match="str, bytes or an lxml tree"):
        cleaner.strip_html(7)
    with pytest.raises(TypeError, match="must be str"):
        cleaner.strip_text(b"bytes")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="collection of labels"):
        Stripper(strip="appeal")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="unknown label advert"):
        Stripper(strip=["advert"])  # type: ignore[list-item]
    with pytest.raises(ValueError, match="cautious, balanced, aggressive"):
        Stripper(mode="bold")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="html, text or None"):
        cleaner.strip_many([], kind="pdf")  # type: ignore[arg-type]


def test_labels_to_strip_are_obeyed(news_page: bytes) -> None:
    everything = Stripper(strip=[]).strip_html(news_page)
    assert everything.removed == ()
    kept: list[Label] = ["title", "caption", "meta", "bio"]
    article = Stripper(strip=set(LABELS) - {"body", *kept}).strip_html(news_page)
    assert {p.label for p in article.removed} <= BOILERPLATE
    assert {"title", "caption"} <= {p.label for p in article.paragraphs if p.kept}


def test_bolder_modes_remove_more(news_page: bytes) -> None:
    removed = [{p.xpath for p in Stripper(mode=mode).strip_html(news_page).removed} for mode in MODES]
    assert removed[0] <= removed[1] <= removed[2]


def test_values_are_immutable_and_picklable(news_page: bytes, cleaner: Stripper) -> None:
    article = cleaner.strip_html(news_page)
    with pytest.raises(AttributeError):
        article.text = ""  # type: ignore[misc]
    assert pickle.loads(pickle.dumps(article)) == article  # noqa: S301
