"""What every saved thing has in common: `save` and `load`, in two carriers, whole or not at all.

A file whose name ends in ``.softargmax`` or ``.safetensors`` is a container of arrays, any other is JSON: that needs
NumPy only, and people can read it. Which one a file is when it is read is seen from its first bytes.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self, TypeVar

from softargmax import _lazy
from softargmax._atomic import written_whole
from softargmax._state import DEEPEST, FORMAT, State, parse_json
from softargmax.exceptions import ArtifactError

T = TypeVar("T")

_CONTAINERS = (".softargmax", ".safetensors")
# A JSON file larger than this is none of ours: the largest, Venn-Abers curves of a million rows, have 150 MB.
_LARGEST_JSON = 1 << 30


class Saved:
    """Give a class that has `to_state` and `from_state` the methods `save` and `load`."""

    def to_state(self) -> State:
        """Give everything that was learned as plain data."""
        raise NotImplementedError

    @classmethod
    def from_state(cls, state: State) -> Self:
        """Rebuild it from what `to_state` gave; nothing in it is executed.

        Raises
        ------
        ArtifactError
            If the state is damaged, of another kind, or newer than this library.
        """
        raise NotImplementedError

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a file, whole or not at all: JSON, or a container of arrays if it ends in .softargmax or .safetensors.

        Raises
        ------
        ArtifactError
            If it cannot be written.
        """
        write_file(path, self.to_state())

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read a file written by `save`; nothing in it is executed.

        Raises
        ------
        ArtifactError
            If it is missing, damaged, of another kind, or newer than this library.
        """
        return rebuilt_from(path, cls.from_state)


def rebuilt_from(path: str | os.PathLike[str], rebuild: Callable[[State], T]) -> T:
    """Read a file and rebuild what is in it; an error of either names the file.

    Raises
    ------
    ArtifactError
    """
    try:
        return rebuild(read_file(path))
    except ArtifactError as error:
        raise ArtifactError(f"{path}: {error}") from error


def write_file(path: str | os.PathLike[str], state: State) -> None:
    """Write a state in the carrier that the file's name asks for.

    Raises
    ------
    ArtifactError
        If it cannot be written; an older file of that name stays as it was.
    """
    if os.fspath(path).endswith(_CONTAINERS):
        _lazy.load("softargmax.artifact").write_artifact(path, state)
        return
    try:
        text = json.dumps(state.to_json(), ensure_ascii=False, allow_nan=False)
        with written_whole(Path(path)) as temporary, open(temporary, "w", encoding="utf-8") as file:
            file.write(text + "\n")
    except (OSError, TypeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ArtifactError(f"{path}: the file cannot be written: {reason}") from error


def read_file(path: str | os.PathLike[str]) -> State:
    """Read a state from either carrier, of this format or an older one.

    Raises
    ------
    ArtifactError
        If the file is missing, damaged, foreign or newer than this library; `rebuilt_from` says which file it was.
    """
    if not os.path.exists(path):
        raise ArtifactError("expected a file written by softargmax, but there is none")
    if not os.path.isfile(path):
        raise ArtifactError("expected a file written by softargmax, got a folder, pipe or device")
    try:
        with open(path, "rb") as file:
            start = file.read(8)
            # A container begins with the length of its header in eight bytes, whose upper four are zero; no text does.
            container = start[4:] == bytes(4)
            if not container:
                size = os.fstat(file.fileno()).st_size
                if size > _LARGEST_JSON:
                    raise ArtifactError(f"expected a file written by softargmax, got {size} bytes of text")
                content = start + file.read()
                data = parse_json(content.decode(json.detect_encoding(content)))
    except (OSError, ValueError, RecursionError) as error:
        raise ArtifactError(
            f"expected a file written by softargmax, got a truncated or foreign one ({error})"
        ) from None
    if container:
        state: State = _lazy.load("softargmax.artifact").read_artifact(path)
        return state
    return _of_json(data)


def _of_json(data: Any) -> State:
    if isinstance(data, dict) and data.get("softargmax") == "calibration" and data.get("format") != FORMAT:
        return older_calibration(data)
    return State.from_json(data)


def older_calibration(data: dict[str, Any], *, deepest: int = DEEPEST) -> State:
    """Read the state of a calibration as version 0.1 wrote it, in a format of its own, number 1.

    Raises
    ------
    ArtifactError
        If it is damaged or newer.
    """
    if data.get("format") != 1 or isinstance(data.get("format"), bool):
        raise ArtifactError(f"a calibration of format {data.get('format')!r}, which this version does not read")
    learned, kind = data.get("learned"), data.get("method")
    if deepest == 0 or not isinstance(learned, dict) or not isinstance(kind, str):
        raise ArtifactError("the calibration is damaged: method or learned are missing")

    def newer(value: Any) -> Any:
        if isinstance(value, dict) and value.get("softargmax") == "calibration":
            return older_calibration(value, deepest=deepest - 1)
        if isinstance(value, list) and value and isinstance(value[0], dict):
            return [newer(item) for item in value]
        return value

    values = {name: newer(value) for name, value in learned.items()}
    for name in ("n_logits", "parameters", "classes"):
        if name in data:
            values[name] = data[name]
    # What is an array now was a list among the rest; a field takes it from where it looks for it.
    return State(kind, 1, values, values)
