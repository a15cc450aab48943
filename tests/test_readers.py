"""The readers, on real files of every kind, their compressed forms and damaged ones."""

from __future__ import annotations

import csv
import gzip
import importlib.util
import io
import json
import os
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from stripper.batch.documents import BatchError, BatchRow, Columns, Document, Fault, Item, PlainRow
from stripper.batch.readers import Inputs, Meter, find, read
from stripper.tagging.features import Head

needs_warc = pytest.mark.skipif(importlib.util.find_spec("fastwarc") is None, reason="the warc extra is missing")

ANY = Columns()
TEXTS = [f"Story {n}: the ferry stopped on day {n * n}.\nMore of it, ünd sö on." for n in range(400)]


def zstd(data: bytes) -> bytes:
    compressed: bytes = pytest.importorskip("zstandard").ZstdCompressor(write_checksum=True).compress(data)
    return compressed


COMPRESSIONS: list[Any] = [
    pytest.param("", bytes, id="plain"),
    pytest.param(".gz", gzip.compress, id="gz"),
    pytest.param(".zst", zstd, id="zst"),
]
COMPRESSED = COMPRESSIONS[1:]
Compress = Callable[[bytes], bytes]


def items(path: Path | str, columns: Columns = ANY, kind: Head | None = None) -> list[Item]:
    return [item for source in find([str(path)]) for item in read(source, columns, kind, Meter([source]))]


def items_of(*names: str) -> list[Item]:
    return [item for _, item in Inputs(find(names)).read(Meter([]))]


def write(folder: Path, name: str, data: bytes | str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def documents(found: list[Item]) -> list[Document]:
    return [item for item in found if isinstance(item, Document)]


def faults(found: list[Item]) -> list[Fault]:
    found_faults = [item for item in found if isinstance(item, Fault)]
    for fault in found_faults:
        assert fault.reason
        assert "\n" not in fault.reason
        assert not fault.reason.endswith(".")
    return found_faults


def jsonl(texts: list[str]) -> bytes:
    return b"".join(json.dumps({"n": n, "text": text}).encode() + b"\n" for n, text in enumerate(texts))


def table(texts: list[str], delimiter: str = ",") -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(["n", "text", "url"])
    writer.writerows([str(n), text, f"http://a.example/{n}"] for n, text in enumerate(texts))
    return out.getvalue().encode()


# what is found


def test_folders_files_and_patterns(tmp_path: Path) -> None:
    for name in ("b.html", "a.txt", "sub/deep/c.MD", "sub/t.jsonl.gz", "picture.png", "sub/notes.doc", "x.xhtml"):
        write(tmp_path, f"in/{name}", "x")
    folder = tmp_path / "in"
    below = ["a.txt", "b.html", "sub/deep/c.MD", "sub/t.jsonl.gz", "x.xhtml"]
    assert [source.name for source in find([str(folder)])] == below
    assert [source.format for source in find([str(folder)])] == ["page", "page", "page", "jsonl", "page"]
    assert [source.name for source in find([f"{folder}/sub/*"])] == ["deep/c.MD", "notes.doc", "t.jsonl.gz"]
    assert [source.name for source in find([f"{folder}/**/*.[Mj]*"])] == ["sub/deep/c.MD", "sub/t.jsonl.gz"]
    assert [source.name for source in find([f"{folder}/**"])] == below
    assert [source.name for source in find([f"{folder}/picture.png"])] == ["picture.png"]


def test_each_file_once_and_each_name_once(tmp_path: Path) -> None:
    for name in ("x/a.jsonl.gz", "y/a.jsonl.gz", "y/sub/b.txt", "z/sub/b.txt"):
        write(tmp_path, name, "x")
    named = find([str(tmp_path / name) for name in ("x/a.jsonl.gz", "y", "x", "z", "y/sub/b.txt")])
    assert [source.name for source in named] == ["a.jsonl.gz", "a-2.jsonl.gz", "sub/b.txt", "sub/b-2.txt"]


def test_a_file_may_look_like_a_pattern(tmp_path: Path) -> None:
    write(tmp_path, "what[1]?.txt", "x")
    assert [source.name for source in find([f"{tmp_path}/what[1]?.txt"])] == ["what[1]?.txt"]


def test_a_missing_file_is_a_fault_and_the_rest_is_read(tmp_path: Path) -> None:
    write(tmp_path, "a.txt", "x")
    missing, read_one = items_of(str(tmp_path / "missing.html"), str(tmp_path / "a.txt"))
    assert missing == Fault("missing.html", "cannot read missing.html: No such file or directory")
    assert isinstance(read_one, Document)


@pytest.mark.parametrize("name", ["missing/*.html", "*.nothing", "", "empty", "a**b/*"])
def test_a_name_that_matches_nothing(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(BatchError):
        find([name])


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"<p>caf\xe9")))
    (source,) = find(["-", "-"])
    assert list(read(source, ANY, "html", Meter([source]))) == [Document("stdin", b"<p>caf\xe9", "html")]


