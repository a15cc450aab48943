r"""pandas: ``df.stripper.clean("text")`` and ``series.stripper.clean()``, once this module is imported.

>>> import pandas as pd
>>> import stripper.integrations.pandas
>>> frame = pd.DataFrame({"text": ["The ferry is back in port.\nSubscribe to our newsletter!", None]})
>>> frame.stripper.clean("text", into="clean").loc[0, "clean"]
'The ferry is back in port.'
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any, Literal

from stripper.extras import load
from stripper.integrations.columns import clean_cells, detail_names, in_columns
from stripper.stripper import Stripper

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = load("pandas", "cleaning")


class FrameCleaner:
    """What ``df.stripper`` is."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame

    def clean(  # noqa: PLR0913 - all but the first are options
        self,
        column: Hashable,
        *,
        into: Hashable | None = None,
        kind: Literal["html", "text"] | None = None,
        url: Hashable | None = None,
        detail: bool = False,
        stripper: Stripper | None = None,
    ) -> pd.DataFrame:
        """Clean a column of pages or texts.

        Args:
            column: the column, of str or bytes; cells that are null stay as they are.
            into: the column for the clean texts; by default they take the place of what they were made from.
            kind: what the cells hold; by default each is told by its content.
            url: the column with the pages' addresses, if there is one.
            detail: whether to add the columns ``<into>_title``, the headline that a page declares, and
                ``<into>_paragraphs``, a list of dicts: every paragraph with its verdict.
            stripper: cleans them; by default the one with the default settings.

        Returns:
            a frame with the same index; the one at hand is left as it is.

        Raises:
            KeyError: there is no such column.
            TypeError: a cell holds neither text nor bytes nor null.
            ValueError: an unknown ``kind``, two columns of that name, or a column of the details is there already.
        """
        into = column if into is None else into
        source = self._column(column)
        names = detail_names(into, set(self._frame.columns)) if detail else None
        urls = None if url is None else _cells(self._column(url))
        columns = in_columns(clean_cells(_cells(source), urls, kind, stripper), detail)
        frame = self._frame.copy(deep=False)
        frame[into] = _beside(source, columns.texts)
        if names:
            title, paragraphs = names
            frame[title] = _beside(source, columns.titles)
            frame[paragraphs] = pd.Series(columns.paragraphs, source.index, dtype=object)
        return frame

    def _column(self, name: Hashable) -> pd.Series[Any]:
        found = self._frame[name]
        if not isinstance(found, pd.Series):
            raise ValueError(f"there are several columns {name!r}")
        return found


class SeriesCleaner:
    """What ``series.stripper`` is."""

    def __init__(self, series: pd.Series[Any]) -> None:
        self._series = series

    def clean(self, kind: Literal["html", "text"] | None = None, stripper: Stripper | None = None) -> pd.Series[Any]:
        """Clean pages or texts, str or bytes.

        Args:
            kind: what the cells hold; by default each is told by its content.
            stripper: cleans them; by default the one with the default settings.

        Returns:
            the clean texts with the same index and name; what was null is as it was.

        Raises:
            TypeError: a cell holds neither text nor bytes nor null.
            ValueError: an unknown ``kind``.
        """
        return _beside(
            self._series, in_columns(clean_cells(_cells(self._series), None, kind, stripper), detail=False).texts
        )


def _cells(series: pd.Series[Any]) -> list[Any]:
    """What it holds, ``None`` for null of any kind."""
    return [None if null else cell for cell, null in zip(series, series.isna(), strict=True)]


def _beside(source: pd.Series[Any], texts: Sequence[str | None]) -> pd.Series[Any]:
    """Texts made from those of the source: with its index and name, its nulls, and its type if that can hold text."""
    cells = [cell if null else text for text, cell, null in zip(texts, source, source.isna(), strict=True)]
    dtype: Any = source.dtype if pd.api.types.is_string_dtype(source.dtype) else None
    return pd.Series(cells, source.index, dtype, source.name)


pd.api.extensions.register_dataframe_accessor("stripper")(FrameCleaner)
pd.api.extensions.register_series_accessor("stripper")(SeriesCleaner)
