"""Cross-validate by site, choose the modes' thresholds, and measure beside other extractors."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any, Final

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.model_selection import GroupKFold

from stripper.decision import decide, evidence_to_strip
from stripper.document import ACCESS, Access, Article
from stripper.labels import ARTICLE, BOILERPLATE, DEFAULT_STRIP, LABELS, MODES, Label, Mode
from stripper.stripper import article_of
from stripper.tagging.features import Floats, Head
from stripper.tagging.tagger import soften
from stripper.training.dataset import Example, as_lines
from stripper.training.fit import TaggerEstimator
from stripper.training.measures import (
    Outcome,
    body_counts,
    body_kept,
    boilerplate_counts,
    boilerplate_kept,
    by_language,
    interval,
    kept_blocks,
    pages_ruined,
)
from stripper.training.others import run_others

BODY_LOSS: Final[Mapping[Head, Mapping[Mode, float]]] = {
    "html": {"cautious": 0.003, "balanced": 0.009, "aggressive": 0.02},
    "text": {"cautious": 0.0015, "balanced": 0.005, "aggressive": 0.015},
}
"""The share of body characters that each mode may cost, in documents of sites never seen."""

FOLDS: Final = 5
LANGUAGE_FOLDS: Final = 3
_SEED: Final = 7
_GRID: Final = np.geomspace(0.5, 2.5, 33)


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a tagger that never saw the example's site says about it: shape (blocks, labels)."""

    example: Example
    probabilities: Floats
    fold: int


@dataclass(frozen=True, slots=True)
class CrossValidation:
    """Out-of-fold predictions.

    Attributes:
        pages, lines, written: the three ways in: pages, pages as bare lines, written texts.
        unseen: written texts again, by taggers that saw nothing in their language.
    """

    pages: tuple[Prediction, ...]
    lines: tuple[Prediction, ...]
    written: tuple[Prediction, ...]
    unseen: tuple[Prediction, ...]

    def of(self, head: Head) -> tuple[Prediction, ...]:
        """The predictions that a head made."""
        return self.pages if head == "html" else self.lines + self.written


def cross_validate(
    examples: Sequence[Example], estimator: TaggerEstimator, fit: bool, only: int | None = None
) -> tuple[CrossValidation, TaggerEstimator | None]:
    """Predict every example with a tagger fitted without its site.

    Args:
        examples: the labelled documents.
        estimator: how to fit.
        fit: whether to fit one on all of them too, which the second core does meanwhile.
        only: the number of a fold; only its documents are predicted then, and none of languages left out.

    Returns:
        the predictions, and the tagger fitted on all documents.
    """
    groups = np.array([example.group for example in examples])
    splits = GroupKFold(FOLDS, shuffle=True, random_state=_SEED).split(examples, groups=groups)
    jobs = [
        delayed(_predict_fold)(estimator, [examples[n] for n in train], [examples[n] for n in test], fold)
        for fold, (train, test) in enumerate(splits)
        if only in (fold, None)
    ]
    folds = len(jobs)
    if fit:
        jobs.append(delayed(_fitted)(estimator, examples))
    languages = sorted({example.lang for example in examples if example.html is None and example.lang})
    jobs += [
        delayed(_predict_languages)(estimator, examples, frozenset(languages[first::LANGUAGE_FOLDS]))
        for first in range(0 if only is None else LANGUAGE_FOLDS, LANGUAGE_FOLDS)
    ]
    done = Parallel(n_jobs=2)(jobs)
    final = done[folds] if fit else None
    pages, lines, written = (tuple(chain.from_iterable(kind)) for kind in zip(*done[:folds], strict=True))
    fold_of = {prediction.example.id: prediction.fold for prediction in written}
    unseen = tuple(replace(p, fold=fold_of[p.example.id]) for p in chain.from_iterable(done[folds + bool(fit) :]))
    return CrossValidation(pages, lines, written, unseen), final


def _fitted(estimator: TaggerEstimator, examples: Sequence[Example]) -> TaggerEstimator:
    fresh: TaggerEstimator = clone(estimator)
    return fresh.fit(examples)


def _predict_fold(
    estimator: TaggerEstimator, train: Sequence[Example], held: Sequence[Example], fold: int
) -> tuple[list[Prediction], ...]:
    fitted = _fitted(estimator, train)
    pages = [example for example in held if example.html is not None]
    written = [example for example in held if example.html is None]
    kinds: tuple[tuple[list[Example], Head], ...] = (
        (pages, "html"),
        ([as_lines(example) for example in pages], "text"),
        (written, "text"),
    )
    return tuple(
        [Prediction(e, p, fold) for e, p in zip(chosen, fitted.predict_proba(chosen, head), strict=True)]
        for chosen, head in kinds
    )