# pages and texts


@pytest.mark.parametrize(("suffix", "compress"), COMPRESSIONS)
def test_page(tmp_path: Path, suffix: str, compress: Compress, news_page: bytes) -> None:
    path = write(tmp_path, f"page.html{suffix}", compress(news_page))
    assert items(path) == [Document(f"page.html{suffix}", news_page, None)]
    assert items(path, kind="text") == [Document(f"page.html{suffix}", news_page, "text")]


@pytest.mark.parametrize(("suffix", "compress"), COMPRESSED)
def test_a_page_that_breaks_off_is_no_document(tmp_path: Path, suffix: str, compress: Compress) -> None:
    page = os.urandom(300_000)
    (fault,) = faults(items(write(tmp_path, f"page.html{suffix}", compress(page)[:-9])))
    assert fault.id == f"page.html{suffix}"
    assert fault.reason == f"page.html{suffix} breaks off (the compressed data end too early)"
    assert isinstance(fault.content, bytes)
    assert page.startswith(fault.content)
    assert len(fault.content) > 100_000


def test_unreadable_file(tmp_path: Path) -> None:
    (tmp_path / "gone.html").symlink_to(tmp_path / "nowhere")
    path = write(tmp_path, "good.txt", "x")
    bad, good = items(tmp_path)
    assert bad == Fault("gone.html", "cannot read gone.html: No such file or directory")
    assert good == Document("good.txt", b"x", None)
    if os.geteuid():
        path.chmod(0)
        assert items(path) == [Fault("good.txt", "cannot read good.txt: Permission denied")]


