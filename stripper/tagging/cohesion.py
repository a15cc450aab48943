"""Lexical cohesion: how much of a block's rare words the rest of the document shares.

The paragraphs of an article speak of the same people, places and things; a message of the publisher speaks of
others, whatever its language and however it is put. So each block is compared with all the others taken together,
weighted by how likely each of them is body, boilerplate or title: TF-IDF vectors and their cosine (Salton and
Buckley, "Term-weighting approaches in automatic text retrieval", 1988; within one text: Hearst, "TextTiling", 1997).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stripper.tagging.words import Bags

_TINY = 1e-6


def cohesion(terms: Bags, rarity: NDArray[np.float32], weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """Compare each block with all the others of its document.

    Args:
        terms: of each block, each term once.
        rarity: the weight of every term, shape (buckets,).
        weights: how much each block counts in each of several sums, shape (blocks, sums).

    Returns:
        shape (blocks, 3 * sums + 2): the cosines with the sums of the other blocks, the sizes of the dot products,
        the share of the block's rarity that occurs in other blocks of weight, and how much rarity there is.
    """
    count = len(terms.indptr) - 1
    lengths = terms.lengths
    owner = np.repeat(np.arange(count), lengths)
    rare = rarity[terms.indices].astype(np.float64)
    total = np.bincount(owner, rare, count)
    norm = np.maximum(np.sqrt(np.bincount(owner, rare * rare, count)), _TINY)
    unit = rare / norm[owner]
    # of each term one place, that of its last occurrence: faster than to sort them
    last = np.empty(len(rarity), np.int64)
    last[terms.indices] = np.arange(len(owner))
    place = last[terms.indices]
    weight = (weights * (lengths > 0)[:, None]).T.astype(np.float64)
    own = weight[:, owner]
    whole = _sums(unit * own, place, len(place))
    # the block itself, with its weight, is taken out of the sum again
    dot = np.maximum(_sums(unit * whole[:, place], owner, count) - weight, 0)
    rest = (whole * whole).sum(axis=1, keepdims=True) - 2 * weight * dot - weight * weight
    cosines = dot / np.sqrt(np.maximum(rest, _TINY))
    seen = _sums(own, place, len(place))[:, place] - own
    shares = _sums(rare * np.clip(seen, 0, 1), owner, count) / np.maximum(total, _TINY)
    alone = [np.log1p(norm), total / np.maximum(lengths, 1)]
    return np.concatenate([cosines, np.sqrt(dot), shares, alone]).T.astype(np.float32)


def _sums(values: NDArray[np.float64], of: NDArray[np.int64], count: int) -> NDArray[np.float64]:
    """Add up the columns of ``values`` that belong to each of ``count``: shape (rows, columns) to (rows, count)."""
    rows = len(values)
    # all rows at once: a page has so few terms that the calls would take longer than the sums
    places = np.arange(rows)[:, None] * count + of
    summed = np.bincount(places.ravel(), values.ravel(), rows * count)
    # with weights they are floats, which NumPy's types do not know
    return np.asarray(summed, np.float64).reshape(rows, count)


def rarity(documents: list[Bags], buckets: int) -> NDArray[np.float32]:
    """The inverse document frequency of every term, in half precision, shape (buckets,)."""
    counts = np.zeros(buckets)
    for terms in documents:
        counts[np.unique(terms.indices)] += 1
    return np.log((len(documents) + 1) / (counts + 1)).astype(np.float16).astype(np.float32)
