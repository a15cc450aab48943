"""Runs over many documents, as their users start them: as a process, with real files."""

from __future__ import annotations

import csv
import fcntl
import gzip
import io
import json
import os
import pty
import random
import re
import resource
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from stripper.batch.cleaned import Cleaned, decode_as, decode_text, encode_text, fill, gaps
from stripper.batch.cleaner import Cleaner, Settings, chunks, clean_here
from stripper.batch.documents import BatchError, Document, Fault
from stripper.batch.names import table_of
from stripper.batch.pool import clean_in_workers
from stripper.batch.readers import Source
from stripper.batch.shards import Shards
from stripper.batch.writers import join, piece
from stripper.document import Paragraph
from stripper.labels import DEFAULT_STRIP
from tests.batch_benchmark import measure, tree
from tests.conftest import EXAMPLES

PAGE = EXAMPLES / "news-page.html"
ASK = "Subscribe to our newsletter and get the stories of the day in your inbox."
KEPT = (
    "The ferry stopped running on Friday after ice closed the harbour, the port authority said.",
    "Services are expected to resume on Monday, when an icebreaker arrives from the south.",
)
TEXT = f"{KEPT[0]}\n{ASK}\n{KEPT[1]}\n"
CLEAN = f"{KEPT[0]}\n{KEPT[1]}\n"
COMPRESSIONS: list[tuple[str, Callable[[bytes], bytes], Callable[[bytes], bytes]]] = [
    ("", bytes, bytes),
    (".gz", gzip.compress, gzip.decompress),
    (
        ".zst",
        zstandard.compress,
        lambda data: zstandard.ZstdDecompressor().stream_reader(data, read_across_frames=True).read(),
    ),
]
compressed = pytest.mark.parametrize(("suffix", "pack", "unpack"), COMPRESSIONS, ids=["plain", "gz", "zst"])


def run(*args: str | Path, cwd: Path, data: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "stripper.cli", *map(str, args)]
    done = subprocess.run(command, input=data, capture_output=True, cwd=cwd, check=False)
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return done


def fine(*args: str | Path, cwd: Path) -> subprocess.CompletedProcess[bytes]:
    done = run(*args, cwd=cwd)
    assert done.returncode == 0, done.stderr.decode()
    return done


