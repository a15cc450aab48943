"""HTML input: how blocks are cut, what evidence they carry, and input that means harm."""

from __future__ import annotations

import json
import random
from pathlib import Path

import lxml.html
import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from lxml.html import document_fromstring

from stripper import Stripper, extract, prune_html, strip_soup
from stripper.sources.block import FLAGS, Block
from stripper.sources.html import LARGEST, decode, looks_like_html, parse, read_html
from stripper.sources.paths import Paths
from stripper.training.corpora import Source, read_page
from stripper.training.dataset import Example, records
from tests.conftest import DATA

_CLEANER = Stripper()


def _texts(html: str) -> list[str]:
    return [block.text for block in read_html(html).blocks]


@pytest.mark.parametrize(
    ("html", "texts"),
    [
        ("<div>One <b>bold</b> word<p>Two</p>three</div>", ["One bold word", "Two", "three"]),
        ("<div><p>a<br>b<br/>c</p></div>", ["a", "b", "c"]),
        ("<div><p>x&nbsp;y\u200bz  \n w</p></div>", ["x yz w"]),
        ("<div><p>a<script>no()</script>b</p><style>p{}</style><noscript>n</noscript></div>", ["ab"]),
        ("<div><p>a<!-- no -->b<?php no ?>c</p></div>", ["abc"]),
        ("<div><p>***</p><p>* * one</p></div>", ["* * one"]),
        ("<ul><li>1<ul><li>1.1</li></ul>tail</li></ul><p>x</p>", ["1", "1.1", "tail", "x"]),
        ("<table><tr><td>a<td>b</table><p>x</p>", ["a", "b", "x"]),
        ("<div><a href=/x><h3>Head</h3><p>Teaser</p></a></div>", ["Head", "Teaser"]),
    ],
)
def test_blocks(html: str, texts: list[str]) -> None:
    assert _texts(html) == texts


def _only(html: str, url: str | None = None) -> Block:
    (block,) = read_html(html, url).blocks
    return block


def test_evidence() -> None:
    block = _only(
        "<body><main><article class='story-body'><div id='newsletterBox' hidden><p class='pitch'>"
        "Join <a href='/join?x=1'>our list</a> now</p></div></article></main></body>",
        "https://www.example.org/a/b",
    )
    assert block.dom is not None
    node = block.dom.node
    assert node.tag == "p"
    assert node.words == ("p", "pitch")
    assert node.parent is not None
    assert node.parent.words == ("div", "newsletter", "box")
    assert node.hidden
    assert node.flags & FLAGS["article"]
    assert node.flags & FLAGS["main"]
    assert not node.flags & FLAGS["footer"]
    assert block.dom.links == ("/join?x=1",)
    assert block.dom.link_chars == len("our list")


def test_links_that_span_blocks_belong_to_each() -> None:
    first, second = read_html("<div><a href='#x'><h3>Head</h3><p>Teaser</p></a></div>").blocks
    assert first.dom is not None
    assert second.dom is not None
    assert first.dom.link_chars == len("Head")
    assert second.dom.links == ("#x",)


def test_declared_title_and_address() -> None:
    page = read_html(
        "<html><head><title>T - Site</title><meta property='og:title' content='T'>"
        "<link rel=canonical href='https://example.org/t'></head><body><p>T</p><p>Text</p></body></html>"
    )
    assert (page.title, page.url) == ("T", "https://example.org/t")
    assert [block.dom.title_like for block in page.blocks if block.dom] == [1.0, 0.0]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "windows-1251", "koi8-r", "shift_jis", "gb18030", "iso-8859-2"]
)
def test_charsets(encoding: str) -> None:
    words = {"shift_jis": "新聞の記事", "gb18030": "报纸文章", "iso-8859-2": "Žluťoučký kůň"}.get(encoding, "Газета")
    page = f"<html><head><meta charset='{encoding}'></head><body><p>{words}</p><p>x</p></body></html>"
    assert read_html(page.encode(encoding)).blocks[0].text == words


def test_undeclared_and_wrong_charsets() -> None:
    text = "<html><body><p>Die Zeitung für Köln und Düsseldorf wächst größer</p><p>x</p></body></html>"
    assert "Köln" in read_html(text.encode("cp1252")).blocks[0].text
    assert decode(b"<meta charset=no-such-charset>caf\xc3\xa9 \xff").startswith("<meta")
    assert decode(b"<meta charset=iso-8859-1>\x84caf\xe9\x93") == "<meta charset=iso-8859-1>„café“"


