"""trafilatura's functions, stripped: its shapes, its keywords, and every kept paragraph."""

from __future__ import annotations

import csv
import json
import re
from io import StringIO
from pathlib import Path
from typing import Any, cast
from unicodedata import normalize

import lxml.html
import pytest
import trafilatura
from lxml import etree
from trafilatura.deduplication import LRUCache
from trafilatura.settings import Document, Extractor
from trafilatura.utils import Response

import stripper
from stripper import Stripper, bare_extraction, extract
from stripper.integrations.trafilatura import Keywords
from stripper.sources.html import decode
from stripper.training.corpora import Source, read_page
from stripper.training.dataset import records
from tests.conftest import DATA

_URL = "https://www.example.org/news/river"
_LINES = [
    "The river rose by two metres on Sunday, and the lower town was under water by the evening.",
    "“We had an hour to bring the animals to the hill,” said the mayor, who had not slept for two nights in a row.",
    "The dam above the town held, its keeper said, but the second gate no longer closes.",
]
_PAGE = f"""<html lang="en"><head><title>The river rose</title></head><body><article><h1>The river rose</h1>
<p>{_LINES[0].replace("lower town", '<a href="/town">lower <b>town</b></a>')}</p>
<p>{_LINES[1]}</p><figure><img src="/river.jpg" alt="The river"></figure><h2>What the dam held</h2>
<blockquote><p>{_LINES[2]}</p></blockquote>
<ul><li>The first gate was closed on Friday night by its keeper;</li>
<li>the second was not, for it had rusted.</li></ul>
<table><tr><th>Day</th><th>Level of the river in metres</th></tr><tr><td>Saturday</td><td>3.2 metres at noon</td></tr>
<tr><td>Sunday</td><td>5.4 metres at noon</td></tr></table>
<div class="newsletter"><p>Subscribe to our newsletter and get the stories of the day in your inbox!</p></div>
</article></body></html>"""
_BODY_ONLY = Stripper(strip={"signup", "title"})


def _letters(text: str) -> str:
    return re.sub(r"[\W_]", "", normalize("NFC", text))


def _extract(**keywords: Any) -> str:
    text = extract(_PAGE, _URL, stripper=_BODY_ONLY, **keywords)
    assert text is not None
    assert "newsletter" not in text
    return text


def test_text() -> None:
    lines = _extract().splitlines()
    assert [line for line in lines if line in _LINES] == _LINES
    assert "- the second was not, for it had rusted." in lines
    assert "| Sunday | 5.4 metres at noon |" in lines


def test_markdown() -> None:
    text = _extract(output_format="markdown", include_links=True, include_images=True)
    assert "the [lower **town**](https://www.example.org/town) was" in text
    assert "\n## What the dam held\n" in text
    assert "![The river](https://www.example.org/river.jpg)" in text
    assert "|---|---|" in text.replace(" ", "")
    assert "**" not in _extract(output_format="markdown", include_formatting=False)


def test_xml() -> None:
    root = etree.fromstring(_extract(output_format="xml", include_links=True, include_formatting=True))
    assert root.tag == "doc"
    assert [child.tag for child in root] == ["main", "comments"]
    assert [child.tag for child in root[0]] == ["p", "p", "head", "quote", "list", "table"]
    reference = root.find(".//ref")
    assert reference is not None
    assert reference.get("target") == "https://www.example.org/town"
    assert [hi.text for hi in reference] == ["town"]
    assert [cell.get("role") for cell in root.iter("cell")] == ["head", "head", None, None, None, None]


def _shape(text: str) -> list[str]:
    return [str(element.tag) for element in etree.fromstring(text).iter("*")]


@pytest.mark.parametrize(
    "keywords", [{}, {"include_links": True}, {"include_formatting": True}, {"include_tables": False}]
)
def test_shapes_are_trafilaturas(keywords: dict[str, Any]) -> None:
    """On a page from which there is nothing to remove, the XML is the very same, element by element."""
    page = re.sub(r'<div class="newsletter">.*?</div>|<h1>.*?</h1>', "", _PAGE)
    theirs = trafilatura.extract(page, url=_URL, output_format="xml", include_comments=False, **keywords)
    ours = extract(page, _URL, output_format="xml", stripper=Stripper(strip=[]), **keywords)
    assert theirs is not None
    assert ours is not None
    without_quotes = re.compile(r"</?p/?>")  # it has a quote's paragraph in the quote itself
    assert _letters(without_quotes.sub("", ours)) == _letters(without_quotes.sub("", theirs))
    assert set(_shape(ours)) == set(_shape(theirs))


