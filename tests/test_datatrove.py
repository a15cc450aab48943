"""The step in real runs of datatrove over real files: the same as ``stripper clean``, and no document gets lost."""

from __future__ import annotations

import ast
import gzip
import inspect
import json
import os
import pickle
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, get_args

import dill
import pyarrow as pa
import pytest
from datatrove.data import Document
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.readers import JsonlReader, ParquetReader
from datatrove.pipeline.writers import JsonlWriter, ParquetWriter
from pyarrow import parquet

from stripper import Stripper
from stripper.batch.cleaner import CHUNK
from stripper.batch.documents import json_text
from stripper.cli import main
from stripper.integrations import datatrove
from stripper.integrations.datatrove import REMOVED, StripperFormatter
from stripper.labels import DEFAULT_STRIP
from stripper.sources.block import Page
from stripper.sources.text import read_text
from tests.conftest import ROOT
from tests.news_site import news_site, story, written

DOCS = (ROOT / "docs" / "datatrove.md").read_text(encoding="utf-8")
TEXT = "The ferry is back in port, the mayor said on Monday.\nSubscribe to our newsletter!"
CLEAN = "The ferry is back in port, the mayor said on Monday."
ASKS = "Subscribe to our newsletter!\nDonate now"
FILES, ROWS = 5, 40
ALL = FILES * ROWS
LARGE = 10_000


