"""What goes and what stays, given the probabilities."""

from __future__ import annotations

import numpy as np

from stripper import strip_html
from stripper.decision import decide, tables_of
from stripper.labels import DEFAULT_STRIP, LABELS
from stripper.sources.html import read_html
from stripper.tagging.features import Floats

TABLE = "<table><tr><th>Town<th>Houses<tr><td>Kelmet<td>17<tr><td>Brodny<td>25</table>"
STORY = (
    "<p>The river rose by two metres on Sunday, and the lower town was under water by the evening, the mayor said.</p>"
    f"{TABLE}<p>The council will meet on Monday to decide who pays for the repairs, which may take until spring.</p>"
)


def suspected(*shares: float) -> Floats:
    """Body with so much probability, controls with the rest, for each block."""
    table = np.zeros((len(shares), len(LABELS)), np.float32)
    table[:, LABELS.index("interface")] = shares
    table[:, LABELS.index("body")] = 1 - np.array(shares)
    return table


def test_cells_of_an_article_stay() -> None:
    article = strip_html(f'<html lang="en"><body><article>{STORY}</article></body></html>')
    assert article.text.split("\n")[1:-1] == ["Town", "Houses", "Kelmet", "17", "Brodny", "25"]


def test_table_of_values_goes_or_stays_as_one() -> None:
    page = read_html(TABLE)
    assert tables_of(page) == [[0, 1, 2, 3, 4, 5]]
    for share, kept in ((0.1, True), (0.999, False)):
        paragraphs = decide(page, suspected(0.1, share, share, share, 0.9, share), DEFAULT_STRIP, -5.3)
        assert {paragraph.kept for paragraph in paragraphs} == {kept}


def test_lone_blocks_are_decided_alone() -> None:
    page = read_html("<p>17</p><p>Kelmet</p>")
    assert [own.kept for own in decide(page, suspected(0.3, 0.05), DEFAULT_STRIP, -5.3)] == [False, True]


def test_tables_for_the_layout_are_none_of_values() -> None:
    column = "<table><tr><td>a<tr><td>b</table>"
    row = "<table><tr><td>a<td>b</table>"
    paragraphs = "<table><tr><td><p>a</p><p>b</p><td>c<tr><td>d<td>e</table>"
    for html in (column, row, paragraphs, "<p>a</p>"):
        assert tables_of(read_html(html)) == []
    nested = f"<table><tr><td><p>a</p><p>b</p><td>{TABLE}<tr><td>c<td>d</table>"
    assert tables_of(read_html(nested)) == [[2, 3, 4, 5, 6, 7]]
