"""The public pages that the labels speak of: from a local copy, or fetched and checked by hash.

The repository holds no page of others, only where each is to be had: repository, commit, path, SHA-256.
"""

from __future__ import annotations

import gzip
import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

RAW = "https://raw.githubusercontent.com"
ENVIRONMENT = "STRIPPER_CORPORA"


class CorpusError(Exception):
    """A page is missing, cannot be fetched, or is not the one that was labelled."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a page is to be had."""

    repo: str
    commit: str
    path: str
    sha256: str

    @classmethod
    def of(cls, record: dict[str, Any]) -> Source:
        """The source that a record of the labels names."""
        return cls(record["repo"], record["commit"], record["path"], record["sha256"])

    @property
    def local(self) -> str:
        """Its path below the corpora's folder."""
        return f"{self.repo}/{self.path}"


def default_folder() -> Path:
    """``$STRIPPER_CORPORA`` if set, else the user's cache."""
    if named := os.environ.get(ENVIRONMENT):
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "stripper" / "corpora"


def read_page(folder: Path, source: Source) -> bytes:
    """The page's bytes, decompressed.

    Raises:
        CorpusError: it is not in ``folder``, or not the page that was labelled.
    """
    try:
        data = (folder / source.local).read_bytes()
    except OSError as error:
        raise CorpusError(
            f"no page {source.local} in {folder}; run `stripper corpora fetch` or name a copy with --corpora"
        ) from error
    if hashlib.sha256(data).hexdigest() != source.sha256:
        raise CorpusError(f"{source.local} in {folder} is not the page that was labelled: its hash differs")
    return gzip.decompress(data) if source.path.endswith(".gz") else data


def fetch(sources: Iterable[Source], folder: Path, base: str = RAW) -> int:
    """Download what ``folder`` lacks.

    Args:
        sources: the pages wanted.
        folder: where they go, ``<owner>/<repository>/<path>``.
        base: the server; raw.githubusercontent.com unless a mirror is named.

    Returns:
        the number of pages that are now there.

    Raises:
        CorpusError: a download failed or has another hash, or pooch is not installed.
    """
    try:
        import pooch
    except ImportError as error:
        raise CorpusError("fetching needs the train extra: pip install 'article-stripper[train]'") from error
    wanted = {source.local: source for source in sources}
    for local, source in wanted.items():
        url = f"{base}/{source.repo}/{source.commit}/{quote(source.path)}"
        target = folder / local
        try:
            pooch.retrieve(url, f"sha256:{source.sha256}", fname=target.name, path=target.parent)
        except Exception as error:  # pooch lets the errors of requests and urllib3 through
            raise CorpusError(f"cannot fetch {url}: {error}") from error
    return len(wanted)
