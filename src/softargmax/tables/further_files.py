"""What is said of the further files of a table: each is read as it is, and that is said where it differs."""

from softargmax.tables.doors.door import Opened
from softargmax.tables.notes import Note

# What may be decided for each file by itself.
_DECIDED = (
    "encoding", "delimiter", "decimal", "comment", "skip_rows", "header", "header_lines", "index", "member", "sheet",
    "table",
)  # fmt: skip
_MOST_NAMED = 3


class FurtherFiles:
    """Collects in what the files of a table differ from the first, as they are opened; each may be, several times.

    Parameters
    ----------
    name : str
        What messages call the first file.
    first : Opened
    """

    def __init__(self, name: str, first: Opened) -> None:
        self._name = name
        self._first = first
        self._found: dict[tuple[str, str], dict[str, Note]] = {}

    def add(self, name: str, opened: Opened) -> None:
        """Take a file that was opened."""
        differences = {
            field: (mine, theirs)
            for field in _DECIDED
            if (mine := getattr(opened.reading, field)) is not None
            and (theirs := getattr(self._first.reading, field)) is not None
            and mine != theirs
        }
        if differences:
            said = ", ".join(f"{field.replace('_', ' ')} {mine!r}" for field, (mine, _) in differences.items())
            there = ", ".join(f"{theirs!r}" for _, theirs in differences.values())
            option = next(iter(differences)) if len(differences) == 1 else None
            text = f"read otherwise than {self._name}: {said}, where that has {there}"
            self.note(name, Note("files", text, None, option))
        known = {(note.code, note.text) for note in self._first.notes}
        for note in opened.notes:
            if note.option is None and (note.code, note.text) not in known:
                self.note(name, note)

    def note(self, name: str, note: Note) -> None:
        """Take what is to be said of a file."""
        self._found.setdefault((note.code, note.text), {})[name] = note

    def notes(self) -> tuple[Note, ...]:
        """Give one note for all files of which the same is to be said."""
        notes = []
        for (code, text), files in self._found.items():
            names, note = list(files), next(iter(files.values()))
            more = f" and {len(names) - _MOST_NAMED} more files" if len(names) > _MOST_NAMED else ""
            notes.append(Note(code, f"{', '.join(names[:_MOST_NAMED])}{more}: {text}", note.column, note.option))
        return tuple(notes)
