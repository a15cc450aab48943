"""The pipeline in real crawls of a local site, by Scrapy in a process of its own."""

from __future__ import annotations

import ast
import json
import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from multiprocessing import active_children
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest
from pebble import ProcessExpired

from stripper import Stripper
from stripper.integrations.background import Background, How
from stripper.integrations.scrapy import PREFIX, Options
from stripper.labels import DEFAULT_STRIP
from stripper.workers import cores
from tests.conftest import ROOT
from tests.news_site import STORIES, Resource, news_site, serve

SPIDER = ROOT / "tests" / "news_spider.py"
DOCS = (ROOT / "docs" / "scrapy.md").read_text(encoding="utf-8")
SELECT = "twisted.internet.selectreactor.SelectReactor"
# the front page has nothing to clean, the picture and a number cannot be cleaned, one page only asks
PAGES = STORIES + 1
ALL = PAGES + 3


@dataclass(frozen=True, slots=True)
class Crawl:
    """What came of a crawl: the items that were written, by address, Scrapy's stats, its log and exit code."""

    items: dict[str, dict[str, Any]]
    stats: dict[str, Any]
    log: str
    code: int

    @property
    def counts(self) -> dict[str, int]:
        """The pipeline's stats, without those of single labels."""
        return {
            name.partition("/")[2]: value
            for name, value in self.stats.items()
            if name.startswith("stripper/") and not name.startswith("stripper/removed/")
        }


def scrapy(arguments: list[str], folder: Path, output: str, environment: Mapping[str, str] | None = None) -> Crawl:
    """Run a command of Scrapy's."""
    return python(["-m", "scrapy", *arguments], folder, output, environment)


def python(arguments: list[str], folder: Path, output: str, environment: Mapping[str, str] | None = None) -> Crawl:
    """Run a program that crawls."""
    path = os.pathsep.join(filter(None, [str(ROOT), *sys.path]))
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": path, **(environment or {})},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    written = folder / output
    lines = written.read_text().splitlines() if written.is_file() else []
    # the dates among the stats are no literals
    dumped = re.search(r"Dumping Scrapy stats:\n(\{.*?\})\n", done.stderr, re.DOTALL)
    stats = ast.literal_eval(re.sub(r"datetime\.datetime\(.*?\)", "0", dumped[1])) if dumped else {}
    return Crawl({item["url"]: item for item in map(json.loads, lines)}, stats, done.stderr, done.returncode)


def crawl(site: str, folder: Path, *settings: str, kind: str = "dict") -> Crawl:
    """Crawl a site with the spider of the tests."""
    told = [part for setting in settings for part in ("-s", setting)]
    arguments = ["-a", f"site={site}", "-a", f"kind={kind}", "-O", "items.jsonl", *told]
    return scrapy(["runspider", str(SPIDER), *arguments], folder, "items.jsonl")


@pytest.fixture(scope="module")
def pages() -> dict[str, Resource]:
    return news_site()


@pytest.fixture(scope="module")
def site(pages: dict[str, Resource]) -> Iterator[str]:
    with serve(pages) as address:
        yield address


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("dict", []),
        ("item", ["STRIPPER_PROCESSES=0", f"TWISTED_REACTOR={SELECT}"]),
        ("dataclass", ["STRIPPER_PROCESSES=0", "TWISTED_REACTOR_ENABLED=False"]),
        ("attrs", ["STRIPPER_PROCESSES=0"]),
        ("dict", ["STRIPPER_PROCESSES=1", f"TWISTED_REACTOR={SELECT}"]),
    ],
)
def test_crawl(site: str, pages: dict[str, Resource], tmp_path: Path, kind: str, settings: list[str]) -> None:
    cleaner = Stripper()
    found = crawl(site, tmp_path, "STRIPPER_TITLE_FIELD=title", *settings, kind=kind)
    assert found.code == 0
    assert "Traceback" not in found.log
    assert len(found.items) == ALL
    removed: dict[str, int] = {}
    for path in [*(f"/story-{number}" for number in range(STORIES)), "/asks"]:
        article = cleaner.strip_html(pages[path].content, site + path)
        item = found.items[site + path]
        assert (item["text"], item.get("title")) == (article.text, article.title)
        for paragraph in article.removed:
            removed[paragraph.label] = removed.get(paragraph.label, 0) + 1
    assert removed["appeal"] > 10
    assert {name: count for name, count in found.stats.items() if name.startswith("stripper/removed/")} == {
        f"stripper/removed/{label}": count for label, count in removed.items()
    }
    assert found.items[f"{site}/asks"]["text"] == ""
    assert found.counts == {"items": PAGES, "emptied": 1, "failed": 2, "skipped": 1}
    assert found.items[f"{site}/picture"].get("text") is None
    assert f"ERROR: {site}/picture cannot be cleaned: it is not HTML" in found.log
    assert "ERROR: of a wrong type cannot be cleaned: TypeError: html holds int, neither str nor bytes" in found.log


