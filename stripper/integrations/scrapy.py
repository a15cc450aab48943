"""Scrapy: an item pipeline that cleans the page or text of each item.

Enable it with ``ITEM_PIPELINES = {"stripper.integrations.scrapy.StripperPipeline": 300}``; the settings are those of
``Options``, each named ``STRIPPER_`` and the option in capitals. ``docs/scrapy.md`` has an example.
"""

from __future__ import annotations

import asyncio
import logging
import math
import sys
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, TypeVar, get_args

from pebble import ProcessExpired

from stripper.extras import load
from stripper.integrations.background import Background, Cleaned, How, Unreadable, stripper_for
from stripper.labels import DEFAULT_STRIP, LABELS, MODES, Label, Mode
from stripper.workers import cores

if TYPE_CHECKING:
    from itemadapter import ItemAdapter
    from scrapy.crawler import Crawler
    from scrapy.exceptions import DropItem
    from scrapy.utils.asyncio import is_asyncio_available
else:
    DropItem = load("scrapy.exceptions", "cleaning").DropItem
    is_asyncio_available = load("scrapy.utils.asyncio", "cleaning").is_asyncio_available
    ItemAdapter = load("itemadapter", "cleaning").ItemAdapter

Empty: TypeAlias = Literal["keep", "drop"]
T = TypeVar("T")

PREFIX: Final = "STRIPPER_"
_FALSE: Final = ("", "0", "false")
_TRUE: Final = ("1", "true")

_USUAL: Final = 2
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Options:
    """The settings, read and checked.

    Attributes:
        html_field: the field with the page, ``str`` or ``bytes``. Without any setting it is "html".
        text_field: the field with text that some extractor made, instead of a page.
        url_field: the field with the page's address; items may do without it.
        output_field: the field for the clean text.
        title_field: the field for the headline of a page that tells it, if it is wanted.
        strip: the labels to remove; by default all but "body". A list, or a string with commas.
        keep: labels to keep of those.
        mode: "cautious", "balanced" or "aggressive".
        cut_tails: whether messages glued to the end of a paragraph are cut off too.
        empty: what becomes of an item that is left without text: "keep" or "drop".
        processes: how many worker processes clean; 0 is a thread beside the crawl; by default see ``usual_processes``.
        timeout: seconds that a page may take in a worker process.
    """

    html_field: str | None = None
    text_field: str | None = None
    url_field: str = "url"
    output_field: str = "text"
    title_field: str | None = None
    strip: frozenset[Label] = DEFAULT_STRIP
    keep: frozenset[Label] = frozenset()
    mode: Mode = "balanced"
    cut_tails: bool = False
    empty: Empty = "keep"
    processes: int | None = None
    timeout: float = 60.0

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Options:
        """Read Scrapy's settings; one that is ``None`` counts as not set.

        Raises:
            ValueError: a setting is unknown or wrong, or two do not go together; says which, and what is allowed.

        >>> Options.of({"STRIPPER_TEXT_FIELD": "body", "STRIPPER_KEEP": "caption, bio"}).text_field
        'body'
        """
        given = {str(name): settings[name] for name in settings if str(name).startswith(PREFIX)}
        known = [PREFIX + field.name.upper() for field in fields(cls)]
        for name in given:
            if name not in known:
                raise ValueError(f"there is no setting {name}; there are {', '.join(known)}")
        options = cls(
            **{
                option: _read(PREFIX + option.upper(), parse, given[PREFIX + option.upper()])
                for option, parse in _PARSERS.items()
                if given.get(PREFIX + option.upper()) is not None
            }
        )
        if options.text_field and options.html_field:
            raise ValueError("STRIPPER_HTML_FIELD and STRIPPER_TEXT_FIELD do not go together; set one")
        if options.text_field and options.title_field:
            raise ValueError("STRIPPER_TITLE_FIELD needs pages, and STRIPPER_TEXT_FIELD gives texts")
        return options

    @property
    def source_field(self) -> str:
        """The field with the page or text."""
        return self.text_field or self.html_field or "html"

    @property
    def how(self) -> How:
        """How documents are cleaned."""
        return How("text" if self.text_field else "html", self.strip - self.keep, self.mode, self.cut_tails)


