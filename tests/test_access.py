"""Whether the whole article is there: what pages declare, and what is seen of a wall."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from typing import Any

import pytest

from stripper import Article, Stripper, strip_html, strip_text
from stripper.access import judge_access
from stripper.document import AccessEvidence, Declaration, Paragraph
from stripper.labels import Label
from stripper.sources.block import Page
from stripper.sources.html import read_html

STORY = [
    "The harbour of Velmouth will be closed to ferries for two weeks, the port authority said on Monday, because a "
    "crack was found in the older of its two piers.",
    "Divers had come upon it by chance, said Ilse Tamm, who runs the authority. They were looking for an anchor that a "
    "trawler had lost in the storm of last week.",
    "Passengers to the islands are to be taken to Corran, forty kilometres down the coast, where two smaller boats "
    "will run every three hours until the pier is safe again.",
]
CUT = "The engineers who built the pier forty years ago had warned of"
WALL = """<div class="paywall"><h3>This article is for subscribers only</h3>
<p>Subscribe to continue reading. Get unlimited access to all our articles from $1 a week.</p>
<a href="/subscribe">Subscribe now</a><p>Already a subscriber? <a href="/login">Log in</a></p></div>"""
FOOTER = f"""<section class="more"><h2>Most read</h2><ul><li><a href="/a">Rain ends the drought in the north</a></li>
<li><a href="/b">A museum for the lighthouse keepers of Corran</a></li><li><a href="/c">Why herring are back</a></li>
<li><a href="/d">Island school gets its first pupils in years</a></li></ul></section><footer>{WALL}</footer>"""


def page(*paragraphs: str, after: str = "", head: str = "", ld: Any = None, inside: str = "story") -> str:
    script = f'<script type="application/ld+json">{json.dumps(ld)}</script>' if ld is not None else ""
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return (
        f"<html><head><title>Velmouth harbour closed</title>{head}{script}</head><body><nav><a href='/'>Home</a>"
        f"<a href='/subscribe'>Subscribe</a></nav><article><h1>Velmouth harbour closed</h1>"
        f'<div class="{inside}">{body}</div>{after}</article></body></html>'
    )


def news(free: object, selector: object = None) -> dict[str, Any]:
    item = {"@context": "https://schema.org", "@type": "NewsArticle", "isAccessibleForFree": free}
    if selector:
        item["hasPart"] = {"@type": "WebPageElement", "isAccessibleForFree": False, "cssSelector": selector}
    return item


def declared(article: Article) -> list[tuple[str, str, str]]:
    return [(own.source, own.value, own.says) for own in article.access_evidence.declarations]


def test_whole_article_is_free() -> None:
    article = strip_html(page(*STORY))
    assert article.access == "free"
    assert article.access_evidence == AccessEvidence(ending="whole")


def test_wall_that_cuts_the_text() -> None:
    article = strip_html(page(*STORY, CUT, after=WALL))
    assert article.access == "gated"
    evidence = article.access_evidence
    assert "subscribers only" in " ".join(wall.text for wall in evidence.walls)
    assert all(wall in article.removed and wall.label == "paywall" for wall in evidence.walls)
    assert (evidence.ending, evidence.declared) == ("open", "unknown")


def test_wall_in_the_footer_is_no_evidence() -> None:
    article = strip_html(page(*STORY, after=FOOTER))
    assert article.access == "free"
    assert article.access_evidence.walls == ()
    assert any(own.label == "paywall" for own in article.removed)


def test_what_is_hidden_is_no_wall() -> None:
    article = strip_html(page(*STORY, CUT, after=WALL.replace("<div", '<div style="display:none"', 1)))
    assert article.access_evidence.walls == ()


def test_wall_behind_a_text_that_ends_well_is_unclear_unless_the_page_declares_it() -> None:
    assert strip_html(page(*STORY, after=WALL)).access == "unknown"
    gated = strip_html(page(*STORY, after=WALL, ld=news(False)))
    assert (gated.access, gated.access_evidence.declared) == ("gated", "gated")
    free = strip_html(page(*STORY, after=WALL, ld=news("True")))
    assert (free.access, free.access_evidence.declared) == ("free", "free")


def test_declared_gated_yet_all_there() -> None:
    article = strip_html(page(*STORY, ld=news(False, ".story")))
    assert article.access == "free"
    assert article.access_evidence.declared == "gated"
    assert article.access_evidence.gated_text == sum(map(len, STORY))


@pytest.mark.parametrize("selector", [".premium-part", None])
def test_declared_gated_and_nothing_seen(selector: str | None) -> None:
    article = strip_html(page(*STORY, ld=news(False, selector)))
    assert article.access == "unknown"
    assert article.access_evidence.walls == ()


def test_a_heading_that_went_on_suspicion_is_where_the_text_breaks_off() -> None:
    def paragraph(text: str, label: Label, probability: float) -> Paragraph:
        return Paragraph(text, label, probability, kept=label == "body")

    story = [paragraph(text, "body", 0.01) for text in STORY]
    wall = paragraph("Subscribe to continue reading.", "paywall", 0.99)
    for probability, access in ((0.3, "gated"), (0.7, "unknown")):
        heading = paragraph("How the crack was found", "related", probability)
        assert judge_access(Page(()), [*story, heading, wall])[0] == access


def test_declared_free_yet_cut() -> None:
    article = strip_html(page(*STORY, CUT, after=WALL, ld=news(True)))
    assert (article.access, article.access_evidence.declared) == ("gated", "free")


def test_text_that_trails_off_without_a_wall_is_unclear() -> None:
    article = strip_html(page(*STORY, CUT + " …"))
    assert (article.access, article.access_evidence.ending) == ("unknown", "ellipsis")


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (True, "free"),
        (False, "gated"),
        ("True", "free"),
        ("false", "gated"),
        (" False ", "gated"),
        ("https://schema.org/False", "gated"),
        ("http://schema.org/True", "free"),
        (1, "free"),
        (0, "gated"),
        ("perhaps", "unknown"),
        ("", "unknown"),
    ],
)
def test_values_of_schema_org(value: object, says: str) -> None:
    assert declared(strip_html(page(*STORY, ld=news(value)))) == [("schema.org isAccessibleForFree", str(value), says)]


@pytest.mark.parametrize(
    ("meta", "source", "says"),
    [
        ('<meta property="article:content_tier" content="free">', "meta article:content_tier", "free"),
        ('<meta name="article:content_tier" content="locked">', "meta article:content_tier", "gated"),
        ('<meta property="article:content_tier" content="metered">', "meta article:content_tier", "unknown"),
        ('<meta name="article_content_tier" value="Locked">', "meta article_content_tier", "gated"),
        ('<meta name="vendor:article_access_status" content="premium">', "meta vendor:article_access_status", "gated"),
        ('<meta itemprop="isAccessibleForFree" content="False">', "meta isAccessibleForFree", "gated"),
    ],
)
def test_values_of_meta_elements(meta: str, source: str, says: str) -> None:
    assert [(name, own) for name, _, own in declared(strip_html(page(*STORY, head=meta)))] == [(source, says)]


def test_page_that_says_both_says_nothing() -> None:
    head = '<meta property="article:content_tier" content="free">'
    article = strip_html(page(*STORY, head=head, ld=news(False)))
    assert (len(declared(article)), article.access_evidence.declared, article.access) == (2, "unknown", "free")


def test_what_is_said_of_other_things_does_not_count() -> None:
    ld = {
        "@graph": [
            {"@type": "NewsArticle", "isPartOf": {"@type": "Product", "isAccessibleForFree": False}},
            {"@type": "ItemList", "itemListElement": [{"@type": "NewsArticle", "isAccessibleForFree": False}]},
            {"@type": "NewsArticle", "video": {"@type": "VideoObject", "isAccessibleForFree": False}},
            {"@type": "WebPageElement", "isAccessibleForFree": False},
            {"isPartOf": {"hasPart": {"isAccessibleForFree": False, "cssSelector": ".story"}}},
        ]
    }
    article = strip_html(page(*STORY, ld=ld))
    assert declared(article) == []
    assert article.access_evidence.gated_text is None


def test_part_that_stands_beside_the_whole() -> None:
    part = {"@type": "WebPageElement", "@id": "#part", "isAccessibleForFree": False, "cssSelector": ".story"}
    article = strip_html(page(*STORY, ld={"@graph": [news(False) | {"hasPart": {"@id": "#part"}}, part]}))
    assert len(declared(article)) == 1
    assert article.access_evidence.gated_text == sum(map(len, STORY))


def test_microdata_of_an_item_inside_another_does_not_count() -> None:
    inner = '<div itemprop="hasPart" itemscope><meta itemprop="isAccessibleForFree" content="False"></div>'
    assert declared(strip_html(page(*STORY, after=inner))) == []


@pytest.mark.parametrize(
    "selector",
    [".story", "#none, .story", ["#none", ".story"], "article .story", "article>div.story", " .story ", ".story.story"],
)
def test_selectors(selector: object) -> None:
    found = read_html(page(*STORY, ld=news(False, selector)))
    assert found.gated == frozenset(["/html/body/article/div"])


@pytest.mark.parametrize(
    "selector",
    [
        ".sto",
        ".story.none",
        ".story > p",
        ".story:hover",
        "!!",
        "",
        7,
        {"a": 1},
        ["", None],
        "." * 10_000,
        [".n"] * 9_999,
    ],
)
def test_selectors_that_find_nothing(selector: object) -> None:
    found = read_html(page(*STORY, ld=news(False, selector)))
    assert not found.gated
    assert strip_html(page(*STORY, ld=news(False, selector))).access == "unknown"


@pytest.mark.parametrize(
    "ld",
    [
        '{"isAccessibleForFree": ',
        '{"isAccessibleForFree": null}',
        '{"isAccessibleForFree": {"a": []}}',
        '["isAccessibleForFree"]',
        '{"hasPart": {"hasPart": "isAccessibleForFree"}}',
        "[" * 5000 + "isAccessibleForFree",
    ],
)
def test_broken_declarations_are_none(ld: str) -> None:
    broken = page(*STORY).replace("</head>", f'<script type="application/ld+json">{ld}</script></head>')
    assert declared(strip_html(broken)) == []


def test_many_declarations_and_selectors_cost_little() -> None:
    parts = [{"isAccessibleForFree": False, "cssSelector": f".wall-{n}, .story"} for n in range(20_000)]
    items = [{"isAccessibleForFree": n, "hasPart": parts} for n in range(2)] + [
        {"isAccessibleForFree": "x" * n} for n in range(999)
    ]
    long = page(*STORY, *["<b class='wall-7'>It rained.</b>"] * 2000, ld=items)
    article = strip_html(long)
    assert len(declared(article)) <= 20
    assert all(len(value) <= 80 for _, value, _ in declared(article))
    assert len(read_html(long).gated or ()) < 2100


@pytest.mark.parametrize("ending", ["on Monday.’", "on Monday.'", "پیر کو۔", "ሰኞ።"])
def test_endings_of_many_scripts(ending: str) -> None:
    assert judged("body", "paywall", ending=ending)[0] == "unknown"


def test_scripts_without_an_end_of_sentence_tell_nothing_by_it() -> None:
    access, evidence = judged("body", "paywall", ending="เมื่อวันจันทร์")
    assert (access, evidence.ending) == ("unknown", None)


def test_no_article_is_unknown() -> None:
    for empty in ("", "<p></p>", page()):
        assert strip_html(empty).access == "unknown"


def test_text_can_be_seen_to_be_gated_but_never_to_be_free() -> None:
    assert strip_text("\n".join(STORY)).access == "unknown"
    walled = "\n".join([*STORY, CUT, "This article is for subscribers only.", "Subscribe now to continue reading."])
    assert strip_text(walled).access == "gated"


def test_ways_in_agree_and_what_comes_out_can_be_pickled() -> None:
    own = Stripper()
    # the part that is said to be behind the wall holds the text, but a wall cuts it
    html = page(*STORY, CUT, after=WALL, ld=news(False, ".story"))
    (batched,) = own.strip_many([html])
    article = own.strip_html(html.encode())
    assert (article.access, article.access_evidence.declarations) == (
        batched.access,
        batched.access_evidence.declarations,
    )
    assert article.access == "gated"
    assert pickle.loads(pickle.dumps(article)) == article  # noqa: S301 - our own


def test_paragraphs_cut_in_two() -> None:
    message = " This article is for subscribers only. Log in or start a free trial to continue."
    article = Stripper(cut_tails=True).strip_text("\n".join([*STORY, CUT + " …" + message]))
    assert len(article.paragraphs) == 5
    assert (article.access, article.access_evidence.ending) == ("gated", "ellipsis")
    assert [wall.text for wall in article.access_evidence.walls] == [message]


# the verdict, given the paragraphs' labels


def judged(*labels: Label, ending: str = "on Monday.", **page_has: Any) -> tuple[str, AccessEvidence]:
    paragraphs = [
        Paragraph(f"The ferry sailed {ending}", label, 0.0 if label == "body" else 1.0, label == "body")
        for label in labels
    ]
    blocks = read_html("".join(f"<p>{own.text}</p>" for own in paragraphs)).blocks
    return judge_access(replace(Page(blocks), **page_has), paragraphs)


def test_wall_must_stand_close_behind_the_body() -> None:
    for between in range(6):
        furniture: list[Label] = ["interface"] * between
        access, evidence = judged("body", *furniture, "paywall", "paywall", ending="and")
        assert access == ("gated" if between < 3 else "free")
        assert len(evidence.walls) == (2 if between < 3 else 0)


def test_farther_behind_a_text_that_trails_off() -> None:
    furniture: list[Label] = ["interface"] * 5
    assert judged("body", *furniture, "paywall", ending="and …")[0] == "gated"
    assert judged("body", *furniture, "interface", "paywall", ending="and …")[0] == "unknown"


def test_wall_before_the_last_paragraph_cuts_nothing() -> None:
    assert judged("body", "paywall", "paywall", "body")[0] == "free"


def test_newsletter_boxes_are_no_walls() -> None:
    assert judged("body", "signup", "appeal", "consent", ending="and")[0] == "free"


def test_declarations_that_agree_are_one() -> None:
    gated = Declaration("meta a:content_tier", "locked", "gated")
    metered = Declaration("meta b:content_tier", "metered", "unknown")
    assert AccessEvidence((gated, metered, gated)).declared == "gated"
    assert AccessEvidence((metered,)).declared == "unknown"
    assert judged("body", access=(gated,))[0] == "unknown"
