"""What is read as one, and that nothing else is."""

from __future__ import annotations

import numpy as np
from lxml.html import HtmlElement, document_fromstring

from stripper import Stripper
from stripper.labels import Label
from stripper.sources.html import read_html
from stripper.sources.text import read_text
from stripper.tagging.folding import fold_page
from tests.conftest import EXAMPLES

NAV = "<nav><ul><li><a href=/>Home</a><li><a href=/n>News</a><li><a href=/s>Sports</a></ul></nav>"
STORY = "<p>The ferry stopped running on Friday after <a href=/ice>ice</a> closed the harbour.</p>"


def _read(html: str) -> list[tuple[str, int]]:
    """The text of each block that is read, and how many it stands for."""
    return [(block.text, block.dom.stands_for) for block in fold_page(read_html(html)).page.blocks if block.dom]


def test_links_alone_in_the_same_kind_of_place_are_read_as_one_wherever_they_stand() -> None:
    story = STORY.replace("<p>", "").replace("</p>", "").replace("<a href=/ice>", "").replace("</a>", "")
    assert _read(NAV + STORY + NAV) == [("Home", 6), (story, 1)]
    other = NAV.replace("<ul>", "<ul class=related>")
    assert _read(NAV + STORY + other) == [("Home", 3), (story, 1), ("Home", 3)]


def test_what_stands_in_another_kind_of_place_or_is_not_all_link_is_read() -> None:
    assert _read("<ul><li><a>One</a><li><a>Two</a></ul><div><a>Three</a></div><ol><li><a>Four</a></ol>") == [
        ("One", 2),
        ("Three", 1),
        ("Four", 1),
    ]
    assert _read("<ul><li><a>One</a><li>Two<li><a>Three</a> and more</ul>") == [
        ("One", 1),
        ("Two", 1),
        ("Three and more", 1),
    ]


def test_the_same_text_in_the_same_kind_of_place_is_read_once() -> None:
    share = "<div><span>Share this</span></div>"
    assert _read(f"{share}<p>It rained.</p>{share}<p>It rained.</p><aside>{share}</aside>") == [
        ("Share this", 2),
        ("It rained.", 2),
        ("Share this", 1),
    ]


def test_what_is_read_as_one_has_the_commonest_label() -> None:
    folded = fold_page(read_html(NAV + STORY))
    labels: list[tuple[tuple[Label | None, ...], tuple[Label | None, ...]]] = [
        (("interface", None, None, "body"), ("interface", "body")),
        (("related", "interface", "interface", None), ("interface", None)),
        ((None, None, None, "body"), (None, "body")),
    ]
    for given, found in labels:
        assert folded.labels(given) == found


def test_text_and_empty_pages_stay_as_they_are() -> None:
    for page in (read_text("Home\nNews\nSports"), read_text(""), read_html("")):
        folded = fold_page(page)
        assert folded.page == page
        np.testing.assert_array_equal(folded.of, np.arange(len(page.blocks)))


def test_all_get_the_verdict_of_the_one_that_is_read() -> None:
    page = document_fromstring((EXAMPLES / "news-page.html").read_bytes())
    body: HtmlElement = page.find("body")
    body.insert(0, document_fromstring(NAV).find(".//nav"))
    paragraphs = Stripper().strip_html(page).paragraphs
    assert [paragraph.text for paragraph in paragraphs[:3]] == ["Home", "News", "Sports"]
    assert len({(own.label, own.probability, own.kept) for own in paragraphs[:3]}) == 1
    assert not paragraphs[0].kept
