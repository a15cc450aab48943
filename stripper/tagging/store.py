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

import numpy as np

from stripper.decision import Thresholds
from stripper.labels import LABELS
from stripper.tagging.features import Head
from stripper.tagging.tagger import Linear, Networks, Readers, Tagger

_ARRAYS, _RECORD = "tagger.npz", "tagger.json"
_FIELDS = ("mean", "scale", "hidden", "hidden_bias", "output", "output_bias")
_HEADS: tuple[Head, ...] = ("html", "text")


class ModelError(Exception):
    """The model is missing, damaged, or of another version of stripper."""


@dataclass(frozen=True, slots=True)
class Model:
    """What ``models/`` holds: the tagger, and for each head the thresholds of the modes."""

    tagger: Tagger
    thresholds: Mapping[Head, Thresholds]


def save_model(model: Model, folder: Path) -> None:
    """Write ``tagger.npz`` and ``tagger.json`` into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    buffer = io.BytesIO()
    np.savez(buffer, **_to_arrays(model.tagger))
    record = {
        "sha256": hashlib.sha256(buffer.getvalue()).hexdigest(),
        "labels": list(LABELS),
        "temperature": {head: model.tagger.heads[head].temperature for head in _HEADS},
        "thresholds": {head: dict(model.thresholds[head]) for head in _HEADS},
    }
    (folder / _ARRAYS).write_bytes(buffer.getvalue())
    (folder / _RECORD).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def load_model(folder: Path) -> Model:
    """Read a model and check it against its hash.

    Raises:
        ModelError: it is missing, damaged, or of another version.
    """
    try:
        record = json.loads((folder / _RECORD).read_text(encoding="utf-8"))
        data = (folder / _ARRAYS).read_bytes()
    except (OSError, ValueError) as error:
        raise ModelError(f"no usable model in {folder}: {error}") from error
    if hashlib.sha256(data).hexdigest() != record.get("sha256"):
        raise ModelError(f"the model in {folder} does not match its hash; install stripper anew or train it")
    if record.get("labels") != list(LABELS):
        raise ModelError(f"the model in {folder} has other labels; train it anew")
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            tagger = _from_arrays(arrays, record["temperature"])
        return Model(tagger, record["thresholds"])
    except KeyError as error:
        raise ModelError(f"the model in {folder} is of another version of stripper ({error})") from error


@lru_cache(maxsize=1)
def default_model() -> Model:
    """The model that stripper ships: inside the wheel, or in ``models/`` of a checkout."""
    packaged = Path(str(files("stripper"))) / "models"
    return load_model(packaged if packaged.is_dir() else Path(__file__).parents[2] / "models")


def _to_arrays(tagger: Tagger) -> dict[str, Any]:
    arrays: dict[str, Any] = {}
    for name, linear in (("words", tagger.words), ("markup", tagger.markup)):
        # half precision: the fit rounds the coefficients to it, so nothing is lost here
        arrays[f"{name}.coefficients"] = linear.coefficients.astype(np.float16)
        arrays[f"{name}.intercepts"] = linear.intercepts
        arrays[f"{name}.importance"] = linear.importance.astype(np.float16)
    arrays["rarity"] = tagger.rarity.astype(np.float16)
    for head, readers in tagger.heads.items():
        for reading, networks in (("first", readers.first), ("second", readers.second)):
            for field in _FIELDS:
                arrays[f"{head}.{reading}.{field}"] = getattr(networks, field)
    return arrays


def _from_arrays(arrays: Mapping[str, Any], temperature: Mapping[str, float]) -> Tagger:
    def linear(name: str) -> Linear:
        return Linear(
            arrays[f"{name}.coefficients"].astype(np.float32),
            arrays[f"{name}.intercepts"],
            arrays[f"{name}.importance"].astype(np.float32),
        )

    def networks(name: str) -> Networks:
        return Networks(**{field: arrays[f"{name}.{field}"] for field in _FIELDS})

    heads = {head: Readers(networks(f"{head}.first"), networks(f"{head}.second"), temperature[head]) for head in _HEADS}
    return Tagger(linear("words"), linear("markup"), arrays["rarity"].astype(np.float32), heads)
