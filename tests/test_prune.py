"""HTML out: pages without their boilerplate, with everything else as it was."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import lxml.html
import pytest
from bs4 import BeautifulSoup
from bs4.element import Tag
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from stripper import Stripper, prune_html, strip_soup
from stripper.document import Article, Paragraph
from stripper.labels import BOILERPLATE, Label
from stripper.pruning import doom, judge, take_out
from stripper.sources.html import Html, decode, read_html, trace
from stripper.splicing import cut_out, mark
from stripper.training.corpora import Source, read_page
from stripper.training.dataset import records
from tests.conftest import DATA

_PRUNER = Stripper(strip=BOILERPLATE)
_BODY = "The river rose by two metres on Sunday, and the lower town was under water by the evening."
_BOX = "Subscribe to our newsletter and get the stories of the day in your inbox!"


def _letters(texts: Iterable[str]) -> str:
    return "".join("".join(texts).split())


def _is_cut_from(left: str, source: str) -> bool:
    """Whether one text is the other with characters left out."""
    rest = iter(source)
    return all(character in rest for character in left)


def test_bundled_page(news_page: bytes) -> None:
    source = news_page.decode()
    article = _PRUNER.strip_html(source)
    left = prune_html(news_page)
    assert [block.text for block in read_html(left).blocks] == [p.text for p in article.paragraphs if p.kept]
    assert left.partition("<body")[0] == source.partition("<body")[0]
    assert _is_cut_from(left, source)
    kept_lines = [line for line in left.splitlines() if line.strip()]
    assert set(kept_lines) <= set(source.splitlines())
    assert "osna-ferry-1200x675.jpg" in left
    assert "appeal" not in left.partition("<body")[2]


def test_nothing_removed_is_nothing_changed(news_page: bytes) -> None:
    nothing = Stripper(strip=[])
    assert prune_html(news_page, stripper=nothing) == news_page.decode()
    odd = f"<P CLASS=x  id='y' ><!-- a --><?php b ?>{_BODY}&eacute;</p \n><br/>"
    assert prune_html(odd) == odd


def test_a_tree_is_left_untouched(news_page: bytes) -> None:
    tree = lxml.html.document_fromstring(news_page.decode())
    before = lxml.html.tostring(tree)
    left = prune_html(tree)
    assert lxml.html.tostring(tree) == before
    assert _letters(b.text for b in read_html(left).blocks) == _letters(
        b.text for b in read_html(prune_html(news_page)).blocks
    )


def _verdict(text: str, removed: dict[str, Label]) -> Paragraph:
    label: Label = next((label for word, label in removed.items() if word in text), "body")
    return Paragraph(text, label, 0.5, label == "body")


def _cut(source: str, removed: dict[str, Label]) -> str:
    """The source without the blocks that hold a word of ``removed``."""
    marked = mark(source)
    assert marked is not None
    traced = trace(marked.root)
    doomed = doom(marked.root, judge(traced, [_verdict(text, removed) for text, _ in traced]))
    return cut_out(marked, doomed.elements, doomed.pieces)


@pytest.mark.parametrize(
    ("source", "left"),
    [
        ("<div><p>one</p><p>AD</p></div>", "<div><p>one</p></div>"),
        ("<div><p>one<p>AD<p>two</div>", "<div><p>one<p>two</div>"),
        ("<ul><li>AD<li>AD</ul><p>one", "<p>one"),
        ("<div><p>one</p><div><div><p>AD</div></div>two</div>", "<div><p>one</p>two</div>"),
        ("<div>one<br>AD <b>now</b><br/>two</div>", "<div>one<br><br/>two</div>"),
        ("<div>one<br>AD <!-- x -->more AD<br/>two</div>", "<div>one<br><!-- x --><br/>two</div>"),
        ("<table><tr><td>one<td>AD<tr><td>AD<td>AD</table>", "<table><tr><td>one<td></table>"),
        ("<div><p title='a > b' class=\"c>\">AD</p>one</div>", "<div>one</div>"),
        ("<body>AD<p>one</body></html>", "<body><p>one</body></html>"),
        ("<div>one<script>'</div><p>'</script><p>AD</p></div>", "<div>one<script>'</div><p>'</script></div>"),
        ("<p>one</b></p><P>AD</P ><i>two</i>", "<p>one</b></p><i>two</i>"),
        ("<div><a href=x><h3>AD</h3><p>AD</p></a><p>one</p></div>", "<div><p>one</p></div>"),
        ("<div></><p>AD</p><p>one</p></div>", "<div></><p>one</p></div>"),
        ("<div><p>AD\r\nAD</p>\r\n<p>&amp;one&nbsp;</p></div>", "<div>\r\n<p>&amp;one&nbsp;</p></div>"),
    ],
)
def test_spans(source: str, left: str) -> None:
    assert _cut(source, {"AD": "ad"}) == left


def test_pictures() -> None:
    player = "<div><video src=x></video><span>PLAY</span></div><p>one</p>"
    assert _cut(player, {"PLAY": "interface"}) == player.replace("<span>PLAY</span>", "")
    assert _cut("<div><img src=x><p>GIVE</p></div><p>one</p>", {"GIVE": "appeal"}) == "<p>one</p>"
    assert _cut("<div><a href=/><img src=x></a><p>MENU</p></div><p>one</p>", {"MENU": "interface"}) == "<p>one</p>"


def test_the_tree_way_takes_out_the_same() -> None:
    root = lxml.html.document_fromstring("<div>one<br>AD <b>now</b><br>two<p>AD</p>three</div>")
    traced = trace(root)
    take_out(doom(root, judge(traced, [_verdict(text, {"AD": "ad"}) for text, _ in traced])))
    assert etree.tostring(root[0], encoding="unicode") == "<body><div>one<br/><br/>twothree</div></body>"


def test_kept_text_is_never_lost(corpora: Path) -> None:
    """And all that was to go has gone, with the source cut rather than written anew, on real pages."""
    for record in records(DATA)[::40]:
        source = decode(read_page(corpora, Source.of(record)))
        article = _PRUNER.strip_html(source)
        left = prune_html(source)
        assert [b.text for b in read_html(left).blocks] == [p.text for p in article.paragraphs if p.kept]
        assert _is_cut_from(left, source), record["path"]


_HOSTILE = [
    "",
    "   ",
    "<" * 10_000,
    "<div " * 200_000,
    "<script>" * 100_000,
    "<!--" * 100_000,
    f"<body>{'<div>' * 100_000}{_BOX}",
    f"<p>{_BODY}</p>{'<b>' * 3000}{_BOX}",
    "<p a='" + "x" * 1_000_000,
    "<p stripper-mark=7>x</p><!--99999--><p>y</p>",
    "<p>\x00a\ud800b</p><p>Subscribe to our newsletter!</p>",
    "<frameset><frame src=x></frameset>",
    "<select><option>a<option>b</select><p>Subscribe to our newsletter!",
]


@pytest.mark.parametrize("page", _HOSTILE, ids=range(len(_HOSTILE)))
def test_hostile_pages(page: str) -> None:
    left = prune_html(page)
    kept = [p.text for p in _PRUNER.strip_html(page).paragraphs if p.kept]
    assert _letters(b.text for b in read_html(left).blocks) == _letters(kept)
    prune_html(page.encode("utf-8", "surrogatepass"))


_TAGS = ["<p>", "</p>", "<div>", "</div>", "<b>", "</b>", "<br>", "<table>", "<tr>", "<td>", "</table>", "<a href=x>"]
_TEXTS = ["one ", "AD ", "two", "AD", "<!-- c -->", "</a>", "<li>", "</ul>", "<ul>", "<form>", "<select>", "</>", "<"]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(_TAGS + _TEXTS), max_size=25))
def test_any_markup(parts: list[str]) -> None:
    source = "".join(parts)
    paragraphs = [_verdict(block.text, {"AD": "ad"}) for block in read_html(source).blocks]
    left = prune_html(source, stripper=_Fixed(paragraphs))
    found = _letters(block.text for block in read_html(left).blocks)
    assert found == _letters(p.text for p in paragraphs if p.kept)


class _Fixed(Stripper):
    """Has the verdicts that a test wants."""

    def __init__(self, paragraphs: list[Paragraph]) -> None:
        super().__init__()
        self._paragraphs = tuple(paragraphs)

    def strip_html(self, html: Html, url: str | None = None) -> Article:  # noqa: ARG002
        return Article("", None, url, self._paragraphs)


@pytest.mark.parametrize("parser", ["html.parser", "lxml"])
def test_soup(parser: str, news_page: bytes) -> None:
    soup = BeautifulSoup(news_page, parser)
    before = soup.get_text()
    removed = strip_soup(soup)
    kept = [p.text for p in _PRUNER.strip_html(news_page).paragraphs if p.kept]
    left = [block.text for block in read_html(str(soup)).blocks]
    assert left == kept
    assert removed
    assert all(node.find_parent("html") is None for node in removed)
    assert sum(len(node.get_text()) for node in removed) < len(before)
    assert soup.find("div", class_="story__body") is not None


def test_a_part_of_a_soup(news_page: bytes) -> None:
    soup = BeautifulSoup(news_page, "html.parser")
    part = soup.select_one("nav")
    assert part is not None
    strip_soup(part)
    assert part.parent is not None
    assert soup.select_one("footer") is not None


def test_soup_with_bare_strings() -> None:
    soup = BeautifulSoup(f"<div>{_BODY}<br>{_BOX}<br>{_BODY}</div>", "html.parser")
    assert [str(node) for node in strip_soup(soup)] == [_BOX]
    assert str(soup) == f"<div>{_BODY}<br/><br/>{_BODY}</div>"


def test_odd_soups() -> None:
    deep = BeautifulSoup("", "html.parser")
    node: Tag = deep
    for _ in range(5000):
        child = deep.new_tag("o:p", attrs={"@click": "x", "class": "a b", "title": "a\x00b"})
        node.append(child)
        node = child
    node.append("bottom\x00 of it")
    strip_soup(deep)
    assert strip_soup(BeautifulSoup("", "html.parser")) == []
    with pytest.raises(TypeError, match="must be a BeautifulSoup"):
        strip_soup("<p>x</p>")  # type: ignore[arg-type]


def test_wrong_type() -> None:
    with pytest.raises(TypeError, match="str, bytes or an lxml tree"):
        prune_html(7)


def test_import_is_light() -> None:
    check = (
        "import sys, stripper; sys.exit(bool({'bs4', 'stripper.pruning', 'stripper.integrations'} & set(sys.modules)))"
    )
    subprocess.run([sys.executable, "-c", check], check=True)


def test_without_beautiful_soup() -> None:
    check = "import sys; sys.modules['bs4'] = None; from stripper import strip_soup; strip_soup('x')"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, check=False, text=True)
    assert re.search(r"cleaning soups needs the soup extra: pip install 'article-stripper\[soup\]'", done.stderr)