def test_told_from_text() -> None:
    assert looks_like_html("<!DOCTYPE html>")
    assert looks_like_html(b"\xef\xbb\xbf<div class=x>")
    assert looks_like_html(lxml.html.fromstring("<p>x</p>"))
    assert not looks_like_html("a < b and b > c, <3")
    assert not looks_like_html(b"")


def _deep(tag: str, size: int) -> str:
    return f"<html><body>{f'<{tag}>' * (size // (len(tag) + 2))}deep"


@pytest.mark.parametrize("tag", ["div", "b", "span", "ul><li", "table><tr><td", "blockquote", "a href=x"])
def test_ten_megabytes_of_nesting(tag: str) -> None:
    _CLEANER.strip_html(_deep(tag, 10_000_000))


@pytest.mark.parametrize("tag", ["div", "font", "b"])
def test_unclosed_tags_hide_nothing(tag: str) -> None:
    html = f"<html><body><p>first</p>{f'<{tag}>x ' * 600}<p>A proper paragraph follows here.</p></body></html>"
    assert read_html(html).blocks[-1].text == "A proper paragraph follows here."


@pytest.mark.parametrize("tag", ["div", "b"])
def test_deep_trees_of_the_caller(tag: str) -> None:
    root = node = etree.Element("div")
    for _ in range(20_000):
        node = etree.SubElement(node, tag)
    node.text = "bottom"
    assert [p.text for p in _CLEANER.strip_html(root).paragraphs] == ["bottom"]


@pytest.mark.parametrize(
    "page",
    [
        "\x00<p>a\x00b</p><p>c</p>" * 50,
        "<p>" + "\ud800" + "</p><p>x</p>",
        "<?xml version='1.0' encoding='utf-16'?><html><body><p>declared otherwise</p></body></html>",
        "<p>" + "x" * 3_000_000 + "</p>",
        "<a href='http://[broken'>x</a><p>y</p>",
        "<p class='" + "c" * 100_000 + "'>x</p><p>y</p>",
        "&" * 10_000,
        "<" * 10_000,
        "<div>" + "<p>x</p>" * 20_000 + "</div>",
        "<!doctype html><frameset><frame src=x></frameset>",
        "<svg><p>x</p></svg><math><p>y</p></math>",
    ],
    ids=range(11),
)
def test_hostile_pages(page: str) -> None:
    _CLEANER.strip_html(page)
    _CLEANER.strip_html(page.encode("utf-8", "surrogatepass"))


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
def test_never_raises_on_bytes(data: bytes) -> None:
    _CLEANER.strip_html(data)


def _mutate(data: bytes, source: random.Random) -> bytes:
    mutated = bytearray(data)
    for _ in range(source.randint(1, 60)):
        start = source.randrange(len(mutated))
        end = min(len(mutated), start + source.randint(1, 400))
        match source.randrange(5):
            case 0:
                del mutated[start:end]
            case 1:
                mutated[start:end] = source.randbytes(end - start)
            case 2:
                mutated[start:start] = mutated[end : end + 2000]
            case 3:
                mutated[start:start] = b"\x00" * source.randint(1, 9)
            case 4:
                mutated[start:start] = source.choice(
                    (b"<div><p>", b"</body>", b"<!--", b"<table>", b"]]>", b"<script>")
                )
        if not mutated:
            break
    return bytes(mutated)


def test_never_raises_on_mutations_of_the_bundled_page(news_page: bytes) -> None:
    source = random.Random(1)
    for _ in range(60):
        _CLEANER.strip_html(_mutate(news_page, source))


def test_never_raises_on_mutated_real_pages(corpora: Path) -> None:
    source = random.Random(2)
    for record in records(DATA)[::8]:
        _CLEANER.strip_html(_mutate(read_page(corpora, Source.of(record)), source))


def test_blocks_are_those_that_were_labelled(labelled: list[Example]) -> None:
    usual = [example for example in labelled if example.kind in ("wide", "core")]
    assert len(usual) == 446
    assert sum(label is not None for example in usual for label in example.labels) == 19_539
    assert len(labelled) > len(usual)


_DECLARING = """<head><script type="application/ld+json">{json}</script></head>
<body><p>The river &amp; its banks rose by two metres overnight.</p><p>Please support our newsroom with a gift.</p>
<p>Short</p></body>"""


