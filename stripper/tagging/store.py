"""The fitted tagger on disk: plain arrays, with a JSON beside them that holds their SHA-256.

Arrays are the fields of one record in an .npy: nothing is compressed, so that to load them is little more than to read
them. Nothing is unpickled and nothing is downloaded.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from stripper.errors import StripperError
from stripper.labels import LABELS, Thresholds
from stripper.tagging.classes import WordClasses
from stripper.tagging.features import Head
from stripper.tagging.tagger import Linear, Networks, Readers, Tagger

_ARRAYS, _CLASSES, _RECORD = "tagger.npy", "classes.npy", "tagger.json"
_FIELDS = ("mean", "scale", "hidden", "hidden_bias", "output", "output_bias")
_HALVED = ("hidden", "output")
_HALF = 16
_HEADS: tuple[Head, ...] = ("html", "text")


class ModelError(StripperError):
    """The model is missing, damaged, or of another version of stripper."""


@dataclass(frozen=True, slots=True)
class Model:
    """What ``models/`` holds: the tagger, and for each head the thresholds of the modes."""

    tagger: Tagger
    thresholds: Mapping[Head, Thresholds]


def save_model(model: Model, folder: Path) -> None:
    """Write ``tagger.npy``, ``classes.npy`` and ``tagger.json`` into ``folder``."""
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
        data = {name: _mapped(folder / name) for name in (_ARRAYS, _CLASSES)}
    except (OSError, ValueError) as error:
        raise ModelError(f"no usable model in {folder}: {error}") from error
    if not isinstance(record, dict) or record.get("sha256") != {name: _hash(own) for name, own in data.items()}:
        raise ModelError(f"the model in {folder} does not match its hash; install stripper anew or train it")
    if record.get("labels") != list(LABELS):
        raise ModelError(f"the model in {folder} has other labels; train it anew")
    try:
        arrays, classes = (_unpacked(data[name]) for name in (_ARRAYS, _CLASSES))
        return Model(_from_arrays(arrays, _classes(classes), record["temperature"]), record["thresholds"])
    except (KeyError, ValueError) as error:
        raise ModelError(f"the model in {folder} is of another version of stripper ({error})") from error


def save_classes(classes: WordClasses, folder: Path) -> None:
    """Write ``classes.npy`` into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _CLASSES).write_bytes(_packed(_class_arrays(classes)))


def load_classes(folder: Path) -> WordClasses:
    """Read what ``save_classes`` wrote.

    Raises:
        ModelError: it is missing or damaged.
    """
    try:
        return _classes(_unpacked(_mapped(folder / _CLASSES)))
    except (OSError, ValueError) as error:
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
    packaged = Path(__file__).parents[1] / "models"
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / "models"


def _packed(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    record = np.zeros((), [(name, array.dtype, array.shape) for name, array in arrays.items()])
    for name, array in arrays.items():
        record[name] = array
    buffer = io.BytesIO()
    np.save(buffer, record, allow_pickle=False)
    return buffer.getvalue()


def _mapped(path: Path) -> mmap:
    with path.open("rb") as file:
        return mmap(file.fileno(), 0, access=ACCESS_READ)


def _unpacked(content: mmap) -> NDArray[np.void]:
    """The record as a view of the very file: what is to stay when that is replaced must be copied."""
    npy.read_magic(content)
    shape, _, fields = npy.read_array_header_1_0(content)
    return np.frombuffer(content, fields, count=1, offset=content.tell()).reshape(shape)


def _hash(content: bytes | mmap) -> str:
    return hashlib.sha256(content).hexdigest()


def _class_arrays(classes: WordClasses) -> dict[str, Any]:
    # of ascending keys the lower halves, and how many keys have each upper half, a dozen, for hashes are spread evenly:
    # they take little more than half of the room
    counts = np.bincount(classes.keys >> _HALF, minlength=1 << _HALF).astype(np.uint8)
    lower = classes.keys.astype(np.uint16)
    return {"counts": counts, "lower": lower, "classes": classes.classes, "coarser": classes.coarser}


def _classes(arrays: NDArray[np.void]) -> WordClasses:
    upper = np.arange(1 << _HALF, dtype=np.uint32) << _HALF
    keys = np.repeat(upper, arrays["counts"]) | arrays["lower"]
    return WordClasses(keys, arrays["classes"].copy(), arrays["coarser"].copy())


def _to_arrays(tagger: Tagger) -> dict[str, Any]:
    arrays: dict[str, Any] = {}
    for name, linear in (("words", tagger.words), ("markup", tagger.markup)):
        # half precision: the fit rounds to it, so nothing is lost here
        coefficients = linear.rows[:, :-1].astype(np.float16)
        # what was never seen has none
        known = coefficients.any(axis=1)
        arrays[f"{name}.known"] = np.packbits(known)
        arrays[f"{name}.coefficients"] = coefficients[known]
        arrays[f"{name}.intercepts"] = linear.intercepts
        arrays[f"{name}.importance"] = np.sqrt(linear.rows[:, -1]).astype(np.float16)
    arrays["rarity"] = tagger.rarity.astype(np.float16)
    for head, readers in tagger.heads.items():
        for reading, networks in (("first", readers.first), ("second", readers.second)):
            for field in _FIELDS:
                array = getattr(networks, field)
                arrays[f"{head}.{reading}.{field}"] = array.astype(np.float16 if field in _HALVED else np.float32)
    return arrays


def _from_arrays(arrays: NDArray[np.void], classes: WordClasses, temperature: Mapping[str, float]) -> Tagger:
    def linear(name: str) -> Linear:
        importance = arrays[f"{name}.importance"]
        known = np.unpackbits(arrays[f"{name}.known"], count=len(importance)).view(bool)
        rows = np.zeros((len(importance), len(LABELS) + 1), np.float32)
        rows[known, :-1] = arrays[f"{name}.coefficients"]
        rows[:, -1] = np.square(importance, dtype=np.float32)
        return Linear(rows, arrays[f"{name}.intercepts"].astype(np.float32))

    def networks(name: str) -> Networks:
        return Networks(**{field: arrays[f"{name}.{field}"].astype(np.float32) for field in _FIELDS})

    heads = {head: Readers(networks(f"{head}.first"), networks(f"{head}.second"), temperature[head]) for head in _HEADS}
    return Tagger(classes, linear("words"), linear("markup"), arrays["rarity"].astype(np.float32), heads)
