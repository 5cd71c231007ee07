"""What a notebook shows of a model of tables."""

from typing import TYPE_CHECKING

from softargmax._drawing.markup import foreign, joined
from softargmax._drawing.notebook import card, grid, line, more
from softargmax._words import counted, cut_within
from softargmax.calibration.wording import what_it_does
from softargmax.metrics.score_lines import lines, told_grid

if TYPE_CHECKING:
    from softargmax.pipeline.table_model import TableModel

# So many classes, columns and notes are shown.
_NAMED, _MOST, _NOTES = 8, 200, 5


def model_card(model: "TableModel") -> str:
    """Say what it predicts from what, how it was made, and its scores on rows it has not seen."""
    schema, record = model.schema, model.record
    labels = schema.labels.classes.tolist()
    first, *others = (foreign(label, 24) for label in labels[:_NAMED])
    named = joined(first, *(joined(", ", label) for label in others), ", …" if len(labels) > _NAMED else "")
    title = joined("Predicts ", foreign(schema.target, 40), f" from {counted(len(schema.columns), 'columns', ',')}")
    about = [
        ("classes", joined(f"{len(labels):,}: ", named)),
        ("model", "; ".join(member.describe() for member in model.members)),
        ("calibration", what_it_does(model.calibration, any(note.startswith("calibration:") for note in record.notes))),
        ("rows", ", ".join(f"{count:,} {part}" for part, count in record.rows.items())),
    ]
    parts = [grid((), about)]
    if record.before is not None and record.after is not None:
        meaning = "" if record.split is None else record.split.meaning
        parts.append(line("On rows it has not seen, with ranges in brackets. ", meaning, soft=True))
        both = lines(
            [record.before, record.after], len(labels), lambda code: joined("always ", foreign(labels[code], 24))
        )
        parts.append(grid(("", "before calibration", "after"), both))
        parts += told_grid(record.after, foreign(labels[-1], 24))
    done = [(foreign(column.name, 40), column.describe()) for column in schema.columns]
    done += [(foreign(column.name, 40), f"left out: {column.reason}") for column in schema.dropped]
    parts.append(more("what was done to each column", grid(("column", ""), done[:_MOST])))
    return card(title, *parts, *(line("! ", cut_within(note), soft=True) for note in record.notes[:_NOTES]))
