"""Crawls of local pages, cleaned or only extracted: ``python -m tests.scrapy_benchmark [PAGES [ROUNDS]]``.

The same spider calls ``trafilatura.extract`` itself, as Scrapy's documentation has it, or leaves the page to the
pipeline. The times are those of Scrapy's whole process.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from html import escape
from typing import Any, Final

import scrapy
import trafilatura
from scrapy.http import Response, TextResponse

from tests.conftest import EXAMPLES, ROOT
from tests.news_site import Resource, serve, written

_PARAGRAPH = re.compile(r"(<p\b[^>]*>)[^<]+(</p>)")
_PIPELINE: Final = 'ITEM_PIPELINES={"stripper.integrations.scrapy.StripperPipeline": 300}'


class BenchmarkSpider(scrapy.Spider):  # type: ignore[misc,unused-ignore] # where Scrapy is not installed
    """Follows the links of the front page; ``-a extract=1`` calls trafilatura for every page."""

    name = "benchmark"

    def __init__(self, site: str, extract: str = "", **arguments: Any) -> None:
        super().__init__(**arguments)
        self.start_urls = [f"{site}/"]
        self._extract = bool(extract)

    def parse(self, response: Response) -> Iterator[Any]:
        """The front page."""
        assert isinstance(response, TextResponse)
        yield from response.follow_all(css="a", callback=self.parse_story)

    def parse_story(self, response: Response) -> Iterator[Any]:
        """A story."""
        if self._extract:
            yield {"url": response.url, "text": trafilatura.extract(response.text)}
        else:
            yield {"url": response.url, "html": response.text}


def site_of(count: int) -> dict[str, Resource]:
    """A front page and so many pages like the bundled one, with other paragraphs in each."""
    page = (EXAMPLES / "news-page.html").read_text(encoding="utf-8")
    texts = [escape(own["text"]) for document in written() for own in document["paragraphs"]]
    length = len(_PARAGRAPH.findall(page))
    site = {}
    for number in range(count):
        chosen = (texts[(number * length + place) % len(texts)] for place in range(length))
        story = _PARAGRAPH.sub(lambda found, chosen=chosen: found[1] + next(chosen) + found[2], page)  # type: ignore[misc]
        site[f"/{number}"] = Resource(story.encode())
    return site | {"/": Resource("".join(f'<p><a href="{path}">{path}</a></p>' for path in site).encode())}


def seconds(site: str, count: int, *arguments: str) -> float:
    """The time of a crawl.

    Raises:
        RuntimeError: it has not got all pages.
    """
    command = [sys.executable, "-m", "scrapy", "runspider", __file__, "-a", f"site={site}",
               "-s", "FEED_EXPORT_FIELDS=url,text", "-o", f"{os.devnull}:jsonl", "-s", "LOG_LEVEL=INFO"]  # fmt: skip
    started = time.monotonic()
    done = subprocess.run([*command, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    taken = time.monotonic() - started
    if f"'item_scraped_count': {count}," not in done.stderr or "log_count/ERROR" in done.stderr:
        raise RuntimeError(f"the crawl went wrong:\n{done.stderr}")
    return taken


def main() -> None:
    """Print a table; each figure is the best of the rounds, which take turns."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    ways = {
        "trafilatura.extract in the spider": ("-a", "extract=1"),
        "the pipeline as it comes": ("-s", _PIPELINE),
        "the pipeline, 1 process": ("-s", _PIPELINE, "-s", "STRIPPER_PROCESSES=1"),
        "the pipeline, a thread": ("-s", _PIPELINE, "-s", "STRIPPER_PROCESSES=0"),
    }
    times: dict[str, list[float]] = {way: [] for way in ways}
    with serve(site_of(count)) as site:
        for _ in range(rounds):
            for way, arguments in ways.items():
                times[way].append(seconds(site, count, *arguments))
    base = min(next(iter(times.values())))
    print(f"{count} pages, best of {rounds} crawls")
    for way, taken in times.items():
        print(f"{way:<35} {min(taken):6.1f} s  {min(taken) / base:5.2f} times the first")


if __name__ == "__main__":
    main()