def _predict_languages(
    estimator: TaggerEstimator, examples: Sequence[Example], left_out: frozenset[str]
) -> list[Prediction]:
    """The written documents of some languages, by a tagger that saw no document in them."""
    fitted = _fitted(
        clone(estimator).set_params(heads=("text",)),
        # pages that do not tell their language may be in any
        [example for example in examples if example.lang and example.lang not in left_out],
    )
    chosen = [example for example in examples if example.html is None and example.lang in left_out]
    return [Prediction(e, p, 0) for e, p in zip(chosen, fitted.predict_proba(chosen, "text"), strict=True)]


def temperature(predictions: Iterable[Prediction]) -> float:
    """The temperature at which the probability of boilerplate has the least log loss."""
    truth, table = _labelled(predictions)
    return float(min(_GRID, key=lambda value: _log_loss(truth, table, value)))


def _labelled(predictions: Iterable[Prediction]) -> tuple[NDArray[np.bool_], Floats]:
    """Whether each labelled block is boilerplate, and its probabilities of the labels."""
    chosen = [
        (LABELS.index(label), row)
        for prediction in predictions
        for label, row in zip(prediction.example.labels, prediction.probabilities, strict=True)
        if label
    ]
    return np.array([label for label, _ in chosen]) >= len(ARTICLE), np.stack([row for _, row in chosen])


def _log_loss(truth: NDArray[np.bool_], table: Floats, value: float) -> float:
    """The log loss of the probability of boilerplate at a temperature."""
    boilerplate = soften(table, value)[:, len(ARTICLE) :].sum(axis=1)
    return float(-np.log(np.clip(np.where(truth, boilerplate, 1 - boilerplate), 1e-6, 1)).mean())


def threshold(predictions: Sequence[Prediction], loss: float) -> float:
    """The lowest threshold at which at most ``loss`` of the body characters go."""
    evidence: list[NDArray[np.float64]] = []
    sizes: list[int] = []
    for prediction in predictions:
        scores = evidence_to_strip(prediction.example.page, prediction.probabilities, DEFAULT_STRIP)
        body = [number for number, label in enumerate(prediction.example.labels) if label == "body"]
        evidence.append(scores[body])
        sizes += [len(prediction.example.page.blocks[number].text) for number in body]
    scores = np.concatenate(evidence)
    order = np.argsort(-scores)
    lost = np.cumsum(np.array(sizes)[order])
    first_kept = int(np.searchsorted(lost, loss * lost[-1], side="right"))
    return float(scores[order][min(first_kept, len(scores) - 1)])


def calibrate(predictions: Sequence[Prediction], value: float) -> list[Prediction]:
    """The same predictions at a temperature."""
    return [Prediction(p.example, soften(p.probabilities, value), p.fold) for p in predictions]


def thresholds(cv: CrossValidation, temperatures: Mapping[Head, float]) -> dict[Head, dict[Mode, float]]:
    """Each head's thresholds, from all out-of-fold predictions."""
    return {
        head: {
            mode: threshold(calibrate(_reference(cv, head), temperatures[head]), BODY_LOSS[head][mode])
            for mode in MODES
        }
        for head in ("html", "text")
    }


def _reference(cv: CrossValidation, head: Head) -> Sequence[Prediction]:
    """The predictions that a head's thresholds are chosen on.

    Not the pages that were labelled because the tagger was unsure of them or their language is rare, nor the rest
    of that pool: they are not what users have.
    Bare text is in all languages, so its thresholds rest on the written documents too.
    """
    return _usual(cv.pages if head == "html" else cv.lines + cv.written)


def _usual(predictions: Iterable[Prediction]) -> tuple[Prediction, ...]:
    return tuple(p for p in predictions if p.example.kind not in ("unsure", "other"))


def outputs(
    cv: CrossValidation, chosen: Sequence[Prediction], head: Head, mode: Mode, temperatures: Mapping[Head, float]
) -> list[str]:
    """Stripper's output for each document."""
    return [article.text for article in articles(cv, chosen, head, mode, temperatures)]


def articles(
    cv: CrossValidation, chosen: Sequence[Prediction], head: Head, mode: Mode, temperatures: Mapping[Head, float]
) -> list[Article]:
    """What stripper makes of each document, with the threshold chosen on the other folds."""
    reference = calibrate(_reference(cv, head), temperatures[head])
    by_fold = {
        fold: threshold([p for p in reference if p.fold != fold], BODY_LOSS[head][mode]) for fold in range(FOLDS)
    }
    return [_article(prediction, by_fold[prediction.fold]) for prediction in calibrate(chosen, temperatures[head])]


