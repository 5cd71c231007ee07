"""``softargmax export``: a model file in, a graph of ONNX out."""

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from softargmax._words import counted, listed, printable
from softargmax.cli.flags import Json
from softargmax.cli.output import dumps, say

if TYPE_CHECKING:
    from softargmax.onnx.exporting import Exported


def export(
    model: str,
    /,
    *,
    output: Annotated[str, Parameter(alias="-o", help="The graph to write, an .onnx file.")],
    dtype: Annotated[
        Literal["float64", "float32"],
        Parameter(help="The type of hidden layers and of probabilities; float32 is half as large, and less exact."),
    ] = "float64",
    json: Json = False,
) -> None:
    """Write a model as a graph of ONNX, for services without Python.

    Every column of a table is an input with its name. Before anything is written, rows that are made for it go through
    the graph, and a graph that gives other labels or probabilities than the model is refused.

    Parameters
    ----------
    model
        A model file written by fit, a calibration written by calibrate, or an estimator that was saved.

    Examples
    --------
    softargmax export left.softargmax --output left.onnx
    """
    from softargmax._atomic import refuse_overwriting
    from softargmax.kinds import load
    from softargmax.onnx import export as export_to

    refuse_overwriting(output, [model])
    written = export_to(load(model), output, dtype=dtype)
    if json:
        print(dumps(asdict(written), sys.stdout.encoding))
    else:
        say(_said(written, output))


def _said(written: "Exported", output: str) -> str:
    opsets = " and ".join(f"opset {number} of {name}" for name, number in written.opsets.items())
    return (
        f"{printable(output)} written: {counted(len(written.inputs), 'inputs')} "
        f"({printable(listed(list(written.inputs)))}), {opsets}\n"
        f"checked on {written.n_rows} rows made for it, by {written.runtime}: the labels are the model's, and "
        f"probabilities at most {written.distance:.1e} from its own"
    )
