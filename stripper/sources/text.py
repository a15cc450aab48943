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


def read_text(text: str) -> Page:
    r"""Cut ``text`` into blocks with their offsets.

    >>> [(b.text, b.start, b.end) for b in read_text("One.\n\n  Two. \r\nThree.").blocks]
    [('One.', 0, 4), ('  Two. ', 6, 13), ('Three.', 15, 21)]
    """
    blocks = tuple(
        Block(match.group(), match.start(), match.end())
        for match in _LINE.finditer(text)
        if not match.group().isspace()
    )
    return Page(blocks, source=text)


def keep_lines(text: str, paragraphs: Sequence[Paragraph]) -> str:
    r"""The text minus the paragraphs that are not kept: lines, or pieces of a line.

    The blank lines after a removed line go with it, and the result ends in a line break only if the
    input did. Everything else is the input, character for character.

    Args:
        text: the input.
        paragraphs: all of it but the white space between lines, in order; those of a line adjoin one another.
    """
    if all(paragraph.kept for paragraph in paragraphs):
        return text
    lines: list[list[Paragraph]] = []
    for paragraph in paragraphs:
        if lines and lines[-1][-1].end == paragraph.start:
            lines[-1].append(paragraph)
        else:
            lines.append([paragraph])
    contents = ["".join(piece.text for piece in line if piece.kept) for line in lines]
    if not any(contents):
        return ""
    starts = [line[0].start or 0 for line in lines]
    ends = [line[-1].end or 0 for line in lines]
    pieces = [
        content + text[end:following]
        for content, end, following in zip(contents, ends, [*starts[1:], len(text)], strict=True)
        if content
    ]
    if not contents[-1]:
        last = max(number for number, content in enumerate(contents) if content)
        line_break = _BREAK.match(text, ends[last]) if text.endswith(("\r", "\n")) else None
        pieces[-1] = contents[last] + (line_break.group() if line_break else "")
    return text[: starts[0]] + "".join(pieces)