def _article(prediction: Prediction, limit: float) -> Article:
    page = prediction.example.page
    return article_of(page, decide(page, prediction.probabilities, DEFAULT_STRIP, limit))


def _systems(
    cv: CrossValidation, pages: Sequence[Prediction], temperatures: Mapping[Head, float]
) -> dict[str, list[str]]:
    """What stripper in each mode and the other systems give for each page."""
    texts = {f"stripper, {mode}": outputs(cv, pages, "html", mode, temperatures) for mode in MODES}
    texts |= run_others([(p.example.html or b"", p.example.lang) for p in pages])
    return texts | {"the blocks labelled body": [_perfect(p.example) for p in pages]}


def _outcomes(chosen: Sequence[Prediction], texts: Sequence[str], literal: bool = False) -> list[Outcome]:
    return [_outcome(p.example, text, literal) for p, text in zip(chosen, texts, strict=True)]


def _perfect(example: Example) -> str:
    """The best output that a system could give."""
    return "\n".join(
        block.text for block, label in zip(example.page.blocks, example.labels, strict=True) if label == "body"
    )


def _outcome(example: Example, output: str, literal: bool = False) -> Outcome:
    listed = [(label, block.text) for label, block in zip(example.labels, example.page.blocks, strict=True) if label]
    kept = kept_blocks(listed, output, literal)
    blocks = tuple((label, len(text), flag) for (label, text), flag in zip(listed, kept, strict=True))
    return Outcome(example.group, example.lang, blocks)


def evaluate(cv: CrossValidation, temperatures: Mapping[Head, float]) -> dict[str, Any]:
    """All the figures of the model card, as plain JSON."""
    pages = _usual(cv.pages)
    found = _systems(cv, pages, temperatures)
    systems = {name: _outcomes(pages, texts) for name, texts in found.items()}
    literal = {name: _outcomes(pages, texts, literal=True) for name, texts in found.items()}
    unsure = [p for p in cv.pages if p.example.kind == "unsure"]
    balanced = systems["stripper, balanced"]
    wide = [p for p in cv.lines if p.example.kind == "wide"]
    lines = {mode: _outcomes(wide, outputs(cv, wide, "text", mode, temperatures)) for mode in MODES}
    written = _outcomes(cv.written, outputs(cv, cv.written, "text", "balanced", temperatures))
    hard = [outcome for outcome, p in zip(written, cv.written, strict=True) if p.example.kind == "must-keep"]
    unseen = _outcomes(cv.unseen, outputs(cv, cv.unseen, "text", "balanced", temperatures))
    return {
        "pages": len(pages),
        "sites": len({p.example.group for p in pages}),
        "blocks": sum(label is not None for p in pages for label in p.example.labels),
        "written": len(cv.written),
        "html": {name: summary(found) for name, found in systems.items()},
        "html_literal": {name: summary(found) for name, found in literal.items()},
        "html_unsure": {
            name: summary(_outcomes(unsure, texts)) for name, texts in _systems(cv, unsure, temperatures).items()
        },
        "html_by_label": {
            name: by_label(systems[name]) for name in ("stripper, balanced", "trafilatura", "readability-lxml")
        },
        "html_by_language": {lang: summary(found) for lang, found in by_language(balanced).items()},
        "lines": {mode: summary(found) for mode, found in lines.items()},
        "lines_by_label": by_label(lines["balanced"]),
        "written_by_language": {lang: summary(found) for lang, found in by_language(written).items()},
        "written_all": summary(written),
        "written_by_label": {"all": by_label(written), "must keep": by_label(hard), "unseen": by_label(unseen)},
        "written_unseen": summary(unseen),
        "must_keep": summary(hard),
        "label_accuracy": {
            "html": accuracy(calibrate(pages, temperatures["html"])),
            "text": accuracy(calibrate(_usual(cv.lines), temperatures["text"])),
        },
        "access": access(cv, temperatures),
        "by_fold": by_fold(cv, temperatures),
        "reliability": {head: reliability(calibrate(cv.of(head), temperatures[head])) for head in ("html", "text")},
    }