def rows(kind: str) -> list[dict[str, Any]]:
    """More than a batch for each file; one of them only asks, and is left without text."""
    texts = {
        "text": lambda own: "\n".join(paragraph["text"] for paragraph in own["paragraphs"]),
        "html": story,
    }
    stories = list(map(texts[kind], written()))
    asking = {"text": ASKS, "html": news_site()["/asks"].content.decode()}[kind]
    found = [
        {"id": f"{kind}-{place}", "text": stories[place % len(stories)], "url": f"https://news.example.org/{place}"}
        for place in range(ALL)
    ]
    found[ALL // 2]["text"] = asking
    return found


def write(rows: Sequence[dict[str, Any]], folder: Path, suffix: str) -> Path:
    """Some files of equal size."""
    folder.mkdir()
    for place in range(FILES):
        part = rows[place::FILES]
        file = folder / f"part-{place}{suffix}"
        if suffix == ".parquet":
            parquet.write_table(pa.Table.from_pylist(part), file)
        else:
            file.write_text("".join(json.dumps(row) + "\n" for row in part), encoding="utf-8")
    return folder


def read(folder: Path) -> list[dict[str, Any]]:
    """All rows of the files in a folder, in the order of the files."""
    found: list[dict[str, Any]] = []
    for file in sorted(folder.iterdir()):
        if file.suffix == ".parquet":
            found += parquet.read_table(file).to_pylist()
        else:
            opened = gzip.open if file.suffix == ".gz" else open
            with opened(file, "rt", encoding="utf-8") as lines:
                found += map(json.loads, lines)
    return found


def run(pipeline: list[Any], folder: Path, tasks: int = 3, workers: int = 2) -> dict[str, float]:
    """Run a pipeline.

    Returns:
        the totals among the step's stats.
    """
    LocalPipelineExecutor(pipeline, tasks=tasks, workers=workers, logging_dir=str(folder / "logs")).run()
    steps = json.loads((folder / "logs" / "stats.json").read_text())
    (stats,) = (step["stats"] for step in steps if "stripper" in step["name"])
    return {name: value["total"] if isinstance(value, dict) else value for name, value in stats.items()}


def rounded(paragraphs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The last digits of a probability depend on what is in the same batch."""
    return [own | {"probability": pytest.approx(own["probability"], abs=2e-4)} for own in paragraphs]


def log(folder: Path) -> str:
    return "".join(file.read_text() for file in sorted((folder / "logs" / "logs").iterdir()))


@pytest.fixture(autouse=True)
def one_core(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


@pytest.mark.parametrize("kind", ["html", "text"])
@pytest.mark.parametrize("suffix", [".jsonl", ".parquet"])
def test_the_same_as_on_one_machine(tmp_path: Path, kind: Any, suffix: str) -> None:
    source = write(rows(kind), tmp_path / "in", suffix)
    out, removed = tmp_path / "cli.jsonl", tmp_path / "removed.jsonl"
    assert main(["clean", str(source), f"--{kind}", "-o", str(out), "--removed", str(removed), "--workers", "1"]) == 0
    expected = [json.loads(line) for line in out.read_text().splitlines()]
    gone = [json.loads(line)["removed"] for line in removed.read_text().splitlines()]
    record = {row["id"]: own for row, own in zip(expected, gone, strict=True)}

    reader, writer = (ParquetReader, ParquetWriter) if suffix == ".parquet" else (JsonlReader, JsonlWriter)
    step = StripperFormatter(kind=kind, record="paragraphs", exclusion_writer=JsonlWriter(str(tmp_path / "left-out")))
    stats = run([reader(str(source)), step, writer(str(tmp_path / "out"))], tmp_path)

    clean = read(tmp_path / "out")
    assert len(clean) == ALL - 1
    assert {row["id"]: row["text"] for row in clean} == {row["id"]: row["text"] for row in expected if row["text"]}
    for row in clean:
        assert rounded(json.loads(row["metadata"][REMOVED])) == record[row["id"]]
    (left_out,) = read(tmp_path / "left-out")
    assert left_out["text"] == rows(kind)[ALL // 2]["text"]
    assert left_out["metadata"]["filter_reason"] == "emptied"

    labels = Counter(own["label"] for paragraphs in gone for own in paragraphs)
    assert labels["appeal"] > ALL / 10
    assert {name: total for name, total in stats.items() if name.startswith("removed_")} == {
        f"removed_{label}": count for label, count in labels.items()
    }
    counts = {"total": ALL, "forwarded": ALL - 1, "dropped": 1, "emptied": 1}
    assert {name: stats.get(name, 0) for name in (*counts, "failed")} == {**counts, "failed": 0}
    assert "trafilatura" not in log(tmp_path)


def test_one_worker_gives_what_several_give(tmp_path: Path) -> None:
    source = write(rows("text"), tmp_path / "in", ".jsonl")
    found = []
    for workers in (1, 2):
        folder = tmp_path / str(workers)
        stats = run(
            [JsonlReader(str(source)), StripperFormatter(record="counts"), ParquetWriter(str(folder / "out"))],
            folder,
            workers=workers,
        )
        found.append((read(folder / "out"), {**stats, "doc_len": None}))
    assert found[0] == found[1]


def test_settings_reach_the_cleaner() -> None:
    glued = f"{CLEAN} Sign up for our newsletter here."
    step = StripperFormatter(["signup"], "aggressive", "text", cut_tails=True, empty="keep")
    texts = [TEXT, glued, *(row["text"] for row in rows("text")[:20])]
    own = Stripper(["signup"], "aggressive", cut_tails=True)
    assert [sample.text for sample in step(samples(*texts))] == [own.strip_text(text).text for text in texts]
    assert next(step(samples(TEXT))).metadata == {}


def test_pages_with_address_and_headline(news_page: bytes) -> None:
    url = "https://www.example.org/ferry"
    article = Stripper().strip_html(news_page, url)
    for page in (news_page, news_page.decode()):
        step = StripperFormatter(title_key="title", record="counts")
        first, second = step([Document(page, "page", metadata={"url": url}), Document(TEXT, "text")])
        assert (first.text, first.metadata["title"], first.metadata["url"]) == (article.text, article.title, url)
        assert (second.text, second.metadata["title"]) == (CLEAN, "")
        # the same keys for all, for Parquet takes its columns from the first
        assert first.metadata[REMOVED].keys() == second.metadata[REMOVED].keys() == DEFAULT_STRIP
        assert +Counter(first.metadata[REMOVED]) == Counter(own.label for own in article.removed)
        assert +Counter(second.metadata[REMOVED]) == {"signup": 1}


def test_in_order_with_no_more_than_a_batch_held() -> None:
    seen = 0

    def endless() -> Iterator[Document]:
        nonlocal seen
        while True:
            seen += 1
            yield Document(f"{TEXT}\nLine {seen} of the log.", str(seen))

    step = StripperFormatter(kind="text")
    for number, sample in zip(range(1, 100), step(endless()), strict=False):
        assert sample.id == str(number)
        assert seen - number < CHUNK


def test_emptied_documents_can_be_kept() -> None:
    step = StripperFormatter(empty="keep")
    assert [sample.text for sample in step(samples(TEXT, ASKS, ""))] == [CLEAN, "", ""]
    assert (step.stats["emptied"].total, step.stats["forwarded"].total, step.stats["dropped"].total) == (2, 3, 0)


BAD: tuple[Any, ...] = (None, 5, ["a", "list"], b"\x89PNG\0\0\xff", "It rained\ud800 on Monday.")


def samples(*texts: Any) -> list[Document]:
    return [Document(text, f"sample-{place}") for place, text in enumerate(texts)]


@pytest.mark.parametrize("kept_by", [JsonlWriter, ParquetWriter, None])
def test_bad_documents_leave_and_nothing_is_lost(tmp_path: Path, kept_by: Any) -> None:
    given = samples(*(text for bad in BAD for text in (TEXT, bad)), TEXT)
    writer = kept_by(str(tmp_path / "left-out")) if kept_by else None
    stats = run([given, StripperFormatter(exclusion_writer=writer), JsonlWriter(str(tmp_path / "out"))], tmp_path, 1, 1)
    assert [(row["id"], row["text"]) for row in read(tmp_path / "out")] == [
        (f"sample-{place}", CLEAN) for place in range(0, len(given), 2)
    ]
    assert (stats["failed"], stats["dropped"], stats["total"]) == (len(BAD), len(BAD), len(given))
    told = log(tmp_path)
    reasons = ("its text is NoneType, neither str nor bytes", "its text is int, neither", "its text is list, neither",
               "it is neither HTML nor text", "it is no Unicode text")  # fmt: skip
    for place, reason in enumerate(reasons):
        assert f"sample-{2 * place + 1} cannot be cleaned and is left out: {reason}" in told
    if kept_by:
        left_out = read(tmp_path / "left-out")
        assert [row["id"] for row in left_out] == [f"sample-{2 * place + 1}" for place in range(len(BAD))]
        for row, reason in zip(left_out, reasons, strict=True):
            assert row["metadata"]["filter_reason"].startswith(f"failed: {reason}")
        assert [row["text"] for row in left_out] == [json_text(text) for text in BAD]


def test_an_error_within_costs_one_document(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(text: str, url: str | None = None) -> Page:
        if "ferry 7" in text:
            raise RecursionError("too deep")
        return read_text(text, url)

    monkeypatch.setattr("stripper.stripper.read_text", fail)
    step = StripperFormatter(kind="text")
    found = [sample.text for sample in step(samples(*(f"It rained on ferry {place}." for place in range(10))))]
    assert len(found) == 9
    assert step.stats["failed"].total == 1


def test_many_bad_documents_do_not_fill_the_log(tmp_path: Path) -> None:
    stats = run([samples(*[5] * 100), StripperFormatter()], tmp_path, 1, 1)
    assert stats["failed"] == 100
    assert log(tmp_path).count("cannot be cleaned and is left out") == 20
    assert log(tmp_path).count("more documents cannot be cleaned") == 1


@pytest.mark.parametrize("by", [pickle, dill])
def test_pickled_it_is_light_and_the_same(by: Any) -> None:
    step = StripperFormatter(["signup"], "cautious", "text", cut_tails=True, empty="keep", record="counts")
    assert list(step(samples(TEXT)))  # the model that was used stays here
    data = by.dumps(step)
    assert len(data) < LARGE
    other = by.loads(data)
    assert vars(other).keys() == vars(step).keys()
    assert list(other(samples(TEXT, ASKS))) == list(step(samples(TEXT, ASKS)))


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"strip": ["advert"]}, ValueError, "unknown label advert; the labels are body, title"),
        ({"strip": "appeal"}, TypeError, "strip must be a collection of labels"),
        ({"mode": "bold"}, ValueError, "mode must be one of cautious, balanced, aggressive, not 'bold'"),
        ({"kind": "pdf"}, ValueError, "kind must be one of html, text, None, not 'pdf'"),
        ({"empty": "lose"}, ValueError, "empty must be one of drop, keep, not 'lose'"),
        ({"record": True}, ValueError, "record must be one of counts, paragraphs, None, not True"),
    ],
)
def test_wrong_argument(arguments: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=f"^{message}"):
        StripperFormatter(**arguments)


def test_docs_name_every_argument() -> None:
    shown = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", DOCS, re.MULTILINE))
    taken = {name: own.default for name, own in inspect.signature(StripperFormatter.__init__).parameters.items()}
    del taken["self"]
    assert list(shown) == list(taken)
    assert shown.pop("strip") == "all but `body`"
    assert {name: ast.literal_eval(value.strip("`")) for name, value in shown.items()} == {
        name: taken[name] for name in shown
    }
    for choices in (datatrove.Empty, datatrove.Record):
        assert all(f'`"{choice}"`' in DOCS for choice in get_args(choices))


def python(script: str | Path, folder: Path) -> str:
    """What a script prints."""
    command = [script] if isinstance(script, Path) else ["-c", script]
    path = os.pathsep.join(filter(None, [str(ROOT), *sys.path]))
    done = subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_docs(tmp_path: Path, cleaner: Stripper) -> None:
    """The script of the docs as its reader runs it; the cluster's is made, but not started."""
    (script,) = re.findall(r"^```python\n(from .*?)^```", DOCS, re.MULTILINE | re.DOTALL)
    (cluster,) = re.findall(r"^```text\n(from .*?)^```", DOCS, re.MULTILINE | re.DOTALL)
    (tmp_path / "clean.py").write_text(script)
    pages = [{"html": row["text"], "id": row["id"], "url": row["url"]} for row in rows("html")]
    write(pages, tmp_path / "news", ".jsonl")
    python(tmp_path / "clean.py", tmp_path)
    texts = {row["id"]: row["text"] for row in read(tmp_path / "clean")}
    assert len(texts) == ALL - 1
    for page in pages[:5]:
        assert texts[page["id"]] == cleaner.strip_html(page["html"], page["url"]).text
    assert [row["id"] for row in read(tmp_path / "left-out")] == [pages[ALL // 2]["id"]]
    called, started = cluster.rsplit(".run()", 1)
    assert not started.strip()
    (tmp_path / "cluster.py").write_text(called.replace("\nSlurm", "\nexecutor = Slurm"))
    size = python("import dill, cluster; print(len(dill.dumps(cluster.executor)))", tmp_path)
    assert int(size) < LARGE


def test_without_the_extra(tmp_path: Path) -> None:
    script = """if True:
        import sys
        import stripper, stripper.cli
        assert "datatrove" not in sys.modules
        sys.modules["datatrove"] = None  # as if it were not installed
        try:
            import stripper.integrations.datatrove
        except ImportError as error:
            print(error)
    """
    assert (
        python(script, tmp_path)
        == "cleaning datatrove documents needs the datatrove extra: pip install 'article-stripper[datatrove]'\n"
    )