def test_a_disk_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Failing(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell() > 20_000:
                raise OSError(5, "Input/output error")
            return super().read(size)

    path = write(tmp_path, "t.jsonl", jsonl(TEXTS))
    data = path.read_bytes()
    monkeypatch.setattr(Path, "open", lambda *_: Failing(data))
    *good, last = items(path)
    assert len(good) > 100
    assert last.id == "t.jsonl"
    assert faults([last])[0].reason == f"t.jsonl breaks off after line {len(good)} (Input/output error)"


# JSONL


@pytest.mark.parametrize(("suffix", "compress"), COMPRESSIONS)
@pytest.mark.parametrize("name", ["news.jsonl", "news.ndjson"])
def test_jsonl(tmp_path: Path, name: str, suffix: str, compress: Compress) -> None:
    found = documents(items(write(tmp_path, name + suffix, compress(jsonl(TEXTS)))))
    assert [document.content for document in found] == TEXTS
    assert [document.id for document in found] == [f"{name}{suffix}:{n}" for n in range(1, 401)]
    assert isinstance(found[7].row, PlainRow)
    assert found[7].row.values == {"n": 7, "text": TEXTS[7]}
    assert json.loads(found[7].row.line or "") == found[7].row.values


def test_jsonl_keeps_types_and_order(tmp_path: Path) -> None:
    line = '{"z": 1.0, "a": [1, null, {"b": true}], "text": "x\\u2028y", "n": 123456789012345678901, "url": "http://u"}'
    (found,) = documents(items(write(tmp_path, "t.jsonl", "\ufeff" + line)))
    assert found.url == "http://u"
    assert found.content == "x\u2028y"
    assert found.row is not None
    assert json.dumps(found.row.values) == line


def test_jsonl_bad_lines(tmp_path: Path) -> None:
    bad = [
        b'{"text": "a", }\n',
        b'["text"]\n',
        b'{"body": "x"}\n',
        b'{"a\\nb": "x"}\n',
        b"{}\n",
        b'{"text": null}\n',
        b'{"text": 5}\n',
        b'{"text": "caf\xe9"}\n',
        b"[" * 100_000 + b"\n",
        b'{"text": "open',
    ]
    lines = b'{"text": "first"}\n\n' + b"".join(bad)
    first, *rest = items(write(tmp_path, "t.jsonl", lines))
    assert first.id == "t.jsonl:1"
    wrong = faults(rest)
    assert [fault.id for fault in wrong] == [f"t.jsonl:{n}" for n in range(3, 13)]
    contents = [fault.content.encode() if isinstance(fault.content, str) else fault.content for fault in wrong]
    assert contents == bad
    assert wrong[0].reason.startswith("it is no JSON: ")
    assert wrong[2].reason == "it has no column text, html or content, only body"
    assert wrong[3].reason.endswith("only a b")
    assert wrong[5].reason == 'its "text" is null'
    assert isinstance(wrong[7].content, bytes)


def test_named_columns(tmp_path: Path) -> None:
    row = {"text": "t", "content": "c", "html": "h", "url": "http://u", "link": "http://l", "empty": ""}
    path = write(tmp_path, "t.jsonl", json.dumps(row))

    def read_as(columns: Columns) -> tuple[str | bytes, str | None]:
        (document,) = documents(items(path, columns))
        return document.content, document.url

    assert read_as(ANY) == ("t", "http://u")
    assert read_as(Columns("html")) == ("h", "http://u")
    assert read_as(Columns("content", "link")) == ("c", "http://l")
    assert read_as(Columns(url="empty")) == ("t", None)
    assert len(faults(items(path, Columns("body")))) == 1


@pytest.mark.parametrize(("suffix", "compress"), COMPRESSED)
@pytest.mark.parametrize(("name", "make"), [("t.jsonl", jsonl), ("t.csv", table)])
def test_a_cut_table_gives_all_that_is_whole(
    tmp_path: Path, name: str, make: Callable[[list[str]], bytes], suffix: str, compress: Compress
) -> None:
    data = make(TEXTS)
    # of a zstd block that is cut, nothing can be read: two members, of which only the second is cut
    first, second = compress(data[:20_000]), compress(data[20_000:])
    for cut in (1, 5, len(second) // 2, len(second) - 1):
        *good, last = items(write(tmp_path, name + suffix, first + second[:-cut]))
        assert [document.content for document in documents(good)] == TEXTS[: len(good)]
        assert len(good) > 100
        (fault,) = faults([last])
        assert fault.id == name + suffix
        assert " breaks off after line " in fault.reason
        assert int(fault.reason.split()[5]) == (len(good) if name == "t.jsonl" else 2 * len(good) + 1)


@pytest.mark.parametrize(("suffix", "compress"), COMPRESSED)
def test_a_damaged_table(tmp_path: Path, suffix: str, compress: Compress) -> None:
    data = bytearray(compress(jsonl(TEXTS[:200])) + compress(jsonl(TEXTS[200:])))
    data[-20:] = bytes(20)
    found = items(write(tmp_path, f"t.jsonl{suffix}", bytes(data)))
    assert [document.content for document in documents(found)][:200] == TEXTS[:200]
    assert " breaks off after line " in faults(found)[-1].reason
    (fault,) = faults(items(write(tmp_path, f"t.jsonl{suffix}", b"this is not compressed\n")))
    assert fault.reason.startswith(f"cannot read t.jsonl{suffix}: ")


def test_padding_after_gzip_is_no_damage(tmp_path: Path) -> None:
    data = gzip.compress(jsonl(TEXTS[:2])) + bytes(10_000)
    assert len(documents(items(write(tmp_path, "t.jsonl.gz", data)))) == 2
    assert not faults(items(tmp_path / "t.jsonl.gz"))


def test_an_empty_gzip_file_is_cut(tmp_path: Path) -> None:
    assert len(faults(items(write(tmp_path, "t.jsonl.gz", b"")))) == 1
    assert items(write(tmp_path, "t.jsonl", b"")) == []


# CSV


@pytest.mark.parametrize(("suffix", "compress"), COMPRESSIONS)
@pytest.mark.parametrize(("name", "delimiter"), [("t.csv", ","), ("t.tsv", "\t")])
def test_csv(tmp_path: Path, name: str, delimiter: str, suffix: str, compress: Compress) -> None:
    found = documents(items(write(tmp_path, name + suffix, compress(b"\xef\xbb\xbf" + table(TEXTS, delimiter)))))
    assert [document.content for document in found] == TEXTS
    assert [document.id for document in found] == [f"{name}{suffix}:{2 * n + 2}" for n in range(400)]
    assert found[3].url == "http://a.example/3"
    assert found[3].row == PlainRow(("n", "text", "url"), ("3", TEXTS[3], "http://a.example/3"), "text")


def test_csv_line_breaks_in_cells_stay(tmp_path: Path) -> None:
    path = write(tmp_path, "t.csv", 'text,n,n\r\n"a\r\nb\rc\n",1,2\r\n\r\n"say ""hi""",3,4')
    first, second = documents(items(path))
    assert (first.content, first.id) == ("a\r\nb\rc\n", "t.csv:2")
    assert (second.content, second.id) == ('say "hi"', "t.csv:7")
    assert first.row == PlainRow(("text", "n", "n"), ("a\r\nb\rc\n", "1", "2"), "text")


def test_csv_of_old_macs_and_long_cells(tmp_path: Path) -> None:
    long = "word " * 100_000
    assert [d.content for d in documents(items(write(tmp_path, "t.csv", f"text\rone\r{long}\r")))] == ["one", long]


def test_csv_bad_rows(tmp_path: Path) -> None:
    data = b'n,text\n1,one\n2\n3,"a\nb",c\n4,caf\xe9\n5,five\n6,"never closed\n7,seven\n'
    found = items(write(tmp_path, "t.csv", data))
    assert [item.id for item in found] == [f"t.csv:{line}" for line in (2, 3, 4, 6, 7, 8)]
    assert [document.content for document in documents(found)] == ["one", "five"]
    assert [(fault.reason, fault.content) for fault in faults(found)] == [
        ("it has 1 cells, the header 2", "2\n"),
        ("it has 3 cells, the header 2", '3,"a\nb",c\n'),
        ("it is not UTF-8", b"4,caf\xe9\n"),
        ("a quoted cell is never closed", '6,"never closed\n7,seven\n'),
    ]


@pytest.mark.parametrize(
    ("data", "columns", "reason"),
    [
        (b"", ANY, "it has no header line"),
        (b"\n\n", ANY, "it has no header line"),
        (b"a;b\n1;2\n", ANY, "it has no column text, html or content, only a;b"),
        (b"text\nx\n", Columns("body"), 'it has no column "body", only text'),
        (b"text\nx\n", Columns(url="link"), 'it has no column "link", only text'),
        (b"text,caf\xe9\nx,y\n", ANY, "it is not UTF-8"),
        (b'text,"open\nx,y\n', ANY, "a quoted cell is never closed"),
    ],
)
def test_csv_without_a_use(tmp_path: Path, data: bytes, columns: Columns, reason: str) -> None:
    (fault,) = faults(items(write(tmp_path, "t.csv", data), columns))
    assert (fault.id, fault.reason) == ("t.csv", reason)


# Parquet


def test_parquet_keeps_types_and_order(tmp_path: Path) -> None:
    pa, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")

    whole = pa.table(
        {
            "z": pa.array(range(200), pa.int16()),
            "html": pa.array([f"<p>{n}" for n in range(200)]).dictionary_encode(),
            "at": pa.array(range(200), pa.timestamp("ns", "Europe/Paris")),
            "url": pa.array([None, *(f"http://u/{n}" for n in range(1, 200))], pa.large_string()),
            "l": pa.array([[1.5], None] * 100, pa.list_(pa.float32())),
        },
        metadata={"made": "by hand"},
    )
    path = tmp_path / "t.parquet"
    parquet.write_table(whole, path, row_group_size=90)
    found = documents(items(path))
    assert [document.id for document in found] == [f"t.parquet:{n}" for n in range(1, 201)]
    assert [document.content for document in found] == [f"<p>{n}" for n in range(200)]
    assert [document.url for document in found[:2]] == [None, "http://u/1"]
    rows = [document.row for document in found]
    slices = [row.batch.slice(row.index, 1) for row in rows if isinstance(row, BatchRow)]
    stored = parquet.read_table(path)
    assert pa.Table.from_batches(slices).equals(stored, check_metadata=True)
    assert rows[0] is not None
    assert rows[0].columns == ("z", "html", "at", "url", "l")
    assert rows[0].values["l"] == [1.5]
    assert rows[0].field == "html"


def test_parquet_bad_values_and_bytes(tmp_path: Path) -> None:
    pa, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")

    parquet.write_table(pa.table({"text": ["a", None, "c"], "n": [1, 2, 3]}), tmp_path / "t.parquet")
    first, second, third = items(tmp_path / "t.parquet")
    assert (first.content, third.content) == ("a", "c")
    assert isinstance(second, Fault)
    assert (second.id, second.reason) == ("t.parquet:2", 'its "text" is null')
    assert second.row
    assert second.row.cells == (None, 2)
    assert [f.reason for f in faults(items(tmp_path / "t.parquet", Columns("n")))] == ['its "n" is no text'] * 3
    (fault,) = faults(items(tmp_path / "t.parquet", Columns("body")))
    assert fault.reason == 'it has no column "body", only text, n'
    broken = pa.array([b"caf\xe9", b"x"], pa.binary()).view(pa.string())  # which does not check that it is UTF-8
    parquet.write_table(pa.table({"text": broken, "content": [b"\xff<p>", b"b"]}), tmp_path / "b.parquet")
    assert [item.content for item in items(tmp_path / "b.parquet")] == [b"caf\xe9", "x"]
    assert [item.content for item in items(tmp_path / "b.parquet", Columns("content"))] == [b"\xff<p>", b"b"]


def test_parquet_damaged(tmp_path: Path) -> None:
    pa, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")

    path = tmp_path / "t.parquet"
    parquet.write_table(pa.table({"text": TEXTS}), path, row_group_size=100, use_dictionary=False, compression="none")
    data = path.read_bytes()
    for wrong in (data[:-100], b"", b"no Parquet at all"):
        (fault,) = faults(items(write(tmp_path, "t.parquet", wrong)))
        assert fault.id == "t.parquet"
        assert fault.reason.startswith("cannot read t.parquet: ")
    group = parquet.ParquetFile(io.BytesIO(data)).metadata.row_group(2).column(0)
    at = group.data_page_offset
    found = items(write(tmp_path, "t.parquet", data[:at] + b"\xff" * 30 + data[at + 30 :]))
    assert [document.content for document in documents(found)] == TEXTS[: len(found) - 1]
    assert len(found) > 100
    assert faults(found[-1:])[0].reason.startswith(f"t.parquet breaks off after row {len(found) - 1} (")


# WARC and WET


def record(of: str, body: bytes, url: str = "http://a.example/", content_type: str = "application/http") -> bytes:
    head = (
        f"WARC/1.0\r\nWARC-Type: {of}\r\nWARC-Record-ID: <urn:uuid:0>\r\nWARC-Date: 2024-01-01T00:00:00Z\r\n"
        f"WARC-Target-URI: {url}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body + b"\r\n\r\n"


def response(body: bytes, content_type: str = "text/html; charset=utf-8", more: str = "") -> bytes:
    return f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\n{more}\r\n".encode() + body


PAGES = [b"<p>one</p>" * 40, b"caf\xe9 in Latin-1", b"converted"]
RECORDS = [
    record("warcinfo", b"software: test\r\n", content_type="application/warc-fields"),
    record("request", b"GET / HTTP/1.1\r\n\r\n"),
    record("response", response(PAGES[0]), "http://a.example/1"),
    record("response", response(b"\x89PNG", "image/png"), "http://a.example/2"),
    record("response", response(PAGES[1], "Text/Plain"), "<http://a.example/3>"),
    record("conversion", PAGES[2], "http://a.example/4", "text/plain"),
]
OFFSETS = [sum(map(len, RECORDS[:n])) for n in (2, 4, 5)]


@needs_warc
@pytest.mark.parametrize("name", ["crawl.warc", "crawl.wet"])
def test_warc(tmp_path: Path, name: str) -> None:
    kinds: list[Head] = ["html", "text", "text"]
    assert items(write(tmp_path, name, b"".join(RECORDS))) == [
        Document(f"{name}:{offset}", page, kind, f"http://a.example/{n}", charset=charset)
        for offset, page, kind, n, charset in zip(OFFSETS, PAGES, kinds, (1, 3, 4), ("utf-8", None, None), strict=True)
    ]


@needs_warc
@pytest.mark.parametrize(("suffix", "compress"), COMPRESSED)
def test_warc_compressed(tmp_path: Path, suffix: str, compress: Compress) -> None:
    members = [compress(one) for one in RECORDS]
    found = documents(items(write(tmp_path, f"crawl.warc{suffix}", b"".join(members))))
    assert [document.content for document in found] == PAGES
    offsets = [sum(map(len, members[:n])) for n in (2, 4, 5)]
    assert [document.id for document in found] == [f"crawl.warc{suffix}:{offset}" for offset in offsets]
    whole = documents(items(write(tmp_path, f"whole.wet{suffix}", compress(b"".join(RECORDS)))))
    assert [document.content for document in whole] == PAGES
    assert [document.id for document in whole] == [f"whole.wet{suffix}:0+{offset}" for offset in OFFSETS]


@needs_warc
def test_warc_cut_anywhere(tmp_path: Path) -> None:
    data = b"".join(RECORDS)
    for cut in range(len(RECORDS[-1]) - 1, 4, -7):
        *good, last = items(write(tmp_path, "crawl.warc", data[:-cut]))
        assert [document.content for document in documents(good)] == PAGES[:2]
        (fault,) = faults([last])
        assert fault.id == "crawl.warc"
        assert fault.reason.startswith("crawl.warc breaks off after 2 documents (")
        assert PAGES[2].startswith(fault.content or b"")  # type: ignore[arg-type]
    (fault,) = faults(items(write(tmp_path, "crawl.warc", data[: len(RECORDS[0]) + 150])))
    assert fault.reason.startswith("cannot read crawl.warc: ")


@needs_warc
@pytest.mark.parametrize(("suffix", "compress"), COMPRESSED)
def test_warc_compressed_cut_anywhere(tmp_path: Path, suffix: str, compress: Compress) -> None:
    members = [compress(one) for one in RECORDS]
    data = b"".join(members)
    for cut in range(1, len(members[-1])):
        found = items(write(tmp_path, f"crawl.warc{suffix}", data[:-cut]))
        assert [document.content for document in documents(found)][:2] == PAGES[:2]
        (fault,) = faults(found)
        assert f"crawl.warc{suffix} breaks off after " in fault.reason


@needs_warc
def test_warc_of_wrong_lengths(tmp_path: Path) -> None:
    for wrong in (b"Content-Length: 4", b"Content-Length: 99999", b"Content-Length: x"):
        damaged = RECORDS[2].replace(b"Content-Length: 4", wrong, 1)
        found = items(write(tmp_path, "crawl.warc", RECORDS[4] + damaged[:-100] + RECORDS[5]))
        assert documents(found)[0].content == PAGES[1]
        assert len(faults(found)) == 1
    assert len(faults(items(write(tmp_path, "crawl.warc", b"this is no archive\n" * 9)))) == 1


@needs_warc
@pytest.mark.parametrize(
    ("more", "body"),
    [
        ("Transfer-Encoding: chunked\r\n", b"5\r\n<p>ab\r\n3\r\ncde\r\n0\r\n\r\n"),
        ("Content-Encoding: gzip\r\n", gzip.compress(b"<p>abcde")),
        ("Content-Encoding: deflate\r\n", zlib.compress(b"<p>abcde")),
        ("Content-Encoding: gzip\r\n", b"<p>abcde"),
        ("Transfer-Encoding: chunked\r\nContent-Encoding: br\r\n", b"<p>abcde"),
    ],
    ids=["chunked", "gzip", "deflate", "gzip undone", "both undone"],
)
def test_warc_encodings_of_http(tmp_path: Path, more: str, body: bytes) -> None:
    path = write(tmp_path, "crawl.warc", record("response", response(body, more=more)))
    assert [document.content for document in documents(items(path))] == [b"<p>abcde"]


# what all share


def test_reading_is_lazy(tmp_path: Path) -> None:
    (source,) = find([str(write(tmp_path, "t.jsonl", jsonl(TEXTS * 50)))])
    found = read(source, ANY, None, Meter([source]))
    assert next(found).id == "t.jsonl:1"
    (opened,) = _open_files(source.path)
    assert opened < 100_000
    found.close()  # type: ignore[attr-defined]
    assert not list(_open_files(source.path))


def _open_files(path: Path | None) -> Iterator[int]:
    """How far this process has read in each of its open files with that path."""
    for link in Path("/proc/self/fd").iterdir():
        if link.exists() and link.resolve() == path:
            yield int(Path(f"/proc/self/fdinfo/{link.name}").read_text().split()[1])


@pytest.mark.parametrize(
    ("module", "name", "message"),
    [
        ("pyarrow", "t.parquet", "reading Parquet needs the parquet extra: pip install 'article-stripper[parquet]'"),
        ("fastwarc", "t.warc.gz", "reading WARC needs the warc extra: pip install 'article-stripper[warc]'"),
        ("zstandard", "t.csv.zst", "reading zstd needs the zstd extra: pip install 'article-stripper[zstd]'"),
    ],
)
def test_without_the_extra(tmp_path: Path, module: str, name: str, message: str) -> None:
    write(tmp_path, name, b"x")
    write(tmp_path, "a.jsonl.gz", gzip.compress(jsonl(TEXTS[:1])))
    script = f"""if True:
        import sys
        sys.modules[{module!r}] = None  # as if it were not installed
        from stripper.batch.documents import Columns
        from stripper.batch.readers import Inputs, Meter, Source, find, read
        from stripper.extras import MissingExtra
        (source,) = find(["a.jsonl.gz"])
        assert len(list(read(source, Columns(), None, Meter([source])))) == 1
        try:
            find(["."])
        except MissingExtra as error:
            print(error)
    """
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == message + "\n"
