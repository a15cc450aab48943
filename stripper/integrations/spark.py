"""Spark: ``clean(df, "text")`` gives a frame whose column the workers clean; ``docs/spark.md`` has an example.

Rows travel as Arrow's record batches (``mapInArrow``), so other columns come through as they are. Pandas frames
(``mapInPandas``) would make null of NaN, and fail for times after the year 2262. ``Cleaner`` serves both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal

from stripper.extras import load
from stripper.integrations.columns import clean_cells, detail_names, in_columns
from stripper.stripper import Stripper, shared_stripper
from stripper.tagging.store import Model, default_model

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    from pyspark.sql import DataFrame
    from pyspark.sql import types as spark
else:
    spark = load("pyspark.sql.types", "cleaning")

# Spark's own batches have ten thousand rows: too many pages to hold twice
_ROWS: Final = 64
_PARAGRAPH: Final = spark.StructType(
    [
        spark.StructField("text", spark.StringType()),
        spark.StructField("label", spark.StringType()),
        spark.StructField("probability", spark.DoubleType()),
        spark.StructField("kept", spark.BooleanType()),
        spark.StructField("start", spark.LongType()),
        spark.StructField("end", spark.LongType()),
        spark.StructField("xpath", spark.StringType()),
    ]
)


def clean(  # noqa: PLR0913 - all but the first two are options
    df: DataFrame,
    column: str,
    *,
    into: str | None = None,
    kind: Literal["html", "text"] | None = None,
    url: str | None = None,
    detail: bool = False,
    stripper: Stripper | None = None,
) -> DataFrame:
    """Clean a column of pages or texts.

    Args:
        df: the frame.
        column: the column, string or binary; cells that are null stay null.
        into: the column for the clean texts; by default they take the place of what they were made from.
        kind: what the cells hold; by default each is told by its content.
        url: the column with the pages' addresses, if there is one.
        detail: whether to add the columns ``<into>_title``, the headline that a page declares, and
            ``<into>_paragraphs``, an array of structs: every paragraph with its verdict.
        stripper: cleans them; by default the one with the default settings.

    Returns:
        a frame with the new columns, evaluated as lazily as any.

    Raises:
        TypeError: a column is of another type.
        ValueError: there is no such column, an unknown ``kind``, a column of the details is there already, or Spark
            cannot map a frame with such names.
    """
    cleaner = Cleaner(column, into, kind, url, detail, stripper)
    for name in df.columns:
        if "." in name or df.columns.count(name) > 1:
            raise ValueError(f"Spark cannot map frames with a column {name!r} (a dot, or a name that is there twice)")
    return df.mapInArrow(cleaner, cleaner.schema(df.schema))


@dataclass(frozen=True, slots=True)
class Cleaner:
    """Cleans batch after batch; a function for ``mapInArrow``, and with ``in_pandas`` one for ``mapInPandas``.

    It is pickled without the model, unless that is of your own training: a worker process loads its own, once.

    Attributes:
        column, into, kind, url, detail, stripper: see ``clean``.
    """

    column: str
    into: str | None = None
    kind: Literal["html", "text"] | None = None
    url: str | None = None
    detail: bool = False
    stripper: Stripper | None = None

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The batches, in smaller pieces, with the new columns."""
        for batch in batches:
            for start in range(0, batch.num_rows, _ROWS):
                yield self._cleaned(batch.slice(start, _ROWS))

    def in_pandas(self, frames: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        """The frames with the new columns: for ``mapInPandas``, which changes other columns as it pleases.

        Raises:
            MissingExtra: pandas is not installed.
        """
        cleaner = load("stripper.integrations.pandas").FrameCleaner
        for frame in frames:
            yield cleaner(frame).clean(
                self.column, into=self.into, kind=self.kind, url=self.url, detail=self.detail, stripper=self.stripper
            )

    def schema(self, schema: spark.StructType) -> spark.StructType:
        """What ``mapInArrow`` and ``mapInPandas`` want to be told: the columns that come out.

        Args:
            schema: of the frame.

        Raises:
            ModelError, TypeError, ValueError: nothing could be cleaned; see ``clean``.
        """
        # says what is wrong with settings and model, here and not in a worker
        (self.stripper or shared_stripper()).strip_many([], self.kind)
        _check(schema, self.column, (spark.StringType, spark.BinaryType), "neither string nor binary")
        if self.url is not None:
            _check(schema, self.url, (spark.StringType,), "not string")
        new = [spark.StructField(self._into, spark.StringType())]
        if self.detail:
            title, paragraphs = detail_names(self._into, schema.names)
            new.append(spark.StructField(title, spark.StringType()))
            new.append(spark.StructField(paragraphs, spark.ArrayType(_PARAGRAPH)))
        fields = {field.name: field for field in [*schema, *new]}
        return spark.StructType(list(fields.values()))

    def _cleaned(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        arrow = load("pyarrow", "cleaning")
        source = batch.column(self.column)
        urls = [None] * len(source) if self.url is None else map(_value, batch.column(self.url))
        addresses = [url if isinstance(url, str) else None for url in urls]
        columns = in_columns(clean_cells(list(map(_value, source)), addresses, self.kind, self.stripper), self.detail)
        # as the session has it
        large = arrow.types.is_large_string(source.type) or arrow.types.is_large_binary(source.type)
        text = arrow.large_string() if large else arrow.string()
        new = {self._into: arrow.array(columns.texts, text)}
        if self.detail:
            title, paragraphs = detail_names(self._into, batch.schema.names)
            kind = _paragraphs(arrow, text)
            new |= {title: arrow.array(columns.titles, text), paragraphs: arrow.array(columns.paragraphs, kind)}
        arrays = dict(zip(batch.schema.names, batch.columns, strict=True)) | new
        return arrow.RecordBatch.from_arrays(list(arrays.values()), list(arrays))

    @property
    def _into(self) -> str:
        return self.column if self.into is None else self.into

    def __reduce__(self) -> tuple[Any, ...]:
        own = self.stripper
        settings = own and (own.strip, own.mode, None if own.model is default_model() else own.model, own.cut_tails)
        return _unpickled, (settings, self.column, self.into, self.kind, self.url, self.detail)


def _unpickled(settings: tuple[Any, Any, Model | None, bool] | None, *options: Any) -> Cleaner:
    cleaner = Cleaner(*options)
    return cleaner if settings is None else replace(cleaner, stripper=Stripper(*settings))


def _check(schema: spark.StructType, name: str, kinds: tuple[type[spark.DataType], ...], wanted: str) -> None:
    if name not in schema.names:
        raise ValueError(f"there is no column {name!r}, only {', '.join(map(repr, schema.names))}")
    found = schema[name].dataType
    if not isinstance(found, kinds):
        raise TypeError(f"column {name!r} is {found.simpleString()}, {wanted}")


def _value(cell: Any) -> str | bytes | None:
    """A cell's value, or its bytes if it is a string that is not UTF-8: Spark lets them pass."""
    try:
        value: str | bytes | None = cell.as_py()
    except UnicodeDecodeError as error:
        return error.object
    return value


def _paragraphs(arrow: Any, text: Any) -> Any:
    """The type of the paragraphs in Arrow, for such strings as the session has."""
    types = {"string": text, "double": arrow.float64(), "boolean": arrow.bool_(), "bigint": arrow.int64()}
    fields = [(field.name, types[field.dataType.simpleString()]) for field in _PARAGRAPH]
    return arrow.list_(arrow.field("element", arrow.struct(fields)))
