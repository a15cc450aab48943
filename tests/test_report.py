"""The report of a run: what it counts, and how a browser shows it."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page, sync_playwright

from stripper.batch import report
from stripper.batch.report import NO_HOST, Commonest, Host, Tally, render
from stripper.document import Article, Paragraph
from stripper.labels import BOILERPLATE, LABELS, Label

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
HOSTILE = "</style></title><script>window.hacked = 1</script><img src=x onerror='window.hacked = 2'>\"'&amp;"
ARABIC = "ساعدنا على مواصلة العمل: تبرع الآن لدعم الصحافة المستقلة"
UNBROKEN = "https://www.example.org/" + "a" * 500


def article(*removed: tuple[str, Label], kept: str = "The river rose.", url: str | None = None) -> Article:
    body = [Paragraph(kept, "body", 0.01, kept=True)] if kept else []
    gone = [Paragraph(text, label, 0.99, kept=False) for text, label in removed]
    return Article(kept, None, url, (*body, *gone))


def tally_of(*articles: Article) -> Tally:
    tally = Tally()
    for number, one in enumerate(articles, 1):
        tally.observe(f"a.jsonl:{number}", None, one)
    return tally


# counting


def test_every_document_is_one_of_four() -> None:
    tally = tally_of(
        article(("Donate.", "appeal")), article(), article(("Donate.", "appeal"), kept=""), article(kept="")
    )
    tally.fail()
    assert (tally.cleaned, tally.unchanged, tally.emptied, tally.failed) == (1, 1, 2, 1)
    assert tally.documents == 5


def test_characters_and_paragraphs_by_label() -> None:
    tally = tally_of(article(("Donate.", "appeal"), ("Share", "interface")), article(("Give!", "appeal")))
    assert tally.paragraphs_removed == {"appeal": 2, "interface": 1}
    assert tally.characters_removed == {"appeal": 12, "interface": 5}
    assert tally.characters == 2 * len("The river rose.") + 17


@pytest.mark.parametrize(
    ("url", "own", "host"),
    [
        ("https://User@WWW.Example.org:80/a", None, "www.example.org"),
        ("https://example.org/a", "https://other.example/", "example.org"),
        (None, "https://other.example/", "other.example"),
        (None, None, NO_HOST),
        ("", None, NO_HOST),
        ("no address", None, NO_HOST),
        ("http://[bad/", None, NO_HOST),
        ("http://" + "a" * 10_000, None, NO_HOST),
    ],
)
def test_hosts(url: str | None, own: str | None, host: str) -> None:
    tally = Tally()
    tally.observe("a", url, article(("Donate.", "appeal"), url=own))
    assert tally.hosts.held == {host: Host(1, len("The river rose.Donate."), len("Donate."))}


def test_digits_and_white_space_do_not_tell_paragraphs_apart() -> None:
    alike = ["5 free articles left", " 12  free\narticles left ", "٣ free articles left"]
    tally = tally_of(*(article((text, "paywall")) for text in [*alike, "5 free articles", "5 Free articles left"]))
    assert [entry.count for _, entry in tally.repeated.top(9)] == [3, 1, 1]


def test_repeated_paragraph_has_all_labels_and_three_examples() -> None:
    donate: tuple[str, Label] = ("Donate.", "appeal")
    tally = tally_of(article(donate, donate), article(("Donate.", "ad")), *[article(donate)] * 3)
    [(_, entry)] = tally.repeated.top(9)
    assert entry.labels == {"appeal": 5, "ad": 1}
    assert entry.examples == ["a.jsonl:1", "a.jsonl:2", "a.jsonl:3"]


def test_size_is_bounded() -> None:
    tally = Tally()
    for number in range(10_000):
        word = "".join(chr(ord("a") + int(digit)) for digit in str(number))
        tally.observe(str(number), f"https://{word}.example/", article((word * 500, "ad"), ("Share", "interface")))
    assert len(tally.to_json()) < 3_000_000
    assert tally.paragraphs_removed == {"ad": 10_000, "interface": 10_000}
    [(_, entry)] = tally.repeated.top(1)
    assert (entry.text, entry.count, entry.missed) == ("Share", 10_000, 0)


def test_lone_surrogates_are_counted_and_shown() -> None:
    tally = Tally.from_json(tally_of(article(("\ud800 a \x00 b", "ad"))).to_json())
    assert "\ufffd a \ufffd b" in render(tally, "\udcff", 1).encode().decode()


documents = st.builds(
    lambda removed, kept: article(*removed, kept=kept),
    st.lists(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from(LABELS)), max_size=4),
    st.sampled_from(["", "The river rose."]),
)


@given(st.lists(st.lists(documents, max_size=4), max_size=4))
def test_parts_add_up_to_the_whole(parts: list[list[Article]]) -> None:
    whole, total = Tally(), Tally()
    for number, part in enumerate(parts):
        one = Tally()
        for counted in (whole, one):
            for place, document in enumerate(part):
                counted.observe(f"{number}:{place}", f"https://{number}.example/", document)
        before = one.to_json()
        total.add(Tally.from_json(before))
        total.add(Tally())
        assert one.to_json() == before
    assert total == whole
    assert Tally.from_json(total.to_json()) == total


def test_add_leaves_the_other_as_it_was() -> None:
    total, part = Tally(), tally_of(article(("Donate.", "appeal")))
    before = part.to_json()
    total.add(part)
    total.add(part)
    assert part.to_json() == before
    assert total.paragraphs_removed == {"appeal": 2}


@given(st.lists(st.lists(st.sampled_from("abcdefghijkl"), max_size=30), max_size=5))
def test_what_is_forgotten_is_within_the_bounds(parts: list[list[str]]) -> None:
    true = Counter(key for part in parts for key in part)
    total: Commonest[Host] = Commonest()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(report, "_HELD", 4)
        for part in parts:
            one: Commonest[Host] = Commonest()
            for key in part:
                one.put(key, Host(1))
            total.add(one)
            assert len(total.held) <= 4
    for key, number in true.items():
        if key in total.held:
            assert total.held[key].count <= number <= total.held[key].count + total.held[key].missed
        else:
            assert number <= total.forgotten


def test_tally_is_one_line_of_json() -> None:
    text = tally_of(article((HOSTILE + "\n" + ARABIC, "ad"))).to_json()
    assert "\n" not in text
    assert text.isascii()
    assert json.loads(text)["cleaned"] == 1


# the page, in a real browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("no Chromium, which .ci/run must install")
        pytest.skip(f"no Chromium here: none of {', '.join(BROWSERS)}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path)
        yield browser
        browser.close()


@pytest.fixture
def big() -> Tally:
    """A run with all that is hard to show: all labels, many hosts, huge numbers, hostile and unbroken text."""
    tally = Tally()
    texts = [HOSTILE, ARABIC, UNBROKEN, "捐款支持独立新闻" * 20, "Support us. " * 40, "Share"]
    for number in range(150):
        removed = [(texts[number % len(texts)], LABELS[number % len(LABELS)]), ("a" * number, LABELS[5])]
        url = f"https://{'long-' * (number % 12)}{number % 40}.example/" if number % 7 else None
        tally.observe(f"{'crawl/' * 20}{HOSTILE}.gz:{number}", url, article(*removed))
    tally.observe("x", "https://<script>window.hacked=1<script>/", article())
    tally.failed = 12_345_678
    tally.characters += 987_654_321_987
    tally.characters_removed["appeal"] += 123_456_789_012
    return tally


def page_of(browser: Browser, path: Path, html: str, width: int = 1280, dark: bool = False) -> tuple[Page, list[str]]:
    """The report as a tab shows it, and what was asked of the network."""
    path.write_text(html, encoding="utf-8")
    # without the page's own policy the escaping alone has to hold
    page = browser.new_page(
        viewport={"width": width, "height": 800}, color_scheme="dark" if dark else "light", bypass_csp=True
    )
    page.set_default_timeout(10_000)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri(), wait_until="load")
    return page, asked


@pytest.mark.parametrize("width", [320, 360, 833, 1280])
@pytest.mark.parametrize("dark", [False, True])
def test_nothing_overflows(browser: Browser, big: Tally, tmp_path: Path, width: int, dark: bool) -> None:
    page, asked = page_of(browser, tmp_path / "r.html", render(big, HOSTILE + UNBROKEN, 1e6), width, dark)
    assert page.evaluate("innerWidth") == width
    assert page.evaluate("document.scrollingElement.scrollWidth") <= width
    outside = """[...document.querySelectorAll("body *")]
        .filter(e => e.getBoundingClientRect().right > innerWidth + 1 || e.getBoundingClientRect().left < -1)
        .map(e => e.outerHTML.slice(0, 200))"""
    assert page.evaluate(outside) == []
    assert asked == [page.url]
    page.close()


def test_hostile_text_is_shown_and_does_not_run(browser: Browser, big: Tally, tmp_path: Path) -> None:
    page, _ = page_of(browser, tmp_path / "r.html", render(big, HOSTILE, 1))
    assert page.evaluate("window.hacked") is None
    assert page.locator("script, img, iframe, link").count() == 0
    assert page.title() == HOSTILE
    assert page.locator("h1").inner_text() == HOSTILE
    assert page.locator(".paragraphs p", has_text=HOSTILE).first.inner_text() == HOSTILE
    page.close()


def test_policy_forbids_scripts(browser: Browser, tmp_path: Path) -> None:
    html = render(Tally(), "A run", 1).replace("</body>", "<script>window.hacked = 1</script></body>")
    path = tmp_path / "r.html"
    path.write_text(html, encoding="utf-8")
    page = browser.new_page()
    page.goto(path.as_uri())
    assert page.evaluate("window.hacked") is None
    page.close()


def test_counts_stand_there(browser: Browser, tmp_path: Path) -> None:
    tally = tally_of(*[article(("Donate.", "appeal"))] * 1999, article(), article(("Share", "interface"), kept=""))
    tally.observe("p/q.html", "https://news.example/", article(("Donate.", "appeal")))
    tally.failed = 40
    page, _ = page_of(browser, tmp_path / "r.html", render(tally, "A run", 3725))
    expected = {
        "in": "2,042",
        "cleaned": "2,000 97.9%",
        "unchanged": "1 <0.1%",
        "emptied": "1 <0.1%",
        "failed": "40 2.0%",
        "characters": "44,020",
        "characters-removed": "14,005 31.8%",
        "paragraphs-removed": "2,001",
    }
    assert {key: page.locator(f"#{key} dd").inner_text().strip() for key in expected} == expected
    assert "2,042 documents in 1 h 2 min · 0.5 a second" in page.locator("header").inner_text()
    labels, hosts, paragraphs = (rows(page, number) for number in range(3))
    assert [row[1:] for row in labels] == [["100.0%", "31.8%", "14,000", "2,000"], ["<0.1%", "<0.1%", "5", "1"]]
    assert labels[0][0].startswith("appeal")
    assert hosts == [["no address", "31.8%", "43,998", "2,001"], ["news.example", "31.8%", "22", "1"]]
    assert paragraphs[0][:2] == ["2,000", "appeal"]
    assert paragraphs[0][2].split("\n")[0] == "Donate."
    assert page.locator(".paragraphs bdi").all_inner_texts()[:3] == ["a.jsonl:1", "a.jsonl:2", "a.jsonl:3"]
    page.close()


def rows(page: Page, number: int) -> list[list[str]]:
    table = page.locator("table").nth(number)
    return [
        [cell.strip() for cell in row.locator("th, td").all_inner_texts()] for row in table.locator("tbody tr").all()
    ]


def test_long_lists_are_cut_and_the_rest_is_summed_up(browser: Browser, tmp_path: Path) -> None:
    tally = Tally()
    for number in range(120):
        text = chr(ord("一") + number)
        for _ in range(2 if number == 77 else 1):
            tally.observe("a", f"https://{number}.example/", article((text, "ad")))
    page, _ = page_of(browser, tmp_path / "r.html", render(tally, "A run", 1))
    hosts = rows(page, 1)
    assert len(hosts) == 31
    assert hosts[0][0] == "77.example"
    assert (hosts[-1][0], hosts[-1][-1]) == ("all others", "90")
    paragraphs = rows(page, 2)
    assert len(paragraphs) == 100
    assert paragraphs[0][2].startswith(chr(ord("一") + 77))
    page.close()


@pytest.mark.parametrize("narrow", [False, True])
def test_every_number_has_a_head_or_a_unit(browser: Browser, tmp_path: Path, narrow: bool) -> None:
    html = render(tally_of(article(("Donate.", "appeal"))), "A run", 1)
    page, _ = page_of(browser, tmp_path / "r.html", html, 360 if narrow else 1280)
    after = "cells => cells.map(cell => getComputedStyle(cell, '::after').content)"
    units = page.locator(".number").evaluate_all(after)
    assert ["none" not in unit for unit in units] == [narrow] * 5
    assert [head.is_visible() for head in page.locator("thead").all()] == [not narrow] * 2
    page.close()


def test_bars_are_as_long_as_the_shares(browser: Browser, tmp_path: Path) -> None:
    tally = tally_of(article(("a" * 75, "appeal"), ("b" * 25, "ad")))
    page, _ = page_of(browser, tmp_path / "r.html", render(tally, "A run", 1))
    sizes = [bar.evaluate("bar => getComputedStyle(bar).backgroundSize") for bar in page.locator(".bar").all()]
    assert sizes == ["75% 100%", "25% 100%"]
    page.close()


def test_right_to_left_text_begins_at_the_right(browser: Browser, tmp_path: Path) -> None:
    tally = tally_of(article((ARABIC, "appeal")), article(("Donate.", "appeal")))
    page, _ = page_of(browser, tmp_path / "r.html", render(tally, "A run", 1))
    directions = [p.evaluate("p => getComputedStyle(p).direction") for p in page.locator(".paragraphs p").all()]
    assert directions == ["rtl", "ltr"]
    page.close()


def test_schemes_differ_and_can_be_read(browser: Browser, tmp_path: Path) -> None:
    backgrounds = set()
    for dark in (False, True):
        tally = tally_of(article(("Donate.", "appeal")))
        tally.fail()
        page, _ = page_of(browser, tmp_path / "r.html", render(tally, "A run", 1), dark=dark)
        backgrounds.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
        for selector in ("h1", "header p", "dt", "dd", "#failed dd", "thead th", "tbody th", "td", "small", ".label"):
            assert contrast(page, selector) >= 4.5, (selector, dark)
        page.close()
    assert len(backgrounds) == 2


def contrast(page: Page, selector: str) -> float:
    """The ratio that WCAG defines, of the first such element's text to what lies behind it."""
    ink, behind = page.locator(selector).first.evaluate("""element => {
        const colour = text => text.match(/[\\d.]+/g).map(Number);
        let behind = element;
        while (behind.parentElement && colour(getComputedStyle(behind).backgroundColor)[3] === 0)
            behind = behind.parentElement;
        return [colour(getComputedStyle(element).color), colour(getComputedStyle(behind).backgroundColor)];
    }""")
    low, high = sorted(map(luminance, (ink, behind)))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: list[float]) -> float:
    linear = [(c / 255 + 0.055) ** 2.4 / 1.055**2.4 if c > 10 else c / 255 / 12.92 for c in colour[:3]]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("seconds", [0, 0.25])
def test_empty_run(browser: Browser, tmp_path: Path, seconds: float) -> None:
    page, _ = page_of(browser, tmp_path / "r.html", render(Tally(), "A run", seconds), 360)
    assert page.locator("table").count() == 0
    text = page.locator("body").inner_text()
    assert f"0 documents in {seconds:.1f} s" in text
    assert "Nothing was removed." in text
    page.close()


def test_dropped_counts_are_marked() -> None:
    tally = tally_of(article(("Donate.", "appeal")))
    forgetful = Tally()
    forgetful.repeated.forgotten = 7
    tally.add(forgetful)
    html = render(tally, "A run", 1)
    assert ">1+</td>" in html
    assert "up to 7 too low" in html


def test_labels_cover_all_boilerplate() -> None:
    tally = tally_of(*(article((label * 3, label)) for label in BOILERPLATE))
    html = render(tally, "A run", 1)
    assert all(f">{label} <small>" in html for label in BOILERPLATE)
