"""Cleaned documents to a stream, as they come."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

from stripper.batch.cleaned import page_file
from stripper.batch.cleaner import Settings, clean_here
from stripper.batch.documents import Fault
from stripper.batch.readers import Inputs
from stripper.batch.writers import JSONL, piece


def show(inputs: Inputs, settings: Settings, stream: BinaryIO, complain: Callable[[Fault], None]) -> None:
    """Clean all inputs in this process and write what comes of them to a stream as it comes.

    Pages and texts are written as such, what stands in tables and archives as lines of JSON.
    """
    for chunk in clean_here(inputs.read(), settings):
        for (source, item), result in zip(chunk.items, chunk.results, strict=True):
            if isinstance(result, Fault):
                complain(result)
            elif source.format != "page":
                stream.write(piece([(item.row, result)], JSONL))
            elif not result.text.strip() and not result.removed:
                complain(Fault(result.id, "it holds no text"))
            else:
                stream.write(_ended(page_file(result, settings.form)))
        stream.flush()


def _ended(data: bytes) -> bytes:
    return data if not data or data.endswith(b"\n") else data + b"\n"
