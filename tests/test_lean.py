"""What trafilatura gets to see of a page."""

from __future__ import annotations

import pytest
from lxml.html import document_fromstring, fragment_fromstring, tostring

from stripper.sources.lean import lean

MENU = "<ul>" + "<li><a href=/>News</a></li>" * 5 + "</ul>"


def markup(page: str) -> str:
    """What is left of the body."""
    body = lean(document_fromstring(page)).find("body")
    assert body is not None
    left: str = tostring(body, encoding="unicode")
    return left.removeprefix("<body>").removesuffix("</body>")


@pytest.mark.parametrize(
    ("page", "left"),
    [
        ("<p>Rain <span></span>fell.</p>", "<p>Rain fell.</p>"),
        ("<div><div> </div></div>Rain.", " Rain."),
        ("<p>Rain<wbr>fall <!-- all day --><b>ended</b>.</p>", "<p>Rainfall ended.</p>"),
        ("<p>Rain.<a></a><br></p>", "<p>Rain.<a></a><br></p>"),
        ("<aside><p>Sun</p></aside><p>Rain.</p>", "<p>Rain.</p>"),
        ("<nav><a>Home</a> <a>News</a></nav>", "<nav>Home News</nav>"),
        ("<figure><p>Rain</p></figure>", "<figure>Rain</figure>"),
        (
            "<figure><table><tr><td>Rain</td><td></td></tr></table></figure>",
            "<figure><table><tr><td>Rain</td><td></td></tr></table></figure>",
        ),
        ('<p><span>Rain</span> <span class="a">fell</span>.</p>', '<p>Rain <span class="a">fell</span>.</p>'),
        (MENU, "<ul><a>" + "-" * 25 + "</a></ul>"),
        ("<ul><li><a>Sun</a></li><li><a>Rain</a></li></ul>", "<ul><li><a>Sun</a></li><li><a>Rain</a></li></ul>"),
        (
            '<p>Rain.</p><script>let sun</script><script type="application/ld+json">{}</script>',
            '<p>Rain.</p><script type="application/ld+json">{}</script>',
        ),
    ],
)
def test_what_is_left(page: str, left: str) -> None:
    assert markup(page) == left


def test_a_text_with_links_is_no_menu() -> None:
    page = "<div>" + "<p>Rain fell on the <a>island</a> all day.</p>" * 5 + "</div>"
    assert markup(page) == page


def test_the_page_stays_as_it_is() -> None:
    page = document_fromstring(f"<div></div>{MENU}<nav><b>Home</b></nav><p>Rain.</p>")
    before = tostring(page)
    lean(page)
    assert tostring(page) == before


def test_an_outermost_span_stays() -> None:
    assert lean(fragment_fromstring("<span>Rain.</span>")).tag == "span"