@pytest.mark.parametrize(
    ("body", "declared"),
    [
        ("The river &amp; its banks rose by <b>two</b> metres overnight. " + "More of it. " * 40, [1.0, -1.0, 0.0]),
        ("The river & its banks rose by two metres overnight.", [0.0, 0.0, 0.0]),
        (
            "a < b: the river &amp;amp; its banks rose by two metres overnight. c > d " + "&lt;p&gt;More. " * 80,
            [1.0, -1.0, 0.0],
        ),
    ],
)
def test_declared_body(body: str, declared: list[float]) -> None:
    for data in ({"articleBody": body}, {"@graph": [{"@type": "WebPage"}, {"mainEntity": {"articleBody": body}}]}):
        blocks = read_html(_DECLARING.replace("{json}", json.dumps(data))).blocks
        assert [block.dom and block.dom.declared for block in blocks] == declared


@pytest.mark.parametrize(
    "source",
    [
        '{"articleBody": "&#' + "9" * 5000 + ';"}',
        '{"articleBody": ',
        '{"articleBody": 7}',
        "[" * 5000 + '"articleBody"',
        "",
    ],
)
def test_broken_declarations(source: str) -> None:
    blocks = read_html(_DECLARING.replace("{json}", source)).blocks
    assert [block.dom and block.dom.declared for block in blocks] == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    "html",
    [
        "<p>a<p>b<!-- c --><p>d<div><b>e</b></div>f",
        "<svg><g/><g><text>a</text></g></svg><o:p>b</o:p><o:p>c</o:p><fb:like>d</fb:like><my-tag>e<my-tag>f</my-tag></my-tag>",
        "<table><tr><td>a<td>b<tr><td>c</table><ul><li>d<li>e</ul>",
        "<html xmlns='http://www.w3.org/1999/xhtml'><body><p>a</p><p>b</p></body></html>",
    ],
)
def test_paths_are_those_of_lxml(html: str) -> None:
    for root in (document_fromstring(html), *([etree.fromstring(html)] if "xmlns" in html else [])):
        paths, getpath = Paths(root), root.getroottree().getpath
        elements = list(root.iter(etree.Element))
        assert [paths.of(element) for element in elements] == [getpath(element) for element in elements]
        # one by one too, and from the inside out
        assert [Paths(root).of(element) for element in elements[::-1]] == [getpath(own) for own in elements[::-1]]
        part = root[-1]
        assert Paths(part).of(part[0]) == getpath(part[0])


def test_paths_on_public_pages(labelled: list[Example]) -> None:
    for example in labelled[::25]:
        root = parse(example.html or b"")
        assert root is not None
        getpath = root.getroottree().getpath
        paths = Paths(root)
        assert all(paths.of(element) == getpath(element) for element in root.iter(etree.Element))


def test_pages_longer_than_any_article_are_not_read() -> None:
    filler = "<!-- " + "x" * LARGEST + " -->"
    story = "<p>The ferry is back in port, the harbour master said on Monday.</p>"
    for long in (story + filler, (story + filler).encode()):
        assert read_html(long, "https://example.org/").blocks == ()
    assert read_html(story + filler[: LARGEST - len(story)]).blocks


STORY = "<p>The ferry is back in port, the harbour master of Brodny said on Monday.</p>"


@pytest.mark.parametrize("start", ["<!doctype html><title>Ferry</title>", "<meta charset=utf-8><script>1</script>"])
@pytest.mark.parametrize("holder", ["main", "article", "section"])
def test_pages_that_leave_out_the_tags_of_head_and_body(start: str, holder: str) -> None:
    ask = "Subscribe to our newsletter!"
    page = f"{start}<{holder}><h1>Back in port</h1>{STORY}<p>{ask}</p></{holder}><footer>Imprint</footer>"
    assert _texts(page) == ["Back in port", STORY[3:-4], ask, "Imprint"]
    assert _CLEANER.strip_html(page).text == extract(page) == STORY[3:-4]
    pruned = prune_html(page)
    assert STORY in pruned
    assert ask not in pruned
    soup = BeautifulSoup(page, "lxml")
    assert strip_soup(soup)
    assert STORY in str(soup)


def test_head_is_no_text() -> None:
    head = "<head><title>Ferry</title><aside>1</aside></head>"
    assert _texts(f"<html>{head}<body>{STORY}</body></html>") == [STORY[3:-4]]
    assert _texts("<title>Ferry</title>") == []
