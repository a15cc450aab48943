"""Packages that only some inputs and outputs need."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

from stripper.batch.documents import MissingExtra

_EXTRAS: Final = {"pyarrow": ("Parquet", "parquet"), "fastwarc": ("WARC", "warc"), "zstandard": ("zstd", "zstd")}


def load(module: str, doing: str = "reading") -> Any:
    """Import a module of an optional package: pyarrow, fastwarc or zstandard.

    Raises:
        MissingExtra: it is not installed.
    """
    try:
        return import_module(module)
    except ImportError as error:
        thing, extra = _EXTRAS[module.partition(".")[0]]
        raise MissingExtra(
            f"{doing} {thing} needs the {extra} extra: pip install 'article-stripper[{extra}]'"
        ) from error