class StripperPipeline:
    """Cleans items of every kind that Scrapy knows: dicts, ``scrapy.Item``, dataclasses, attrs and the like.

    An item without a page or text passes as it is. So does one that cannot be cleaned (or, as the setting has it, is
    dropped), with an error in the log. Scrapy's stats tell how many: ``stripper/items`` were cleaned, of which
    ``stripper/emptied`` have no text left, ``stripper/skipped``, ``stripper/failed``; and of the paragraphs removed
    ``stripper/removed/appeal`` and so on for each label.

    Args:
        options: see ``Options``.
        crawler: the crawler that it works for.

    Raises:
        ModelError: there is no model to work with.
    """

    def __init__(self, options: Options, crawler: Crawler) -> None:
        self._options = options
        self._crawler = crawler
        # this process may leave the work to others, but can say best what is wrong with the model
        stripper_for(options.how)
        self._background: Background | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> StripperPipeline:
        """Scrapy's way to make one.

        Raises:
            ValueError: a setting is wrong. The crawl does not begin.
        """
        return cls(Options.of(crawler.settings), crawler)

    def open_spider(self) -> None:
        """Get ready."""
        # what trafilatura has to say of every page would fill Scrapy's log
        logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
        processes = self._options.processes
        self._background = Background(
            self._options.how, usual_processes() if processes is None else processes, self._options.timeout
        )

    def close_spider(self) -> None:
        """End the workers."""
        if self._background is not None:
            self._background.close()

    async def process_item(self, item: Any) -> Any:
        """Clean an item.

        Returns:
            the same item, with the clean text in its field.

        Raises:
            DropItem: no text is left, or it cannot be cleaned, and such items are to be dropped.
        """
        options, adapter = self._options, ItemAdapter(item)
        document = adapter.get(options.source_field)
        if document is None:
            self._count("skipped")
            return item
        url = adapter.get(options.url_field)
        try:
            cleaned = await self._clean(document, None if url is None else str(url))
        except Exception as error:  # one page must not cost the others
            return self._failed(item, f"{url or 'an item'} cannot be cleaned: {_reason(error, options.timeout)}")
        try:
            adapter[options.output_field] = cleaned.text
            if options.title_field and cleaned.title is not None:
                adapter[options.title_field] = cleaned.title
        except (KeyError, AttributeError) as error:  # there is no such field, or the item is frozen
            return self._failed(item, f"{url or 'an item'} cannot take the clean text: {error.args[0]}")
        self._count("items")
        for label, count in cleaned.removed.items():
            self._count(f"removed/{label}", count)
        if not cleaned.text.strip():
            self._count("emptied")
            if options.empty == "drop":
                raise DropItem("no text of the article is left")
        return item

    async def _clean(self, document: Any, url: str | None) -> Cleaned:
        assert self._background  # noqa: S101 - Scrapy has opened the spider
        if not isinstance(document, (str, bytes)):
            raise TypeError(f"{self._options.source_field} holds {type(document).__name__}, neither str nor bytes")
        return await _result(self._background.submit(document, url))

    def _failed(self, item: Any, message: str) -> Any:
        self._count("failed")
        if self._options.empty == "drop":
            raise DropItem(message)
        _log.error(message, extra={"spider": self._crawler.spider})
        return item

    def _count(self, name: str, count: int = 1) -> None:
        if self._crawler.stats:
            self._crawler.stats.inc_value(f"stripper/{name}", count)


def usual_processes() -> int:
    """How many worker processes clean if nobody says: two, if there are as many cores and Scrapy's own command runs.

    Workers read the file anew that Python was started with: Scrapy's command does nothing then, but a script that
    crawls as it is read would crawl once more. There a thread does the work.
    """
    main = sys.modules["__main__"]
    spec = getattr(main, "__spec__", None)
    name = spec.name.partition(".")[0] if spec else Path(getattr(main, "__file__", None) or "").stem
    return _USUAL if name == "scrapy" and cores() >= _USUAL else 0


async def _result(future: Future[T]) -> T:
    """Wait for what another thread does, without a halt to this one's loop, be it asyncio's or Twisted's own."""
    if is_asyncio_available():
        return await asyncio.wrap_future(future)
    # not before Scrapy has chosen its reactor
    from twisted.internet import reactor  # noqa: PLC0415
    from twisted.internet.defer import Deferred  # noqa: PLC0415

    done: Deferred[None] = Deferred()
    future.add_done_callback(lambda _: reactor.callFromThread(done.callback, None))
    await done
    return future.result()


def _reason(error: Exception, timeout: float) -> str:
    if isinstance(error, FutureTimeout):
        return f"it took longer than {timeout:g} seconds"
    if isinstance(error, ProcessExpired):
        return f"its worker died with exit code {error.exitcode}"
    first_line = str(error).partition("\n")[0]
    return first_line if isinstance(error, Unreadable) else f"{type(error).__name__}: {first_line}"


def _read(name: str, parse: Callable[[Any], T], value: Any) -> T:
    try:
        return parse(value)
    except ValueError as error:
        raise ValueError(f"{name} must be {error}, not {value!r}") from None


def _field(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("the name of a field")
    return value


def _labels(value: Any) -> frozenset[Label]:
    names = value.split(",") if isinstance(value, str) else value
    labels = [str(name).strip() for name in names] if isinstance(names, Iterable) else [""]
    if not set(labels) <= set(LABELS):
        raise ValueError(f"labels, of {', '.join(LABELS)}")
    return frozenset(label for label in LABELS if label in labels)


def _one_of(choices: tuple[str, ...]) -> Callable[[Any], Any]:
    def parse(value: Any) -> Any:
        if value not in choices:
            raise ValueError(f"one of {', '.join(choices)}")
        return value

    return parse


def _switch(value: Any) -> bool:
    # -s on the command line gives strings
    told = str(value).lower()
    if told not in _TRUE + _FALSE:
        raise ValueError("True or False")
    return told in _TRUE


def _count(value: Any) -> int:
    if isinstance(value, bool) or not str(value).isdecimal():
        raise ValueError("a whole number, 0 or more")
    return int(value)


def _seconds(value: Any) -> float:
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        seconds = 0
    if not 0 < seconds < math.inf:
        raise ValueError("a number of seconds above 0")
    return seconds


_PARSERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "html_field": _field,
    "text_field": _field,
    "url_field": _field,
    "output_field": _field,
    "title_field": _field,
    "strip": _labels,
    "keep": _labels,
    "mode": _one_of(MODES),
    "cut_tails": _switch,
    "empty": _one_of(get_args(Empty)),
    "processes": _count,
    "timeout": _seconds,
}
