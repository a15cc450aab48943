"""The tagger: NumPy against scikit-learn, the store, and the hashing."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from html import escape
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone

from stripper import Stripper
from stripper.labels import LABELS
from stripper.sources.html import read_html
from stripper.sources.text import read_text
from stripper.tagging.classes import CLASS_BUCKETS, classify, text_view
from stripper.tagging.features import Head
from stripper.tagging.store import (
    Model,
    ModelError,
    default_classes,
    default_model,
    load_classes,
    load_model,
    save_model,
)
from stripper.tagging.tagger import LONGEST
from stripper.tagging.words import tokenize, tokens
from stripper.training.dataset import Example, written_documents
from stripper.training.fit import TaggerEstimator, counts, weighted
from tests.conftest import DATA, ROOT


def _as_page(document: Example) -> Example:
    """A written document as a page, so that the HTML head has something to learn where no corpora are."""
    pairs = [
        (block.text, label)
        for block, label in zip(document.page.blocks, document.labels, strict=True)
        if re.search(r"\w", block.text)
    ]
    html = "".join(f"<div class='c-{label}'><p>{escape(text)}</p></div>" for text, label in pairs).encode()
    page = read_html(html)
    # on real pages, what no extractor returned has no label
    labels = tuple(None if label == "interface" and number % 2 else label for number, (_, label) in enumerate(pairs))
    return replace(document, page=page, labels=labels, html=html)


@pytest.fixture(scope="module")
def documents() -> list[Example]:
    return [example for example in written_documents(DATA) if example.lang == "de"]


@pytest.fixture(scope="module")
def fitted(documents: list[Example]) -> TaggerEstimator:
    small = TaggerEstimator(word_buckets=1 << 12, markup_buckets=1 << 10, folds=2, networks=2, units=16, alpha=0.01)
    return small.fit([*map(_as_page, documents), *documents])


@pytest.mark.parametrize("head", ["html", "text"])
def test_numpy_gives_what_scikit_learn_gives(fitted: TaggerEstimator, documents: list[Example], head: Head) -> None:
    tagger = fitted.export({"html": 1.0, "text": 1.0})
    chosen = [_as_page(d) for d in documents[:30]] if head == "html" else documents[:30]
    reference = fitted.predict_proba(chosen, head)
    ours = tagger.predict_proba([example.page for example in chosen], head)
    for left, right in zip(reference, ours, strict=True):
        np.testing.assert_allclose(left, right, atol=1e-5)


def test_fitting_is_deterministic_and_the_estimator_clones(documents: list[Example]) -> None:
    chosen = [*map(_as_page, documents[::2]), *documents[::2]]
    small = TaggerEstimator(word_buckets=1 << 10, markup_buckets=1 << 8, folds=2, networks=1, units=4, epochs=1)
    first, second = (clone(small).fit(chosen).predict_proba(documents[:3], "text") for _ in range(2))
    for left, right in zip(first, second, strict=True):
        np.testing.assert_array_equal(left, right)
    assert small.get_params()["units"] == 4


def test_it_learns(fitted: TaggerEstimator, documents: list[Example]) -> None:
    pages = [_as_page(document) for document in documents[:20]]
    hits = [
        LABELS[row.argmax()] == label
        for page, rows in zip(pages, fitted.predict_proba(pages, "html"), strict=True)
        for label, row in zip(page.labels, rows, strict=True)
        if label
    ]
    assert np.mean(hits) > 0.9, "the classes of these pages give the labels away"


def test_missing_labels_are_named(documents: list[Example]) -> None:
    only_body = Example("x", "x", "en", "wide", read_text("One.\nTwo."), ("body", "title"))
    with pytest.raises(ValueError, match="no training block is labelled"):
        TaggerEstimator(word_buckets=16, markup_buckets=16, folds=2).fit([only_body, only_body])


def test_store_round_trip(fitted: TaggerEstimator, documents: list[Example], tmp_path: Path) -> None:
    tagger = fitted.export({"html": 1.2, "text": 0.8})
    limits = {"cautious": -1.0, "balanced": -2.0, "aggressive": -3.0}
    save_model(Model(tagger, {"html": limits, "text": limits}), tmp_path)  # type: ignore[dict-item]
    loaded = load_model(tmp_path)
    assert loaded.thresholds["html"]["balanced"] == -2.0
    pages = [document.page for document in documents[:3]]
    for left, right in zip(
        tagger.predict_proba(pages, "text"), loaded.tagger.predict_proba(pages, "text"), strict=True
    ):
        np.testing.assert_array_equal(left, right)


def test_damaged_or_missing_models_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no usable model"):
        load_model(tmp_path)
    for name in ("tagger.json", "classes.npy", "tagger.npy"):
        (tmp_path / name).write_bytes((ROOT / "models" / name).read_bytes())
    load_model(tmp_path)
    for name in ("classes.npy", "tagger.npy"):
        whole = (tmp_path / name).read_bytes()
        data = bytearray(whole)
        data[len(data) // 2] ^= 1
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ModelError, match="does not match its hash"):
            load_model(tmp_path)
        (tmp_path / name).write_bytes(whole)
    for length in (0, 10, 1000):
        (tmp_path / "classes.npy").write_bytes(whole[:length])
        with pytest.raises(ModelError, match="no usable word classes"):
            load_classes(tmp_path)


def test_shipped_model_is_small() -> None:
    assert sum(path.stat().st_size for path in (ROOT / "models").glob("*.npy")) < 10_000_000
    assert set(default_model().tagger.heads) == {"html", "text"}


def test_cleaning_imports_neither_scikit_learn_nor_scipy() -> None:
    code = (
        "import sys; from stripper import strip_html, strip_text; strip_text('x'); strip_html('<p>x</p><p>y</p>');"
        "print([m for m in ('sklearn', 'scipy', 'pooch', 'pickle5', 'bs4') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_probabilities_are_probabilities(news_page: bytes) -> None:
    model = default_model()
    (found,) = model.tagger.predict_proba([read_html(news_page)], "html")
    assert found.shape[1] == len(LABELS)
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-5)
    article = Stripper(strip=[]).strip_html(news_page)
    assert all(0 <= p.probability <= 1 for p in article.paragraphs)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.text(max_size=60), min_size=1, max_size=6))
def test_projection_is_the_matrix_product(texts: list[str]) -> None:
    random = np.random.default_rng(0)
    features = 256 + CLASS_BUCKETS
    coefficients = random.normal(size=(features, 3)).astype(np.float32)
    weights = random.uniform(1, 9, size=features).astype(np.float32)
    view = text_view(classify(tokenize(texts), default_classes()), 256)
    projected = view.project(np.concatenate([coefficients * weights[:, None], np.square(weights)[:, None]], axis=1))
    norms = np.sqrt(np.maximum(projected[:, -1:], 1))
    expected = weighted(counts(view.flat(), features), weights) @ coefficients
    np.testing.assert_allclose(projected[:, :-1] / norms, expected, atol=1e-4)


def test_tokens_of_many_scripts() -> None:
    assert tokens("Поддержите нас!") == ["поддержите", "нас", "!"]
    assert tokens("สนับสนุนเรา") == ["สนับสนุนเรา"]
    assert tokens("हमारा साथ दें") == ["हमारा", "साथ", "दें"]
    assert len(tokens("a " * 5000)) < 1200


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(max_size=60), max_size=6))
def test_texts_are_tokenized_together_as_alone(texts: list[str]) -> None:
    together = tokenize(texts)
    found = iter([together.vocabulary[own] for own in together.ids])
    for text, count in zip(texts, together.counts, strict=True):
        assert [next(found) for _ in range(count)] == ["\x02", *tokens(text.replace("\x03", " ")), "\x03"]
    assert not list(found)


def test_pieces_of_a_document_are_documents() -> None:
    tagger = default_model().tagger
    page = read_text("\n".join(f"The ferry sailed at {number} o'clock on Monday." for number in range(LONGEST + 10)))
    short = read_text("It rained on Monday.")
    whole, alone, none = tagger.predict_proba([page, short, read_text("")], "text")
    assert (len(whole), len(alone), len(none)) == (LONGEST + 10, 1, 0)
    (rest,) = tagger.predict_proba([replace(page, blocks=page.blocks[LONGEST:])], "text")
    np.testing.assert_allclose(whole[LONGEST:], rest, atol=1e-5)
