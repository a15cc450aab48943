r"""Hugging Face datasets: ``dataset.map(Cleaner("text"), batched=True)``.

>>> from datasets import Dataset
>>> from stripper.integrations.datasets import Cleaner
>>> dataset = Dataset.from_dict({"text": ["The ferry is back in port.\nSubscribe to our newsletter!", None]})
>>> dataset.map(Cleaner("text"), batched=True)["text"][:]
['The ferry is back in port.', None]
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from stripper import __version__
from stripper.extras import load
from stripper.integrations.columns import clean_cells, detail_names, in_columns
from stripper.stripper import Stripper, shared_stripper

if TYPE_CHECKING:
    import datasets

_PARAGRAPH: Final = {
    "text": "string",
    "label": "string",
    "probability": "float64",
    "kept": "bool",
    "start": "int64",
    "end": "int64",
    "xpath": "string",
}


@dataclass(frozen=True, slots=True)
class Cleaner:
    """Cleans a column of pages or texts, batch after batch; a function for ``map(..., batched=True)``.

    It can be pickled, so ``num_proc=`` works, and datasets finds its cached results again as long as settings and
    model are the same.

    Attributes:
        column: the column with str or bytes; cells that are null stay null.
        into: the column for the clean texts; by default they take the place of what they were made from.
        kind: what the cells hold; by default each is told by its content.
        url: the column with the pages' addresses, if there is one.
        detail: whether to add the columns ``<into>_title``, the headline that a page declares, and
            ``<into>_paragraphs``, a list of dicts: every paragraph with its verdict.
        stripper: cleans them; by default the one with the default settings.
    """

    column: str
    into: str | None = None
    kind: Literal["html", "text"] | None = None
    url: str | None = None
    detail: bool = False
    stripper: Stripper = field(default_factory=shared_stripper)
    # datasets tells by the pickle whether a cached result is this one's: another release may give another
    _release: str = field(default=__version__, init=False, repr=False)

    def __call__(self, batch: Mapping[str, Sequence[Any]]) -> dict[str, list[Any]]:
        """The new columns of a batch.

        Raises:
            KeyError: there is no such column.
            TypeError: a cell holds neither text nor bytes nor null, or this is one row and no batch.
            ValueError: an unknown ``kind``, or a column of the details is there already.
        """
        cells = batch[self.column]
        if cells is None or isinstance(cells, (str, bytes)):
            raise TypeError("this is one row; call map with batched=True")
        names = detail_names(self._into, batch.keys()) if self.detail else None
        urls = None if self.url is None else list(batch[self.url])
        columns = in_columns(clean_cells(list(cells), urls, self.kind, self.stripper), self.detail)
        new: dict[str, list[Any]] = {self._into: columns.texts}
        if names:
            title, paragraphs = names
            new |= {title: columns.titles, paragraphs: columns.paragraphs}
        return new

    def features(self, features: datasets.Features | None) -> datasets.Features:
        """The features that the dataset will have, for ``map(..., features=...)``.

        Without them datasets goes by the first batch, and stumbles if that has only nulls where a later one has values.

        Args:
            features: those of the dataset.

        Raises:
            MissingExtra: datasets is not installed.
            ValueError: a column of the details is there already, or the dataset does not know its features.
        """
        if features is None:
            raise ValueError("the dataset does not know its features; a stream tells them once it was given some")
        library = load("datasets", "cleaning")
        value = library.Value
        types: dict[str, Any] = {self._into: value("string")}
        if self.detail:
            title, paragraphs = detail_names(self._into, features)
            types |= {title: value("string"), paragraphs: [{name: value(of) for name, of in _PARAGRAPH.items()}]}
        new: datasets.Features = library.Features({**features, **types})
        return new

    @property
    def _into(self) -> str:
        return self.column if self.into is None else self.into
