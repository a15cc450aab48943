"""Where the tests find pages: the bundled one, and the public ones if they are there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from stripper import Stripper
from stripper.tagging.words import Bags, hash_terms, split_words, term_bags, tokenize
from stripper.training.corpora import ENVIRONMENT
from stripper.training.dataset import Example, labelled_pages

ROOT = Path(__file__).parents[1]
DATA = ROOT / "training_data"
EXAMPLES = ROOT / "stripper" / "examples"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder beside the checkout that holds the corpora and the seed article."""
    folder = Path(os.environ[ENVIRONMENT]).parent if ENVIRONMENT in os.environ else ROOT.parent / "shared"
    if not (folder / "corpora" / "sources.toml").exists():
        pytest.skip(f"the public pages are not here: no {folder}/corpora; set {ENVIRONMENT}")
    return folder


@pytest.fixture(scope="session")
def corpora(shared: Path) -> Path:
    return shared / "corpora"


@pytest.fixture(scope="session")
def labelled(corpora: Path) -> list[Example]:
    """All labelled pages; reading them takes a while, so the tests share them."""
    return labelled_pages(DATA, corpora)


@pytest.fixture(scope="session")
def news_page() -> bytes:
    return (EXAMPLES / "news-page.html").read_bytes()


@pytest.fixture(scope="session")
def cleaner() -> Stripper:
    return Stripper()


def terms_of(texts: list[str], buckets: int) -> Bags:
    """The terms of each text."""
    units = split_words(tokenize(texts))
    return term_bags(units, hash_terms(units.vocabulary), buckets)
