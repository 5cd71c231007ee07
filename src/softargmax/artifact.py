"""The model file: arrays and JSON in one safetensors file. It holds data only; loading it runs nothing.

Its metadata has one key, ``softargmax``: a SHA-256 digest of what follows and of the arrays, so that a file that was
damaged or edited by hand is noticed; a blank; and JSON that begins ``{"format": 2, "library": "0.1.0", ...`` and goes
on as `softargmax.pipeline.saving` describes. The format number grows when an older library could misread a newer file.
"""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from softargmax._arrays import Array
from softargmax._atomic import written_whole
from softargmax.exceptions import ArtifactError

FORMAT = 2
_KEY = "softargmax"


def write_artifact(
    path: str | os.PathLike[str], metadata: dict[str, Any], arrays: dict[str, Array], library: str
) -> None:
    """Write a model file; on any failure an older file of that name stays as it was.

    Raises
    ------
    ArtifactError
        If the file cannot be written.
    """
    text = json.dumps({"format": FORMAT, "library": library, **metadata}, ensure_ascii=False, allow_nan=False)
    try:
        content = serialise({name: np.ascontiguousarray(array) for name, array in arrays.items()}, text)
        with written_whole(Path(path)) as temporary, open(temporary, "wb") as file:
            file.write(content)
    except (OSError, SafetensorError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ArtifactError(f"{path}: the model cannot be written: {reason}") from error


def serialise(arrays: dict[str, Array], text: str) -> bytes:
    """Give the bytes of a model file."""
    return bytes(save(arrays, {_KEY: f"{_digest(arrays, text)} {text}"}))


def _digest(arrays: dict[str, Array], text: str) -> str:
    digest = hashlib.sha256(text.encode())
    for name in sorted(arrays):
        array = arrays[name]
        digest.update(f"{name} {array.dtype.str} {array.shape}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def read_artifact(path: str | os.PathLike[str]) -> tuple[dict[str, Any], dict[str, Array]]:
    """Read a model file.

    Raises
    ------
    ArtifactError
        If the file is not there, truncated, of another kind, or newer than this library.
    """
    if not os.path.exists(path):
        raise ArtifactError(f"{path}: no such model file")
    if not os.path.isfile(path):
        raise ArtifactError(f"{path}: expected a model file, got a folder, pipe or device")
    try:
        with safe_open(path, framework="numpy") as file:
            described = file.metadata() or {}
            arrays = {name: np.array(file.get_tensor(name)) for name in file.keys()}  # noqa: SIM118  (no mapping)
    except (SafetensorError, OSError) as error:
        raise ArtifactError(
            f"{path}: expected a model file written by softargmax, got a truncated or foreign one ({error})"
        ) from None
    if _KEY not in described:
        raise ArtifactError(f"{path}: expected a model file written by softargmax, got another safetensors file")
    digest, _, text = described[_KEY].partition(" ")
    try:
        metadata = json.loads(text)
        version = metadata["format"]
    except (ValueError, LookupError, TypeError, RecursionError):
        raise ArtifactError(f"{path}: the model file is damaged: its description cannot be read") from None
    if not isinstance(version, int) or version > FORMAT:
        raise ArtifactError(
            f"{path}: written by softargmax {metadata.get('library')} in format {version}; this version reads "
            f"formats up to {FORMAT}: upgrade softargmax"
        )
    if digest != _digest(arrays, text):
        raise ArtifactError(f"{path}: the model file is damaged: its contents do not match their checksum")
    return metadata, arrays
