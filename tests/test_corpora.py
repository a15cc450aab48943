"""Fetching public pages: a real server on loopback, the real pooch."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from stripper.training.corpora import ENVIRONMENT, CorpusError, Source, default_folder, fetch, read_page

PAGE = b"<p>Eine Seite</p>"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    folder = tmp_path / "served" / "owner" / "repo" / ("c" * 40) / "pages"
    folder.mkdir(parents=True)
    (folder / "ä page [1].html").write_bytes(PAGE)
    handler = partial(_Quiet, directory=str(tmp_path / "served"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


def _source(path: str = "pages/ä page [1].html", data: bytes = PAGE) -> Source:
    return Source("owner/repo", "c" * 40, path, hashlib.sha256(data).hexdigest())


def test_fetch_and_read(server: str, tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    assert fetch([_source(), _source()], folder, server) == 1
    assert read_page(folder, _source()) == PAGE
    assert fetch([_source()], folder, "http://127.0.0.1:9") == 1, "what is there is not fetched again"


def test_other_content_is_refused(server: str, tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="cannot fetch"):
        fetch([_source(data=b"another")], tmp_path / "cache", server)
    with pytest.raises(CorpusError, match="cannot fetch"):
        fetch([_source("gone.html")], tmp_path / "cache", server)


def test_local_copies_are_checked(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="corpora fetch"):
        read_page(tmp_path, _source())
    target = tmp_path / _source().local
    target.parent.mkdir(parents=True)
    target.write_bytes(b"another")
    with pytest.raises(CorpusError, match="hash differs"):
        read_page(tmp_path, _source())


def test_default_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(ENVIRONMENT, str(tmp_path))
    assert default_folder() == tmp_path
    monkeypatch.delenv(ENVIRONMENT)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "c"))
    assert default_folder() == tmp_path / "c" / "stripper" / "corpora"