def jsonl(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def write_jsonl(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def warc(body: bytes, content_type: str) -> bytes:
    """A record of a response."""
    http = f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\n\r\n".encode() + body
    head = (
        "WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:0>\r\nWARC-Date: 2024-01-01T00:00:00Z\r\n"
        "WARC-Target-URI: https://a.example/1\r\nContent-Type: application/http; msgtype=response\r\n"
        f"Content-Length: {len(http)}\r\n\r\n"
    )
    return head.encode() + http + b"\r\n\r\n"


# inputs and outputs


def test_a_folder_is_mirrored(tmp_path: Path) -> None:
    (tmp_path / "in/deep/er").mkdir(parents=True)
    (tmp_path / "in/deep/er/a.txt").write_text(TEXT)
    (tmp_path / "in/deep/a.html").write_bytes(PAGE.read_bytes())
    (tmp_path / "in/a.md").write_text(TEXT)
    (tmp_path / "in/a.txt.gz").write_bytes(gzip.compress(TEXT.encode()))
    (tmp_path / "in/picture.png").write_bytes(b"\x89PNG")
    write_jsonl(tmp_path / "in/rows.jsonl", [{"text": TEXT}])
    done = fine("clean", "in", "-o", "out", cwd=tmp_path)
    assert b"5 documents in: 5 cleaned, 0 unchanged, 0 emptied, 0 failed" in done.stderr
    names = sorted(str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*.*"))
    assert names == ["a-2.txt", "a.txt", "deep/a.txt", "deep/er/a.txt", "rows.jsonl"]
    assert (tmp_path / "out/deep/er/a.txt").read_text() == (tmp_path / "out/a.txt").read_text() == CLEAN
    assert (tmp_path / "out/deep/a.txt").read_bytes() == (EXAMPLES / "news-page.expected.txt").read_bytes()
    assert jsonl(tmp_path / "out/rows.jsonl") == [{"text": CLEAN}]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "out"]


def test_patterns_and_standard_input(tmp_path: Path) -> None:
    for name in ("one.txt", "two.txt", "three.md"):
        (tmp_path / name).write_text(TEXT)
    done = run("clean", "*.txt", "-", "-o", "all.jsonl", cwd=tmp_path, data=TEXT.encode())
    assert done.returncode == 0
    rows = jsonl(tmp_path / "all.jsonl")
    assert [row["id"] for row in rows] == ["one.txt", "two.txt", "stdin"]
    assert {row["text"] for row in rows} == {CLEAN}


@compressed
def test_jsonl(tmp_path: Path, suffix: str, pack: Callable[[bytes], bytes], unpack: Callable[[bytes], bytes]) -> None:
    rows = [
        {"n": n, "body": TEXT, "big": 10**25, "none": None, "deep": [{"é": 1.5}], "link": "https://a.example/x"}
        for n in range(3)
    ]
    (tmp_path / f"in.jsonl{suffix}").write_bytes(pack("".join(json.dumps(row) + "\n" for row in rows).encode()))
    fine(
        "clean", f"in.jsonl{suffix}", "--field", "body", "--url-field", "link", "-o", f"out.jsonl{suffix}", cwd=tmp_path
    )
    lines = unpack((tmp_path / f"out.jsonl{suffix}").read_bytes()).decode().splitlines()
    assert [json.loads(line) for line in lines] == [row | {"body": CLEAN} for row in rows]
    assert [list(json.loads(line)) for line in lines] == [list(row) for row in rows]


@compressed
def test_csv(tmp_path: Path, suffix: str, pack: Callable[[bytes], bytes], unpack: Callable[[bytes], bytes]) -> None:
    rows = [["n", "text", "note", "note"], ["1", TEXT, 'a "quoted", one', ""], ["007", KEPT[0], "two\nlines", "é"]]
    source = io.StringIO(newline="")
    csv.writer(source).writerows(rows)
    (tmp_path / f"in.csv{suffix}").write_bytes(pack(source.getvalue().encode()))
    fine("clean", f"in.csv{suffix}", "-o", f"out.csv{suffix}", cwd=tmp_path)
    text = unpack((tmp_path / f"out.csv{suffix}").read_bytes()).decode()
    assert list(csv.reader(io.StringIO(text, newline=""))) == [rows[0], ["1", CLEAN, *rows[1][2:]], rows[2]]


def test_parquet_keeps_types_and_order(tmp_path: Path) -> None:
    table = pa.table(
        {
            "when": pa.array([1, 2, 3], pa.timestamp("ns", "Europe/Oslo")),
            "text": pa.array([TEXT, KEPT[0], None], pa.large_string()),
            "tags": pa.array([["a"], [], None], pa.list_(pa.dictionary(pa.int8(), pa.string()))),
            "small": pa.array([1, None, 3], pa.int8()),
        },
        metadata={"made by": "a test"},
    )
    parquet.write_table(table, tmp_path / "in.parquet")
    done = run("clean", "in.parquet", "-o", "out.parquet", cwd=tmp_path)
    assert done.returncode == 1
    assert b'in.parquet:3: its "text" is null' in done.stderr
    found = parquet.read_table(tmp_path / "out.parquet")
    assert found.schema.equals(table.schema)
    expected = table.slice(0, 2).set_column(1, "text", pa.array([CLEAN, KEPT[0]], pa.large_string()))
    assert found.equals(expected)


def test_parquet_of_bytes_in_their_encoding(tmp_path: Path) -> None:
    text = TEXT.replace("ferry", "Fähre")
    parquet.write_table(pa.table({"text": [text.encode("cp1252"), text.encode()]}), tmp_path / "in.parquet")
    fine("clean", "in.parquet", "-o", "out.parquet", "--removed", "removed.jsonl", cwd=tmp_path)
    expected = CLEAN.replace("ferry", "Fähre")
    assert parquet.read_table(tmp_path / "out.parquet")["text"].to_pylist() == [
        expected.encode("cp1252"),
        expected.encode(),
    ]
    fine("restore", "out.parquet", "--removed", "removed.jsonl", "-o", "back.parquet", cwd=tmp_path)
    assert parquet.read_table(tmp_path / "back.parquet").equals(parquet.read_table(tmp_path / "in.parquet"))


@compressed
def test_warc(tmp_path: Path, suffix: str, pack: Callable[[bytes], bytes], unpack: Callable[[bytes], bytes]) -> None:
    page = "<p>Çok güzel bir gün.</p>".encode("iso8859-9")
    (tmp_path / f"crawl.warc{suffix}").write_bytes(pack(warc(page, "text/html; charset=iso-8859-9")))
    fine("clean", f"crawl.warc{suffix}", "-o", "out", cwd=tmp_path)
    (row,) = jsonl(tmp_path / "out/crawl.jsonl")
    assert row == {
        "id": f"crawl.warc{suffix}:0",
        "url": "https://a.example/1",
        "title": None,
        "text": "Çok güzel bir gün.",
    }


@pytest.mark.parametrize("name", ["all.jsonl", "all.csv", "all.parquet"])
def test_many_kinds_become_one_table(tmp_path: Path, name: str) -> None:
    write_jsonl(tmp_path / "a.jsonl", [{"text": TEXT, "n": 1}, {"text": KEPT[0], "n": None}])
    (tmp_path / "b.csv").write_text(f'text,m\n"{KEPT[1]}",x\n')
    (tmp_path / "c.txt").write_text(TEXT)
    fine("clean", "a.jsonl", "b.csv", "c.txt", "-o", name, cwd=tmp_path)
    path = tmp_path / name
    if name.endswith("jsonl"):
        rows = jsonl(path)
    elif name.endswith("csv"):
        rows = list(csv.DictReader(io.StringIO(path.read_text(), newline="")))
    else:
        rows = parquet.read_table(path).to_pylist()
    assert [row["text"] for row in rows] == [CLEAN, KEPT[0], KEPT[1], CLEAN]
    assert [row.get("m") or None for row in rows] == [None, None, "x", None]
    assert rows[0]["n"] in (1, "1")
    assert rows[3]["id"] == "c.txt"


def test_forms(tmp_path: Path) -> None:
    fine("clean", PAGE, "-o", "md", "--format", "markdown", cwd=tmp_path)
    text = (EXAMPLES / "news-page.expected.txt").read_text(encoding="utf-8").splitlines()
    markdown = (tmp_path / "md/news-page.md").read_text(encoding="utf-8")
    assert markdown.startswith("# ")
    blocks = markdown.split("\n\n")[1:]
    assert [block.strip("#-> \n") for block in blocks] == [line.strip() for line in text]
    assert any(block.startswith("## ") for block in blocks)
    fine("clean", PAGE, "-o", "json", "--format", "json", "--detail", cwd=tmp_path)
    record = json.loads((tmp_path / "json/news-page.json").read_text(encoding="utf-8"))
    assert record["text"].splitlines() == text
    assert [own["text"] for own in record["paragraphs"] if own["kept"]] == text
    assert {own["label"] for own in record["paragraphs"]} >= {"body", "appeal"}
    fine("clean", PAGE, "-o", "t.parquet", "--detail", cwd=tmp_path)
    assert parquet.read_table(tmp_path / "t.parquet")["paragraphs"].to_pylist()[0] == record["paragraphs"]
    wrong = run("clean", PAGE, "--detail", cwd=tmp_path)
    assert wrong.returncode == 2
    assert b"--format json" in wrong.stderr


def test_tables_are_printed_as_lines_of_json(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f'n,text\n5,"{KEPT[0]}"\n')
    done = fine("clean", "a.csv", cwd=tmp_path)
    assert json.loads(done.stdout) == {"n": "5", "text": KEPT[0]}


# what was removed, and back again


@given(st.text(alphabet=st.sampled_from("a \n\r\x0b\x85\u2028é"), max_size=30), st.randoms())
def test_gaps_are_filled_again(text: str, choose: random.Random) -> None:
    from stripper.sources.text import keep_lines, read_text  # noqa: PLC0415

    paragraphs = [
        Paragraph(block.text, "body", 0.0, kept=choose.random() < 0.5, start=block.start, end=block.end)
        for block in read_text(text).blocks
    ]
    assert fill(keep_lines(text, paragraphs), gaps(text, paragraphs)) == text


@given(
    st.binary(max_size=40)
    | st.text(max_size=20).flatmap(
        lambda text: st.sampled_from(["utf-8", "utf-16", "utf-8-sig", "utf-16-be"]).map(
            lambda name: text.encode(name, "surrogatepass")
        )
    )
)
def test_bytes_of_any_text_come_back(data: bytes) -> None:
    text, encoding = decode_text(data)
    assert encode_text(text, encoding) == data
    assert decode_as(data, encoding) == text


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        TEXT.replace("\n", "\r\n").encode(),
        TEXT.replace("\n", "\r").encode(),
        TEXT.replace("\n", "\r\n\n \t\n").encode() + b"\n\n",
        TEXT.rstrip().encode(),
        f"\n\n{TEXT}\x0b{TEXT}".encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        TEXT.replace("ice", "ícè – “x”").encode("cp1252"),
        TEXT.encode() + b"\xff\xfe broken \x80",
        (ASK + "\n").encode(),
        KEPT[0].encode(),
        "Паром перестал ходить в пятницу.\nПодпишитесь на нашу рассылку новостей.\n".encode("cp1251"),
    ],
)  # fmt: skip
def test_files_come_back_byte_for_byte(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/x.txt").write_bytes(data)
    (tmp_path / "in/untouched.md").write_text(KEPT[0])
    fine("clean", "--text", "in", "-o", "out", "--removed", "gone.jsonl", cwd=tmp_path)
    fine("restore", "out", "--removed", "gone.jsonl", "-o", "back", cwd=tmp_path)
    assert (tmp_path / "back/x.txt").read_bytes() == data
    assert (tmp_path / "back/untouched.md").read_text() == KEPT[0]


@pytest.mark.parametrize("name", ["t.jsonl", "t.csv", "t.tsv.gz", "t.jsonl.zst", "t.parquet"])
def test_tables_come_back(tmp_path: Path, name: str) -> None:
    texts = [TEXT, KEPT[0], TEXT.replace("\n", "\r\n"), ASK, f"  {TEXT}\n\n", ""]
    rows = [{"n": str(n), "text": text} for n, text in enumerate(texts)]
    table = table_of(name)
    assert table
    if name == "t.parquet":
        parquet.write_table(pa.Table.from_pylist(rows), tmp_path / name)
    else:
        lines = [json.dumps(row if table.format == "jsonl" else list(row.items())) for row in rows]
        with (tmp_path / name).open("wb") as stream:
            join(lambda: [("\n".join(lines) + "\n").encode()], table, stream)
    fine("clean", "--text", name, "-o", "out", "--removed", "gone.jsonl", cwd=tmp_path)
    assert (tmp_path / "out" / name).read_bytes() != (tmp_path / name).read_bytes()
    fine("restore", "out", "--removed", "gone.jsonl", "-o", "back", cwd=tmp_path)
    if name == "t.parquet":
        assert parquet.read_table(tmp_path / "back" / name).equals(parquet.read_table(tmp_path / name))
    else:
        unpack = {suffix: own for suffix, _, own in COMPRESSIONS}[table.compression]
        assert unpack((tmp_path / "back" / name).read_bytes()) == unpack((tmp_path / name).read_bytes())


def test_the_record_names_place_and_label(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "a.jsonl", [{"text": KEPT[0]}, {"text": TEXT}])
    fine("clean", "a.jsonl", "-o", "b.jsonl", "--removed", "gone.jsonl", cwd=tmp_path)
    untouched, record = jsonl(tmp_path / "gone.jsonl")
    assert untouched["removed"] == []
    assert record["id"] == "a.jsonl:2"
    (removed,) = record["removed"]
    assert removed["position"] == 1
    assert removed["label"] == "signup"
    assert removed["text"] == ASK


def test_restore_refuses_what_was_changed(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT)
    fine("clean", "a.txt", "-o", "out", "--removed", "gone.jsonl", cwd=tmp_path)
    assert run("restore", "out", "--removed", "gone.jsonl", "-o", "whole", cwd=tmp_path).returncode == 0
    (tmp_path / "out/a.txt").write_text(
        "Another text that is long enough to hold all that was ever in the first one. " * 3
    )
    for args in (["out", "gone.jsonl"], ["nowhere", "gone.jsonl"], ["out", "nowhere"], ["out", "a.txt"]):
        done = run("restore", args[0], "--removed", args[1], "-o", "back", cwd=tmp_path)
        assert done.returncode == 1
        assert done.stderr.count(b"\n") == 1
    assert not (tmp_path / "back").exists()


def test_what_is_not_the_text_is_not_touched(tmp_path: Path) -> None:
    line = '{"n": 0.12345678901234567890, "x": 1e400, "text": %s, "same": 1, "same": [2.50], "u": "\\ud83d"}'
    untouched = '{ "text" :"It\\u0027s ' + KEPT[0] + '"}'
    (tmp_path / "a.jsonl").write_text(f"{line % json.dumps(TEXT)}\n{untouched}\n")
    fine("clean", "a.jsonl", "-o", "b.jsonl", "--removed", "gone.jsonl", cwd=tmp_path)
    assert (tmp_path / "b.jsonl").read_text() == f"{line % json.dumps(CLEAN)}\n{untouched}\n"
    fine("clean", "a.jsonl", "-o", "detail.jsonl", "--detail", "--removed", "gone2.jsonl", cwd=tmp_path)
    assert len(jsonl(tmp_path / "detail.jsonl")[0]["paragraphs"]) == 3
    for cleaned, record in (("b.jsonl", "gone.jsonl"), ("detail.jsonl", "gone2.jsonl")):
        fine("restore", cleaned, "--removed", record, "-o", "back.jsonl", cwd=tmp_path)
        first, second = (tmp_path / "back.jsonl").read_text().splitlines()
        assert first == line % json.dumps(TEXT)
        assert json.loads(second) == json.loads(untouched)


def test_csv_cells_with_any_line_end_come_through(tmp_path: Path) -> None:
    rows = [["text", "note", "note"], [f"{KEPT[0]}\r{KEPT[1]}", "a\rb", "c\r\nd"], [TEXT, "", "\n"]]
    with (tmp_path / "a.csv").open("w", newline="") as stream:
        csv.writer(stream, quoting=csv.QUOTE_ALL).writerows(rows)
    fine("clean", "a.csv", "-o", "b.csv", "--removed", "gone.jsonl", cwd=tmp_path)
    fine("restore", "b.csv", "--removed", "gone.jsonl", "-o", "back.csv", cwd=tmp_path)
    with (tmp_path / "back.csv").open(newline="") as stream:
        assert list(csv.reader(stream)) == rows
    fine("clean", "a.csv", "-o", "b.jsonl", cwd=tmp_path)
    assert list(jsonl(tmp_path / "b.jsonl")[0]) == ["text", "note", "note-2"]


def test_empty_tables_keep_their_columns(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.csv").write_text("n,text\n")
    parquet.write_table(
        pa.table({"n": pa.array([], pa.int8()), "text": pa.array([], pa.string())}), tmp_path / "in/b.parquet"
    )
    (tmp_path / "in/c.txt").write_text(TEXT)
    fine("clean", "in", "-o", "out", "--removed", "gone.jsonl", cwd=tmp_path)
    assert (tmp_path / "out/a.csv").read_text() == "n,text\n"
    assert parquet.read_schema(tmp_path / "out/b.parquet").equals(parquet.read_schema(tmp_path / "in/b.parquet"))
    fine("restore", "out", "--removed", "gone.jsonl", "-o", "back", cwd=tmp_path)
    assert (tmp_path / "back/c.txt").read_text() == TEXT


def test_parquet_of_hard_types(tmp_path: Path) -> None:
    when = pa.array([1, 2], pa.timestamp("ns"))
    parquet.write_table(
        pa.table({"text": [TEXT, KEPT[0]], "when": when, "b": [b"\xff\0", b"ok"]}), tmp_path / "a.parquet"
    )
    parquet.write_table(
        pa.table({"text": [TEXT], "when": [5], "id": pa.array([1], pa.int32())}), tmp_path / "b.parquet"
    )
    fine("clean", "a.parquet", "-o", "a.jsonl", cwd=tmp_path)
    rows = jsonl(tmp_path / "a.jsonl")
    assert rows[0]["when"] == "1970-01-01 00:00:00.000000001"
    assert [row["b"] for row in rows] == ["/wA=", "ok"]
    parquet.write_table(pa.table({"text": [TEXT], "id": pa.array([1 << 40], pa.int64())}), tmp_path / "c.parquet")
    fine("clean", "b.parquet", "c.parquet", "-o", "bc.parquet", cwd=tmp_path)
    assert parquet.read_table(tmp_path / "bc.parquet")["id"].to_pylist() == [1, 1 << 40]
    for row in ({"text": TEXT, "n": 1 << 70}, {"text": TEXT, "n": {}}):
        write_jsonl(tmp_path / "d.jsonl", [row])
        done = run("clean", "d.jsonl", "-o", "d.parquet", cwd=tmp_path)
        assert done.returncode in (0, 1)
        shutil.rmtree(tmp_path / "d.parquet.unfinished", ignore_errors=True)


def test_names_that_collide_or_are_taken(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.txt").write_text(TEXT)
    (tmp_path / "in/a.txt.gz").write_bytes(gzip.compress(KEPT[0].encode()))
    fine("clean", "in", "-o", "out", "--removed", "gone.jsonl", cwd=tmp_path)
    fine("restore", "out", "--removed", "gone.jsonl", "-o", "back", cwd=tmp_path)
    assert sorted(path.read_text() for path in (tmp_path / "back").iterdir()) == sorted([TEXT, KEPT[0]])
    (tmp_path / "mine.unfinished").mkdir()
    (tmp_path / "mine.unfinished/diary").write_text("precious")
    write_jsonl(tmp_path / "t.jsonl", [{"text": TEXT}])
    refused = [
        ["in", "-o", "in"],
        ["t.jsonl", "-o", "t.jsonl"],
        ["t.jsonl", "-o", "u.jsonl", "--removed", "u.jsonl"],
        ["t.jsonl", "-o", "u.jsonl", "--removed", "x", "--failed", "x"],
        ["t.jsonl", "-o", "u.jsonl", "--report", "in"],
        ["t.jsonl", "-o", "mine"],
        ["t.jsonl", "-o", "page.json"],
        ["t.jsonl", "-o", "in/a.txt"],
    ]
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    for args in refused:
        done = run("clean", *args, cwd=tmp_path)
        assert done.returncode == 1, args
        assert done.stderr.count(b"\n") == 1, args
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_inputs_are_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.txt").write_text(TEXT)
    (tmp_path / "in/index.html").write_text("<p>x")
    (tmp_path / "o").mkdir()
    (tmp_path / "o/x.txt").write_text(TEXT)
    write_jsonl(tmp_path / "b.jsonl", [{"text": TEXT}])
    os.mkfifo(tmp_path / "pipe")
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    for args in (
        ["in/a.txt", "b.jsonl", "-o", "out", "--removed", "b.jsonl"],
        ["in", "-o", "out", "--report", "in/index.html"],
        ["o/x.txt", "in/a.txt", "-o", "o"],
        ["in", "-o", "out", "--failed", "pipe"],
        ["in", "-o", "out", "--failed", "/proc/nowhere/x"],
        ["in", "-o", "out", "--removed", "gone.jsonl.gz"],
        ["", "-o", "out"],
    ):
        done = run("clean", *args, cwd=tmp_path)
        assert done.returncode == 1, args
        assert done.stderr.count(b"\n") == 1, done.stderr
    assert run("clean", "in", "-o", "", cwd=tmp_path).returncode == 2
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before
    fine("clean", "b.jsonl", "-o", "c.jsonl", "--removed", "gone.jsonl", cwd=tmp_path)
    for target in ("gone.jsonl", "c.jsonl"):
        assert run("restore", "c.jsonl", "--removed", "gone.jsonl", "-o", target, cwd=tmp_path).returncode == 1
    fine("restore", "c.jsonl", "--removed", "gone.jsonl", "-o", "d.jsonl", cwd=tmp_path)
    (tmp_path / "link.jsonl").symlink_to("real.jsonl")
    fine("clean", "b.jsonl", "-o", "link.jsonl", cwd=tmp_path)
    assert (tmp_path / "link.jsonl").is_symlink()
    assert jsonl(tmp_path / "real.jsonl") == [{"text": CLEAN}]


def test_names_at_their_limits(tmp_path: Path) -> None:
    (tmp_path / "in/a.txt").mkdir(parents=True)
    (tmp_path / "in/a.txt/b.txt").write_text(TEXT)
    (tmp_path / "in/a.html").write_text(f"<p>{KEPT[0]}")
    (tmp_path / f"in/{'x' * 247}.html").write_text(f"<p>{KEPT[0]}")
    fine("clean", "in", "-o", "out", cwd=tmp_path)
    names = sorted(str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert names == ["a-2.txt", "a.txt/b.txt", f"{'x' * 247}.txt"]


def test_a_table_that_cannot_be_read_does_not_stop_the_others(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT)
    done = run(
        "clean", "missing.csv", "missing.parquet", "a.txt", "-o", "out", "--failed", "failed.jsonl", cwd=tmp_path
    )
    assert done.returncode == 1
    assert b"1 cleaned, 0 unchanged, 0 emptied, 2 failed" in done.stderr
    assert len(jsonl(tmp_path / "failed.jsonl")) == 2
    assert (tmp_path / "out/a.txt").read_text() == CLEAN


def test_values_at_their_limits(tmp_path: Path) -> None:
    far = pa.array([10**18], pa.timestamp("us"))
    parquet.write_table(pa.table({"text": [TEXT], "far": far}), tmp_path / "far.parquet")
    fine("clean", "far.parquet", "-o", "far.jsonl", cwd=tmp_path)
    assert "far" in jsonl(tmp_path / "far.jsonl")[0]
    numbers = '"n": 12345678901234567890.25, "m": 1.10'
    (tmp_path / "n.jsonl").write_text(f'{{"text": "A.", "text": {json.dumps(TEXT)}, {numbers}}}')
    fine("clean", "n.jsonl", "-o", "n.csv", cwd=tmp_path)
    (row,) = csv.DictReader(io.StringIO((tmp_path / "n.csv").read_text(), newline=""))
    assert (row["text"], row["n"], row["m"]) == (CLEAN, "12345678901234567890.25", "1.10")
    fine("clean", "n.jsonl", "-o", "o.jsonl", cwd=tmp_path)
    assert (tmp_path / "o.jsonl").read_text().startswith('{"text": "A.", "text": "The ferry')
    (tmp_path / "deep.jsonl").write_text(
        "".join('{"text": "A.", "d": ' + "[" * depth + "]" * depth + "}\n" for depth in (5, 900, 960, 990, 2000))
    )
    for output in ("deep.out.csv", "deep.out.jsonl", "deep.out.parquet"):
        done = run("clean", "deep.jsonl", "-o", output, cwd=tmp_path)
        assert done.returncode == 1
        assert b" 0 failed" not in done.stderr
    write_jsonl(tmp_path / "s.jsonl", [{"text": f"\ud83d {TEXT}"}, {"text": TEXT}])
    for name in ("s.csv", "s.parquet"):
        done = run("clean", "s.jsonl", "-o", name, "--removed", "gone.jsonl", cwd=tmp_path)
        assert done.returncode == 1
        assert b"is no Unicode text" in done.stderr
        fine("restore", name, "--removed", "gone.jsonl", "-o", f"back.{name}", cwd=tmp_path)


@pytest.mark.parametrize("name", ["long.jsonl", "long.csv"])
def test_a_line_without_end_does_not_fill_the_memory(tmp_path: Path, name: str) -> None:
    with (tmp_path / name).open("w") as stream:
        stream.write("text\n" if name == "long.csv" else "")
        for _ in range(70):
            stream.write("0" * (1 << 20))
        stream.write("\n" + (json.dumps(KEPT[0]) if name == "long.csv" else json.dumps({"text": KEPT[0]})) + "\n")
    done = run("clean", name, "-o", "out.jsonl", cwd=tmp_path)
    assert done.returncode == 1
    assert b"a line is longer than 67,108,864 characters" in done.stderr
    assert jsonl(tmp_path / "out.jsonl") == [{"text": KEPT[0]}]


def test_a_full_standard_output(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT)
    with Path("/dev/full").open("wb") as full:
        command = [sys.executable, "-m", "stripper.cli", "clean", "a.txt"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, cwd=tmp_path, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(b"stripper: cannot use standard output: No space left")
    assert b"Traceback" not in done.stderr


def test_codings_of_archived_pages(tmp_path: Path) -> None:
    page = f"<p>{KEPT[0]}</p>".encode()
    packed = gzip.compress(page)
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(packed), packed)
    records = [
        warc(page, ""),
        warc(packed, "text/html\r\nContent-Encoding: gzip"),
        warc(chunked, "text/html\r\nTransfer-Encoding: gzip, chunked"),
        warc(page, "text/html\r\nContent-Encoding: gzip"),
        warc(packed[: len(packed) // 2], "text/html\r\nContent-Encoding: gzip"),
        warc(zstandard.compress(page), "text/html\r\nContent-Encoding: zstd"),
        warc(b"\x89PNG\0", "image/png"),
    ]
    (tmp_path / "a.warc").write_bytes(b"".join(records))
    done = run("clean", "a.warc", "-o", "a.jsonl", cwd=tmp_path)
    assert done.returncode == 1
    assert [row["text"] for row in jsonl(tmp_path / "a.jsonl")] == [KEPT[0]] * 4
    assert b"its content breaks off (gzip)" in done.stderr
    assert b"it is no text (zstd)" in done.stderr
    assert b"2 failed" in done.stderr


def test_a_table_in_the_folder_that_is_read_can_be_resumed(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT)
    refused = run("clean", ".", "-o", "all.jsonl", "--report", "/proc/nowhere/x", cwd=tmp_path)
    assert refused.returncode == 1
    assert not (tmp_path / "all.jsonl.unfinished").exists()
    fine("clean", ".", "-o", "all.jsonl", "--removed", "gone.jsonl", cwd=tmp_path)
    (tmp_path / "all.jsonl.unfinished.part/00000000").mkdir(parents=True)
    (tmp_path / "all.jsonl.unfinished.part/00000000/removed.jsonl").write_text("{}")
    (tmp_path / "all.jsonl").unlink()
    fine("clean", ".", "-o", "all.jsonl", "--removed", "gone.jsonl", "--resume", cwd=tmp_path)
    assert [row["text"] for row in jsonl(tmp_path / "all.jsonl")] == [CLEAN]


def test_an_output_below_the_input_is_no_input(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT)
    for _ in range(2):
        done = fine("clean", ".", "-o", "clean", "--removed", "gone.jsonl", cwd=tmp_path)
        assert b"1 document in" in done.stderr
    assert [path.name for path in (tmp_path / "clean").rglob("*")] == ["a.txt"]
    (tmp_path / "sub").mkdir()
    fine("clean", "../a.txt", "-o", ".", cwd=tmp_path / "sub")
    assert (tmp_path / "sub/a.txt").read_text() == CLEAN


def test_a_pipe_in_a_folder_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.txt").write_text(TEXT)
    os.mkfifo(tmp_path / "in/b.txt")
    assert b"1 document in" in fine("clean", "in", "-o", "out", cwd=tmp_path).stderr


def test_texts_in_a_table_become_files_again(tmp_path: Path) -> None:
    (tmp_path / "in/sub").mkdir(parents=True)
    (tmp_path / "in/sub/a.txt").write_bytes(TEXT.replace("ice", "ícè").encode("cp1252"))
    (tmp_path / "in/b.md").write_text(TEXT)
    for options in ([], ["--format", "json"]):
        fine("clean", "in", "-o", "all.jsonl", "--removed", "gone.jsonl", *options, cwd=tmp_path)
        fine("restore", "all.jsonl", "--removed", "gone.jsonl", "-o", "back", cwd=tmp_path)
        fine("clean", "in", "-o", "out", "--removed", "out/gone.jsonl", *options, cwd=tmp_path)
        fine("restore", "out", "--removed", "out/gone.jsonl", "-o", "back2", cwd=tmp_path)
        for back in ("back", "back2"):
            for name in ("sub/a.txt", "b.md"):
                assert (tmp_path / back / name).read_bytes() == (tmp_path / "in" / name).read_bytes()


@pytest.mark.parametrize("charset", ["iso-8859-1", "utf-8", "nonsense"])
def test_the_declared_charset_is_read_as_browsers_do(tmp_path: Path, charset: str) -> None:
    pages = ["<p>It’s in Orléans today.</p>".encode(), "<p>It’s in Orléans today.</p>".encode("cp1252")]
    chosen = pages if charset == "iso-8859-1" else pages[:1]
    (tmp_path / "a.warc").write_bytes(b"".join(warc(page, f"text/html; charset={charset}") for page in chosen))
    fine("clean", "a.warc", "-o", "a.jsonl", cwd=tmp_path)
    assert {row["text"] for row in jsonl(tmp_path / "a.jsonl")} == {"It’s in Orléans today."}


def test_a_record_may_not_point_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT)
    fine("clean", "a.txt", "-o", "out", "--removed", "gone.jsonl", cwd=tmp_path)
    record = (tmp_path / "gone.jsonl").read_text()
    (tmp_path / "gone.jsonl").write_text(record.replace('"source": "a.txt"', '"source": "../escaped.txt"'))
    assert run("restore", "out", "--removed", "gone.jsonl", "-o", "back/x", cwd=tmp_path).returncode == 1
    assert not (tmp_path / "back").exists()


# faults

INJECTED = """
import os, time
import stripper.stripper as at
real = at.read_text
def read_text(text, url=None):
    if "DIE" in text:
        os.kill(os.getpid(), 9)
    if "HANG" in text:
        time.sleep(600)
    if "RAISE" in text:
        raise RuntimeError("injected")
    return real(text, url)
at.read_text = read_text
"""


def test_a_document_that_fails_hangs_or_kills_is_kept_and_the_run_goes_on(tmp_path: Path) -> None:
    (tmp_path / "injected").mkdir()
    (tmp_path / "injected/sitecustomize.py").write_text(INJECTED)
    bad = {7: "RAISE", 50: "HANG", 51: "DIE", 90: "DIE"}
    write_jsonl(tmp_path / "in.jsonl", [{"n": n, "text": f"{bad.get(n, '')} {TEXT}"} for n in range(120)])
    with (tmp_path / "in.jsonl").open("ab") as stream:
        stream.write(b'{"text": \n{"text": 5}\n{"text": "caf\xe9"}\n')
    (tmp_path / "binary.txt").write_bytes(bytes(range(256)))
    path = os.pathsep.join([str(tmp_path / "injected"), *filter(None, [os.environ.get("PYTHONPATH")])])
    command = "clean missing.txt in.jsonl binary.txt -o out --failed failed.jsonl --timeout 3 --text --workers 2"
    done = subprocess.run(
        [sys.executable, "-m", "stripper.cli", *command.split()],
        capture_output=True, cwd=tmp_path, env=os.environ | {"PYTHONPATH": path}, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
    failed = {row["id"]: row for row in jsonl(tmp_path / "failed.jsonl")}
    reasons = {name: row["reason"] for name, row in failed.items()}
    assert reasons == {
        "missing.txt": "cannot read missing.txt: No such file or directory",
        "in.jsonl:8": "it cannot be cleaned (RuntimeError: injected)",
        "in.jsonl:51": "it took longer than 3 seconds",
        "in.jsonl:52": "its worker died with exit code -9",
        "in.jsonl:91": "its worker died with exit code -9",
        "in.jsonl:121": reasons["in.jsonl:121"],
        "in.jsonl:122": 'its "text" is no text',
        "in.jsonl:123": "it is not UTF-8",
        "binary.txt": "it is neither HTML nor text",
    }
    assert failed["in.jsonl:52"]["content"] == f"DIE {TEXT}"
    assert failed["in.jsonl:121"]["content"] == '{"text": \n'
    assert "base64" in failed["in.jsonl:123"]
    assert [row["n"] for row in jsonl(tmp_path / "out/in.jsonl")] == [n for n in range(120) if n not in bad]
    assert b"9 failed" in done.stderr
    assert done.stderr.count(b"stripper: ") == len(failed)


def test_a_document_that_is_too_slow(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "in.jsonl", [{"text": TEXT}, {"text": TEXT * 100_000}, {"text": TEXT}])
    done = run("clean", "in.jsonl", "-o", "out.jsonl", "--timeout", "1", "--failed", "failed.jsonl", cwd=tmp_path)
    assert done.returncode == 1
    assert [row["text"] for row in jsonl(tmp_path / "out.jsonl")] == [CLEAN, CLEAN]
    (failed,) = jsonl(tmp_path / "failed.jsonl")
    assert failed["reason"] == "it took longer than 1 seconds"
    assert failed["content"] == TEXT * 100_000


@pytest.mark.parametrize("name", ["in.jsonl.gz", "in.csv.zst"])
def test_a_truncated_table_gives_what_it_holds(tmp_path: Path, name: str) -> None:
    lines = [json.dumps({"text": TEXT, "n": str(random.Random(n).random())}) + "\n" for n in range(4000)]
    if name == "in.jsonl.gz":
        data = gzip.compress("".join(lines).encode())
    else:
        text = io.StringIO(newline="")
        csv.writer(text).writerows([["text", "n"], *(list(json.loads(line).values()) for line in lines)])
        data = zstandard.compress(text.getvalue().encode())
    (tmp_path / name).write_bytes(data[: len(data) * 3 // 4])
    done = run("clean", name, "-o", "out.jsonl", cwd=tmp_path)
    assert done.returncode == 1
    assert f"{name} breaks off after line ".encode() in done.stderr
    rows = jsonl(tmp_path / "out.jsonl")
    assert 100 < len(rows) < 4000
    assert rows == [json.loads(line) | {"text": CLEAN} for line in lines[: len(rows)]]


def test_no_room_left(tmp_path: Path) -> None:
    """A limit on the size of files stands in for a full disk: the system refuses to write either way."""
    write_jsonl(tmp_path / "in.jsonl", [{"n": n, "text": TEXT} for n in range(1500)])
    command = [sys.executable, "-m", "stripper.cli", "clean", "in.jsonl", "-o", "out.jsonl"]
    done = subprocess.run(
        command, capture_output=True, cwd=tmp_path, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (250_000, 250_000)),
    )  # fmt: skip
    assert done.returncode == 1
    message = done.stderr.decode()
    assert message.startswith("stripper: cannot write "), message
    assert not (tmp_path / "out.jsonl").exists()
    again = run("clean", "in.jsonl", "-o", "out.jsonl", cwd=tmp_path)
    assert again.returncode == 1
    assert b"--resume" in again.stderr
    other = run("clean", "in.jsonl", "-o", "out.jsonl", "--mode", "cautious", "--resume", cwd=tmp_path)
    assert other.returncode == 1
    assert b"other inputs or options" in other.stderr
    fine("clean", "in.jsonl", "-o", "out.jsonl", "--resume", cwd=tmp_path)
    assert [row["n"] for row in jsonl(tmp_path / "out.jsonl")] == list(range(1500))


def test_values_that_have_no_type_in_common_become_text(tmp_path: Path) -> None:
    hard: list[Any] = [1, {"not": "a number"}, 1 << 70, {}, None]
    write_jsonl(tmp_path / "a.jsonl", [{"text": TEXT, "n": 1}] * 1100 + [{"text": TEXT, "n": value} for value in hard])
    fine("clean", "a.jsonl", "-o", "a.parquet", cwd=tmp_path)
    found = parquet.read_table(tmp_path / "a.parquet")["n"].to_pylist()
    assert found == ["1"] * 1101 + ['{"not": "a number"}', str(1 << 70), "{}", None]


@pytest.mark.parametrize(("name", "extra"), [("a.parquet", "parquet"), ("a.jsonl.zst", "zstd")])
def test_outputs_name_the_extra_that_is_missing(tmp_path: Path, name: str, extra: str) -> None:
    (tmp_path / "a.txt").write_text(TEXT)
    script = (
        "import sys; sys.modules['pyarrow'] = sys.modules['zstandard'] = None\n"
        f"from stripper.cli import main; sys.exit(main(['clean', 'a.txt', '-o', '{name}']))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, cwd=tmp_path, check=False)
    assert done.returncode == 1
    assert f"needs the {extra} extra: pip install 'article-stripper[{extra}]'" in done.stderr.decode()


# runs that are cut short


def many(path: Path, count: int) -> None:
    """So many documents that a run has several shards, of all outcomes."""
    choose = random.Random(1)
    with path.open("w") as stream:
        for number in range(count):
            lines = choose.sample([*KEPT, ASK, f"Story {number} began there.", "Share this article", ""], 3)
            stream.write(
                "{broken\n" if number % 997 == 5 else json.dumps({"n": number, "text": "\n".join(lines)}) + "\n"
            )


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("undisturbed")
    many(folder / "in.jsonl", 5000)
    (folder / "pages").mkdir()
    for number in range(60):
        (folder / f"pages/{number}.txt").write_text(f"Day {number}.\n{TEXT}")
    assert run(*ALL, cwd=folder).returncode == 1
    return folder


ALL = (
    "clean",
    "in.jsonl",
    "pages",
    "-o",
    "out",
    "--removed",
    "gone.jsonl",
    "--failed",
    "failed.jsonl",
    "--report",
    "r.html",
)


def results(folder: Path) -> dict[str, bytes]:
    """All that a run wrote; of the report, what does not speak of time."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != "in.jsonl"]
    found = {str(path.relative_to(folder)): path.read_bytes() for path in files if path.parent.name != "pages"}
    found["r.html"] = found["r.html"].partition(b"</header>")[2]
    return found


def start(folder: Path, *more: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "stripper.cli", *ALL, *more], cwd=folder, stderr=subprocess.PIPE, start_new_session=True
    )


def _gone(group: int) -> bool:
    """Whether no process of the group is left, after a moment's grace."""
    for _ in range(100):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


def test_killed_ten_times_and_resumed_it_gives_the_same(tmp_path: Path, undisturbed: Path) -> None:
    for name in ("in.jsonl", "pages"):
        (tmp_path / name).symlink_to(undisturbed / name)
    choose = random.Random(4)
    kills = 0
    while kills < 10:
        process = start(tmp_path, "--resume")
        time.sleep(choose.uniform(0.3, 2))
        if process.poll() is None:
            kills += 1
            process.kill()
        process.communicate()
        assert _gone(process.pid), "a worker outlives the run"
    last = start(tmp_path, "--resume")
    last.communicate()
    assert last.returncode == 1
    assert results(tmp_path) == results(undisturbed)


def _done(folder: Path) -> int:
    """How many of its five shards a run has written."""
    return len(list(folder.glob("out.unfinished/*[0-9]")))


def _command(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""


def test_workers_that_are_killed_cost_nothing(tmp_path: Path, undisturbed: Path) -> None:
    for name in ("in.jsonl", "pages"):
        (tmp_path / name).symlink_to(undisturbed / name)
    process = start(tmp_path, "--workers", "2")
    choose, kills = random.Random(2), 0
    while process.poll() is None:
        time.sleep(choose.uniform(0.02, 0.2))
        workers = [own for own in tree(process.pid) if b"forkserver" in _command(own)][1:]
        if workers and kills < 5 and _done(tmp_path) >= kills and process.poll() is None:
            os.kill(choose.choice(workers), signal.SIGKILL)
            kills += 1
    message = process.communicate()[1]
    assert kills == 5
    assert process.returncode == 1, message
    assert results(tmp_path) == results(undisturbed)


def test_ctrl_c(tmp_path: Path, undisturbed: Path) -> None:
    for name in ("in.jsonl", "pages"):
        (tmp_path / name).symlink_to(undisturbed / name)
    for shards in (0, 1, 2, 3):
        process = start(tmp_path, "--resume")
        while len(tree(process.pid)) == 1:  # before it runs, Ctrl-C is Python's to answer
            time.sleep(0.01)
        while process.poll() is None and _done(tmp_path) < shards:
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGINT)
        message = process.communicate(timeout=30)[1]
        assert process.returncode == 130, message
        assert b"Traceback" not in message
        assert _gone(process.pid)
    assert b"--resume" in message
    last = start(tmp_path, "--resume")
    last.communicate()
    assert results(tmp_path) == results(undisturbed)


def test_changed_inputs_are_not_resumed(tmp_path: Path) -> None:
    shards = Shards(tmp_path / "x.unfinished", {"sources": [1]}, resume=False)
    shards.add({"part": b"1"})
    (tmp_path / "x.unfinished/00000001.part").mkdir()
    assert list(Shards(tmp_path / "x.unfinished", {"sources": [1]}, resume=True).read("part")) == [b"1"]
    with pytest.raises(BatchError, match="other inputs"):
        Shards(tmp_path / "x.unfinished", {"sources": [2]}, resume=True)


# the pool


def _named(texts: list[str]) -> Iterator[tuple[Source, Document | Fault]]:
    source = Source(None, "stdin", "jsonl")
    return ((source, Document(f"stdin:{n}", text, "text")) for n, text in enumerate(texts))


def _rounded(result: Cleaned | Fault) -> str:
    """All of it, with five digits: of how many documents a batch is the last ones depend."""
    return re.sub(r"probability=([\d.e-]+)", lambda found: f"{float(found.group(1)):.5f}", repr(result))


def test_workers_give_what_this_process_gives() -> None:
    texts = [f"{n} {TEXT}" for n in range(100)]
    how = Settings(DEFAULT_STRIP, detail=True)
    here = [result for chunk in clean_here(_named(texts), how) for result in chunk.results]
    there = [result for chunk in clean_in_workers(_named(texts), how, 2, None) for result in chunk.results]
    assert [_rounded(result) for result in here] == [_rounded(result) for result in there]
    assert [result.id for result in here] == [f"stdin:{n}" for n in range(100)]


def test_a_chunk_gives_what_its_documents_give_alone() -> None:
    cleaner = Cleaner(Settings(DEFAULT_STRIP))
    documents = [
        Document("a", PAGE.read_bytes(), None),
        Document("b", TEXT, None),
        Document("c", "<p>x</p>", "text"),
        Document("d", b"\0\1", None),
        Document("e", "", "html", "https://a.example/"),
    ]
    together, tally = cleaner.clean(documents)
    assert [_rounded(own) for own in together] == [_rounded(cleaner.clean([own])[0][0]) for own in documents]
    assert tally.documents == 4


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 3_000_000), max_size=100))
def test_chunks_are_cut_the_same_wherever_the_reading_begins(sizes: list[int]) -> None:
    items = [(Source(None, "x", "page"), Document(str(n), "a" * size, None)) for n, size in enumerate(sizes)]
    cut = list(chunks(items))
    assert [named for chunk in cut for named in chunk] == items
    if len(cut) > 2:
        assert list(chunks(items[len(cut[0]) :])) == cut[1:]


def test_a_piece_of_csv_has_the_columns_of_all_rows() -> None:
    table = table_of("a.csv")
    assert table
    (cleaned,) = Cleaner(Settings(DEFAULT_STRIP)).clean([Document("a", KEPT[0], "text")])[0]
    assert not isinstance(cleaned, Fault)
    stream = io.BytesIO()
    join(lambda: [piece([(None, cleaned)], table)], table, stream)
    assert stream.getvalue().decode() == f'id,url,title,text\r\na,,,"{KEPT[0]}"\r\n'


# the bar


def test_a_bar_on_a_terminal_and_none_in_a_pipe(tmp_path: Path) -> None:
    many(tmp_path / "in.jsonl", 300)
    main, worker = pty.openpty()
    command = [sys.executable, "-m", "stripper.cli", "clean", "in.jsonl", "-o", "out.jsonl"]
    fcntl.ioctl(worker, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 120, 0, 0))
    process = subprocess.Popen(command, cwd=tmp_path, stderr=worker)
    os.close(worker)
    shown = b""
    while True:
        try:
            shown += os.read(main, 65536)
        except OSError:
            break
    process.wait()
    assert b"300 documents" in shown
    assert b"B/s" in shown
    quiet = run("clean", "in.jsonl", "-o", "again.jsonl", cwd=tmp_path)
    assert b"B/s" not in quiet.stderr
    assert quiet.stderr.count(b"\n") == 3


# memory


def test_memory_does_not_grow_with_the_input(tmp_path: Path) -> None:
    few, many_more = (measure(tmp_path, count, workers=2) for count in (3000, 15000))
    assert many_more.peak < 1.5e9
    assert many_more.peak < 1.15 * few.peak
