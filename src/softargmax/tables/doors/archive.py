"""ZIP archives: which of the files inside is the table; or the archive is one itself, as workbooks are."""

import re
import zipfile
from collections.abc import Sequence

from softargmax._words import listed
from softargmax.exceptions import TableError
from softargmax.tables.doors.foreign import foreign_archive
from softargmax.tables.doors.source import Source
from softargmax.tables.files import is_table_name
from softargmax.tables.notes import Note

# The first bytes of an archive, and of an empty one.
ZIP = (b"PK\x03\x04", b"PK\x05\x06")

# What macOS and others add, which nobody asked for.
_ADDED = re.compile(r"(^|/)(__MACOSX/|\.|~\$)")


def is_workbook(archive: zipfile.ZipFile) -> bool:
    """Tell a workbook, of Excel or of OpenDocument, from an archive of files."""
    names = archive.namelist()
    if "[Content_Types].xml" in names:
        return any(name.startswith("xl/") for name in names)
    if "mimetype" not in names:
        return False
    with archive.open("mimetype") as file:
        return file.read(64).startswith(b"application/vnd.oasis.opendocument.spreadsheet")


def chosen_member(source: Source, member: str | None) -> tuple[str, tuple[Note, ...]] | None:
    """Choose the table in an archive, and say so if there was a choice; None if the archive is a workbook.

    Raises
    ------
    TableError
        If no one file in it is the table.
    """
    with zipfile.ZipFile(source.file()) as archive:
        if is_workbook(archive):
            return None
        every = archive.namelist()
        files = [entry for entry in archive.infolist() if not entry.is_dir() and not _ADDED.search(entry.filename)]
    foreign_archive(source.name, every)
    names = [entry.filename for entry in files]
    if not names:
        raise TableError(f"{source.name}: expected a table in this archive, but it holds no files")
    taken = _only(source.name, names, member)
    if any(entry.flag_bits & 1 for entry in files if entry.filename == taken):
        raise TableError(f"{source.name}: {taken!r} in it is encrypted with a password; unpack it first")
    if member is not None or len(names) == 1:
        return taken, ()
    others = [name for name in names if name != taken]
    words = f"{taken!r} was taken out of the archive {source.name}, which also holds {listed(others)}"
    return taken, (Note("member", words, option="member"),)


def _only(file: str, names: Sequence[str], member: str | None) -> str:
    if member is not None:
        found = [name for name in names if member in (name, name.rpartition("/")[2])]
        if len(found) == 1:
            return found[0]
        raise TableError(f"{file}: there is no file {member!r} in it, only {listed(names)}", parameter="member")
    tables = [name for name in names if is_table_name(name)] or names
    if len(tables) == 1:
        return tables[0]
    raise TableError(
        f"{file}: expected one table in this archive, got {listed(tables)}; choose one with member=", parameter="member"
    )
