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
    lengths = np.diff(terms.indptr)
    owner = np.repeat(np.arange(count), lengths)
    rare = rarity[terms.indices].astype(np.float64)
    total = np.bincount(owner, rare, count)
    norm = np.maximum(np.sqrt(np.bincount(owner, rare * rare, count)), _TINY)
    unit = rare / norm[owner]
    distinct, place = np.unique(terms.indices, return_inverse=True)
    filled = lengths > 0
    cosines, sizes, shares = [], [], []
    for weight in (weights * filled[:, None]).T.astype(np.float64):
        whole = np.bincount(place, unit * weight[owner], len(distinct))
        # the block itself, with its weight, is taken out of the sum again
        dot = np.maximum(np.bincount(owner, unit * whole[place], count) - weight, 0)
        rest = (whole * whole).sum() - 2 * weight * dot - weight * weight
        cosines.append(dot / np.sqrt(np.maximum(rest, _TINY)))
        sizes.append(np.sqrt(dot))
        seen = np.bincount(place, weight[owner], len(distinct))[place] - weight[owner]
        shares.append(np.bincount(owner, rare * np.clip(seen, 0, 1), count) / np.maximum(total, _TINY))
    columns = [*cosines, *sizes, *shares, np.log1p(norm), total / np.maximum(lengths, 1)]
    return np.stack(columns, axis=1).astype(np.float32)


def rarity(documents: list[Bags], buckets: int) -> NDArray[np.float32]:
    """The inverse document frequency of every term, in half precision, shape (buckets,)."""
    counts = np.zeros(buckets)
    for terms in documents:
        counts[np.unique(terms.indices)] += 1
    return np.log((len(documents) + 1) / (counts + 1)).astype(np.float16).astype(np.float32)
