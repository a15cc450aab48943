r"""polars: ``df.stripper.clean("text")`` and ``pl.col("text").stripper.clean()``, once this module is imported.

>>> import polars as pl
>>> import stripper.integrations.polars
>>> frame = pl.DataFrame({"text": ["The ferry is back in port.\nSubscribe to our newsletter!", None]})
>>> frame.stripper.clean("text", into="clean")["clean"].to_list()
['The ferry is back in port.', None]
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, Literal

from stripper.extras import load
from stripper.integrations.columns import clean_cells, detail_names, in_columns
from stripper.stripper import Stripper

if TYPE_CHECKING:
    import polars as pl
else:
    pl = load("polars", "cleaning")

# said and not told from the values: a frame whose paragraphs have no place in a text fits one whose paragraphs have
_PARAGRAPHS: Final = pl.List(
    pl.Struct(
        {
            "text": pl.String,
            "label": pl.String,
            "probability": pl.Float64,
            "kept": pl.Boolean,
            "start": pl.Int64,
            "end": pl.Int64,
            "xpath": pl.String,
        }
    )
)


class FrameCleaner:
    """What ``df.stripper`` is."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self._frame = frame

    def clean(  # noqa: PLR0913 - all but the first are options
        self,
        column: str,
        *,
        into: str | None = None,
        kind: Literal["html", "text"] | None = None,
        url: str | None = None,
        detail: bool = False,
        stripper: Stripper | None = None,
    ) -> pl.DataFrame:
        """Clean a column of pages or texts.

        Args:
            column: the column, String or Binary; cells that are null stay null.
            into: the column for the clean texts; by default they take the place of what they were made from.
            kind: what the cells hold; by default each is told by its content.
            url: the column with the pages' addresses, if there is one.
            detail: whether to add the columns ``<into>_title``, the headline that a page declares, and
                ``<into>_paragraphs``, a list of structs: every paragraph with its verdict.
            stripper: cleans them; by default the one with the default settings.

        Returns:
            a frame with the new columns.

        Raises:
            polars.exceptions.ColumnNotFoundError: there is no such column.
            TypeError: a cell holds neither text nor bytes nor null.
            ValueError: an unknown ``kind``, or a column of the details is there already.
        """
        into = column if into is None else into
        names = detail_names(into, self._frame.columns) if detail else None
        urls = None if url is None else self._frame[url].to_list()
        columns = in_columns(clean_cells(self._frame[column].to_list(), urls, kind, stripper), detail)
        new = [pl.Series(into, columns.texts, pl.String)]
        if names:
            title, paragraphs = names
            new += [pl.Series(title, columns.titles, pl.String), pl.Series(paragraphs, columns.paragraphs, _PARAGRAPHS)]
        return self._frame.with_columns(new)


class SeriesCleaner:
    """What ``series.stripper`` is."""

    def __init__(self, series: pl.Series) -> None:
        self._series = series

    def clean(self, kind: Literal["html", "text"] | None = None, stripper: Stripper | None = None) -> pl.Series:
        """Clean pages or texts, String or Binary.

        Args:
            kind: what the cells hold; by default each is told by its content.
            stripper: cleans them; by default the one with the default settings.

        Returns:
            the clean texts under the same name; what was null is null.

        Raises:
            TypeError: a cell holds neither text nor bytes nor null.
            ValueError: an unknown ``kind``.
        """
        articles = clean_cells(self._series.to_list(), None, kind, stripper)
        return pl.Series(self._series.name, in_columns(articles, detail=False).texts, pl.String)


class ExprCleaner:
    """What ``pl.col(...).stripper`` is."""

    def __init__(self, expr: pl.Expr) -> None:
        self._expr = expr

    def clean(self, kind: Literal["html", "text"] | None = None, stripper: Stripper | None = None) -> pl.Expr:
        """Clean pages or texts where the expression is evaluated: in lazy and streamed frames too.

        Args, results and errors are those of ``SeriesCleaner.clean``; polars may wrap the errors in its own.
        """
        return self._expr.map_batches(
            partial(_clean, kind=kind, stripper=stripper), return_dtype=pl.String, is_elementwise=True
        )


def _clean(series: pl.Series, kind: Literal["html", "text"] | None, stripper: Stripper | None) -> pl.Series:
    return SeriesCleaner(series).clean(kind, stripper)


pl.api.register_dataframe_namespace("stripper")(FrameCleaner)
pl.api.register_series_namespace("stripper")(SeriesCleaner)
pl.api.register_expr_namespace("stripper")(ExprCleaner)
