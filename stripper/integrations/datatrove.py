r"""datatrove: a pipeline step that cleans the page or text of each document.

>>> from datatrove.data import Document
>>> from stripper.integrations.datatrove import StripperFormatter
>>> documents = [Document("The ferry is back in port.\nSubscribe to our newsletter!", id="ferry")]
>>> [document.text for document in StripperFormatter(kind="text")(documents)]
['The ferry is back in port.']
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, get_args

from stripper.batch.cleaned import Cleaned
from stripper.batch.cleaner import CHUNK, CHUNK_SIZE, Cleaner, Result, Settings
from stripper.batch.documents import Document, Fault, Item, grouped, json_text
from stripper.extras import load
from stripper.labels import LABELS, Label, Mode
from stripper.stripper import Stripper
from stripper.tagging.features import Head

if TYPE_CHECKING:
    from datatrove.data import Document as Sample
    from datatrove.pipeline.base import PipelineStep
    from datatrove.pipeline.writers.disk_base import DiskWriter
    from datatrove.utils.logging import logger
    from datatrove.utils.typeshelper import StatHints
else:
    PipelineStep = load("datatrove.pipeline.base", "cleaning").PipelineStep
    logger = load("datatrove.utils.logging", "cleaning").logger
    StatHints = load("datatrove.utils.typeshelper", "cleaning").StatHints

Empty: TypeAlias = Literal["drop", "keep"]
Record: TypeAlias = Literal["counts", "paragraphs"]

REMOVED: Final = "stripper_removed"
_URL, _REASON = "url", "filter_reason"
_TOLD: Final = 20


class StripperFormatter(PipelineStep):  # type: ignore[misc]  # datatrove has no types
    """Puts the clean text in the place of the page or text it was made from; in order, and in batches.

    A document that cannot be cleaned, such as one whose text is no text, leaves the pipeline, and so does one that is
    left without text unless it is to be kept. Both are counted and go to the exclusion writer as they came; of the
    former the log tells the ids too.

    datatrove's stats tell how many documents there were in ``total``, ``forwarded`` and ``dropped``, how many of them
    were ``emptied`` and ``failed``, and of the paragraphs removed ``removed_appeal`` and so on for each label.

    Args:
        strip: the labels to remove; by default all but "body".
        mode: "cautious", "balanced" or "aggressive".
        kind: what the documents are, "html" or "text"; by default each is told by its content.
        cut_tails: whether messages glued to the end of a paragraph are cut off too.
        empty: what becomes of a document that is left without text: "drop" or "keep".
        record: what ``metadata["stripper_removed"]`` tells of what was removed: with "counts" the number of paragraphs
            by label, all that are stripped; with "paragraphs" each of them, as a string of JSON; by default nothing.
        title_key: of the metadata, where the headline that a page declares goes, if it is wanted.
        exclusion_writer: is given the documents that leave; ``metadata["filter_reason"]`` says why. A text that is
            none is written as JSON.

    Raises:
        ValueError: an unknown label, or a value that is not one of those above.
        TypeError: ``strip`` is not a collection of labels.
        ModelError: there is no model to work with.
    """

    type = "✂️ - FORMAT"
    name = "🗞 stripper"

    def __init__(  # noqa: PLR0913 - all are options
        self,
        strip: Iterable[Label] | None = None,
        mode: Mode = "balanced",
        kind: Head | None = None,
        *,
        cut_tails: bool = False,
        empty: Empty = "drop",
        record: Record | None = None,
        title_key: str | None = None,
        exclusion_writer: DiskWriter | None = None,
    ) -> None:
        super().__init__()
        for name, value, choices in (
            ("kind", kind, (*get_args(Head), None)),
            ("empty", empty, get_args(Empty)),
            ("record", record, (*get_args(Record), None)),
        ):
            if value not in choices:
                raise ValueError(f"{name} must be one of {', '.join(map(str, choices))}, not {value!r}")
        # what is wrong is said here and not on a cluster; it is not kept, for the step travels to the workers
        checked = Stripper(strip, mode, cut_tails=cut_tails)
        self.settings = Settings(checked.strip, checked.mode, checked.cut_tails)
        self.kind, self.empty, self.record = kind, empty, record
        self.title_key = title_key
        self.exclusion_writer = exclusion_writer

    def run(self, data: Iterable[Sample], rank: int = 0, world_size: int = 1) -> Iterator[Sample]:  # noqa: ARG002
        """Clean documents as they come; never more than a batch of them is held.

        Args:
            data: the documents.
            rank: of the task.
            world_size: how many tasks there are.

        Yields:
            the same documents, with the clean texts.
        """
        # what trafilatura has to say of every page would fill the log
        logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
        cleaner = Cleaner(self.settings)
        told = 0
        with self.exclusion_writer or nullcontext() as writer:
            for batch in grouped(data, _measure, CHUNK, CHUNK_SIZE):
                with self.track_time("batch"):
                    results = self._clean(cleaner, batch)
                for sample, result in zip(batch, results, strict=True):
                    self.stat_update(StatHints.total)
                    reason = self._settle(sample, result)
                    if reason is None:
                        self.stat_update(StatHints.forwarded)
                        self.update_doc_stats(sample)
                        yield sample
                        continue
                    self.stat_update(StatHints.dropped)
                    if isinstance(result, Fault):
                        told += 1
                        _complain(result, told)
                    if writer is not None:
                        sample.text = _writable(sample.text)
                        sample.metadata[_REASON] = reason
                        writer.write(sample, rank)

    def _clean(self, cleaner: Cleaner, batch: Sequence[Sample]) -> list[Result]:
        items = [_item(sample, self.kind) for sample in batch]
        results, _ = cleaner.clean([item for item in items if isinstance(item, Document)])
        cleaned = iter(results)
        return [item if isinstance(item, Fault) else _unicode(next(cleaned)) for item in items]

    def _settle(self, sample: Sample, result: Result) -> str | None:
        """Count a document, and clean it unless it has to go.

        Returns:
            why it has to go.
        """
        if isinstance(result, Fault):
            self.stat_update("failed")
            return f"failed: {result.reason}"
        counts = Counter(paragraph.label for _, paragraph in result.removed)
        for label, count in counts.items():
            self.stat_update(f"removed_{label}", value=count)
        if not result.text.strip():
            self.stat_update("emptied")
            if self.empty == "drop":
                return "emptied"
        sample.text = result.text
        if self.title_key:
            # of one type in all documents, for Parquet takes its columns from the first
            sample.metadata[self.title_key] = result.title or sample.metadata.get(self.title_key) or ""
        if self.record == "counts":
            sample.metadata[REMOVED] = {label: counts[label] for label in LABELS if label in self.settings.strip}
        elif self.record == "paragraphs":
            sample.metadata[REMOVED] = json_text(result.audit()["removed"])
        return None


def _item(sample: Sample, kind: Head | None) -> Item:
    """A document as runs of ``stripper clean`` have it."""
    if not isinstance(sample.text, (str, bytes)):
        return Fault(str(sample.id), f"its text is {type(sample.text).__name__}, neither str nor bytes")
    url = sample.metadata.get(_URL)
    return Document(str(sample.id), sample.text, kind, url if isinstance(url, str) else None)


def _measure(sample: Sample) -> tuple[int, int]:
    return 1, len(sample.text) if isinstance(sample.text, (str, bytes)) else 0


def _unicode(result: Result) -> Result:
    """The result, or a fault if no writer of datatrove's could hold it."""
    if isinstance(result, Cleaned) and not _encodes(result.text):
        return Fault(result.id, "it is no Unicode text")
    return result


def _writable(text: Any) -> str:
    """What came as a document's text, in such a way that a writer can hold it."""
    return text if isinstance(text, str) and _encodes(text) else json_text(text)


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _complain(fault: Fault, number: int) -> None:
    if number <= _TOLD:
        logger.warning(f"{fault.id} cannot be cleaned and is left out: {fault.reason}")
    elif number == _TOLD + 1:
        logger.warning("more documents cannot be cleaned; the stats count them, an exclusion_writer keeps them")
