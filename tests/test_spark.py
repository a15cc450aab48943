"""Frames of a real Spark: the same as the batch, row by row, and nothing else changes."""

from __future__ import annotations

import os
import pickle
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from stripper import Stripper
from stripper.integrations.spark import Cleaner, clean
from stripper.tagging.store import Model, default_model
from tests.conftest import EXAMPLES, ROOT

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

DOCS = (ROOT / "docs" / "spark.md").read_text(encoding="utf-8")
PAGE = (EXAMPLES / "news-page.html").read_bytes()
CLEAN_PAGE = (EXAMPLES / "news-page.expected.txt").read_text(encoding="utf-8").rstrip("\n")
URL = "https://www.example.org/ferry"
TEXT = "The ferry is back in port, the mayor said on Monday.\nSubscribe to our newsletter!"
CLEAN = "The ferry is back in port, the mayor said on Monday."
ASK = "Subscribe to our newsletter!"


@pytest.fixture(scope="module")
def spark() -> Iterator[SparkSession]:
    """A small Spark in this process's JVM."""
    if not shutil.which("java") and "JAVA_HOME" not in os.environ:
        missing = "Spark needs Java, and there is none here"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    from pyspark.sql import SparkSession  # noqa: PLC0415 - slow, and in vain without Java

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        patch.setenv("OMP_NUM_THREADS", "1")
        builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
        builder = builder.config("spark.sql.shuffle.partitions", "2").config("spark.driver.host", "127.0.0.1")
        session = builder.config("spark.sql.session.timeZone", "UTC").getOrCreate()
        yield session
        session.stop()


@pytest.fixture
def frame(spark: SparkSession) -> DataFrame:
    return spark.createDataFrame([(1, TEXT), (2, None), (3, ASK)], "n int, text string")


def rows(frame: DataFrame) -> list[tuple[Any, ...]]:
    return sorted(map(tuple, frame.collect()))


# the same as on one machine


def of_all_kinds() -> pa.Table:
    """Pages, texts, what is empty and what is nothing but boilerplate, with nulls; more than a batch has."""
    kinds = (PAGE, TEXT.encode(), ASK.encode(), b"", "Το πλοίο γύρισε.\nEgg & <3\r\n".encode(), b"<p>", None)
    numbers = range(len(kinds) * 12)
    cells = [kinds[place % len(kinds)] for place in numbers]
    line = "\nLine {}: the crew wrote it into the log."
    odd = [cell and cell + line.format(place).encode() for place, cell in enumerate(cells)]
    urls = [None if place % 3 else f"{URL}/{place}" for place in numbers]
    return pa.table({"id": pa.array(numbers), "text": cells[:42] + odd[42:], "url": urls})