def test_drop(site: str, tmp_path: Path) -> None:
    found = crawl(site, tmp_path, "STRIPPER_EMPTY=drop")
    assert len(found.items) == STORIES + 1
    assert found.counts == {"items": PAGES, "emptied": 1, "failed": 2, "skipped": 1}
    assert found.stats["item_dropped_count"] == 3
    assert "Dropped: no text of the article is left" in found.log
    assert "Dropped: of a wrong type cannot be cleaned" in found.log


def test_options_reach_the_cleaner(site: str, pages: dict[str, Resource], tmp_path: Path) -> None:
    found = crawl(site, tmp_path, "STRIPPER_MODE=aggressive", "STRIPPER_STRIP=appeal, signup,meta",
                  "STRIPPER_KEEP=meta", "STRIPPER_CUT_TAILS=1")  # fmt: skip
    cleaner = Stripper(["appeal", "signup"], "aggressive", cut_tails=True)
    for number in range(STORIES):
        path = f"/story-{number}"
        assert found.items[site + path]["text"] == cleaner.strip_html(pages[path].content, site + path).text
    assert {name for name in found.stats if name.startswith("stripper/removed/")} <= {
        "stripper/removed/appeal",
        "stripper/removed/signup",
    }


def test_item_without_the_field(site: str, tmp_path: Path) -> None:
    found = crawl(site, tmp_path, "STRIPPER_OUTPUT_FIELD=clean", kind="item")
    assert f"{site}/story-1 cannot take the clean text: PageItem does not support field: clean" in found.log
    assert "Traceback" not in found.log
    assert (found.counts["failed"], len(found.items)) == (PAGES + 2, ALL)


@pytest.mark.parametrize("reactor", ["TWISTED_REACTOR_ENABLED=True", f"TWISTED_REACTOR={SELECT}"])
def test_large_page_does_not_halt_the_loop(tmp_path: Path, reactor: str) -> None:
    with serve(news_site(long=800)) as address:
        found = crawl(address, tmp_path, reactor)
    assert found.counts["items"] == PAGES + 1
    assert found.stats["cleaning_took"] > 1
    assert found.stats["longest_halt"] < found.stats["cleaning_took"] / 3


def test_page_that_takes_too_long(tmp_path: Path) -> None:
    with serve(news_site(long=1600)) as address:
        found = crawl(address, tmp_path, "STRIPPER_PROCESSES=1", "STRIPPER_TIMEOUT=1")
        assert f"{address}/long cannot be cleaned: it took longer than 1 seconds" in found.log
    assert found.counts == {"items": PAGES, "emptied": 1, "failed": 3, "skipped": 1}


SCRIPT = """
import sys
from scrapy.crawler import CrawlerProcess
from tests.news_spider import NewsSpider

settings = {"FEEDS": {"items.jsonl": {"format": "jsonlines"}}}
crawl = CrawlerProcess(settings)
crawl.crawl(NewsSpider, site=sys.argv[1], kind="dict")
crawl.start()
"""


