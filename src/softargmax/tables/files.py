"""Which files a table is made of: those that were named, and those in the folders that were named."""

import os
from collections.abc import Sequence
from pathlib import Path

from softargmax.exceptions import ArgumentError, TableError

Paths = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]

# What a file in a folder is called if it is a table. A file that is named by itself may be called anything.
_ENDINGS = (
    ".csv", ".tsv", ".tab", ".txt", ".data", ".test", ".jsonl", ".ndjson", ".parquet", ".feather", ".arrow", ".xlsx",
    ".xlsb", ".xls", ".ods", ".sqlite",
)  # fmt: skip
_PACKED = (".gz", ".bz2", ".xz", ".zst", ".lz4", ".zip")


class Files(tuple[str, ...]):
    """The files to read, as `resolve` found them. What has been found is not looked for again."""


def resolve(paths: Paths) -> Files:
    """Turn files and folders into the files to read, folders in the order of their files' names.

    Raises
    ------
    TableError
        For what is not there, and folders without a table.
    """
    if isinstance(paths, Files):
        return paths
    if not isinstance(paths, str | os.PathLike | Sequence):
        raise ArgumentError(
            f"expected a table: a path, several paths or a data frame, got {type(paths).__name__}", parameter="table"
        )
    files: list[str] = []
    for path in [str(paths)] if isinstance(paths, str | os.PathLike) else map(str, paths):
        if path == "-":
            files.append(path)
        elif os.path.isdir(path):
            inside = sorted(str(file) for file in Path(path).iterdir() if is_table_name(file.name))
            if not inside:
                endings = ", ".join(_ENDINGS)
                raise TableError(f"{path}: expected a folder with tables (files that end in {endings}), found none")
            files += inside
        elif not os.path.exists(path):
            raise TableError(f"{path}: no such file or folder")
        else:
            files.append(path)
    if not files:
        raise TableError("expected at least one table, got none")
    return Files(files)


def is_table_name(name: str) -> bool:
    """Tell by its name whether a file in a folder or an archive is a table."""
    lower = name.lower()
    for ending in _PACKED:
        lower = lower.removesuffix(ending)
    return not name.startswith((".", "~$")) and lower.endswith(_ENDINGS)
