"""What the repository may hold, and what the written documents promise."""

from __future__ import annotations

import json
from collections import Counter

from stripper.document import ACCESS
from stripper.labels import LABELS
from stripper.training.dataset import Example, fingerprint, records, written_documents
from tests.conftest import DATA

LANGUAGES = ("en", "ru", "de", "fr", "es")


def test_written_documents_of_each_language() -> None:
    documents = written_documents(DATA)
    counts = Counter(document.lang for document in documents)
    assert set(LANGUAGES) <= set(counts)
    assert min(counts.values()) >= 40
    assert len({document.id for document in documents}) == len(documents)
    for lang in counts:
        kept = sum(document.kind == "must-keep" and document.lang == lang for document in documents)
        assert kept >= counts[lang] / 3.5, f"{lang}: about a third must stay whole"


def test_labels_name_blocks_by_fingerprint_only() -> None:
    for record in records(DATA):
        names = {"id", "repo", "commit", "path", "sha256", "url", "lang", "site", "coverage", "blocks"}
        assert set(record) - {"access"} == names
        assert record.get("access", "free") in ACCESS
        for number, mark, label in record["blocks"]:
            assert isinstance(number, int)
            assert len(mark) == 12
            assert label in LABELS


def test_fingerprints_fold_white_space() -> None:
    assert fingerprint("a  b\n") == fingerprint("a b") != fingerprint("ab")


def test_written_texts_are_our_own(labelled: list[Example]) -> None:
    public = {block.text for example in labelled for block in example.page.blocks}
    copied = {
        paragraph["text"]
        for file in (DATA / "written").glob("*.jsonl")
        for line in file.read_text(encoding="utf-8").splitlines()
        for paragraph in json.loads(line)["paragraphs"]
        # shorter ones are stock phrases of publishing software
        if len(paragraph["text"]) > 80 and paragraph["text"] in public
    }
    assert copied == set()