def test_script_without_a_guard_crawls_once(site: str, tmp_path: Path) -> None:
    """Worker processes would read the script anew, so there are none unless they are asked for."""
    (tmp_path / "crawl.py").write_text(SCRIPT, encoding="utf-8")
    found = python(["crawl.py", site], tmp_path, "items.jsonl")
    assert (found.code, len(found.items)) == (0, ALL)
    assert found.log.count("Spider opened") == 1
    assert found.counts["items"] == PAGES


def test_scrapys_own_command_has_worker_processes(tmp_path: Path) -> None:
    probe = "from stripper.integrations.scrapy import usual_processes\nraise SystemExit(f'{usual_processes()} of them')"
    (tmp_path / "probe.py").write_text(probe, encoding="utf-8")
    expected = 2 if cores() > 1 else 0
    assert f"{expected} of them" in scrapy(["runspider", "probe.py"], tmp_path, "").log
    assert "0 of them" in python(["probe.py"], tmp_path, "").log


@pytest.fixture
def others() -> set[BaseProcess]:
    """Processes that earlier tests, or the libraries that they use, have left."""
    return set(active_children())


@pytest.fixture
def background(others: set[BaseProcess]) -> Iterator[Background]:
    worker = Background(How("text", DEFAULT_STRIP), processes=1)
    yield worker
    worker.close()


def test_worker_gives_the_error_of_a_document(background: Background) -> None:
    with pytest.raises(TypeError, match="text must be str"):
        background.submit(b"It rained on Monday.", None).result(60)
    background.close()
    with pytest.raises(RuntimeError):
        background.submit("It rained on Monday.", None)


def test_worker_that_dies_costs_one_document(others: set[BaseProcess], background: Background) -> None:
    assert background.submit("It rained on Monday.", None).result(60).text == "It rained on Monday."
    long = background.submit("\n".join(f"It rained on day {day}." for day in range(100_000)), None)
    while not long.running():
        time.sleep(0.01)
    for worker in set(active_children()) - others:
        worker.kill()
    with pytest.raises(ProcessExpired):
        long.result(60)
    assert background.submit("It rained on Monday.", None).result(60).text == "It rained on Monday."


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"MODE": "bold"}, "STRIPPER_MODE must be one of cautious, balanced, aggressive, not 'bold'"),
        ({"EMPTY": "lose"}, "STRIPPER_EMPTY must be one of keep, drop, not 'lose'"),
        ({"STRIP": "appeal,advert"}, "STRIPPER_STRIP must be labels, of body, title, .*, not 'appeal,advert'"),
        ({"STRIP": 7}, "STRIPPER_STRIP must be labels, of .*, not 7"),
        ({"KEEP": ["bios"]}, r"STRIPPER_KEEP must be labels, of .*, not \['bios'\]"),
        ({"HTML_FIELD": 1}, "STRIPPER_HTML_FIELD must be the name of a field, not 1"),
        ({"OUTPUT_FIELD": ""}, "STRIPPER_OUTPUT_FIELD must be the name of a field, not ''"),
        ({"CUT_TAILS": "maybe"}, "STRIPPER_CUT_TAILS must be True or False, not 'maybe'"),
        ({"PROCESSES": "-1"}, "STRIPPER_PROCESSES must be a whole number, 0 or more, not '-1'"),
        ({"PROCESSES": True}, "STRIPPER_PROCESSES must be a whole number, 0 or more, not True"),
        ({"TIMEOUT": "soon"}, "STRIPPER_TIMEOUT must be a number of seconds above 0, not 'soon'"),
        ({"TIMEOUT": [1]}, r"STRIPPER_TIMEOUT must be a number of seconds above 0, not \[1\]"),
        (
            {"HTML_FIELD": "html", "TEXT_FIELD": "body"},
            "STRIPPER_HTML_FIELD and STRIPPER_TEXT_FIELD do not go together",
        ),
        ({"TITLE_FIELD": "title", "TEXT_FIELD": "body"}, "STRIPPER_TITLE_FIELD needs pages"),
        ({"MODUS": "bold"}, "there is no setting STRIPPER_MODUS; there are STRIPPER_HTML_FIELD, .*STRIPPER_TIMEOUT"),
    ],
)
def test_wrong_setting(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}"):
        Options.of({PREFIX + name: value for name, value in settings.items()})


