"""What the names of files tell, and names for new ones."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final, Literal, TypeAlias

Format: TypeAlias = Literal["page", "jsonl", "csv", "parquet", "warc"]

FORMATS: Final[dict[str, Format]] = {
    **dict.fromkeys((".html", ".htm", ".xhtml", ".txt", ".md"), "page"),
    **dict.fromkeys((".jsonl", ".ndjson"), "jsonl"),
    **dict.fromkeys((".csv", ".tsv"), "csv"),
    ".parquet": "parquet",
    **dict.fromkeys((".warc", ".wet"), "warc"),
}
_COMPRESSIONS: Final = (".gz", ".zst")


@dataclass(frozen=True, slots=True)
class Table:
    """How a table is written.

    Attributes:
        format: of the file.
        compression: ".gz", ".zst" or "".
        delimiter: between the cells of a CSV.
    """

    format: Literal["jsonl", "csv", "parquet"]
    compression: str = ""
    delimiter: str = ","


def split(name: str) -> tuple[str, str, str]:
    """The stem, the suffix and that of the compression, both in small letters.

    >>> split("News.JSONL.gz")
    ('News', '.jsonl', '.gz')
    """
    compression = Path(name).suffix
    if compression.lower() not in _COMPRESSIONS:
        compression = ""
    stem = name.removesuffix(compression)
    suffix = Path(stem).suffix
    return stem.removesuffix(suffix), suffix.lower(), compression.lower()


def format_of(name: str) -> Format:
    """How a file of that name is read; what tells nothing is a page or text."""
    _, suffix, compression = split(name)
    told = FORMATS.get(suffix, "page")
    return "page" if told == "parquet" and compression else told


def table_of(name: str) -> Table | None:
    """The table that a file's name tells, ``None`` if it is no table's.

    >>> table_of("news.csv.gz")
    Table(format='csv', compression='.gz', delimiter=',')
    """
    _, suffix, compression = split(name)
    told = format_of(name)
    if told == "page" or told == "warc":  # noqa: PLR1714 - by which the type checker knows
        return None
    return Table(told, compression, "\t" if suffix == ".tsv" else ",")


def untaken(name: str, taken: set[str]) -> str:
    """The name, with a number if it is taken; taken from now on.

    >>> untaken("sub/a.txt", {"sub/a.txt"})
    'sub/a-2.txt'
    """
    stem = split(name)[0]
    chosen, number = name, 1
    while chosen in taken:
        number += 1
        chosen = f"{stem}-{number}{name[len(stem) :]}"
    taken.add(chosen)
    return chosen


def is_inside(name: str) -> bool:
    """Whether a relative name stays in the folder that it is joined to."""
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts
