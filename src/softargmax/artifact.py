"""The container: a state with its arrays in one safetensors file. It holds data only; loading it runs nothing.

Its metadata has one key, ``softargmax``: a SHA-256 digest of what follows and of the arrays, so that a file that was
damaged or edited by hand is noticed; a blank; and JSON that begins ``{"softargmax": "table-classifier", "format": 3,
"version": 3, "library": "0.2.0", "values": {...`` . The arrays of a state inside another are named after the way to it,
``calibration/scale_``. The format grows when an older library could misread a newer file; a new kind of thing, or a new
field of one, raises the version of that kind instead.

Files of formats 1 and 2, which held models of tables only, are read as versions 1 and 2 of that kind.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from softargmax._arrays import Array
from softargmax._atomic import written_whole
from softargmax._state import FORMAT, State, check_format, parse_json, plain_json
from softargmax.exceptions import ArtifactError

_KEY = "softargmax"
# The only kind that formats 1 and 2 had.
_ONCE = "table-classifier"
# The length of the description at most. safetensors itself reads headers of up to 100 MB; ours have some kB, or a few
# MB where a table has very many categories.
_LONGEST = 1 << 26
# What a state's arrays may hold: numbers that safetensors knows and NumPy has.
_KINDS_OF_NUMBER = "biuf"


def write_artifact(path: str | os.PathLike[str], state: State) -> None:
    """Write a state; on any failure an older file of that name stays as it was.

    Raises
    ------
    ArtifactError
        If the file cannot be written.
    """
    from softargmax import __version__

    arrays: dict[str, Array] = {}
    try:
        data = _described(state, "", arrays)
        head = {"softargmax": data.pop("softargmax"), "format": FORMAT, "version": data.pop("version")}
        text = json.dumps({**head, "library": __version__, **data}, ensure_ascii=False, allow_nan=False)
        content = serialise(arrays, text)
        if int.from_bytes(content[:8], "little") > _LONGEST:
            raise ValueError(f"its description has more than {_LONGEST} bytes, and could not be read again; use JSON")
        with written_whole(Path(path)) as temporary, open(temporary, "wb") as file:
            file.write(content)
    except (OSError, SafetensorError, TypeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ArtifactError(f"{path}: the model cannot be written: {reason}") from error


def serialise(arrays: Mapping[str, Array], text: str) -> bytes:
    """Give the bytes of a container."""
    return bytes(save(dict(arrays), {_KEY: f"{_digest(arrays, text)} {text}"}))


def _digest(arrays: Mapping[str, Array], text: str) -> str:
    digest = hashlib.sha256(text.encode())
    for name in sorted(arrays):
        array = arrays[name]
        digest.update(f"{name} {array.dtype.str} {array.shape}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def _described(state: State, prefix: str, arrays: dict[str, Array]) -> dict[str, Any]:
    """Give what JSON says of a state, and put its arrays among the others, named after the way to it."""
    for name, array in state.arrays.items():
        arrays[prefix + name] = np.ascontiguousarray(array)
    return {
        "softargmax": state.kind,
        "version": state.version,
        "values": {name: _plain(value, f"{prefix}{name}/", arrays) for name, value in state.values.items()},
    }


def _plain(value: Any, prefix: str, arrays: dict[str, Array]) -> Any:
    if isinstance(value, State):
        return _described(value, prefix, arrays)
    if isinstance(value, list | tuple) and any(isinstance(item, State) for item in value):
        return [_plain(item, f"{prefix}{place}/", arrays) for place, item in enumerate(value)]
    return plain_json(value)


def read_artifact(path: str | os.PathLike[str]) -> State:
    """Read a state from a file that is there and begins as a container does; errors leave its name to the caller.

    Raises
    ------
    ArtifactError
        If the file is truncated, of another kind, or newer than this library.
    """
    text, arrays = _contents(path)
    digest, _, described = text.partition(" ")
    try:
        data = parse_json(described)
        found = data["format"]
    except (ValueError, LookupError, TypeError, RecursionError):
        raise ArtifactError("the model file is damaged: its description cannot be read") from None
    check_format(found, data.get("library"))
    if digest != _digest(arrays, described):
        raise ArtifactError("the model file is damaged: its contents do not match their checksum")
    if found < FORMAT:
        return State(_ONCE, found, {name: data[name] for name in data if name not in ("format", "library")}, arrays)
    return _with_arrays(State.from_json({**data, "arrays": {}}), "", arrays)


def _contents(path: str | os.PathLike[str]) -> tuple[str, dict[str, Array]]:
    """Read the description of a file, and its arrays if it is one of ours.

    All bytes are read at once, for a mapped file that shrinks ends Python.
    """
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        size = os.fstat(file.fileno()).st_size
        if length > min(size, _LONGEST):
            raise _foreign(f"a header of {length} bytes in a file of {size}")
        try:
            described = dict(json.loads(file.read(length)).get("__metadata__") or {})
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            raise _foreign(error) from None
        if _KEY not in described:
            raise ArtifactError("expected a model file written by softargmax, got another safetensors file")
        file.seek(0)
        content = file.read()
    try:
        # safetensors checks that the shapes fit the file's size, so no array is larger than the file.
        arrays = load(content)
    except (SafetensorError, OSError, TypeError, ValueError, KeyError, AttributeError) as error:
        raise _foreign(error) from None
    if any(array.dtype.kind not in _KINDS_OF_NUMBER for array in arrays.values()):
        raise ArtifactError("the model file is damaged: it holds arrays of something else than numbers")
    return described[_KEY], arrays


def _foreign(why: object) -> ArtifactError:
    return ArtifactError(f"expected a model file written by softargmax, got a truncated or foreign one ({why})")


def _with_arrays(state: State, prefix: str, arrays: Mapping[str, Array]) -> State:
    """Give every state inside its own arrays."""

    def filled(value: Any, way: str) -> Any:
        if isinstance(value, State):
            return _with_arrays(value, way, arrays)
        if isinstance(value, list) and any(isinstance(item, State) for item in value):
            return [filled(item, f"{way}{place}/") for place, item in enumerate(value)]
        return value

    own = {
        name.removeprefix(prefix): array
        for name, array in arrays.items()
        if name.startswith(prefix) and "/" not in name.removeprefix(prefix)
    }
    values = {name: filled(value, f"{prefix}{name}/") for name, value in state.values.items()}
    return State(state.kind, state.version, values, own)