@pytest.mark.parametrize("with_metadata", [False, True])
def test_json_has_trafilaturas_keys(with_metadata: bool, news_page: bytes) -> None:
    text = extract(news_page, _URL, output_format="json", with_metadata=with_metadata)
    theirs = trafilatura.extract(news_page, _URL, output_format="json", with_metadata=with_metadata)
    assert text is not None
    assert theirs is not None
    ours, expected = json.loads(text), json.loads(theirs)
    assert list(ours) == list(expected)
    for key in set(ours) - {"text", "raw_text", "fingerprint", "comments"}:
        assert ours[key] == expected[key]
    assert "Remind me later" not in ours["text"]


def test_other_formats(news_page: bytes) -> None:
    assert (extract(news_page, output_format="html") or "").startswith("<html>")
    assert (extract(news_page, output_format="xmltei", tei_validation=True) or "").startswith("<TEI")
    (row,) = csv.reader(StringIO(extract(news_page, output_format="csv", record_id="7") or ""), delimiter="\t")
    assert row[1] == "7"


def test_metadata_head(news_page: bytes) -> None:
    ours = extract(news_page, with_metadata=True, record_id="7") or ""
    theirs = trafilatura.extract(news_page, with_metadata=True, record_id="7") or ""
    head = [line for line in ours.split("---\n")[1].splitlines() if not line.startswith("fingerprint")]
    assert head == [line for line in theirs.split("---\n")[1].splitlines() if not line.startswith("fingerprint")]


def test_bare(news_page: bytes) -> None:
    document = bare_extraction(news_page, _URL, with_metadata=True)
    assert isinstance(document, Document)
    assert document.author == "Irina Halvas"
    assert document.text == extract(news_page, _URL)
    assert document.raw_text == document.text
    assert document.body.tag == "body"
    assert set(document.as_dict()) == set(Document.__slots__)


def test_ways_in(news_page: bytes) -> None:
    tree = lxml.html.document_fromstring(news_page.decode())
    before = lxml.html.tostring(tree)
    assert extract(tree) == extract(news_page) == extract(news_page.decode())
    assert lxml.html.tostring(tree) == before


@pytest.mark.parametrize("output_format", ["txt", "xml"])
def test_every_kept_paragraph_is_there_and_nothing_else(corpora: Path, output_format: str) -> None:
    cleaner = Stripper()
    for record in records(DATA)[::40]:
        page = read_page(corpora, Source.of(record))
        expected = _letters(cleaner.strip_html(page).text)
        text = extract(page, output_format=output_format, stripper=cleaner) or ""
        found = " ".join(map(str, etree.fromstring(text).itertext())) if output_format == "xml" and text else text
        assert _letters(found) == expected, record["path"]


def test_comments(news_page: bytes) -> None:
    page = _PAGE.replace(
        "</article>",
        "</article><section id='comments' class='comments-list'><h3>2 Comments</h3><div class='comment'>"
        "<span class='comment-author'>riverman42</span><p class='comment-text'>"
        "lol I told you so, they never fix it!!</p>"
        "<a>Reply</a></div></section>",
    )
    document = bare_extraction(page, include_comments=True)
    assert document is not None
    assert "told you so" in (document.comments or "")
    assert "told you so" not in (document.text or "")
    assert "told you so" not in (extract(page) or "")


def test_modes(news_page: bytes) -> None:
    for keyword, mode in (("favor_precision", "aggressive"), ("favor_recall", "cautious")):
        own = Stripper(mode=cast("Any", mode))
        assert extract(news_page, **cast("Any", {keyword: True})) == extract(news_page, stripper=own)


def test_what_is_not_wanted(news_page: bytes) -> None:
    assert extract(news_page, only_with_metadata=True) is not None
    assert extract(_PAGE, only_with_metadata=True) is None
    assert extract(_PAGE, _URL, url_blacklist={_URL}) is None
    declaring = _PAGE.replace("<head>", '<head><meta http-equiv="content-language" content="en">')
    assert extract(declaring, target_language="de", fast=True) is None
    assert extract(declaring, target_language="en", fast=True) is not None
    assert "Irina" not in (extract(news_page, with_metadata=True, author_blacklist={"Irina Halvas"}) or "")
    assert "dam held" not in (extract(_PAGE, prune_xpath=["//h2", "//ul"]) or "")
    assert "5.4 metres" not in (extract(_PAGE, include_tables=False) or "")
    for page in ("", "<p></p>", b"\x00", "<script>1</script>"):
        assert extract(page) is None
        assert bare_extraction(page) is None


def test_deduplication() -> None:
    page = _PAGE.replace("</article>", f"<p>{_LINES[1]}</p>" * 5 + "</article>")
    assert _extract().count(_LINES[1]) == 1
    text = extract(page, deduplicate=LRUCache(100), stripper=_BODY_ONLY) or ""
    assert 1 <= text.count(_LINES[1]) < 5


def test_settings_and_options(tmp_path: Path) -> None:
    settings = tmp_path / "settings.cfg"
    settings.write_text("[DEFAULT]\nMIN_OUTPUT_SIZE = 100000\n", encoding="utf-8")
    assert extract(_PAGE, settingsfile=str(settings)) is None
    assert (extract(_PAGE, options=Extractor(output_format="xml", links=True)) or "").startswith("<doc")


