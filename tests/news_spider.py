"""The spider of the tests: ``scrapy runspider tests/news_spider.py -a site=URL -a kind=dict``."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import attrs
import scrapy
from scrapy import signals
from scrapy.http import Response, TextResponse
from scrapy.utils.asyncio import create_looping_call

_BEAT: Final = 0.02


class PageItem(scrapy.Item):  # type: ignore[misc,unused-ignore] # where Scrapy is not installed
    """One of Scrapy's own."""

    url = scrapy.Field()
    html = scrapy.Field()
    text = scrapy.Field()
    title = scrapy.Field()


@dataclass
class PageData:
    """A dataclass."""

    url: str
    html: Any
    text: str | None = None
    title: str | None = None


@attrs.define
class PageAttrs:
    """With slots."""

    url: str
    html: Any
    text: str | None = None
    title: str | None = None


KINDS: Final[dict[str, Callable[..., Any]]] = {
    "dict": dict,
    "item": PageItem,
    "dataclass": PageData,
    "attrs": PageAttrs,
}


class NewsSpider(scrapy.Spider):  # type: ignore[misc,unused-ignore] # where Scrapy is not installed
    """Yields every page that the front page links to; counts how long its loop stood still meanwhile."""

    name = "news"
    custom_settings = {  # noqa: RUF012 - Scrapy's way
        "ITEM_PIPELINES": {"stripper.integrations.scrapy.StripperPipeline": 300},
        "FEED_EXPORT_FIELDS": ["url", "title", "text"],
        "TELNETCONSOLE_ENABLED": False,
    }

    def __init__(self, site: str, kind: str = "dict", **arguments: Any) -> None:
        super().__init__(**arguments)
        self.start_urls = [f"{site}/"]
        self._make = KINDS[kind]
        self._started = self._beaten = 0.0

    def parse(self, response: Response) -> Iterator[Any]:
        """The front page."""
        assert isinstance(response, TextResponse)
        yield {"url": response.url, "note": "nothing to clean"}
        yield self._make(url="of a wrong type", html=7)
        yield from response.follow_all(css="article a", callback=self.parse_story)

    def parse_story(self, response: Response) -> Iterator[Any]:
        """A story, or what looks like one."""
        if response.url.endswith("/long"):
            self._started = self._beaten = time.monotonic()
            create_looping_call(self._beat).start(_BEAT)
            self.crawler.signals.connect(self._done, signals.item_scraped)
        yield self._make(url=response.url, html=response.body)

    def _beat(self) -> None:
        now = time.monotonic()
        self.crawler.stats.max_value("longest_halt", now - self._beaten)
        self._beaten = now

    def _done(self, item: Any) -> None:
        if item["url"].endswith("/long"):
            self._beat()
            self.crawler.stats.set_value("cleaning_took", time.monotonic() - self._started)
