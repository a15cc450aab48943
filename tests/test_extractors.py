"""What newspaper4k, readability-lxml and news-please really find, cleaned."""

from __future__ import annotations

import json
from typing import Any

import newspaper
import newsplease
import pytest
import readability

from stripper import Stripper
from stripper.integrations.extractors import strip_newspaper, strip_newsplease, strip_readability

URL = "https://www.example.org/ferry"
TITLE = "For ninety years a ferry joined Kelmet and Brodny. Now a bridge divides them"
APPEAL = (
    "Dear readers, we need your help: support independent journalism and become a member from just $2 a month.",
    "Subscribe to our newsletter and get the stories of the day in your inbox.",
)


@pytest.fixture(scope="module")
def page() -> str:
    """A page whose publisher put its messages between the paragraphs, where all three extractors take them along."""
    body = [
        "The ferry has not left the harbour since Friday, when ice closed the northern channel, the port said.",
        "Two hundred people on the island are waiting for medicine and fuel, the mayor told reporters on Sunday.",
        APPEAL[0],
        "Fishermen, who know the channel well, said that the ice was thicker than in any winter since the war.",
        "The port authority expects an icebreaker from the south on Monday, weather permitting, and another later.",
        APPEAL[1],
    ]
    paragraphs = "".join(f"<p>{text}</p>" for text in body)
    return (
        f'<html lang="en"><head><title>{TITLE}</title></head><body><nav><a href="/">Home</a></nav>'
        f"<article><h1>{TITLE}</h1>{paragraphs}</article></body></html>"
    )


def of_newspaper(html: str) -> Any:
    found = newspaper.Article(URL, fetch_images=False)
    found.download(input_html=html)
    return found.parse()


def of_newsplease(html: str) -> Any:
    return newsplease.NewsPlease.from_html(html, url=URL, fetch_images=False)


def without_appeal(text: str) -> list[str]:
    lines = [line for line in text.splitlines() if line.strip()]
    assert set(APPEAL) <= set(lines), "the extractor is expected to take the messages along"
    return [line for line in lines if line not in APPEAL]


def test_newspaper(page: str) -> None:
    found = of_newspaper(page)
    article = strip_newspaper(found)
    assert [line for line in article.text.splitlines() if line] == without_appeal(found.text)
    assert {own.text for own in article.removed} == set(APPEAL)
    assert (article.title, article.url) == (TITLE, URL)
    assert strip_newspaper(json.loads(found.to_json())) == article
    assert strip_newspaper(found.to_json(as_string=False)) == article


def test_newspaper_paragraphs_know_their_place(page: str) -> None:
    found = of_newspaper(page)
    for own in strip_newspaper(found).paragraphs:
        assert found.text[own.start : own.end] == own.text


def test_newspaper_that_found_nothing() -> None:
    article = strip_newspaper(of_newspaper("<html></html>"))
    assert (article.text, article.title, article.url, article.paragraphs) == ("", None, URL, ())


def test_newspaper_not_parsed(page: str) -> None:
    found = newspaper.Article(URL)
    with pytest.raises(ValueError, match="not parsed yet"):
        strip_newspaper(found)
    found.download(input_html=page)
    with pytest.raises(ValueError, match="not parsed yet"):
        strip_newspaper(found)


def test_newsplease(page: str) -> None:
    found = of_newsplease(page)
    article = strip_newsplease(found)
    assert [line for line in article.text.splitlines() if line] == without_appeal(found.maintext)
    assert (article.title, article.url) == (TITLE, URL)
    assert strip_newsplease(found.get_dict()) == article
    assert strip_newsplease(json.loads(json.dumps(found.get_serializable_dict()))) == article


def test_newsplease_that_found_nothing() -> None:
    for html in ("", "<html></html>"):
        assert strip_newsplease(of_newsplease(html)).text == ""


def test_readability(page: str) -> None:
    found = readability.Document(page, url=URL)
    article = strip_readability(found)
    assert article.text.splitlines() == without_appeal(
        "\n".join(own.text for own in article.paragraphs if own.label != "title")
    )
    assert (article.title, article.url) == (TITLE, URL)
    summary = strip_readability(readability.Document(page).summary(), URL)
    assert (summary.text, summary.url) == (article.text, URL)
    assert strip_readability(readability.Document(page).summary(html_partial=True)).text == article.text


def test_readability_that_found_nothing() -> None:
    for html in ("", "<html></html>"):
        article = strip_readability(readability.Document(html), URL)
        assert (article.text, article.title, article.url) == ("", None, URL)


def test_bundled_page(news_page: bytes) -> None:
    """Each keeps the story and loses the messages that its extractor left in."""
    html = news_page.decode()
    for article in (
        strip_newspaper(of_newspaper(html)),
        strip_newsplease(of_newsplease(html)),
        strip_readability(readability.Document(html)),
    ):
        assert article.title == TITLE
        assert "Tomas Verik walks down the gravel slope" in article.text
        assert "newsletter" not in article.text


def test_settings(page: str) -> None:
    everything = Stripper(strip=["comment"])
    assert strip_newspaper(of_newspaper(page), everything).text == of_newspaper(page).text
    assert strip_newsplease(of_newsplease(page), everything).text == of_newsplease(page).maintext
    assert APPEAL[0] in strip_readability(readability.Document(page), stripper=everything).text


@pytest.mark.parametrize("strip", [strip_newspaper, strip_newsplease, strip_readability])
@pytest.mark.parametrize("wrong", [None, 5, object(), b"<p>bytes</p>", {"url": URL}])
def test_wrong_type(strip: Any, wrong: object) -> None:
    with pytest.raises(TypeError, match="must be"):
        strip(wrong)


def test_text_of_a_wrong_type() -> None:
    with pytest.raises(TypeError, match="text must be str"):
        strip_newsplease({"maintext": 5})


def test_results_by_address_are_no_result(page: str) -> None:
    with pytest.raises(TypeError, match="has no 'maintext'"):
        strip_newsplease({URL: of_newsplease(page)})


def test_results_of_the_wrong_extractor(page: str) -> None:
    with pytest.raises(TypeError, match=r"news-please NewsArticle: strip_newsplease\(\) cleans it"):
        strip_newspaper(of_newsplease(page))
