"""Pages that commands write: by what their inputs can be known again, and the page of a model that was just fitted."""

import hashlib
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from softargmax._words import printable
from softargmax.cli.app import command_line
from softargmax.cli.output import say

if TYPE_CHECKING:
    from softargmax.pipeline import TableModel
    from softargmax.pipeline.measuring import Measured

# Of so many rows a page shows that they are the worst, unless it is asked for more or fewer.
WORST = 8


def page_written(path: str) -> None:
    """Say that the page is there."""
    say(f"page written to {printable(path)}")


def made_from(paths: Sequence[str]) -> list[tuple[str, str]]:
    """Say by which command a page was made, and by what each input can be known again."""
    found = [("Command", command_line())]
    for path in paths:
        if os.path.isfile(path):
            with open(path, "rb") as file:
                found.append((f"SHA-256 of {os.path.basename(path)}", hashlib.file_digest(file, "sha256").hexdigest()))
    return found


def write_page_of_fit(
    path: str, model: "TableModel", measured: "Measured | None", output: str, inputs: Sequence[str]
) -> None:
    """Write the page of a model that was just fitted, about the rows that its fit left out."""
    from softargmax.report import report

    if measured is None:
        say(f"! no row was left to score on: {printable(path)} is not written")
        return
    report(
        measured.now,
        path=path,
        before=measured.before,
        comparison=measured.comparison,
        classes=model.classes_.tolist(),
        title=os.path.basename(output),
        made=made_from([*inputs, output]),
        key_names=("File", "Row"),
        fitted=calibrated_on(model),
        columns=measured.columns,
        remarks=measured.remarks,
    )
    page_written(path)


def calibrated_on(model: "TableModel") -> int | None:
    """Tell on how many other rows a model was calibrated, where these are none of those that were scored."""
    record = model.record
    in_turn = record.split is not None and record.split.folds is not None
    return None if in_turn else record.rows.get("calibration")
