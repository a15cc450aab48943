"""Archives of the web: WARC and WET."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final

from stripper.batch.documents import Document, Fault, Item, is_binary
from stripper.batch.streams import Stream, breaks_off, cause
from stripper.extras import load
from stripper.tagging.features import Head

_KINDS: Final[dict[str, Head | None]] = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/plain": "text",
    # nothing is said: the content must tell
    "": None,
}
_GZIP_OR_ZLIB: Final = 47


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
            media = _media_type(record, warc)
            wanted = media in _KINDS
            # before its payload is read: reading moves the stream on
            position, length = stream.offset(record.stream_pos), record.content_length
            content = record.reader.read() if wanted else b""
            if "Content-Length" not in record.headers or length > (len(content) or record.reader.consume()):
                why = f"the record at {position} is shorter than its Content-Length"
                break
            if wanted:
                count += 1
                url = (record.headers.get("WARC-Target-URI") or "").strip("<>")
                yield _document(record, f"{name}:{position}", content, kind or _KINDS[media], url or None)
                content = b""
    except OSError as error:
        why = cause(error)
    if why := stream.broken or why:
        yield breaks_off(name, "{} documents", count, why, content)


def _media_type(record: Any, warc: Any) -> str:
    """What the record holds; "other" is no document."""
    kinds = warc.WarcRecordType
    if record.record_type == kinds.conversion:
        return "text/plain"
    if record.record_type == kinds.response and record.is_http:
        told = record.http_content_type
    elif record.record_type == kinds.resource:
        told = record.headers.get("Content-Type") or "other"
    else:
        return "other"
    return (told or "").partition(";")[0].strip().lower()


def _document(record: Any, name: str, content: bytes, kind: Head | None, url: str | None) -> Item:
    """The document of a record, without HTTP's chunks and compression."""
    if not record.is_http:
        return Document(name, content, kind, url)
    headers = [record.http_headers.get(header) or "" for header in ("Content-Encoding", "Transfer-Encoding")]
    codings = [coding.strip().lower() for header in headers for coding in header.split(",")]
    whole = record.headers.get("WARC-Truncated") is None
    # the last that was done is the first to be undone
    for coding in reversed(codings):
        with suppress(OSError, zlib.error):  # many archives keep the headers of what they have decoded
            content, ended = _decoded(content, coding)
            if whole and not ended:
                return Fault(name, f"its content breaks off ({coding})", content)
    if is_binary(content):
        return Fault(name, f"it is no text ({', '.join(filter(None, codings)) or 'not compressed'})", content)
    return Document(name, content, kind, url, charset=record.http_charset)


def _decoded(content: bytes, coding: str) -> tuple[bytes, bool]:
    """The content without one coding, and whether it has an end; an unknown coding is left."""
    if coding in ("gzip", "x-gzip", "deflate"):
        decoder = zlib.decompressobj(_GZIP_OR_ZLIB)
        return decoder.decompress(content) + decoder.flush(), decoder.eof
    if coding in ("chunked", "br"):
        streams = load("fastwarc.stream_io")
        reader = streams.ChunkedReader if coding == "chunked" else streams.BrotliReader
        return reader(io.BytesIO(content)).read(), True
    return content, True
