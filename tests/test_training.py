"""The training on the public pages: the committed model and figures reproduced, and the floors that they hold.

The whole of ``stripper train`` takes half an hour. Here it runs on a sample of the data, as a command; and on all
of it, the final fit and one fold of the cross-validation, whose results must be those that are committed.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stripper.sources.text import read_text
from stripper.tagging.store import load_model
from stripper.training.card import headline, tables
from stripper.training.dataset import Example, written_documents
from stripper.training.evaluate import CrossValidation, by_fold, cross_validate
from stripper.training.fit import TaggerEstimator
from tests.conftest import DATA, ROOT

FOLD = 2


@pytest.fixture(scope="module")
def metrics() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / "models" / "metrics.json").read_text())
    return found


@pytest.fixture(scope="module")
def trained(labelled: list[Example]) -> tuple[CrossValidation, TaggerEstimator]:
    """A fold's predictions, and the tagger fitted to all."""
    cv, fitted = cross_validate([*labelled, *written_documents(DATA)], TaggerEstimator(), fit=True, only=FOLD)
    assert fitted
    return cv, fitted


def test_committed_model_is_what_training_gives(
    trained: tuple[CrossValidation, TaggerEstimator], labelled: list[Example]
) -> None:
    ours = load_model(ROOT / "models").tagger
    fresh = trained[1].export({head: readers.temperature for head, readers in ours.heads.items()})
    html = [example.page for example in labelled[::10]]
    text = [example.page for example in written_documents(DATA)[::10]] + [read_text("One line.\nAnother.")]
    for head, pages in (("html", html), ("text", text)):
        old = np.concatenate(ours.predict_proba(pages, head))  # type: ignore[arg-type]
        new = np.concatenate(fresh.predict_proba(pages, head))  # type: ignore[arg-type]
        assert np.abs(old - new).mean() < 0.005
        assert (old.argmax(axis=1) == new.argmax(axis=1)).mean() > 0.99


def test_committed_figures_are_what_cross_validation_gives(
    trained: tuple[CrossValidation, TaggerEstimator], metrics: dict[str, Any]
) -> None:
    heads = load_model(ROOT / "models").tagger.heads
    (fresh,) = by_fold(trained[0], {head: readers.temperature for head, readers in heads.items()})
    for name, committed in metrics["by_fold"][FOLD].items():
        assert fresh[name]["fold"] == committed["fold"] == FOLD
        assert fresh[name]["blocks"] == committed["blocks"]
        assert fresh[name]["log_loss"] == pytest.approx(committed["log_loss"], rel=0.05)
        assert fresh[name]["accuracy"] == pytest.approx(committed["accuracy"], abs=0.01)


def test_the_command_trains_on_a_sample(corpora: Path, tmp_path: Path) -> None:
    for file in [*DATA.glob("labels/*.jsonl"), *DATA.glob("written/*.jsonl")]:
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        (tmp_path / "data" / file.parent.name).mkdir(parents=True, exist_ok=True)
        (tmp_path / "data" / file.relative_to(DATA)).write_text(
            "".join(lines[:: 8 if len(lines) > 300 else 20]), encoding="utf-8"
        )
    subprocess.run(
        [sys.executable, "-m", "stripper.cli", "train", "--data", tmp_path / "data", "--corpora", corpora,
         "--models", tmp_path / "models"],
        check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    found = json.loads((tmp_path / "models" / "metrics.json").read_text())
    assert found["html"]["stripper, balanced"]["body_kept"] > 0.9
    assert found["html"]["stripper, balanced"]["boilerplate_kept"] < found["html"]["trafilatura"]["boilerplate_kept"]
    assert len(found["by_fold"]) == 5
    model = load_model(tmp_path / "models")
    for thresholds in model.thresholds.values():
        assert thresholds["cautious"] > thresholds["balanced"] > thresholds["aggressive"]


def test_floors_of_html(metrics: dict[str, Any]) -> None:
    ours = metrics["html"]["stripper, balanced"]
    assert ours["body_kept"] >= 0.989
    assert ours["boilerplate_kept"] <= 0.05
    assert ours["appeals_kept"] <= 0.08
    assert ours["asks_kept"] <= 0.05
    assert ours["pages_ruined"] <= 0.02
    for name, row in metrics["html"].items():
        if not name.startswith(("stripper", "the blocks")):
            assert ours["body_kept"] > row["body_kept"], name
            assert ours["boilerplate_kept"] < row["boilerplate_kept"], name
    literal = metrics["html_literal"]
    assert literal["stripper, balanced"]["boilerplate_kept"] <= 0.09
    assert literal["stripper, aggressive"]["boilerplate_kept"] <= 0.06
    assert literal["stripper, aggressive"]["body_kept"] >= 0.978
    assert literal["stripper, balanced"]["boilerplate_kept"] < literal["trafilatura"]["boilerplate_kept"] / 2


def test_floors_of_access(metrics: dict[str, Any]) -> None:
    ours, declared = ({row["access"]: row for row in metrics["access"][name]} for name in ("stripper", "declared"))
    assert ours["gated"]["pages"] >= 15
    assert sum(row["pages"] for row in ours.values()) == 491
    assert ours["free"]["precision"] >= 0.95
    assert ours["free"]["recall"] >= 0.95
    assert ours["gated"]["precision"] >= 0.7 > 7 * declared["gated"]["precision"]
    assert ours["gated"]["recall"] >= 0.5


def test_floors_of_text(metrics: dict[str, Any]) -> None:
    lines = metrics["lines"]["balanced"]
    assert lines["body_kept"] >= 0.985
    assert lines["boilerplate_kept"] <= 0.30
    assert metrics["must_keep"]["body_kept"] >= 0.98
    assert metrics["written_all"]["body_kept"] >= 0.98


def test_card_and_readme_show_the_committed_metrics(metrics: dict[str, Any]) -> None:
    assert tables(metrics) in (ROOT / "models" / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert headline(metrics) in (ROOT / "README.md").read_text(encoding="utf-8")
