"""The fitted tagger on disk: plain arrays in an .npz, with a JSON beside it that holds its SHA-256.

Nothing is unpickled and nothing is downloaded.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from stripper.errors import StripperError
from stripper.labels import LABELS, Thresholds
from stripper.tagging.classes import WordClasses
from stripper.tagging.features import Head
from stripper.tagging.tagger import Linear, Networks, Readers, Tagger

_ARRAYS, _CLASSES, _RECORD = "tagger.npz", "classes.npz", "tagger.json"
_FIELDS = ("mean", "scale", "hidden", "hidden_bias", "output", "output_bias")
_HALVED = ("hidden", "output")
_HEADS: tuple[Head, ...] = ("html", "text")


class ModelError(StripperError):
    """The model is missing, damaged, or of another version of stripper."""


@dataclass(frozen=True, slots=True)
class Model:
    """What ``models/`` holds: the tagger, and for each head the thresholds of the modes."""

    tagger: Tagger
    thresholds: Mapping[Head, Thresholds]


def save_model(model: Model, folder: Path) -> None:
    """Write ``tagger.npz``, ``classes.npz`` and ``tagger.json`` into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    data = {_ARRAYS: _packed(_to_arrays(model.tagger)), _CLASSES: _packed(_class_arrays(model.tagger.classes))}
    for name, content in data.items():
        (folder / name).write_bytes(content)
    record = {
        "sha256": {name: _hash(content) for name, content in data.items()},
        "labels": list(LABELS),
        "temperature": {head: model.tagger.heads[head].temperature for head in _HEADS},
        "thresholds": {head: dict(model.thresholds[head]) for head in _HEADS},
    }
    (folder / _RECORD).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def load_model(folder: Path) -> Model:
    """Read a model and check it against its hashes.

    Raises:
        ModelError: it is missing, damaged, or of another version.
    """
    try:
        record = json.loads((folder / _RECORD).read_text(encoding="utf-8"))
        data = {name: (folder / name).read_bytes() for name in (_ARRAYS, _CLASSES)}
    except (OSError, ValueError) as error:
        raise ModelError(f"no usable model in {folder}: {error}") from error
    if not isinstance(record, dict) or record.get("sha256") != {name: _hash(own) for name, own in data.items()}:
        raise ModelError(f"the model in {folder} does not match its hash; install stripper anew or train it")
    if record.get("labels") != list(LABELS):
        raise ModelError(f"the model in {folder} has other labels; train it anew")
    try:
        with np.load(io.BytesIO(data[_ARRAYS]), allow_pickle=False) as arrays:
            tagger = _from_arrays(arrays, _classes(data[_CLASSES]), record["temperature"])
        return Model(tagger, record["thresholds"])
    except KeyError as error:
        raise ModelError(f"the model in {folder} is of another version of stripper ({error})") from error


def save_classes(classes: WordClasses, folder: Path) -> None:
    """Write ``classes.npz`` into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _CLASSES).write_bytes(_packed(_class_arrays(classes)))


def load_classes(folder: Path) -> WordClasses:
    """Read what ``save_classes`` wrote.

    Raises:
        ModelError: it is missing or damaged.
    """
    try:
        return _classes((folder / _CLASSES).read_bytes())
    except (OSError, ValueError, EOFError, KeyError, BadZipFile) as error:
        raise ModelError(f"no usable word classes in {folder}: {error}") from error


@lru_cache(maxsize=1)
def default_model() -> Model:
    """The model that stripper ships: inside the wheel, or in ``models/`` of a checkout."""
    return load_model(_shipped())


@lru_cache(maxsize=1)
def default_classes() -> WordClasses:
    """The word classes that stripper ships, with which a tagger is trained."""
    return load_classes(_shipped())


def _shipped() -> Path:
    packaged = Path(str(files("stripper"))) / "models"
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / "models"


def _packed(arrays: Mapping[str, Any]) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _class_arrays(classes: WordClasses) -> dict[str, Any]:
    # the gaps between ascending keys take less room than the keys
    gaps = np.diff(classes.keys, prepend=np.uint32(0))
    return {"gaps": gaps, "classes": classes.classes, "coarser": classes.coarser}


def _classes(content: bytes) -> WordClasses:
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        return WordClasses(np.cumsum(arrays["gaps"], dtype=np.uint32), arrays["classes"], arrays["coarser"])


def _to_arrays(tagger: Tagger) -> dict[str, Any]:
    arrays: dict[str, Any] = {}
    for name, linear in (("words", tagger.words), ("markup", tagger.markup)):
        # half precision: the fit rounds to it, so nothing is lost here
        arrays[f"{name}.coefficients"] = linear.rows[:, :-1].astype(np.float16)
        arrays[f"{name}.intercepts"] = linear.intercepts
        arrays[f"{name}.importance"] = np.sqrt(linear.rows[:, -1]).astype(np.float16)
    arrays["rarity"] = tagger.rarity.astype(np.float16)
    for head, readers in tagger.heads.items():
        for reading, networks in (("first", readers.first), ("second", readers.second)):
            for field in _FIELDS:
                array = getattr(networks, field)
                arrays[f"{head}.{reading}.{field}"] = array.astype(np.float16 if field in _HALVED else np.float32)
    return arrays


def _from_arrays(arrays: Mapping[str, Any], classes: WordClasses, temperature: Mapping[str, float]) -> Tagger:
    def linear(name: str) -> Linear:
        return Linear.of(*(arrays[f"{name}.{field}"] for field in ("coefficients", "intercepts", "importance")))

    def networks(name: str) -> Networks:
        return Networks(**{field: arrays[f"{name}.{field}"].astype(np.float32) for field in _FIELDS})

    heads = {head: Readers(networks(f"{head}.first"), networks(f"{head}.second"), temperature[head]) for head in _HEADS}
    return Tagger(classes, linear("words"), linear("markup"), arrays["rarity"].astype(np.float32), heads)