def summary(found: Sequence[Outcome]) -> dict[str, Any]:
    """The headline measures of one system, with 95 % intervals."""
    return {
        "documents": len(found),
        "body_kept": body_kept(found),
        "body_kept_interval": interval(body_counts, found),
        "boilerplate_kept": boilerplate_kept(found),
        "boilerplate_kept_interval": interval(boilerplate_counts, found),
        "appeals_kept": boilerplate_kept(found, ["appeal"]),
        "asks_kept": boilerplate_kept(found, ["appeal", "paywall"]),
        "pages_ruined": pages_ruined(found),
    }


def by_label(found: Sequence[Outcome]) -> dict[Label, dict[str, float]]:
    """The share of blocks kept, by label."""
    return {
        label: {
            "blocks": sum(own == label for outcome in found for own, _, _ in outcome.blocks),
            "kept": boilerplate_kept(found, [label]),
        }
        for label in LABELS
        if label == "body" or label in BOILERPLATE
    }


def access(cv: CrossValidation, temperatures: Mapping[Head, float]) -> dict[str, list[dict[str, Any]]]:
    """How well it is told whether the whole article is there: by stripper, and by what the pages declare."""
    chosen = [prediction for prediction in cv.pages if prediction.example.access]
    found = articles(cv, chosen, "html", "balanced", temperatures)
    told = {
        "stripper": [article.access for article in found],
        "declared": [article.access_evidence.declared for article in found],
    }
    truth = [prediction.example.access for prediction in chosen]
    return {name: [_told(verdict, truth, verdicts) for verdict in ACCESS] for name, verdicts in told.items()}


def _told(verdict: Access, truth: Sequence[Access | None], verdicts: Sequence[Access]) -> dict[str, Any]:
    hits = sum(own == true == verdict for own, true in zip(verdicts, truth, strict=True))
    pages, said = truth.count(verdict), verdicts.count(verdict)
    return {
        "access": verdict,
        "pages": pages,
        "told": said,
        "right": hits,
        "precision": hits / said if said else float("nan"),
        "recall": hits / pages if pages else float("nan"),
    }


def by_fold(cv: CrossValidation, temperatures: Mapping[Head, float]) -> list[dict[str, dict[str, float]]]:
    """For each fold, how well its documents are predicted, whatever the thresholds: by these a run is compared."""
    kinds: tuple[tuple[str, Sequence[Prediction], Head], ...] = (
        ("html", cv.pages, "html"),
        ("lines", cv.lines, "text"),
        ("written", cv.written, "text"),
    )
    return [
        {name: _quality([p for p in found if p.fold == fold], temperatures[head]) for name, found, head in kinds}
        for fold in sorted({prediction.fold for prediction in cv.pages})
    ]


def _quality(predictions: Sequence[Prediction], value: float) -> dict[str, float]:
    truth, table = _labelled(predictions)
    return {
        "fold": predictions[0].fold,
        "blocks": len(truth),
        "log_loss": _log_loss(truth, table, value),
        "accuracy": accuracy(predictions),
    }


def accuracy(predictions: Iterable[Prediction]) -> float:
    """The share of labelled blocks whose most probable label is theirs."""
    hits = [
        LABELS[row.argmax()] == label
        for prediction in predictions
        for label, row in zip(prediction.example.labels, prediction.probabilities, strict=True)
        if label
    ]
    return float(np.mean(hits))


def reliability(predictions: Iterable[Prediction], bins: int = 10) -> list[dict[str, float]]:
    """The reliability curve of the probability of boilerplate, in bins of equal width."""
    pairs = [
        (float(row[len(ARTICLE) :].sum()), label in BOILERPLATE)
        for prediction in predictions
        for label, row in zip(prediction.example.labels, prediction.probabilities, strict=True)
        if label
    ]
    curve = []
    for number in range(bins):
        inside = [(p, truth) for p, truth in pairs if min(int(p * bins), bins - 1) == number]
        if inside:
            mean_p, observed = np.mean(inside, axis=0)
            curve.append({"blocks": len(inside), "predicted": float(mean_p), "observed": float(observed)})
    return curve


def rounded(metrics: Any) -> Any:
    """The same figures with five decimals, ``None`` for those that nothing was there to measure."""
    if isinstance(metrics, float):
        return None if metrics != metrics else round(metrics, 5)
    if isinstance(metrics, Mapping):
        return {key: rounded(item) for key, item in metrics.items()}
    if isinstance(metrics, (list, tuple)):
        return [rounded(item) for item in metrics]
    return metrics


def write_metrics(metrics: Mapping[str, Any], folder: Path) -> None:
    """Write ``metrics.json``."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(metrics, indent=1, ensure_ascii=False)
    (folder / "metrics.json").write_text(text + "\n", encoding="utf-8")