@pytest.mark.parametrize("kind", [pa.binary(), pa.string()], ids=["binary", "string"])
def test_same_as_the_batch(spark: SparkSession, tmp_path: Path, kind: pa.DataType) -> None:
    table = of_all_kinds()
    table = table.set_column(1, "text", table["text"].cast(kind))
    parquet.write_table(table, tmp_path / "in.parquet", row_group_size=20)
    done = subprocess.run(
        [sys.executable, "-m", "stripper.cli", "clean", "in.parquet", "-o", "out.parquet", "--detail"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert done.stderr.count(b'its "text" is null') == 12, done.stderr
    batch = {row["id"]: row for row in parquet.read_table(tmp_path / "out.parquet").to_pylist()}

    pages = spark.read.parquet(str(tmp_path / "in.parquet")).repartition(3)
    clean(pages, "text", into="clean", url="url", detail=True).write.parquet(str(tmp_path / "spark"))
    found = parquet.read_table(tmp_path / "spark").sort_by("id").to_pylist()
    assert [row["id"] for row in found] == table["id"].to_pylist()
    for row, source in zip(found, table.to_pylist(), strict=True):
        assert (row["text"], row["url"]) == (source["text"], source["url"])
        if source["text"] is None:
            assert row["id"] not in batch
            assert (row["clean"], row["clean_title"], row["clean_paragraphs"]) == (None, None, None)
        else:
            text = batch[row["id"]]["text"]
            assert row["clean"] == (text.decode() if isinstance(text, bytes) else text)
            for own, other in zip(row["clean_paragraphs"], batch[row["id"]]["paragraphs"], strict=True):
                # of single precision, and the last digit depends on what else is in the batch
                assert own == other | {"probability": pytest.approx(other["probability"], abs=1e-5)}
    assert found[0]["clean"] == CLEAN_PAGE
    assert found[2]["clean"] == ""


# the rest of the row


def test_other_columns_stay(spark: SparkSession, tmp_path: Path) -> None:
    everything = spark.sql(
        """
        select id as n, if(id = 1, null, 9223372036854775807 - id) as large, double('NaN') as nan, float(1.5) as real,
            if(id = 1, null, timestamp'9999-12-31 23:59:59') as far, timestamp_ntz'1600-01-01 00:00:00' as early,
            date'0001-01-01' as day, cast(1.10 as decimal(38, 18)) as price, id > 1 as flag, unhex('00ff') as raw,
            array(1, null) as list, map('a', named_struct('b', id)) as nested, tinyint(1) as tiny,
            interval 1 day as wait, :text as text, 'x' as last
        from range(4)
        """,
        {"text": TEXT},
    )
    cleaned = clean(everything, "text")
    assert cleaned.columns == everything.columns
    others = [field for field in everything.schema if field.name != "text"]
    assert [field for field in cleaned.schema if field.name != "text"] == others
    as_text = [f"cast({field.name} as string)" for field in others]
    assert rows(cleaned.selectExpr(as_text)) == rows(everything.selectExpr(as_text))
    assert {row.text for row in cleaned.collect()} == {CLEAN}
    assert cleaned.where("isnan(nan)").count() == 4


def test_column_into(frame: DataFrame) -> None:
    assert rows(clean(frame, "text")) == [(1, CLEAN), (2, None), (3, "")]
    assert rows(clean(frame, "text", into="clean")) == [(1, TEXT, CLEAN), (2, None, None), (3, ASK, "")]
    replaced = clean(frame, "text", into="n")
    assert replaced.dtypes == [("n", "string"), ("text", "string")]
    assert {row.n for row in replaced.collect()} == {CLEAN, None, ""}


def test_settings(frame: DataFrame) -> None:
    everything = Stripper(strip=["comment"])
    assert rows(clean(frame, "text", stripper=everything, kind="text")) == rows(frame)


def test_nothing_to_clean(spark: SparkSession, frame: DataFrame) -> None:
    assert clean(frame.where("n > 5"), "text", detail=True).collect() == []
    nulls = clean(spark.createDataFrame([(None,), (None,)], "html binary"), "html", into="text", detail=True)
    assert [tuple(row) for row in nulls.collect()] == [(None,) * 4] * 2


def test_bytes_that_are_no_utf8(spark: SparkSession) -> None:
    """Spark lets them pass in a string."""
    frame = spark.sql("select cast(unhex(hex('<p>Die F') || 'e4' || hex('hre liegt im Hafen.')) as string) as html")
    assert clean(frame, "html").collect() == [("Die Fähre liegt im Hafen.",)]


def test_large_strings(spark: SparkSession, frame: DataFrame) -> None:
    option = "spark.sql.execution.arrow.useLargeVarTypes"
    spark.conf.set(option, True)
    try:
        found = clean(frame, "text", detail=True).where("n = 1").collect()
    finally:
        spark.conf.unset(option)
    assert [own.label for own in found[0].text_paragraphs] == ["body", "signup"]


def test_in_pandas(frame: DataFrame) -> None:
    for cleaner in (Cleaner("text"), Cleaner("text", into="clean", detail=True, stripper=Stripper(mode="cautious"))):
        schema = cleaner.schema(frame.schema)
        assert rows(frame.mapInPandas(cleaner.in_pandas, schema)) == rows(frame.mapInArrow(cleaner, schema))


# what travels


def test_model_is_loaded_once_a_worker(spark: SparkSession) -> None:
    def watched(cleaner: Cleaner, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for _ in cleaner(batches):
            yield pa.RecordBatch.from_pydict({"pid": [os.getpid()], "loads": [default_model.cache_info().misses]})

    for cleaner in (Cleaner("text"), Cleaner("text", stripper=Stripper(mode="aggressive"))):
        texts = spark.range(0, 800, numPartitions=4).selectExpr("'The ferry is back.' as text")
        seen = texts.mapInArrow(partial(watched, cleaner), "pid long, loads long").collect()
        assert len(seen) == 16
        assert {row.loads for row in seen} == {1}
        assert os.getpid() not in {row.pid for row in seen}


def test_settings_travel_light() -> None:
    own = Stripper(strip=["ad", "appeal"], mode="aggressive", cut_tails=True)
    cleaner = Cleaner("html", "text", "html", "url", True, own)
    data = pickle.dumps(cleaner)
    assert len(data) < 1000
    other = pickle.loads(data)  # noqa: S301 - our own
    assert (other.column, other.into, other.kind, other.url, other.detail) == ("html", "text", "html", "url", True)
    assert vars(other.stripper) == vars(own)
    assert len(pickle.dumps(Cleaner("text"))) < 1000
    assert pickle.loads(pickle.dumps(Cleaner("text"))) == Cleaner("text")  # noqa: S301 - our own


def test_own_model_travels_along(frame: DataFrame) -> None:
    # one that removes nothing
    never = {head: dict.fromkeys(modes, 1e9) for head, modes in default_model().thresholds.items()}
    own = Stripper(model=Model(default_model().tagger, never))
    assert rows(clean(frame, "text", stripper=own)) == rows(frame)


# what is wrong


def test_says_what_is_wrong_before_any_job(spark: SparkSession) -> None:
    frame = spark.createDataFrame([(1, TEXT, "")], "n int, text string, text_title string")
    with pytest.raises(ValueError, match=r"^there is no column 'body', only 'n', 'text', 'text_title'$"):
        clean(frame, "body")
    with pytest.raises(ValueError, match="there is no column 'link'"):
        clean(frame, "text", url="link")
    with pytest.raises(TypeError, match=r"^column 'n' is int, neither string nor binary$"):
        clean(frame, "n")
    with pytest.raises(TypeError, match=r"^column 'n' is int, not string$"):
        clean(frame, "text", url="n")
    with pytest.raises(ValueError, match="there is a column 'text_title' already"):
        clean(frame, "text", detail=True)
    with pytest.raises(ValueError, match="kind must be"):
        clean(frame, "text", kind="pdf")  # type: ignore[arg-type]


def test_without_the_extra() -> None:
    script = """if True:
        import sys
        sys.modules["pyspark"] = None  # as if it were not installed
        try:
            import stripper.integrations.spark
        except ImportError as error:
            print(error)
    """
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "cleaning Spark frames needs the spark extra: pip install 'article-stripper[spark]'\n"


def test_stripper_imports_no_spark() -> None:
    script = "import sys, stripper, stripper.cli, stripper.integrations.pandas; print('pyspark' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


# the docs


def test_docs(spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The script by its command, the rest one after the other."""
    script, *others = re.findall(r"^```python\n(.*?)^```", DOCS, re.MULTILINE | re.DOTALL)
    (tmp_path / "clean_pages.py").write_text(script, encoding="utf-8")
    table = pa.table({"url": [URL, None], "html": [PAGE, None], "id": [1, 2]})
    parquet.write_table(table, tmp_path / "pages.parquet")
    command = ["clean_pages.py", "pages.parquet", "articles.parquet"]
    assert f"PYSPARK_PYTHON=$(which python) python {' '.join(command)}\n" in DOCS
    environment = os.environ | {"PYSPARK_PYTHON": sys.executable}
    subprocess.run([sys.executable, *command], cwd=tmp_path, env=environment, capture_output=True, check=True)
    found = parquet.read_table(tmp_path / "articles.parquet").sort_by("id")
    text = Stripper(mode="cautious").strip_html(PAGE, URL).text
    assert found.to_pylist() == [{"url": URL, "id": 1, "text": text}, {"url": None, "id": 2, "text": None}]

    names: dict[str, Any] = {}
    for code in others:
        exec(code, names)  # noqa: S102 - our own


def test_names_that_spark_cannot_map(spark: SparkSession) -> None:
    frame = spark.createDataFrame([(1, "It rained on Monday.")], "id long, text string")
    for names in (["a.b", "text"], ["text", "text"]):
        with pytest.raises(ValueError, match="Spark cannot map frames with a column"):
            clean(frame.toDF(*names), "text")
