"""What was decided about a table without being asked: said to the user, and kept with the model."""

from dataclasses import asdict, dataclass
from typing import Any

from softargmax._fields import optional_text


@dataclass(frozen=True)
class Note:
    """One thing that was decided or noticed about a table.

    Attributes
    ----------
    code : str
        A short name of the kind of note, for programs: "encoding", "index", "title-lines" ...
    text : str
        What was done or seen, and why, in one sentence.
    column : str or None
        The column that it is about, where it is about one.
    option : str or None
        The parameter that decides otherwise, where there is one.
    choice : bool or None
        What that parameter decides otherwise by, where it is true or false.
    """

    code: str
    text: str
    column: str | None = None
    option: str | None = None
    choice: bool | None = None

    def to_json(self) -> dict[str, Any]:
        """Give it as plain data."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Note":
        """Rebuild it; what is amiss is a ValueError, LookupError or TypeError."""
        choice = data.get("choice")
        if choice not in (None, True, False):
            raise ValueError(f"unknown choice {choice!r} of a note")
        texts = optional_text(data, "column"), optional_text(data, "option")
        return cls(str(data["code"]), str(data["text"]), *texts, choice)
