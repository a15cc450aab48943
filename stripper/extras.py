"""Packages that only some inputs, outputs and integrations need."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any, Final

from stripper.errors import StripperError

_EXTRAS: Final = {
    "pyarrow": ("Parquet", "parquet"),
    "fastwarc": ("WARC", "warc"),
    "zstandard": ("zstd", "zstd"),
    "pandas": ("pandas frames", "pandas"),
    "polars": ("polars frames", "polars"),
    "datasets": ("Hugging Face datasets", "datasets"),
    "scrapy": ("Scrapy items", "scrapy"),
    "bs4": ("soups", "soup"),
    "datatrove": ("datatrove documents", "datatrove"),
    "pyspark": ("Spark frames", "spark"),
}


class MissingExtra(StripperError, ImportError):  # noqa: N818 - it reads as what it is
    """A package that only some need is not installed; names the extra that brings it."""


def load(module: str, doing: str = "reading") -> Any:
    """Import a module of an optional package.

    Args:
        module: its name, such as "pyarrow.parquet".
        doing: what it is needed for, as in "reading Parquet needs the parquet extra".

    Raises:
        MissingExtra: it is not installed.
    """
    try:
        return import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        thing, extra = _EXTRAS[package]
        lacks = "another version of " + package if sys.modules.get(package) else f"the {extra} extra"
        raise MissingExtra(
            f"{doing} {thing} needs {lacks}: pip install 'article-stripper[{extra}]'", name=module
        ) from error
