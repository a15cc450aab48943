"""What a run did: counted while it goes, shown as one HTML page when it ends."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from hashlib import blake2b
from html import escape
from typing import Final, Generic, TypeAlias, TypeVar
from urllib.parse import urlsplit

from stripper.document import Article, Paragraph
from stripper.labels import MEANING, Label

NO_HOST: Final = "-"
_HELD: Final = 4000  # hosts, and removed paragraphs, of which a tally keeps count at a time
_EXAMPLES: Final = 3
_EXCERPT: Final = 300
_LONGEST_HOST: Final = 253
_HOSTS_SHOWN: Final = 30
_PARAGRAPHS_SHOWN: Final = 100
_LEAST_SHARE: Final = 0.001
_HOUR: Final = 60  # minutes
# compiled when it is first needed, which is seldom
_UNPRINTABLE: Final = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]"

Counts: TypeAlias = dict[Label, int]


@dataclass(frozen=True, slots=True)
class Host:
    """The documents of one host; ``missed`` more of them, at most, were seen and forgotten."""

    count: int = 0
    characters: int = 0
    removed: int = 0
    missed: int = 0

    def __add__(self, other: Host) -> Host:
        return Host(
            self.count + other.count,
            self.characters + other.characters,
            self.removed + other.removed,
            self.missed + other.missed,
        )


@dataclass(frozen=True, slots=True)
class Repeated:
    """A removed paragraph and its like; ``missed`` more of them, at most, were seen and forgotten."""

    text: str
    labels: Counts
    examples: list[str]
    missed: int = 0

    @property
    def count(self) -> int:
        """How often it was removed."""
        return sum(self.labels.values())

    def __add__(self, other: Repeated) -> Repeated:
        examples = list(dict.fromkeys(self.examples + other.examples))[:_EXAMPLES]
        return Repeated(self.text, _sum(self.labels, other.labels), examples, self.missed + other.missed)


_Entry = TypeVar("_Entry", Host, Repeated)


@dataclass(slots=True)
class Commonest(Generic[_Entry]):
    """The commonest of many, in bounded memory: the rarer half is forgotten whenever too many are held.

    Attributes:
        held: what is held, by its key.
        forgotten: nothing that is not held was seen more often than this.
    """

    held: dict[str, _Entry] = field(default_factory=dict)
    forgotten: int = 0

    def put(self, key: str, entry: _Entry) -> None:
        """Count ``entry``."""
        known = self.held.get(key)
        self.held[key] = known + entry if known else replace(entry, missed=entry.missed + self.forgotten)
        if len(self.held) > _HELD:
            self._forget()

    def add(self, other: Commonest[_Entry]) -> None:
        """Count all that ``other`` has counted."""
        if other.forgotten:
            for key in self.held.keys() - other.held.keys():
                self.held[key] = replace(self.held[key], missed=self.held[key].missed + other.forgotten)
        for key, entry in other.held.items():
            self.put(key, entry)
        self.forgotten += other.forgotten

    def top(self, number: int) -> list[tuple[str, _Entry]]:
        """The commonest and their keys, the very commonest first."""
        return sorted(self.held.items(), key=lambda item: -item[1].count)[:number]

    def _forget(self) -> None:
        # of equally rare ones the oldest goes: what stands in many documents had its chance to come again
        for key in sorted(self.held, key=lambda key: self.held[key].count)[: len(self.held) - _HELD // 2]:
            entry = self.held.pop(key)
            self.forgotten = max(self.forgotten, entry.count + entry.missed)


@dataclass(slots=True)
class Tally:
    """The counts of a run, or of a part of it; its size is bounded however long the run.

    Attributes:
        cleaned: documents of which something was removed and something is left.
        unchanged: documents of which nothing was removed.
        emptied: documents that came out without any text.
        failed: documents that could not be read or cleaned.
        characters: in all paragraphs, kept or not.
        paragraphs_removed, characters_removed: by label.
        hosts: documents by the host of their address, ``NO_HOST`` for those without.
        repeated: removed paragraphs by a key that is the same for those that differ in digits and white space only.
    """

    cleaned: int = 0
    unchanged: int = 0
    emptied: int = 0
    failed: int = 0
    characters: int = 0
    paragraphs_removed: Counts = field(default_factory=dict)
    characters_removed: Counts = field(default_factory=dict)
    hosts: Commonest[Host] = field(default_factory=Commonest)
    repeated: Commonest[Repeated] = field(default_factory=Commonest)

    @property
    def documents(self) -> int:
        """All that came in."""
        return self.cleaned + self.unchanged + self.emptied + self.failed

    def observe(self, document_id: str, url: str | None, article: Article) -> None:
        """Count a document that was cleaned; ``article.url`` stands in for a missing ``url``."""
        if not article.text.strip():
            self.emptied += 1
        elif article.removed:
            self.cleaned += 1
        else:
            self.unchanged += 1
        characters = sum(len(paragraph.text) for paragraph in article.paragraphs)
        self.characters += characters
        for paragraph in article.removed:
            self._remove(document_id, paragraph)
        removed = sum(len(paragraph.text) for paragraph in article.removed)
        self.hosts.put(_host(url or article.url), Host(1, characters, removed))

    def fail(self) -> None:
        """Count a document that could not be read or cleaned."""
        self.failed += 1

    def add(self, other: Tally) -> None:
        """Count all that ``other`` has counted, as if it came after what this one has."""
        self.cleaned += other.cleaned
        self.unchanged += other.unchanged
        self.emptied += other.emptied
        self.failed += other.failed
        self.characters += other.characters
        self.paragraphs_removed = _sum(self.paragraphs_removed, other.paragraphs_removed)
        self.characters_removed = _sum(self.characters_removed, other.characters_removed)
        self.hosts.add(other.hosts)
        self.repeated.add(other.repeated)

    def summary(self) -> str:
        """The counts in a line or two, for a terminal."""
        counts = ("cleaned", "unchanged", "emptied", "failed")
        first = ", ".join(f"{getattr(self, count):,} {count}" for count in counts)
        labels = sorted(self.paragraphs_removed, key=lambda label: -self.paragraphs_removed[label])
        removed = ", ".join(
            f"{self.paragraphs_removed[label]:,} {label} ({self.characters_removed[label]:,} characters)"
            for label in labels
        )
        noun = "document" if self.documents == 1 else "documents"
        return f"{self.documents:,} {noun} in: {first}\nparagraphs removed: {removed or 'none'}"

    def to_json(self) -> str:
        """All of it, in ASCII on one line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Tally:
        """The tally of which ``to_json`` gave ``text``."""
        values = json.loads(text)
        hosts, repeated = values.pop("hosts"), values.pop("repeated")
        return cls(
            **values,
            hosts=Commonest({key: Host(**host) for key, host in hosts["held"].items()}, hosts["forgotten"]),
            repeated=Commonest(
                {key: Repeated(**entry) for key, entry in repeated["held"].items()}, repeated["forgotten"]
            ),
        )

    def _remove(self, document_id: str, paragraph: Paragraph) -> None:
        text, label = paragraph.text, paragraph.label
        self.paragraphs_removed = _sum(self.paragraphs_removed, {label: 1})
        self.characters_removed = _sum(self.characters_removed, {label: len(text)})
        excerpt = text if len(text) <= _EXCERPT else text[: _EXCERPT - 1] + "…"
        self.repeated.put(_key(text), Repeated(excerpt, {label: 1}, [document_id]))


