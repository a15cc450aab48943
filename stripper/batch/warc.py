"""Archives of the web: WARC and WET."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import Any, Final

from stripper.batch.documents import Document, Fault, Item, is_binary
from stripper.batch.streams import Stream, breaks_off, cause
from stripper.extras import load
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
                yield _document(record, f"{name}:{position}", content, kind or told, url or None)
                content = b""
    except OSError as error:
        why = cause(error)
    if why := stream.broken or why:
        yield breaks_off(name, "{} documents", count, why, content)


def _kind(record: Any, warc: Any) -> Head | None:
    """What the record holds; ``None`` is no document."""
    if record.record_type == warc.WarcRecordType.conversion:
        return "text"
    if record.record_type == warc.WarcRecordType.resource:
        return _KINDS.get((record.headers.get("Content-Type") or "").partition(";")[0].strip().lower())
    if record.record_type == warc.WarcRecordType.response and record.is_http:
        return _KINDS.get((record.http_content_type or "").lower())
    return None


def _document(record: Any, name: str, content: bytes, kind: Head, url: str | None) -> Item:
    """The document of a record, without HTTP's chunks and compression."""
    if not record.is_http:
        return Document(name, content, kind, url)
    streams = load("fastwarc.stream_io")
    readers = {
        "chunked": streams.ChunkedReader,
        "gzip": streams.GzipReader,
        "x-gzip": streams.GzipReader,
        "deflate": partial(streams.GzipReader, zlib=True),
        "br": streams.BrotliReader,
    }
    for header in ("Transfer-Encoding", "Content-Encoding"):
        coding = (record.http_headers.get(header) or "").strip().lower()
        with suppress(OSError, KeyError):  # many archives keep the headers of what they have decoded
            content = readers[coding](io.BytesIO(content)).read() if coding else content
    if is_binary(content):
        return Fault(
            name, f"it is no text in the {record.http_headers.get('Content-Encoding') or 'stored'} coding", content
        )
    return Document(name, content, kind, url, charset=record.http_charset)