def test_unsupported() -> None:
    with pytest.raises(ValueError, match="does not support no_fallback: say fast=True"):
        extract(_PAGE, no_fallback=True)  # type: ignore[call-arg]
    with pytest.raises(ValueError, match="does not support as_dict"):
        bare_extraction(_PAGE, as_dict=True)  # type: ignore[call-arg]
    with pytest.raises(ValueError, match="only extract has it"):
        bare_extraction(_PAGE, record_id="7")
    with pytest.raises(TypeError, match="takes no keyword bold; it takes record_id, "):
        extract(_PAGE, bold=True)  # type: ignore[call-arg]
    with pytest.raises(ValueError, match="output_format must be one of txt, markdown, "):
        extract(_PAGE, output_format="python")
    with pytest.raises(ValueError, match="has one already"):
        extract(_PAGE, favor_recall=True, stripper=Stripper())
    with pytest.raises(TypeError, match="must be a Stripper"):
        extract(_PAGE, stripper="mine")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="must be trafilatura's Extractor"):
        extract(_PAGE, options={})  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="str, bytes or an lxml tree"):
        extract(7)
    assert extract(_PAGE, no_fallback=False, max_tree_size=None) is not None  # type: ignore[call-arg]


def test_all_of_trafilaturas_keywords_are_known() -> None:
    refused = {"no_fallback", "max_tree_size"}
    names = trafilatura.extract.__code__.co_varnames[: trafilatura.extract.__code__.co_argcount]
    assert set(names) - {"filecontent", "url"} == set(Keywords.__annotations__) - {"stripper"} | refused


@pytest.mark.parametrize(
    ("html", "xml"),
    [
        ("<p>one<br><br>two<br></p>", "<p>one<lb/>two</p>"),
        ("<div>one <b> two</b><p>three</p>four</div>", "<p>one two</p><p>three</p><p>four</p>"),
        ("<a href=x><h3>one</h3><p>two</p></a>", '<head rend="h3">one</head><p>two</p>'),
        ("<ul><li>one<ul><li>two</ul><li><p>three<p>four</ul>",
         '<list rend="ul"><item>one<list rend="ul"><item>two</item></list></item><item>three<p>four</p></item></list>'),
        ("<table><tr><td><p>one<p>two<td>three</table>", "<p>one</p><p>two</p><p>three</p>"),
        ("<pre>a {\n  b\n}</pre>", "<code>a {\n  b\n}</code>"),
        ("<p>***</p><p>| <span>one</span></p>", "<p>| one</p>"),
    ],
)  # fmt: skip
def test_bodies(html: str, xml: str) -> None:
    document = bare_extraction(f"<html><body>{html}</body></html>", stripper=Stripper(strip=[]))
    assert document is not None
    assert etree.tostring(document.body, encoding="unicode") == f"<body>{xml}</body>"


def test_deep_and_broken_pages() -> None:
    everything = Stripper(strip=[])
    for page in (
        f"<body>{'<div>' * 30_000}deep",
        "<b>x " * 600,
        "<ul><li>x" * 600,
        "<blockquote>x" * 600,
        "<a href=x>" * 900,
    ):
        extract(page, stripper=everything)
        extract(page, stripper=everything, output_format="markdown", include_links=True)
    root = node = etree.Element("div")
    for _ in range(20_000):
        node = etree.SubElement(node, "b")
    node.text = "bottom"
    extract(root)
    assert decode(b"x") == "x"
    assert stripper.extract is extract


# what trafilatura's own programs do


def test_what_could_not_be_fetched_is_no_article() -> None:
    for own, theirs in ((extract, trafilatura.extract), (bare_extraction, trafilatura.bare_extraction)):
        assert own(None) is theirs(None) is None
    response = Response(STORY_PAGE.encode(), 200, "https://example.org/")
    assert extract(response) == extract(STORY_PAGE)
    assert extract(Response(b"", 404, "https://example.org/")) is None


STORY_PAGE = """<article><p>The river rose by two metres on Sunday, and the lower town was under water.</p>
<pre><code>def level(day):
    return 2 * day

print(level(1))</code></pre><pre>Sunday   two metres
Monday   three of them</pre>
<p>The council will meet on Monday to decide who pays for the repairs, which may take until the spring.</p></article>"""


def test_preformatted_text_keeps_its_lines() -> None:
    everything = Stripper(strip=[])
    text = extract(STORY_PAGE, stripper=everything) or ""
    assert "def level(day):\n    return 2 * day" in text
    assert "Sunday two metres\nMonday three of them" in text
    markdown = extract(STORY_PAGE, output_format="markdown", stripper=everything) or ""
    assert "```\ndef level(day):" in markdown
    xml = extract(STORY_PAGE, output_format="xml", stripper=everything) or ""
    assert "<code>def level(day):\n    return 2 * day" in xml
