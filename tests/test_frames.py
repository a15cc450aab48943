"""Columns of pandas, polars and Hugging Face datasets: the same as article by article, and nothing else changes."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import datasets
import pandas as pd
import polars as pl
import pytest

import stripper.integrations.pandas
import stripper.integrations.polars
from stripper import Stripper
from stripper.integrations.datasets import Cleaner
from tests.conftest import EXAMPLES

PAGE = (EXAMPLES / "news-page.html").read_bytes()
CLEAN_PAGE = (EXAMPLES / "news-page.expected.txt").read_text(encoding="utf-8").rstrip("\n")
URL = "https://www.example.org/ferry"
TEXT = "The ferry is back in port, the mayor said on Monday.\nSubscribe to our newsletter!"
CLEAN = "The ferry is back in port, the mayor said on Monday."
RAIN = "It rained on Monday and the river rose by two metres."
KEPT = {"body", "signup"}


@pytest.fixture(scope="module")
def texts() -> list[str | None]:
    """More than a batch, with nulls."""
    return [
        None if place % 7 == 3 else f"{TEXT}\nLine {place} of the log was written by the crew." for place in range(150)
    ]


@pytest.fixture(scope="module")
def cleaned(texts: list[str | None]) -> list[str | None]:
    one_by_one = Stripper()
    return [None if text is None else one_by_one.strip_text(text).text for text in texts]


# pandas

TYPES = ("object", "string", "str", "category", "arrow")


def column(values: list[Any], kind: str) -> pd.Series[Any]:
    if kind == "arrow":
        arrow = pytest.importorskip("pyarrow")
        return pd.Series(values, dtype=pd.ArrowDtype(arrow.string()))
    if kind == "str" and pd.__version__ < "3":
        pytest.skip("this pandas has no str type")
    return pd.Series(values, dtype=kind)


@pytest.mark.parametrize("kind", TYPES)
def test_pandas_null_stays_null(kind: str) -> None:
    series = column([TEXT, None, RAIN], kind)
    clean = series.rename("text").to_frame().stripper.clean("text")["text"]
    assert clean[[0, 2]].to_list() == [CLEAN, RAIN]
    assert clean.isna().to_list() == [False, True, False]
    assert type(clean[1]) is type(series[1])
    assert clean.dtype == series.dtype or kind == "category"


def test_pandas_gives_what_articles_give(texts: list[str | None], cleaned: list[str | None]) -> None:
    frame = pd.DataFrame({"text": pd.Series(texts, dtype=object)})
    assert frame.stripper.clean("text", kind="text")["text"].to_list() == cleaned
    assert frame["text"].stripper.clean("text").to_list() == cleaned


def test_pandas_keeps_index_columns_and_frame() -> None:
    frame = pd.DataFrame({"n": [1, 2, 3], "text": [TEXT, None, RAIN]}, index=["b", "a", "b"])
    before = frame.copy()
    clean = frame.stripper.clean("text", into="clean")
    pd.testing.assert_frame_equal(frame, before)
    pd.testing.assert_frame_equal(clean[["n", "text"]], before)
    assert clean.columns.to_list() == ["n", "text", "clean"]
    assert clean["clean"].to_list()[::2] == [CLEAN, RAIN]
    own = frame.stripper.clean("text")
    assert own.columns.to_list() == ["n", "text"]
    assert own["n"].to_list() == [1, 2, 3]
    series = frame["text"].stripper.clean()
    assert series.name == "text"
    assert series.index.equals(frame.index)


def test_pandas_rows_that_were_chosen() -> None:
    frame = pd.DataFrame({"text": [RAIN, TEXT, None, TEXT]})
    clean = frame[frame["text"] != RAIN].stripper.clean("text")
    assert clean.index.to_list() == [1, 2, 3]
    assert clean["text"].to_list()[::2] == [CLEAN, CLEAN]


def test_pandas_many_levels() -> None:
    index = pd.MultiIndex.from_tuples([("a", 1), ("a", 2)])
    frame = pd.DataFrame([[TEXT, 1], [RAIN, 2]], index, pd.MultiIndex.from_tuples([("x", "text"), ("x", "n")]))
    clean = frame.stripper.clean(("x", "text"))
    assert clean[("x", "text")].to_list() == [CLEAN, RAIN]
    assert clean.index.equals(index)
    assert clean.columns.equals(frame.columns)


@pytest.mark.parametrize("page", [PAGE, PAGE.decode()], ids=["bytes", "str"])
def test_pandas_pages_with_details(page: bytes | str) -> None:
    frame = pd.DataFrame({"html": [page, None], "link": [URL, None]})
    clean = frame.stripper.clean("html", into="text", url="link", detail=True)
    article = Stripper().strip_html(page, URL)
    assert clean["text"][0] == article.text == CLEAN_PAGE
    assert clean["text_title"][0] == article.title
    assert [own["text"] for own in clean["text_paragraphs"][0]] == [own.text for own in article.paragraphs]
    assert clean[["text", "text_title", "text_paragraphs"]].isna().to_numpy().tolist() == [[False] * 3, [True] * 3]
    assert clean["html"][0] == page


def test_pandas_settings() -> None:
    frame = pd.DataFrame({"text": [TEXT]})
    assert frame.stripper.clean("text", stripper=Stripper(strip=["comment"]))["text"][0] == TEXT


@pytest.mark.parametrize(
    "empty", [pd.Series([], dtype=object), pd.Series([], dtype="string"), pd.Series([None, float("nan")])]
)
def test_pandas_nothing_to_clean(empty: pd.Series[Any]) -> None:
    clean = pd.DataFrame({"text": empty}).stripper.clean("text", detail=True)
    assert len(clean) == len(empty)
    assert clean.columns.to_list() == ["text", "text_title", "text_paragraphs"]
    assert clean["text"].isna().all()


def test_pandas_says_what_is_wrong() -> None:
    frame = pd.DataFrame({"text": [TEXT, 5], "text_title": ["", ""], "link": ["", 1]}, dtype=object)
    with pytest.raises(KeyError, match="body"):
        frame.stripper.clean("body")
    with pytest.raises(TypeError, match="row 1 holds int, neither text nor bytes nor null"):
        frame.stripper.clean("text")
    with pytest.raises(TypeError, match="row 1 holds int, neither an address nor null"):
        frame.stripper.clean("text_title", url="link")
    with pytest.raises(ValueError, match="there is a column 'text_title' already"):
        frame.stripper.clean("text", detail=True)
    with pytest.raises(ValueError, match="kind must be"):
        frame.stripper.clean("text_title", kind="pdf")
    with pytest.raises(ValueError, match="several columns 'text'"):
        pd.concat([frame[["text"]], frame[["text"]]], axis=1).stripper.clean("text")


# polars


def test_polars_gives_what_articles_give(texts: list[str | None], cleaned: list[str | None]) -> None:
    frame = pl.DataFrame({"n": range(len(texts)), "text": texts})
    clean = stripper.integrations.polars.FrameCleaner(frame).clean("text", kind="text")
    assert clean.columns == ["n", "text"]
    assert clean["text"].to_list() == cleaned
    assert frame["text"].to_list() == texts
    series = stripper.integrations.polars.SeriesCleaner(frame["text"]).clean("text")
    assert series.to_list() == cleaned
    assert series.name == "text"


@pytest.mark.parametrize("engine", ["in-memory", "streaming"])
def test_polars_lazily(tmp_path: Path, engine: Any, texts: list[str | None], cleaned: list[str | None]) -> None:
    file = tmp_path / "texts.parquet"
    pl.DataFrame({"n": range(len(texts)), "text": texts}).write_parquet(file, row_group_size=40)
    expression: Any = pl.col("text")
    lazy = pl.scan_parquet(file).with_columns(clean=expression.stripper.clean("text")).filter(pl.col("n") >= 100)
    done = lazy.collect(engine=engine)
    assert done.sort("n")["clean"].to_list() == cleaned[100:]
    assert lazy.collect_schema()["clean"] == pl.String


@pytest.mark.parametrize("page", [PAGE, PAGE.decode()], ids=["bytes", "str"])
def test_polars_pages_with_details(page: bytes | str) -> None:
    frame: Any = pl.DataFrame({"html": [None, page], "link": [None, URL]})
    clean = frame.stripper.clean("html", into="text", url="link", detail=True)
    article = Stripper().strip_html(page, URL)
    assert clean.columns == ["html", "link", "text", "text_title", "text_paragraphs"]
    assert clean["text"].to_list() == [None, article.text]
    assert clean["text_title"].to_list() == [None, article.title]
    first, second = clean["text_paragraphs"].to_list()
    assert first is None
    assert [(own["text"], own["label"], own["xpath"]) for own in second] == [
        (own.text, own.label, own.xpath) for own in article.paragraphs
    ]


def test_polars_frames_of_all_kinds_fit_together() -> None:
    columns: list[Any] = [[TEXT], [PAGE.decode()], [None], []]
    frames: list[Any] = [pl.DataFrame({"text": own}, schema={"text": pl.String}) for own in columns]
    clean = pl.concat([frame.stripper.clean("text", detail=True) for frame in frames])
    assert clean["text"].to_list() == [CLEAN, CLEAN_PAGE, None]


def test_polars_says_what_is_wrong() -> None:
    frame: Any = pl.DataFrame({"n": [1], "text": [TEXT], "text_title": [""]})
    with pytest.raises(pl.exceptions.ColumnNotFoundError):
        frame.stripper.clean("body")
    with pytest.raises(TypeError, match="row 0 holds int, neither text nor bytes nor null"):
        frame.stripper.clean("n")
    with pytest.raises(ValueError, match="there is a column 'text_title' already"):
        frame.stripper.clean("text", detail=True)


# Hugging Face datasets


@pytest.fixture(autouse=True)
def no_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path)
    datasets.disable_progress_bars()


@pytest.mark.parametrize("processes", [None, 2])
def test_datasets_gives_what_articles_give(
    processes: int | None, texts: list[str | None], cleaned: list[str | None]
) -> None:
    dataset = datasets.Dataset.from_dict({"text": texts, "n": list(range(len(texts)))})
    clean = dataset.map(Cleaner("text", kind="text"), batched=True, batch_size=40, num_proc=processes)
    assert clean["text"][:] == cleaned
    assert clean["n"][:] == list(range(len(texts)))
    assert clean.features == dataset.features


def test_datasets_pages_with_details_after_nulls() -> None:
    rows = {"html": [None, None, PAGE, TEXT.encode()], "link": [None, None, URL, None]}
    dataset = datasets.Dataset.from_dict(rows)
    cleaner = Cleaner("html", into="text", url="link", detail=True)
    for source in (dataset, datasets.DatasetDict({"train": dataset})["train"], dataset.to_iterable_dataset()):
        clean = list(source.map(cleaner, batched=True, batch_size=2, features=cleaner.features(dataset.features)))
        assert [row["text"] for row in clean] == [None, None, CLEAN_PAGE, CLEAN]
        assert clean[0]["text_paragraphs"] is None
        assert {own["label"] for own in clean[3]["text_paragraphs"]} == KEPT
        assert clean[2]["text_title"] == Stripper().strip_html(PAGE).title


def test_datasets_bytes_become_text_in_place() -> None:
    dataset = datasets.Dataset.from_dict({"html": [PAGE]})
    cleaner = Cleaner("html")
    clean = dataset.map(cleaner, batched=True, features=cleaner.features(dataset.features))
    assert clean[0] == {"html": CLEAN_PAGE}


def test_datasets_says_what_is_wrong() -> None:
    dataset = datasets.Dataset.from_dict({"text": [TEXT], "text_title": [""]})
    with pytest.raises(TypeError, match="call map with batched=True"):
        dataset.map(Cleaner("text"))
    with pytest.raises(ValueError, match="there is a column 'text_title' already"):
        dataset.map(Cleaner("text", detail=True), batched=True)
    with pytest.raises(KeyError, match="body"):
        dataset.map(Cleaner("body"), batched=True)


def test_datasets_finds_its_cache_again() -> None:
    """Equal cleaners have equal fingerprints in every process, and others have others."""
    script = """if True:
        from datasets.fingerprint import Hasher
        from stripper import Stripper
        from stripper.integrations.datasets import Cleaner
        own = Cleaner("text", stripper=Stripper(strip=["ad", "appeal", "paywall", "legal"]))
        print(Hasher.hash(own))
        own({"text": ["The river rose.", None]})
        print(Hasher.hash(own))
        print(Hasher.hash(Cleaner("text", stripper=Stripper(strip=["appeal", "ad", "legal", "paywall"]))))
        print(Hasher.hash(Cleaner("text")))
        print(Hasher.hash(Cleaner("text", stripper=Stripper(mode="cautious"))))
    """
    runs = [run(script, PYTHONHASHSEED=seed).split() for seed in ("1", "2")]
    assert runs[0] == runs[1]
    same, others = set(runs[0][:3]), set(runs[0][3:])
    assert (len(same), len(others), same & others) == (1, 2, set())


def test_stripper_pickled_is_the_same() -> None:
    own = Stripper(strip=["signup"], mode="aggressive", cut_tails=True)
    other = pickle.loads(pickle.dumps(own))  # noqa: S301 - our own
    assert (other.strip, other.mode, other.cut_tails) == (own.strip, own.mode, own.cut_tails)
    assert other.strip_html(PAGE) == own.strip_html(PAGE)


# without them


def run(script: str, **environment: str) -> str:
    paths = os.pathsep.join(filter(None, sys.path))
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": paths, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_stripper_imports_none_of_them() -> None:
    script = """if True:
        import sys
        import stripper, stripper.cli, stripper.integrations.extractors, stripper.integrations.datasets
        print(sorted({"pandas", "polars", "datasets", "newspaper", "readability", "newsplease"} & set(sys.modules)))
    """
    assert run(script) == "[]\n"


@pytest.mark.parametrize(
    ("library", "thing", "use"),
    [
        ("pandas", "pandas frames", "import stripper.integrations.pandas"),
        ("polars", "polars frames", "import stripper.integrations.polars"),
        (
            "datasets",
            "Hugging Face datasets",
            "from stripper.integrations.datasets import Cleaner; Cleaner('text').features({})",
        ),
    ],
)
def test_without_the_extra(library: str, thing: str, use: str) -> None:
    script = f"""if True:
        import sys
        sys.modules[{library!r}] = None  # as if it were not installed
        try:
            {use}
        except ImportError as error:
            print(error)
    """
    assert run(script) == f"cleaning {thing} needs the {library} extra: pip install 'article-stripper[{library}]'\n"


def test_what_is_no_stripper() -> None:
    for library in (pd, pl):
        series: Any = library.Series(["It rained."])
        with pytest.raises(TypeError, match="stripper must be a Stripper, not str"):
            series.stripper.clean(stripper="cautious")


def test_dataset_that_does_not_know_its_features() -> None:
    with pytest.raises(ValueError, match="the dataset does not know its features"):
        Cleaner("text").features(None)
