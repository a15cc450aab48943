"""Text that some extractor already produced: each line that is not blank is a block."""

from __future__ import annotations

import re
from collections.abc import Iterable

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


def keep_lines(page: Page, kept: Iterable[bool]) -> str:
    r"""The text of ``page`` minus the lines whose flag in ``kept`` is false.

    The blank lines after a removed line go with it, and the result ends in a line break only if the
    input did. Everything else is the input, character for character.

    >>> keep_lines(read_text("One.\n\nTwo.\n\nThree."), [True, True, False])
    'One.\n\nTwo.'
    """
    text, flags = page.source or "", tuple(kept)
    if all(flags):
        return text
    if not any(flags):
        return ""
    starts = [block.start or 0 for block in page.blocks]
    pieces = [
        text[start:following]
        for start, following, keep in zip(starts, [*starts[1:], len(text)], flags, strict=True)
        if keep
    ]
    if not flags[-1]:
        last = page.blocks[max(number for number, keep in enumerate(flags) if keep)]
        line_break = _BREAK.match(text, last.end or 0) if text.endswith(("\r", "\n")) else None
        pieces[-1] = last.text + (line_break.group() if line_break else "")
    return text[: starts[0]] + "".join(pieces)
