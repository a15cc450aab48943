"""Messages that an extractor glued to the end of a paragraph: "... she said. Sign up for our newsletter here", cut off.

The last sentences of every kept paragraph are tagged once more, each as if it stood on a line of its own. Those that
are surely boilerplate are cut off, with all that follows them. Not done unless asked for: a sentence tells less than a
paragraph, and body is sacred.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final

from stripper.decision import decide
from stripper.document import Paragraph
from stripper.labels import BOILERPLATE, Label
from stripper.sources.text import read_text
from stripper.tagging.tagger import Tagger

# A full stop with its closing quotes and brackets, then a space; ideographic stops need none. A run of stops is one.
# Compiled when it is first needed, which is seldom.
_SENTENCE: Final = (
    r"(?:(?<![.!?…؟।])[.!?…؟।]+[\"'”’»)\]]*(?=\s)|(?<![。！？])[。！？]+[」』）”’]*)(?=\s*[^\s」』）”’。！？])"
)
_MOST_SENTENCES: Final = 4


def cut_tails(
    documents: Sequence[tuple[Paragraph, ...]], tagger: Tagger, strip: Collection[Label], threshold: float
) -> list[tuple[Paragraph, ...]]:
    """Cut boilerplate sentences off the ends of kept paragraphs.

    Args:
        documents: the paragraphs of each, with the verdicts.
        tagger: tags the sentences, as bare text.
        strip: the labels to remove; of these, only kinds of boilerplate are cut off.
        threshold: what a sentence's evidence must exceed.

    Returns:
        the same paragraphs, but one that has lost its end has become two: what is left, and what was cut.
    """
    cut = [[_pieces(paragraph.text) for paragraph in document if paragraph.kept] for document in documents]
    pages = [read_text("\n".join(piece for pieces in document for piece in pieces)) for document in cut]
    predicted = tagger.predict_proba(pages, "text")
    result = []
    for document, parts, page, probabilities in zip(documents, cut, pages, predicted, strict=True):
        # a caption or a by-line is no message, whatever the caller strips
        verdicts = iter(decide(page, probabilities, BOILERPLATE.intersection(strip), threshold))
        counts = map(len, parts)
        result.append(
            tuple(
                piece
                for own in document
                for piece in (_cut(own, list(islice(verdicts, next(counts)))) if own.kept else [own])
            )
        )
    return result


def _pieces(text: str) -> list[str]:
    """A paragraph's beginning and its last sentences; none is blank.

    >>> _pieces("It rained. She left. Sign up here!")
    ['It rained.', ' She left.', ' Sign up here!']
    """
    ends = [match.end() for match in re.finditer(_SENTENCE, text)][-_MOST_SENTENCES:]
    return [text[start:end] for start, end in zip([0, *ends], [*ends, len(text)], strict=True)]


def _cut(paragraph: Paragraph, sentences: Sequence[Paragraph]) -> list[Paragraph]:
    """Split a paragraph where its last sentences begin to be boilerplate, one and all; its first stays."""
    count = next((place for place, own in enumerate(reversed(sentences[1:])) if own.kept), len(sentences) - 1)
    if not count:
        return [paragraph]
    first = sentences[-count]
    length = sum(len(own.text) for own in sentences[:-count])
    middle = None if paragraph.start is None else paragraph.start + length
    return [
        replace(paragraph, text=paragraph.text[:length], end=middle),
        replace(
            paragraph,
            text=paragraph.text[length:],
            label=first.label,
            probability=first.probability,
            kept=False,
            start=middle,
        ),
    ]
