"""The lines of the cases that the shipped model gets wrong: ``python -m tests.known_failures`` writes them down.

They are kept as such, so that a change which breaks another line is seen, and what is left to do stays in view.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from stripper import Stripper

CASES = Path(__file__).parent / "cases"
FILE = CASES / "known-failures.jsonl"


def read(file: Path) -> list[dict[str, Any]]:
    """The records of a file of cases."""
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def failures(cleaner: Stripper) -> list[dict[str, Any]]:
    """The lines that leak and those that are lost, by case."""
    found = []
    for name in ("in-the-wild", "must-keep"):
        for case in read(CASES / f"{name}.jsonl"):
            kept = [paragraph.kept for paragraph in cleaner.strip_text(case["text"]).paragraphs]
            leaked = [number for number in case["remove"] if kept[number]]
            lost = [number for number, keep in enumerate(kept) if not keep and number not in case["remove"]]
            if leaked or lost:
                found.append({"id": case["id"], "leaked": leaked, "lost": lost})
    return found


if __name__ == "__main__":
    records = failures(Stripper())
    FILE.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
