"""Archives of the web: WARC and WET."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import Any, Final

from stripper.batch.documents import Document, Item
from stripper.batch.extras import load
from stripper.batch.streams import Stream, breaks_off, cause
from stripper.tagging.features import Head

_KINDS: Final[dict[str, Head]] = {"text/html": "html", "application/xhtml+xml": "html", "text/plain": "text"}


def read_warc(stream: Stream, name: str, kind: Head | None) -> Iterator[Item]:
    """The documents of an archive: responses that are HTML or text, and what other tools converted to text.

    Raises:
        MissingExtra: fastwarc is not installed.
    """
    warc = load("fastwarc.warc")
    count = 0
    why, content = None, b""
    try:
        for record in warc.ArchiveIterator(stream, stream_detect=False):
            told = _kind(record, warc)
            # before its payload is read: reading moves the stream on
            position, length = stream.offset(record.stream_pos), record.content_length
            content = record.reader.read() if told else b""
            if "Content-Length" not in record.headers or length > (len(content) or record.reader.consume()):
                why = f"the record at {position} is shorter than its Content-Length"
                break
            if told:
                count += 1
                url = (record.headers.get("WARC-Target-URI") or "").strip("<>")
                charset = record.http_charset if record.is_http else None
                yield Document(
                    f"{name}:{position}", _decoded(record, content), kind or told, url or None, charset=charset
                )
                content = b""
    except OSError as error:
        why = cause(error)
    if why := stream.broken or why:
        yield breaks_off(name, "{} documents", count, why, content)


def _kind(record: Any, warc: Any) -> Head | None:
    """What the record holds; ``None`` is no document."""
    if record.record_type == warc.WarcRecordType.conversion:
        return "text"
    if record.record_type == warc.WarcRecordType.response and record.is_http:
        return _KINDS.get((record.http_content_type or "").lower())
    return None


def _decoded(record: Any, content: bytes) -> bytes:
    """The content without HTTP's chunks and compression."""
    if not record.is_http:
        return content
    streams = load("fastwarc.stream_io")
    readers = {
        "chunked": streams.ChunkedReader,
        "gzip": streams.GzipReader,
        "x-gzip": streams.GzipReader,
        "deflate": partial(streams.GzipReader, zlib=True),
        "br": streams.BrotliReader,
    }
    for header in ("Transfer-Encoding", "Content-Encoding"):
        reader = readers.get((record.http_headers.get(header) or "").strip().lower())
        with suppress(OSError):  # many archives keep the headers of what they have decoded
            content = reader(io.BytesIO(content)).read() if reader else content
    return content
