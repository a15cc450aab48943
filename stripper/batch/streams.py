"""Bytes and lines of files, plain or compressed, up to where a damaged file breaks off."""

from __future__ import annotations

import io
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, Final, Protocol

from stripper.batch.documents import Fault
from stripper.extras import load

# what a damaged piece holds is lost, so pieces are small
_PIECE: Final = 4096
_GZIP: Final = 31


class _Decoder(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, /) -> bytes: ...


class Stream(io.RawIOBase):
    """A file's content, decompressed, that ends without an error where the file cannot be read on.

    Args:
        file: where to read.
        compression: ".gz", ".zst" or "".

    Attributes:
        broken: why it ended too early, else ``None``; known once the end was reached.

    Raises:
        MissingExtra: zstandard is not installed.
    """

    def __init__(self, file: BinaryIO, compression: str) -> None:
        self.broken: str | None = None
        self._rest = memoryview(b"")
        self._position = 0
        self._members: deque[tuple[int, int]] = deque()
        self._pieces = self._inflated(file, *_decoder(compression)) if compression else self._plain(file)

    def readable(self) -> bool:
        """Always."""
        return True

    def tell(self) -> int:
        """The number of bytes read so far."""
        return self._position

    def readinto(self, buffer: Any, /) -> int:
        """Fill what can be filled of the buffer; 0 is the end."""
        self._rest = self._rest or memoryview(next(self._pieces, b""))
        size = min(len(buffer), len(self._rest))
        buffer[:size], self._rest = self._rest[:size], self._rest[size:]
        self._position += size
        return size

    def offset(self, position: int) -> str:
        """Where in the file the byte at a position of the content is; positions must not decrease.

        In a compressed file this is where a compressed member begins, "+" the place in its content.
        """
        while len(self._members) > 1 and self._members[1][0] <= position:
            self._members.popleft()
        if not self._members:
            return str(position)
        content_start, file_start = self._members[0]
        return str(file_start) + (f"+{position - content_start}" if position > content_start else "")

    def _plain(self, file: BinaryIO) -> Iterator[bytes]:
        try:
            while piece := file.read(io.DEFAULT_BUFFER_SIZE):
                yield piece
        except OSError as error:
            self.broken = cause(error)

    def _inflated(self, file: BinaryIO, new: Callable[[], _Decoder], damage: type[Exception]) -> Iterator[bytes]:
        decoder: _Decoder | None = new()
        consumed = produced = 0
        self._members.append((0, 0))
        try:
            while piece := file.read(_PIECE):
                consumed += len(piece)
                while piece:
                    if decoder is None:  # another member follows, or zeros that some tools pad with
                        piece = piece.lstrip(b"\0")
                        if not piece:
                            break
                        decoder = new()
                        self._members.append((produced, consumed - len(piece)))
                    content = decoder.decompress(piece)
                    produced += len(content)
                    piece = decoder.unused_data
                    if decoder.eof:
                        decoder = None
                    if content:
                        yield content
            if decoder is not None:
                self.broken = "the compressed data end too early"
        except (OSError, damage) as error:
            self.broken = cause(error)


def _decoder(compression: str) -> tuple[Callable[[], _Decoder], type[Exception]]:
    """What makes a decoder of one member, and the error it raises."""
    if compression == ".gz":
        return lambda: zlib.decompressobj(_GZIP), zlib.error
    zstandard = load("zstandard")
    return lambda: zstandard.ZstdDecompressor().decompressobj(), zstandard.ZstdError


def cause(error: Exception) -> str:
    """An error's message as the end of a sentence."""
    message = (error.strerror if isinstance(error, OSError) else None) or str(error).strip() or type(error).__name__
    return message.splitlines()[0].partition(". ")[0].rstrip(".")


class Lines(Iterator[str]):
    """The lines of a stream of UTF-8, but for a last one that a break cut off.

    Bytes that are not UTF-8 stand as surrogates: see ``raw``.

    Attributes:
        done: the number of the last line that was taken.
        ended: whether a line was asked for after the last.
    """

    def __init__(self, stream: Stream, newline: str) -> None:
        self._stream = stream
        self._text = io.TextIOWrapper(
            io.BufferedReader(stream), encoding="utf-8-sig", errors="surrogateescape", newline=newline
        )
        self._untaken: list[str] = []
        self.done = 0
        self.ended = False

    def __next__(self) -> str:
        line = self._text.readline()
        if line:
            self._untaken.append(line)
        if not line or (self.broken and not line.endswith(("\n", "\r"))):
            self.ended = True
            raise StopIteration
        return line

    @property
    def broken(self) -> bool:
        """Whether the stream breaks off after these lines."""
        return self._stream.broken is not None

    def take(self) -> str:
        """The lines read since the last call, which are now done with."""
        text = "".join(self._untaken)
        self.done += len(self._untaken)
        self._untaken.clear()
        return text

    def fault(self, name: str) -> Fault | None:
        """What to report of the file at its end, if it breaks off; lines not taken are its content."""
        if self._stream.broken is None:
            return None
        return breaks_off(name, "line {}", self.done, self._stream.broken, raw("".join(self._untaken)))


def breaks_off(name: str, unit: str, count: int, why: str, content: str | bytes | None = None) -> Fault:
    """The fault of a file that cannot be read, or not beyond a number of lines, rows or documents."""
    where = f"{name} breaks off after {unit.format(count)} ({why})" if count else f"cannot read {name}: {why}"
    return Fault(name, where, content or None)


def raw(text: str) -> str | bytes:
    """The text of lines, or their bytes if these are not UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode(errors="surrogateescape")
    return text
