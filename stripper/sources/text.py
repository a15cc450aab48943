"""Text that some extractor already produced: each line that is not blank is a block."""

from __future__ import annotations

import re
from collections.abc import Sequence

from stripper.document import Paragraph
from stripper.sources.block import Block, Page

# "\r\n", "\n" and lone "\r" break lines; str.splitlines also breaks at form feeds and the like,
# which stand inside paragraphs of PDF and OCR output.
_LINE = re.compile(r"[^\r\n]+")
_BREAK = re.compile(r"\r\n|\r|\n")


def read_text(text: str, url: str | None = None) -> Page:
    r"""Cut ``text`` into blocks with their offsets.

    >>> [(b.text, b.start, b.end) for b in read_text("One.\n\n  Two. \r\nThree.").blocks]
    [('One.', 0, 4), ('  Two. ', 6, 13), ('Three.', 15, 21)]
    """
    blocks = tuple(
        Block(match.group(), match.start(), match.end())
        for match in _LINE.finditer(text)
        if not match.group().isspace()
    )
    return Page(blocks, url=url, source=text)


def keep_lines(text: str, paragraphs: Sequence[Paragraph]) -> str:
    """The text minus the paragraphs that are not kept: lines, or pieces of a line.

    The blank lines after a removed line go with it, and the result ends in a line break only if the
    input did. Everything else is the input, character for character.

    Args:
        text: the input.
        paragraphs: all of it but the white space between lines, in order; those of a line adjoin one another.
    """
    return "".join(text[start:end] for start, end in kept_spans(text, paragraphs))


def kept_spans(text: str, paragraphs: Sequence[Paragraph]) -> list[tuple[int, int]]:
    """Where in the text stands what ``keep_lines`` keeps, in order."""
    if all(paragraph.kept for paragraph in paragraphs):
        return [(0, len(text))]
    lines: list[list[Paragraph]] = []
    for paragraph in paragraphs:
        if lines and lines[-1][-1].end == paragraph.start:
            lines[-1].append(paragraph)
        else:
            lines.append([paragraph])
    kept = [number for number, line in enumerate(lines) if any(piece.kept for piece in line)]
    if not kept:
        return []
    starts = [line[0].start or 0 for line in lines]
    ends = [line[-1].end or 0 for line in lines]
    followings = [*starts[1:], len(text)]
    spans = [(0, starts[0])]
    for number in kept:
        spans += [(piece.start or 0, piece.end or 0) for piece in lines[number] if piece.kept]
        if number < kept[-1] or number == len(lines) - 1:
            spans.append((ends[number], followings[number]))
        else:
            line_break = _BREAK.match(text, ends[number]) if text.endswith(("\r", "\n")) else None
            spans.append((ends[number], line_break.end() if line_break else ends[number]))
    return spans
