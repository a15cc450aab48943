"""``stripper train`` and ``stripper evaluate``: from the data to the model, its metrics and its card."""

from __future__ import annotations

import sys
from pathlib import Path

from stripper.labels import Thresholds
from stripper.tagging.features import Head
from stripper.tagging.store import Model, save_model
from stripper.training import evaluate
from stripper.training.card import headline, tables, update
from stripper.training.dataset import labelled_pages, written_documents
from stripper.training.fit import TaggerEstimator

HEADS: tuple[Head, ...] = ("html", "text")


def learn(data: Path, corpora: Path, models: Path, fit: bool) -> str:
    """Cross-validate and write ``metrics.json``; with ``fit`` the model too.

    The tables of a model card in ``models`` and of a README beside that folder are brought up to date.

    Args:
        data: labels and written texts.
        corpora: the public pages.
        models: where the results go.
        fit: whether to fit the final model on all documents and write it.

    Returns:
        the tables, as Markdown.

    Raises:
        CorpusError: a page is missing or not the one that was labelled.
    """
    examples = [*labelled_pages(data, corpora), *written_documents(data)]
    _log(f"{len(examples)} documents")
    cv, fitted = evaluate.cross_validate(examples, TaggerEstimator(), fit)
    _log("cross-validated" + (" and fitted" if fit else ""))
    temperatures = {head: evaluate.temperature(cv.of(head)) for head in HEADS}
    if fitted:
        chosen: dict[Head, Thresholds] = {**evaluate.thresholds(cv, temperatures)}
        save_model(Model(fitted.export(temperatures), chosen), models)
    metrics = evaluate.rounded(evaluate.evaluate(cv, temperatures))
    evaluate.write_metrics(metrics, models)
    update(models / "MODEL_CARD.md", tables(metrics))
    update(models.parent / "README.md", headline(metrics))
    return tables(metrics)


def _log(message: str) -> None:
    print(f"stripper: {message}", file=sys.stderr, flush=True)