def _sum(counts: Counts, others: Counts) -> Counts:
    return counts | {label: counts.get(label, 0) + other for label, other in others.items()}


def _key(text: str) -> str:
    folded = re.sub(r"\d+", "0", " ".join(text.split()))
    return blake2b(folded.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


def _host(url: str | None) -> str:
    try:
        host = urlsplit(url or "").hostname
    except ValueError:  # brackets that hold no address
        host = None
    return host if host and len(host) <= _LONGEST_HOST else NO_HOST


def render(tally: Tally, title: str, seconds: float) -> str:
    """The report: one HTML page that needs nothing else, neither files nor scripts.

    Args:
        tally: the counts of the whole run.
        title: its heading.
        seconds: how long the run took.
    """
    rate = f" · {tally.documents / seconds:,.1f} a second" if seconds > 0 else ""
    noun = "document" if tally.documents == 1 else "documents"
    sections = [
        f'<header><h1 dir="auto">{_text(title)}</h1>'
        f"<p>{tally.documents:,} {noun} in {_duration(seconds)}{rate}</p></header>",
        _totals(tally),
        _by_label(tally),
        _by_host(tally),
        _commonest(tally),
    ]
    return _PAGE.format(title=_text(title), style=_STYLE, body="\n".join(filter(None, sections)))


def _totals(tally: Tally) -> str:
    removed = sum(tally.characters_removed.values())
    tiles = [
        ("in", "Documents in", tally.documents, ""),
        ("cleaned", "Cleaned", tally.cleaned, _share(tally.cleaned, tally.documents)),
        ("unchanged", "Unchanged", tally.unchanged, _share(tally.unchanged, tally.documents)),
        ("emptied", "Emptied", tally.emptied, _share(tally.emptied, tally.documents)),
        ("failed", "Failed", tally.failed, _share(tally.failed, tally.documents)),
        ("characters", "Characters in", tally.characters, ""),
        ("characters-removed", "Characters removed", removed, _share(removed, tally.characters)),
        ("paragraphs-removed", "Paragraphs removed", sum(tally.paragraphs_removed.values()), ""),
    ]
    boxes = (
        f'<div id="{key}"{"" if count else " class=none"}><dt>{name}</dt><dd>{count:,} <small>{share}</small></dd>'
        "</div>\n"
        for key, name, count, share in tiles
    )
    return f"<dl>{''.join(boxes)}</dl>"


def _by_label(tally: Tally) -> str:
    removed = tally.characters_removed
    if not removed:
        return "<section><h2>Removed by label</h2><p>Nothing was removed.</p></section>"
    total = sum(removed.values())
    rows = (
        f'<th scope="row">{_text(label)} <small>{_text(MEANING[label])}</small>{_bar(characters, total)}</th>'
        + _cell(_share(characters, total), "of removed")
        + _cell(_share(characters, tally.characters), "of all")
        + _cell(f"{characters:,}", "characters")
        + _cell(f"{tally.paragraphs_removed[label]:,}", "paragraphs")
        for label, characters in sorted(removed.items(), key=lambda item: -item[1])
    )
    headings = ("Label", "Of removed characters", "Of all characters", "Characters", "Paragraphs")
    return _table("Removed by label", headings, rows)


def _by_host(tally: Tally) -> str:
    if not tally.hosts.held.keys() - {NO_HOST}:
        return ""
    top = tally.hosts.top(_HOSTS_SHOWN)
    shown = sum((host for _, host in top), Host())
    rest = Host(
        tally.documents - tally.failed - shown.count,
        tally.characters - shown.characters,
        sum(tally.characters_removed.values()) - shown.removed,
    )
    named = [(f"<bdi>{_text('no address' if name == NO_HOST else name)}</bdi>", host) for name, host in top]
    rows = (
        f'<th scope="row">{name}{_bar(host.removed, host.characters)}</th>'
        + _cell(_share(host.removed, host.characters), "removed")
        + _cell(f"{host.characters:,}", "characters")
        + _cell(_count(host), "documents")
        for name, host in [*named, *([("all others", rest)] if rest.count else [])]
    )
    note = _note(host for _, host in top)
    return _table("Removed by host", ("Host", "Share removed", "Characters", "Documents"), rows, note)


def _commonest(tally: Tally) -> str:
    top = [entry for _, entry in tally.repeated.top(_PARAGRAPHS_SHOWN)]
    if not top:
        return ""
    rows = (
        f'{_cell(_count(entry), "times")}<td><span class="label">{_text(_commonest_label(entry))}</span></td>'
        f'<td><p dir="auto">{_text(entry.text)}</p>'
        f"<small>{' '.join(f'<bdi>{_text(example)}</bdi>' for example in entry.examples)}</small></td>"
        for entry in top
    )
    headings = ("Times", "Label", "Paragraph, and documents that hold it")
    note = "Paragraphs that differ only in digits and white space are counted as one. " + _note(top)
    return _table("The commonest removed paragraphs", headings, rows, note, "paragraphs")


def _commonest_label(entry: Repeated) -> Label:
    return max(entry.labels, key=entry.labels.__getitem__)


def _table(title: str, headings: Iterable[str], rows: Iterable[str], note: str = "", kind: str = "shares") -> str:
    head = "".join(f'<th scope="col">{heading}</th>' for heading in headings)
    body = "\n".join(f"<tr>{row}</tr>" for row in rows)
    return (
        f"<section><h2>{title}</h2>{note and f'<p>{note}</p>'}\n"
        f'<table class="{kind}"><thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table></section>'
    )


def _cell(value: str, unit: str) -> str:
    """A cell with a number; on a narrow screen, where the heads of columns are not shown, its unit stands beside it."""
    return f'<td class="number" data-unit="{unit}">{value}</td>'


def _bar(part: int, whole: int) -> str:
    return (
        f'<span class="bar" aria-hidden="true" style="background-size:{100 * part / max(whole, 1):.2f}% 100%"></span>'
    )


def _count(entry: Host | Repeated) -> str:
    return f"{entry.count:,}{'+' if entry.missed else ''}"


def _note(entries: Iterable[Host | Repeated]) -> str:
    most = max(entry.missed for entry in entries)
    return f"A count with + may be up to {most:,} too low: the rarest are dropped while counting." if most else ""


def _share(part: int, whole: int) -> str:
    if not whole:
        return "–"
    return "&lt;0.1%" if 0 < part / whole < _LEAST_SHARE else f"{part / whole:.1%}"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return f"{seconds:.1f} s"
    return f"{minutes} min {rest} s" if minutes < _HOUR else f"{minutes // 60:,} h {minutes % 60} min"


def _text(text: str) -> str:
    """``text`` as it may stand in HTML and be written as UTF-8."""
    return escape(re.sub(_UNPRINTABLE, "\ufffd", text))


# the policy is there so that no page of the crawl runs or loads anything, should the escaping ever fail
_PAGE: Final = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
{body}
</body>
</html>
"""

_STYLE: Final = """
:root {
  --page: #fbfaf8; --card: #fff; --line: #e4e0da; --ink: #1f1d1a; --faint: #69635b; --bar: #2f7d6b; --bad: #b3261e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #171614; --card: #211f1d; --line: #38352f; --ink: #ece8e1; --faint: #a59e93; --bar: #5cc0a8; --bad: #ff8a80;
  }
}
* { box-sizing: border-box }
body {
  max-width: 68rem; margin: 0 auto; padding: 2rem 1rem 4rem; background: var(--page); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere;
}
h1 { margin: 0; font-size: 1.75rem; line-height: 1.25 }
h2 { margin: 3rem 0 .5rem; font-size: 1.25rem }
p { margin: 0 }
header p, section > p, small, thead th, dt { color: var(--faint) }
small { font-size: .8125rem; font-weight: normal }
dl { display: grid; grid-template-columns: repeat(4, 1fr); gap: .75rem; margin: 1.5rem 0 0 }
dl div { padding: .75rem 1rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--card) }
dt { font-size: .8125rem }
dd { margin: 0; font-size: 1.375rem; font-variant-numeric: tabular-nums }
dl .none dd { color: var(--faint) }
#failed:not(.none) dd { color: var(--bad) }
table { width: 100%; margin-top: .75rem; border-collapse: collapse }
th, td { padding: .5rem .75rem .5rem 0; border-bottom: 1px solid var(--line); text-align: start; vertical-align: top }
thead th { font-size: .8125rem; font-weight: normal; vertical-align: bottom; overflow-wrap: normal }
tbody th { width: 45%; font-weight: 600 }
td:last-child { padding-right: 0 }
.number { white-space: nowrap; font-variant-numeric: tabular-nums }
.shares .number, .shares thead th + th { padding-right: 0; padding-left: 1rem; text-align: end }
.bar {
  display: block; height: .375rem; margin-top: .375rem; border-radius: .1875rem; forced-color-adjust: none;
  background: linear-gradient(var(--bar), var(--bar)) no-repeat var(--line);
}
.label {
  padding: .0625rem .5rem; border: 1px solid var(--line); border-radius: 1rem; background: var(--card);
  font-size: .8125rem; white-space: nowrap;
}
bdi + bdi::before { content: " · " }
@media (max-width: 52rem) {
  body { padding-top: 1.25rem }
  dl { grid-template-columns: 1fr 1fr; gap: .5rem }
  dl div { padding: .5rem .75rem }
  dd { font-size: 1.125rem }
  thead { display: none }
  tbody { display: block; border-top: 1px solid var(--line) }
  tr { display: flex; flex-wrap: wrap; gap: .25rem .75rem; padding: .625rem 0; border-bottom: 1px solid var(--line) }
  th, td, .shares .number { padding: 0; border: 0 }
  tbody th, .paragraphs td:last-child { width: 100% }
  .number { font-size: .875rem }
  .number::after { content: " " attr(data-unit); color: var(--faint) }
}
"""