def test_settings_of_all_types() -> None:
    given = {"STRIP": ["appeal", "ad"], "KEEP": None, "CUT_TAILS": "True", "PROCESSES": "2", "TIMEOUT": 1.5}
    assert Options.of({PREFIX + name: value for name, value in given.items()}) == Options(
        strip=frozenset({"appeal", "ad"}), cut_tails=True, processes=2, timeout=1.5
    )


def test_crawl_does_not_begin_with_a_wrong_setting(site: str, tmp_path: Path) -> None:
    found = crawl(site, tmp_path, "STRIPPER_MODE=bold")
    assert "Spider opened" not in found.log
    assert not found.items
    assert found.log.rstrip().endswith(
        "ValueError: STRIPPER_MODE must be one of cautious, balanced, aggressive, not 'bold'"
    )


def test_docs_name_every_setting() -> None:
    rows = re.findall(r"^\| `(STRIPPER_\w+)` \| (.*?) \|", DOCS, re.MULTILINE)
    defaults = Options()
    shown = {name: ast.literal_eval(value.strip("`")) for name, value in rows if value.startswith("`")}
    assert [name for name, _ in rows] == [PREFIX + field.name.upper() for field in fields(Options)]
    # without a setting the page is in "html"
    assert shown.pop("STRIPPER_HTML_FIELD") == defaults.source_field
    assert shown == {name: getattr(defaults, name.removeprefix(PREFIX).lower()) for name in shown}


def test_docs(site: str, pages: dict[str, Resource], tmp_path: Path, cleaner: Stripper) -> None:
    """Both spiders of the docs by the commands of the docs; their site is reached by a proxy."""
    host = "http://news.example.org"
    spiders = re.findall(r"^```python\n(.*?)^```", DOCS, re.MULTILINE | re.DOTALL)
    commands = [shlex.split(line) for line in re.findall(r"^\$ scrapy (.*)", DOCS, re.MULTILINE)]
    for name, spider in zip(("news.py", "stories.py"), spiders, strict=True):
        (tmp_path / name).write_text(spider)
    proxy = {"http_proxy": site, "HTTP_PROXY": site, "no_proxy": "", "NO_PROXY": ""}
    news, options, stories = (scrapy(command, tmp_path, command[3], proxy) for command in commands)
    article = cleaner.strip_html(pages["/story-1"].content, f"{host}/story-1")
    assert news.items[f"{host}/story-1"] == {
        "url": f"{host}/story-1", "title": article.title, "text": article.text
    }  # fmt: skip
    assert news.items[f"{host}/asks"]["text"] == ""
    assert f"{host}/asks" not in options.items
    cautious = Stripper(DEFAULT_STRIP - {"caption", "bio"}, "cautious")
    expected = cautious.strip_html(pages["/story-1"].content, f"{host}/story-1").text
    assert options.items[f"{host}/story-1"]["text"] == expected
    story = stories.items[f"{host}/story-1"]["body"]
    assert story.startswith("The opposition leader Emmanuel Tsadzo was transferred")
    assert "Send what you can" not in story
    assert stories.counts["items"] == PAGES


def test_without_the_extra() -> None:
    script = """if True:
        import sys
        import stripper
        assert not {"scrapy", "twisted", "itemadapter"} & set(sys.modules)
        sys.modules["scrapy"] = None  # as if it were not installed
        try:
            import stripper.integrations.scrapy
        except ImportError as error:
            print(error)
    """
    path = os.pathsep.join(filter(None, [str(ROOT), *sys.path]))
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "cleaning Scrapy items needs the scrapy extra: pip install 'article-stripper[scrapy]'\n"
