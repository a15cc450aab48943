"""The whole training run on the public pages: the floors, and the committed model reproduced."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stripper.decision import MODES
from stripper.sources.text import read_text
from stripper.tagging.store import load_model
from stripper.training.card import headline, tables
from stripper.training.dataset import Example, written_documents
from tests.conftest import DATA, ROOT


@pytest.fixture(scope="module")
def trained(corpora: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `stripper train` writes."""
    folder = tmp_path_factory.mktemp("models")
    started = time.monotonic()
    subprocess.run(
        [sys.executable, "-m", "stripper.cli", "train", "--data", DATA, "--corpora", corpora, "--models", folder],
        check=True,
        stdout=subprocess.DEVNULL,
        env=os.environ | {"OMP_NUM_THREADS": "2"},
    )
    print(f"trained in {time.monotonic() - started:.0f} s")  # noqa: T201
    return folder


@pytest.fixture(scope="module")
def metrics(trained: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((trained / "metrics.json").read_text())
    return found


def test_floors_of_html(metrics: dict[str, Any]) -> None:
    ours = metrics["html"]["stripper, balanced"]
    assert ours["body_kept"] >= 0.983
    assert ours["boilerplate_kept"] <= 0.05
    assert ours["appeals_kept"] <= 0.08
    assert ours["asks_kept"] <= 0.05
    assert ours["pages_ruined"] <= 0.02
    for name, row in metrics["html"].items():
        if not name.startswith(("stripper", "the blocks")):
            assert ours["body_kept"] > row["body_kept"], name
            assert ours["boilerplate_kept"] < row["boilerplate_kept"], name
    literal = metrics["html_literal"]
    assert literal["stripper, balanced"]["boilerplate_kept"] <= 0.07
    assert literal["stripper, balanced"]["boilerplate_kept"] < literal["trafilatura"]["boilerplate_kept"] / 2


def test_floors_of_text(metrics: dict[str, Any]) -> None:
    lines = metrics["lines"]["balanced"]
    assert lines["body_kept"] >= 0.985
    assert lines["boilerplate_kept"] <= 0.30
    assert metrics["must_keep"]["body_kept"] >= 0.98
    assert metrics["written_all"]["body_kept"] >= 0.98


def test_committed_model_is_what_training_gives(trained: Path, labelled: list[Example]) -> None:
    ours, fresh = load_model(ROOT / "models"), load_model(trained)
    for head in ("html", "text"):
        for mode in MODES:
            assert fresh.thresholds[head][mode] == pytest.approx(ours.thresholds[head][mode], abs=0.25)
    html = [example.page for example in labelled[::10]]
    text = [example.page for example in written_documents(DATA)[::10]] + [read_text("One line.\nAnother.")]
    for head, pages in (("html", html), ("text", text)):
        old = np.concatenate(ours.tagger.predict_proba(pages, head))  # type: ignore[arg-type]
        new = np.concatenate(fresh.tagger.predict_proba(pages, head))  # type: ignore[arg-type]
        assert np.abs(old - new).mean() < 0.005
        assert (old.argmax(axis=1) == new.argmax(axis=1)).mean() > 0.99


def test_committed_metrics_are_those_of_the_run(metrics: dict[str, Any]) -> None:
    committed = json.loads((ROOT / "models" / "metrics.json").read_text())
    for name in ("stripper, balanced", "trafilatura", "jusText"):
        for measure in ("body_kept", "boilerplate_kept"):
            assert metrics["html"][name][measure] == pytest.approx(committed["html"][name][measure], abs=0.01)


def test_card_and_readme_show_the_committed_metrics() -> None:
    committed = json.loads((ROOT / "models" / "metrics.json").read_text())
    assert tables(committed) in (ROOT / "models" / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert headline(committed) in (ROOT / "README.md").read_text(encoding="utf-8")
