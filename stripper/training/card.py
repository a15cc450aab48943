"""The tables of ``models/MODEL_CARD.md`` and of the README, written from ``metrics.json``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

_BEGIN, _END = "<!-- tables: written by `stripper evaluate` -->", "<!-- end of tables -->"
_PERFECT = "the blocks labelled body"


def tables(metrics: Mapping[str, Any]) -> str:
    """All tables as Markdown."""
    rows = [
        "system",
        "body characters kept",
        "boilerplate blocks kept",
        "appeals kept",
        "appeals and paywalls kept",
        "pages ruined",
    ]
    return "\n\n".join(
        [
            f"Cross-validated by site on {metrics['pages']} pages of {metrics['sites']} sites, "
            f"{metrics['blocks']} labelled blocks; 95 % intervals by bootstrap over sites.",
            "### Pages (HTML)",
            table(rows, ([name, *_figures(row)] for name, row in metrics["html"].items())),
            "### The same, with a line of the output credited to every block that equals it",
            table(rows, ([name, *_figures(row)] for name, row in metrics["html_literal"].items())),
            "### Pages that were labelled because an earlier tagger was unsure of them",
            table(rows, ([name, *_figures(row)] for name, row in metrics["html_unsure"].items())),
            "### Boilerplate kept, by label",
            _by_label(metrics["html_by_label"]),
            "### Balanced, by language of the page",
            table(
                ["language", "pages", *rows[1:3]],
                (
                    [lang, row["documents"], *_figures(row)[:2]]
                    for lang, row in metrics["html_by_language"].items()
                    if row["documents"] >= 3
                ),
            ),
            "### Text mode: labelled blocks of the widely labelled pages as bare lines",
            table(rows, ([f"stripper, {mode}", *_figures(row)] for mode, row in metrics["lines"].items())),
            f"### Text mode: {metrics['written']} written documents, balanced",
            table(
                ["documents", *rows[1:]],
                [
                    ["all", *_figures(metrics["written_all"])],
                    ["must keep", *_figures(metrics["must_keep"])],
                    ["languages never seen", *_figures(metrics["written_unseen"])],
                    *([lang, *_figures(row)] for lang, row in sorted(metrics["written_by_language"].items())),
                ],
            ),
            "### The same: kept, by label",
            _by_label(metrics["written_by_label"]),
            "### Exact label, 14 classes",
            table(["input", "accuracy"], ([head, percent(value)] for head, value in metrics["label_accuracy"].items())),
            "### Whether the whole article is there",
            table(
                ["told by", "access", "pages", "told", "precision", "recall"],
                (
                    [
                        *(name, row["access"], row["pages"], row["told"]),
                        f"{percent(row['precision'])} ({row['right']} of {row['told']})",
                        f"{percent(row['recall'])} ({row['right']} of {row['pages']})",
                    ]
                    for name, found in metrics["access"].items()
                    for row in found
                ),
            ),
            "### Reliability of the probability of boilerplate",
            table(
                ["input", "blocks", "mean predicted", "observed"],
                (
                    [head, point["blocks"], percent(point["predicted"]), percent(point["observed"])]
                    for head, curve in metrics["reliability"].items()
                    for point in curve
                ),
            ),
        ]
    )


def _by_label(found: Mapping[str, Any]) -> str:
    return table(
        ["label", "blocks", *found],
        (
            [label, own["blocks"], *(percent(of[label]["kept"]) for of in found.values())]
            for label, own in next(iter(found.values())).items()
        ),
    )


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table.

    >>> print(table(["a", "b"], [[1, 2]]))
    | a | b |
    |---|---|
    | 1 | 2 |
    """
    lines = [head, *rows]
    written = [f"| {' | '.join(map(str, line))} |" for line in lines]
    return "\n".join([written[0], "|" + "---|" * len(head), *written[1:]])


def percent(share: float | None) -> str:
    """A share as a percentage with one decimal; a dash if there is none."""
    return "-" if share is None or share != share else f"{100 * share:.1f} %"


def _figures(row: Mapping[str, Any]) -> list[str]:
    return [
        _with_interval(row, "body_kept"),
        _with_interval(row, "boilerplate_kept"),
        percent(row["appeals_kept"]),
        percent(row["asks_kept"]),
        percent(row["pages_ruined"]),
    ]


def _with_interval(row: Mapping[str, Any], name: str) -> str:
    low, high = row[f"{name}_interval"]
    if low is None:
        return percent(row[name])
    return f"{percent(row[name])} ({100 * low:.1f} to {100 * high:.1f})"


def headline(metrics: Mapping[str, Any]) -> str:
    """What the README shows of the figures, as Markdown."""
    lines, written, hard, unseen = (
        metrics["lines"]["balanced"],
        metrics["written_all"],
        metrics["must_keep"],
        metrics["written_unseen"],
    )
    measures = ("body_kept", "boilerplate_kept", "asks_kept", "pages_ruined")
    return "\n\n".join(
        [
            f"On {metrics['pages']} public pages of {metrics['sites']} sites whose blocks were labelled one by one "
            f"({metrics['blocks']:,} of them), cross-validated by site:",
            table(
                [
                    "system",
                    "body characters kept",
                    "boilerplate blocks kept",
                    "appeals and paywalls kept",
                    "pages ruined",
                ],
                (
                    [name, *(percent(row[measure]) for measure in measures)]
                    for name, row in metrics["html"].items()
                    if name != _PERFECT
                ),
            ),
            f"The same blocks as bare lines of text ({lines['documents']} widely labelled pages), balanced: "
            f"{percent(lines['body_kept'])} of the body and {percent(lines['boilerplate_kept'])} of the boilerplate "
            f"kept. On {metrics['written']} documents of our own in {len(metrics['written_by_language'])} languages, "
            f"made to be hard: {percent(written['body_kept'])} and {percent(written['boilerplate_kept'])}; in "
            f"languages that the tagger never saw: {percent(unseen['body_kept'])} and "
            f"{percent(unseen['boilerplate_kept'])}. Of articles that only look like boilerplate, "
            f"{percent(hard['body_kept'])} of the body is kept.",
        ]
    )


def update(file: Path, content: str) -> None:
    """Replace what stands between the two marks of a file, if it has them; the prose around them stays."""
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    if _BEGIN in text:
        before, _, rest = text.partition(_BEGIN)
        _, _, after = rest.partition(_END)
        file.write_text(f"{before}{_BEGIN}\n{content}\n{_END}{after}", encoding="utf-8")
