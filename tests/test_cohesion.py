"""Terms and lexical cohesion."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from stripper.tagging.cohesion import cohesion, rarity
from tests.conftest import terms_of

BUCKETS = 1 << 16


def _shared(first: str, second: str) -> int:
    bags = terms_of([first, second], BUCKETS)
    ours, theirs = bags.take(np.array([0])).indices, bags.take(np.array([1])).indices
    return len(np.intersect1d(ours, theirs))


def test_terms_survive_inflection_and_need_no_spaces() -> None:
    assert _shared("паромщика", "паромщики") == 1
    assert _shared("Fährmann", "Fährmannes") == 1
    assert _shared("渡船停航", "渡船") == 1
    assert _shared("เรือข้ามฟาก", "เรือ") >= 1
    assert _shared("2026 !", "2026 !") == 0, "numbers and punctuation tell no topic"


def test_each_term_counts_once_a_text() -> None:
    bags = terms_of(["ferry ferry Ferry", "", "the ferry"], BUCKETS)
    assert np.diff(bags.indptr).tolist() == [1, 0, 2]


def test_a_message_shares_less_with_the_article_than_its_paragraphs_do() -> None:
    article = [
        "The ferry across the Osna stops in April, the district of Kelmet said.",
        "In Kelmet the ferry carried 900 people a day before the bridge over the Osna opened.",
        "Support our newsroom: every contribution counts, monthly or once.",
        "Ferryman Jonas Wirth said that Kelmet would miss more than a ferry.",
    ]
    bags = terms_of(article, BUCKETS)
    weights = np.ones((4, 1), np.float32)
    cosine = cohesion(bags, rarity([bags], BUCKETS) + 1, weights)[:, 0]
    assert cosine.argmin() == 2
    assert cosine[[0, 1, 3]].min() > 2 * cosine[2]


def test_rare_terms_weigh_more() -> None:
    documents = [terms_of([text], BUCKETS) for text in ("the ferry", "the bridge", "the mayor")]
    weights = rarity(documents, BUCKETS)
    the, ferry = (terms_of([word], BUCKETS).indices[0] for word in ("the", "ferry"))
    assert weights[the] < weights[ferry] < weights.max()


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(max_size=40), min_size=1, max_size=6), st.integers(0, 5))
def test_the_sums_leave_the_block_itself_out(texts: list[str], chosen: int) -> None:
    """Against the plain computation with dense vectors."""
    bags = terms_of(texts, 256)
    rare = np.random.default_rng(0).random(256).astype(np.float32) + np.float32(0.1)
    dense = np.zeros((len(texts), 256))
    for row in range(len(texts)):
        for index in bags.take(np.array([row])).indices:
            dense[row, index] += rare[index]
    norms = np.linalg.norm(dense, axis=1)
    unit = dense / np.maximum(norms, 1e-6)[:, None]
    weight = np.random.default_rng(1).random(len(texts))
    place = chosen % len(texts)
    others = np.delete(np.arange(len(texts)), place)
    rest = (weight[others, None] * unit[others]).sum(axis=0)
    found = cohesion(bags, rare, weight[:, None].astype(np.float32))[place, 0]
    # hashed twice into the same bucket, a block's own terms may count twice: such blocks are left out
    if all(
        len(set(bags.take(np.array([n])).indices)) == len(bags.take(np.array([n])).indices) for n in range(len(texts))
    ):
        expected = unit[place] @ rest / max(np.linalg.norm(rest), 1e-3)
        assert abs(found - expected) < 1e-3
