"""Fit the tagger: two linear models over hashed features, then the networks that read them in context.

The networks must see the linear models' scores as they will be on new sites, so these are
predicted out of fold, with the folds cut by site (stacking: Wolpert, "Stacked Generalization", 1992).
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import GroupKFold
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

from stripper.labels import ARTICLE, LABELS
from stripper.sources.block import Page
from stripper.tagging.classes import CLASS_BUCKETS, classify, text_view, topic_bags
from stripper.tagging.cohesion import rarity
from stripper.tagging.features import Floats, Head, families_of, markup_bags, rows, second_rows
from stripper.tagging.folding import fold_page
from stripper.tagging.reading import Evidence, places_of, read
from stripper.tagging.shape import shapes
from stripper.tagging.store import default_classes
from stripper.tagging.tagger import CLIP, Linear, Networks, Readers, Tagger
from stripper.tagging.words import Bags, Grouped, View, tokenize
from stripper.training.dataset import Example
from stripper.training.mix import mix
from stripper.training.part import Part

# features, targets, sample weights
Lessons: TypeAlias = tuple[csr_matrix, NDArray[np.int64], "NDArray[np.float64] | None"]
_ARTICLE: Final = np.array([label in ARTICLE for label in LABELS])
_UNLISTED: Final = -1
_EPOCHS: Final = 5
# a word has many n-grams beside one class at each level
_CLASS_WEIGHT: Final = 2.0
# enough for a guess which boilerplate an unlabelled block is
_FEW_EPOCHS: Final = 3


class TaggerEstimator(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Tags the blocks of documents; a scikit-learn estimator whose samples are ``Example`` values.

    Blocks that no extractor returned have no label. They are furniture, almost always, and on real pages
    they are the majority, so a share of them is trained on with the boilerplate label that the
    linear models find likeliest.

    Args:
        word_buckets, markup_buckets, term_buckets: sizes of the hashed feature spaces, powers of two.
        word_alpha, markup_alpha: L2 penalties of the linear models.
        folds: for the out-of-fold scores and the out-of-fold first readings.
        networks, units: how many networks read, and their hidden units; a first reading has half as many, and one
            where it is predicted out of fold.
        alpha: L2 penalty of the networks.
        epochs: passes over the data.
        unlisted: the share of unlabelled blocks to train on.
        mixed: the weight of mixed pages (``stripper.training.mix``).
        cropped: the weight of crops, one of each document.
        heads: which to fit; "html" needs both to predict.
        seed: of every random choice.

    Attributes:
        word_classes_: the classes of words that stripper ships.
        words_, markup_: the fitted linear models.
        importance_: of the features of both.
        rarity_: the weight of every term.
        first_, second_: by head, the networks of both readings, each with its scaler.
        classes_: the labels, in the order of the columns of ``predict_proba``.
    """

    def __init__(
        self,
        word_buckets: int = 1 << 17,
        markup_buckets: int = 1 << 16,
        term_buckets: int = 1 << 18,
        word_alpha: float = 4e-6,
        markup_alpha: float = 3e-5,
        folds: int = 3,
        networks: int = 4,
        units: int = 64,
        alpha: float = 0.3,
        epochs: int = 8,
        unlisted: float = 0.15,
        mixed: float = 1.0,
        cropped: float = 0.5,
        heads: tuple[Head, ...] = ("html", "text"),
        seed: int = 0,
    ) -> None:
        self.word_buckets = word_buckets
        self.markup_buckets = markup_buckets
        self.term_buckets = term_buckets
        self.word_alpha = word_alpha
        self.markup_alpha = markup_alpha
        self.folds = folds
        self.networks = networks
        self.units = units
        self.alpha = alpha
        self.epochs = epochs
        self.unlisted = unlisted
        self.mixed = mixed
        self.cropped = cropped
        self.heads = heads
        self.seed = seed

    def fit(self, X: Sequence[Example], y: None = None) -> TaggerEstimator:  # noqa: ARG002
        """Fit to labelled documents; the labels and groups are in ``X``, ``y`` is there for scikit-learn."""
        self.classes_ = np.array(LABELS)
        self.word_classes_ = default_classes()
        targets = np.array([LABELS.index(label) if label else _UNLISTED for example in X for label in example.labels])
        groups = np.concatenate([np.full(len(example.labels), number) for number, example in enumerate(X)])
        sites = np.unique([example.group for example in X], return_inverse=True)[1][groups]
        missing = [label for number, label in enumerate(LABELS) if number not in targets]
        if missing:
            raise ValueError(f"no training block is labelled {', '.join(missing)}")
        marked = np.array([example.html is not None for example in X])[groups]
        pages = [example.page for example in X]
        views = self._views(pages)
        terms = views.terms
        places = places_of(pages)
        self.rarity_ = rarity([terms.take(own) for own in places], self.term_buckets)
        self.importance_ = importance(views.words), importance(views.markup)
        self.importance_[0][self.word_buckets :] *= _CLASS_WEIGHT
        words, markup = self._matrices(views)
        sampled = np.random.default_rng(self.seed).random(len(targets)) < self.unlisted
        known = targets != _UNLISTED
        usable = np.flatnonzero(known | sampled)
        filled = np.full(len(targets), _UNLISTED)
        filled[usable] = self._impute(words[usable], markup[usable], targets[usable], marked[usable])
        weights = np.where(known, 1.0, 0.25)

        def linear(part: NDArray[np.int64]) -> tuple[SGDClassifier, SGDClassifier]:
            on_pages = part[marked[part]]
            return self._fit_linear(
                (words[part], filled[part], weights[part]), (markup[on_pages], filled[on_pages], weights[on_pages])
            )

        scores = np.zeros((len(targets), 2 * len(LABELS)), dtype=np.float32)
        mixed: list[Part] = []
        folds = np.zeros(len(targets), dtype=np.int64)
        splitter = GroupKFold(self.folds, shuffle=True, random_state=self.seed)
        for fold, (train, test) in enumerate(splitter.split(targets, groups=sites)):
            folds[test] = fold
            models = linear(np.intersect1d(train, usable))
            scores[test] = _linear_scores(models, words[test], markup[test])
            if "html" in self.heads:
                mixed += self._mix([X[number] for number in np.unique(groups[test])], models, fold)
        self.words_, self.markup_ = linear(usable)

        parts = [
            Part(example, scores[own], terms.take(own), sampled[own], int(folds[own[0]]))
            for example, own in zip(X, places, strict=True)
            if any(example.labels)
        ]
        self.first_: dict[Head, Ensemble] = {}
        self.second_: dict[Head, Ensemble] = {}
        # without markup, a message set into a page has nothing to teach that written documents have not
        whole: dict[Head, list[Part]] = {
            "html": [part.folded() for part in [*parts, *mixed] if part.head == "html"],
            "text": [part.bare() for part in parts],
        }
        for head in self.heads:
            self._fit_head(head, whole[head])
        return self

    def predict_proba(self, X: Sequence[Example], head: Head) -> list[Floats]:
        """Probabilities for each document, shape (blocks, labels), by the scikit-learn estimators themselves."""
        folded = [fold_page(example.page) for example in X]
        pages = [own.page for own in folded]
        views = self._views(pages)
        scores = self._scores(views, (self.words_, self.markup_))
        if head == "text":
            scores = scores[:, : len(LABELS)]
        readings = {of: (self.first_[of], self.second_[of]) for of in self.first_}
        looks = shapes([block for page in pages for block in page.blocks])
        predicted = read(Evidence(pages, scores, looks, views.terms, self.rarity_), head, readings)
        return [predicted[own][page.of] for own, page in zip(places_of(pages), folded, strict=True)]

    def export(self, temperature: dict[Head, float]) -> Tagger:
        """The fitted parameters as plain arrays."""
        return Tagger(
            self.word_classes_,
            _export_linear(self.words_, self.importance_[0]),
            _export_linear(self.markup_, self.importance_[1]),
            self.rarity_,
            {
                head: Readers(self.first_[head].export(), self.second_[head].export(), temperature[head])
                for head in self.first_
            },
        )

    def _views(self, pages: Sequence[Page]) -> Views:
        tokenized = tokenize([block.text for page in pages for block in page.blocks])
        classed = classify(tokenized, self.word_classes_)
        return Views(
            counts(text_view(classed, self.word_buckets), self.word_buckets + CLASS_BUCKETS),
            counts(markup_bags(pages, self.markup_buckets), self.markup_buckets),
            topic_bags(classed, self.term_buckets),
        )

    def _matrices(self, views: Views) -> tuple[csr_matrix, csr_matrix]:
        return weighted(views.words, self.importance_[0]), weighted(views.markup, self.importance_[1])

    def _scores(self, views: Views, models: tuple[SGDClassifier, SGDClassifier]) -> Floats:
        return _linear_scores(models, *self._matrices(views))

    def _fit_linear(
        self, words: Lessons, markup: Lessons, epochs: int = _EPOCHS
    ) -> tuple[SGDClassifier, SGDClassifier]:
        return (
            _fit_sgd(*words, self.importance_[0], self.word_alpha, self.seed, epochs),
            _fit_sgd(*markup, self.importance_[1], self.markup_alpha, self.seed, epochs),
        )

    def _impute(
        self, words: csr_matrix, markup: csr_matrix, targets: NDArray[np.int64], marked: NDArray[np.bool_]
    ) -> NDArray[np.int64]:
        """The targets, with the likeliest boilerplate label where there is none.

        Done once for all inner folds: which boilerplate an unlabelled block is says little of the labelled ones.
        """
        known = targets != _UNLISTED
        if known.all():
            return targets
        on_pages = known & marked
        first = self._fit_linear(
            (words[known], targets[known], None), (markup[on_pages], targets[on_pages], None), _FEW_EPOCHS
        )
        filled = targets.copy()
        filled[~known] = _likeliest_boilerplate(_linear_scores(first, words[~known], markup[~known]))
        return filled

    def _mix(self, held: Sequence[Example], models: tuple[SGDClassifier, SGDClassifier], fold: int) -> list[Part]:
        """Pages mixed from documents that the linear models never saw, with their scores."""
        pages = [example for example in held if example.html is not None]
        made = mix(pages, [e for e in held if e.html is None], np.random.default_rng(self.seed))
        if not made:
            return []
        mixed = [example.page for example in made]
        views = self._views(mixed)
        scores, terms = self._scores(views, models), views.terms
        return [
            Part(example, scores[own], terms.take(own), np.zeros(len(own), dtype=bool), fold, self.mixed)
            for example, own in zip(made, places_of(mixed), strict=True)
        ]

    def _fit_head(self, head: Head, whole: list[Part]) -> None:
        random = np.random.default_rng(self.seed)
        parts = [*whole, *(part.crop(self.cropped * part.weight, random) for part in whole)]
        families = [families_of(part.example.page, head) for part in parts]
        tables = [
            rows(part.example.page, kin, part.scores, part.looks, part.terms, self.rarity_)
            for part, kin in zip(parts, families, strict=True)
        ]
        lessons = [_lesson(part) for part in parts]
        again: list[Floats] = [np.zeros(0, np.float32)] * len(parts)
        # by the same folds: a mixed page is made of two documents, and its scores are those of its fold
        for fold in sorted({part.fold for part in parts}):
            train = [n for n, part in enumerate(parts) if part.fold != fold]
            reader = self._ensemble([tables[n] for n in train], [lessons[n] for n in train], 1)
            for n in (n for n, part in enumerate(parts) if part.fold == fold):
                again[n] = second_rows(families[n], tables[n], reader.predict_proba(tables[n]))
        self.first_[head] = self._ensemble(tables, lessons, max(self.networks // 2, 1))
        self.second_[head] = self._ensemble(again, lessons, self.networks)

    def _ensemble(self, tables: Sequence[Floats], lessons: Sequence[Lesson], networks: int) -> Ensemble:
        table = np.concatenate([own[lesson.chosen] for own, lesson in zip(tables, lessons, strict=True)])
        targets = np.concatenate([lesson.targets for lesson in lessons])
        weights = np.concatenate([lesson.weights for lesson in lessons])
        scaler = StandardScaler().fit(table)
        standard = np.clip(scaler.transform(table), -CLIP, CLIP)
        with warnings.catch_warnings():
            # few epochs are meant: they keep the networks from learning the sites by heart
            warnings.simplefilter("ignore", ConvergenceWarning)
            fitted = [
                MLPClassifier(
                    (self.units,),
                    alpha=self.alpha,
                    batch_size=256,
                    max_iter=self.epochs,
                    n_iter_no_change=self.epochs,
                    random_state=self.seed + number,
                ).fit(standard, targets, sample_weight=weights)
                for number in range(networks)
            ]
        for network in fitted:
            network.coefs_ = [_halved(weights) for weights in network.coefs_]
        return Ensemble(scaler, tuple(fitted))


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a part teaches: the targets and weights of the blocks that are chosen from it."""

    chosen: NDArray[np.bool_]
    targets: NDArray[np.int64]
    weights: NDArray[np.float64]


def _lesson(part: Part) -> Lesson:
    known = part.labelled
    targets = np.array([LABELS.index(label) if label else _UNLISTED for label in part.example.labels])
    if not known.all():
        targets[~known] = _likeliest_boilerplate(part.scores[~known])
    chosen = known | part.sampled
    return Lesson(chosen, targets[chosen], part.weight * np.where(known, 1.0, 0.6)[chosen])


@dataclass(frozen=True, slots=True)
class Ensemble:
    """Fitted networks, whose mean counts, and the scaler of their input."""

    scaler: StandardScaler
    networks: tuple[MLPClassifier, ...]

    def predict_proba(self, table: Floats) -> Floats:
        """Probabilities of the labels, shape (rows, labels)."""
        standard = np.clip(self.scaler.transform(table), -CLIP, CLIP)
        return np.asarray(np.mean([_complete(network, standard) for network in self.networks], axis=0))

    def export(self) -> Networks:
        """The parameters as plain arrays."""
        fitted, scaler = self.networks, self.scaler
        return Networks(
            mean=scaler.mean_.astype(np.float32),
            scale=scaler.scale_.astype(np.float32),
            hidden=np.concatenate([network.coefs_[0] for network in fitted], axis=1).astype(np.float32),
            hidden_bias=np.concatenate([network.intercepts_[0] for network in fitted]).astype(np.float32),
            output=np.stack([network.coefs_[1] for network in fitted]).astype(np.float32),
            output_bias=np.stack([network.intercepts_[1] for network in fitted]).astype(np.float32),
        )


@dataclass(frozen=True, slots=True)
class Views:
    """The hashed features of every block: how often each of its words and of its markup's occurs, and its terms."""

    words: csr_matrix
    markup: csr_matrix
    terms: Bags


def counts(bags: Bags | Grouped | View, buckets: int) -> csr_matrix:
    """How often each text has each feature, as a SciPy matrix of shape (texts, buckets)."""
    if isinstance(bags, View):
        # kind by kind: all the features of a large corpus one by one would take gigabytes
        first, *others = (times * counts(kind, buckets) for times, kind in bags.kinds)
        made = sum(others, first)
    elif isinstance(bags, Grouped):
        made = counts(bags.texts, len(bags.groups.indptr) - 1) @ counts(bags.groups, buckets)
    else:
        ones = np.ones(len(bags.indices), dtype=np.float32)
        made = csr_matrix((ones, bags.indices, bags.indptr), shape=(len(bags.indptr) - 1, buckets))
    made.sum_duplicates()
    return made


def importance(counted: csr_matrix) -> Floats:
    """The inverse document frequency of every feature, in half precision, shape (buckets,)."""
    texts = np.count_nonzero(np.diff(counted.indptr))
    frequencies = np.bincount(counted.indices, minlength=counted.shape[1])
    rounded: Floats = np.log1p(texts / (frequencies + 1)).astype(np.float16).astype(np.float32)
    return rounded


def weighted(counted: csr_matrix, weights: Floats) -> csr_matrix:
    """The features times their weights, divided by the norm of the text: what ``Linear`` does on bags."""
    squares = counted @ np.square(weights)
    norms = np.sqrt(np.where(squares > 0, squares, 1)).astype(np.float32)
    values = counted.data * weights[counted.indices] / np.repeat(norms, np.diff(counted.indptr))
    return csr_matrix((values, counted.indices, counted.indptr), shape=counted.shape)


def _fit_sgd(
    features: csr_matrix,
    targets: NDArray[np.int64],
    weights: NDArray[np.float64] | None,
    scale: Floats,
    alpha: float,
    seed: int,
    epochs: int,
) -> SGDClassifier:
    model = SGDClassifier(loss="log_loss", alpha=alpha, max_iter=epochs, tol=None, average=True, random_state=seed)
    model.fit(features, targets, sample_weight=weights)
    # what is stored in half precision is also what the networks are trained on
    model.coef_ = _halved(model.coef_ * scale) / scale
    model.intercept_ = model.intercept_.astype(np.float32)
    return model


def _halved(weights: NDArray[Any]) -> Floats:
    """Rounded to what half precision can hold."""
    return np.asarray(weights.astype(np.float16).astype(np.float32))


def _linear_scores(models: tuple[SGDClassifier, SGDClassifier], words: csr_matrix, markup: csr_matrix) -> Floats:
    return np.hstack([_complete(models[0], words), _complete(models[1], markup)])


def _complete(model: SGDClassifier | MLPClassifier, matrix: csr_matrix | Floats) -> Floats:
    """Probabilities with a column for every label, also those that a small fold lacks."""
    probabilities = np.zeros((matrix.shape[0], len(LABELS)), dtype=np.float32)
    probabilities[:, model.classes_] = model.predict_proba(matrix)
    return probabilities


def _likeliest_boilerplate(scores: Floats) -> NDArray[np.int64]:
    joint: Any = np.log(scores + 1e-4).reshape(len(scores), -1, len(LABELS)).sum(axis=1)
    joint[:, _ARTICLE] = -np.inf
    return np.asarray(joint.argmax(axis=1))


def _export_linear(model: SGDClassifier, scale: Floats) -> Linear:
    coefficients = np.zeros((len(scale), len(LABELS)), dtype=np.float32)
    intercepts = np.full(len(LABELS), -np.inf, dtype=np.float32)
    coefficients[:, model.classes_] = (model.coef_ * scale).astype(np.float16).T
    intercepts[model.classes_] = model.intercept_
    return Linear.of(coefficients, intercepts, scale)
