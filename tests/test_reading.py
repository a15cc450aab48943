"""The third reading of a page, as bare text: where it has a say, and where not."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from stripper.labels import BOILERPLATE, LABELS, Label
from stripper.sources.html import read_html
from stripper.tagging.features import Floats
from stripper.tagging.store import default_model
from stripper.tagging.tagger import Readers, Tagger

_LABELS: tuple[Label, Label] = ("body", "appeal")
_BOILERPLATE = np.array([label in BOILERPLATE for label in LABELS])


@dataclass(frozen=True)
class Always:
    """Networks that find one label, whatever they read."""

    label: Label

    def predict_proba(self, table: Floats) -> Floats:
        found = np.full((len(table), len(LABELS)), 0.01, np.float32)
        found[:, LABELS.index(self.label)] = 1
        normalised: Floats = (found / found.sum(axis=1, keepdims=True)).astype(np.float32)
        return normalised


def _with_bare_readings_of(label: Label) -> Tagger:
    tagger = default_model().tagger
    always = Readers(Always(label), Always(label), 1.0)  # type: ignore[arg-type]
    return replace(tagger, heads={**tagger.heads, "text": always})


def test_the_bare_reading_moves_what_may_be_the_article_and_nothing_else(news_page: bytes) -> None:
    page = read_html(news_page)
    as_body, as_appeal = (
        _with_bare_readings_of(label).predict_proba([page], "html")[0][:, _BOILERPLATE].sum(axis=1) for label in _LABELS
    )
    # where it has no say, it does not matter what it would say
    silent = as_body == as_appeal
    assert 20 < silent.sum() < len(silent) - 20
    assert (as_body[silent] > 0.9).all()
    assert (as_body[~silent] < as_appeal[~silent]).all()


def test_pages_in_a_batch_do_not_touch_one_another(news_page: bytes) -> None:
    pages = [read_html(news_page), read_html("<p>Share</p>"), read_html(""), read_html(news_page)]
    tagger = default_model().tagger
    together = tagger.predict_proba(pages, "html")
    for page, found in zip(pages, together, strict=True):
        np.testing.assert_allclose(found, tagger.predict_proba([page], "html")[0], atol=1e-5)
