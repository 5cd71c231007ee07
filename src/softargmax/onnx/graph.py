"""A graph of ONNX, written as formulas: arithmetic on values makes its nodes.

A `Value` is what a node gives, or an input or a constant; ``a @ b + c`` adds the nodes MatMul and Add to the graph and
is the value of the second. Numbers beside a value become constants of its type. Only operators that ONNX itself defines
are used, in the oldest versions that have all that is needed, so that runtimes of years ago can run the graph.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeGuard, Union

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from softargmax._arrays import Array

# The versions of the two sets of operators. Reductions take their axes as an input from 18 on.
OPSET, OPSET_OF_ML, OPSET_WITH_TREES = 18, 3, 5
MAIN, ML = "ai.onnx", "ai.onnx.ml"
# A file writes the name of the main set as nothing.
_DOMAINS = {MAIN: ""}
# The versions of the file's own format that they came with.
_FORMAT, _FORMAT_WITH_TREES = 8, 10
# Factors this near to 1 are 1 in float32.
_NEAR_ONE = 2.0**-23
# What the number of rows is called.
ROWS = "rows"
_TYPES = {
    "float64": TensorProto.DOUBLE,
    "float32": TensorProto.FLOAT,
    "int64": TensorProto.INT64,
    "bool": TensorProto.BOOL,
    "str": TensorProto.STRING,
}
_TO_BOOL = {"Less", "LessOrEqual", "Greater", "GreaterOrEqual", "Equal", "IsNaN", "IsInf"}
_TO_INTEGER = {"ArgMax", "LabelEncoder"}

Operand = Union["Value", Array, float]


@dataclass(frozen=True)
class Value:
    """A tensor of a graph: its name, and the type of its elements as NumPy calls it."""

    graph: "Graph"
    name: str
    dtype: str

    __array_ufunc__: ClassVar[None] = None  # an array on the left leaves the operation to the value

    def __add__(self, other: Operand) -> "Value":
        return self.graph.node("Add", self, other)

    def __radd__(self, other: Operand) -> "Value":
        return self.graph.node("Add", self, other)

    def __sub__(self, other: Operand) -> "Value":
        return self.graph.node("Sub", self, other)

    def __rsub__(self, other: Operand) -> "Value":
        return self.graph.node("Sub", self.graph.lifted(other, self), self)

    def __mul__(self, other: Operand) -> "Value":
        if _passes_for_one(other):
            return self + self.graph.node("Mul", self, other - np.float64(1.0))
        return self.graph.node("Mul", self, other)

    def __rmul__(self, other: Operand) -> "Value":
        return self * other

    def __truediv__(self, other: Operand) -> "Value":
        if _passes_for_one(other):
            return self + self.graph.node("Mul", self, (np.float64(1.0) - other) / other)
        return self.graph.node("Div", self, other)

    def __matmul__(self, other: Operand) -> "Value":
        return self.graph.node("MatMul", self, other)

    def __neg__(self) -> "Value":
        return self.graph.node("Neg", self)

    def __lt__(self, other: Any) -> "Value":
        return self.graph.node("Less", self, other)

    def __le__(self, other: Any) -> "Value":
        return self.graph.node("LessOrEqual", self, other)

    def __gt__(self, other: Any) -> "Value":
        return self.graph.node("Greater", self, other)

    def __ge__(self, other: Any) -> "Value":
        return self.graph.node("GreaterOrEqual", self, other)

    def __and__(self, other: "Value") -> "Value":
        return self.graph.node("And", self, other)

    def __or__(self, other: "Value") -> "Value":
        return self.graph.node("Or", self, other)

    def __invert__(self) -> "Value":
        return self.graph.node("Not", self)

    def equals(self, other: Any) -> "Value":
        """Tell where elements are equal."""
        return self.graph.node("Equal", self, other)

    def cast(self, dtype: str) -> "Value":
        """Give the elements as another type."""
        return self if dtype == self.dtype else self.graph.node("Cast", self, gives=dtype, to=_TYPES[dtype])

    def columns(self, start: int, stop: int) -> "Value":
        """Give some of the columns, as columns."""
        bounds = (np.array([number]) for number in (start, stop, -1))
        return self.graph.node("Slice", self, *bounds)

    def as_column(self) -> "Value":
        """Give one number per row as a column."""
        return self.graph.node("Unsqueeze", self, np.array([-1]))


def _passes_for_one(factor: Operand) -> TypeGuard[Array | float]:
    """Whether ONNX Runtime would leave a factor out: it compares single numbers with 1 after rounding to float32."""
    if isinstance(factor, Value) or np.size(factor) != 1:
        return False
    return bool(0.0 < abs(float(np.asarray(factor).item()) - 1.0) < _NEAR_ONE)


class Graph:
    """Collects nodes, constants, inputs and outputs; `model` makes them a model.

    Parameters
    ----------
    title : str
        What the model says of itself.
    """

    def __init__(self, title: str) -> None:
        self._title = title
        self._nodes: list[Any] = []
        self._inputs: list[Any] = []
        self._outputs: list[Any] = []
        self._constants: list[Any] = []
        self._known: dict[tuple[str, tuple[int, ...], bytes], Value] = {}
        self._names: set[str] = set()
        self.has_trees = False

    def input(self, name: str, dtype: str, shape: Sequence[int | str], about: str = "") -> Value:
        """Add an input; all of them come before anything else, so that they keep their names."""
        value = Value(self, self._free(name), dtype)
        self._inputs.append(helper.make_tensor_value_info(value.name, _TYPES[dtype], list(shape), about))
        return value

    def output(self, name: str, value: Value, shape: Sequence[int | str], about: str = "") -> str:
        """Make a value an output, and give the name it got: another one than `name` if an input has that."""
        free = self._free(name)
        self._nodes.append(helper.make_node("Identity", [value.name], [free], name=free))
        self._outputs.append(helper.make_tensor_value_info(free, _TYPES[value.dtype], list(shape), about))
        return free

    def constant(self, array: Array) -> Value:
        """Give a constant; equal ones are stored once."""
        array = np.asarray(array)
        dtype = "str" if array.dtype.kind == "U" else array.dtype.name
        key = dtype, array.shape, array.tobytes()
        if key not in self._known:
            self._known[key] = Value(self, self._free("constant"), dtype)
            name = self._known[key].name
            if dtype == "str":
                texts = [text.encode() for text in array.ravel().tolist()]
                self._constants.append(helper.make_tensor(name, TensorProto.STRING, array.shape, texts))
            else:
                self._constants.append(numpy_helper.from_array(np.ascontiguousarray(array).reshape(array.shape), name))
        return self._known[key]

    def lifted(self, operand: Operand, beside: Value) -> Value:
        """Give a number or an array as a constant of the type of the value beside it."""
        if isinstance(operand, Value):
            return operand
        array = np.asarray(operand)
        return self.constant(array.astype(beside.dtype) if array.dtype.kind in "fi" and array.ndim == 0 else array)

    def node(
        self, operator: str, *operands: Operand, gives: str | None = None, domain: str = "", **attributes: Any
    ) -> Value:
        """Add a node, and give its result, whose type is that of the first operand where nothing else is said."""
        first = next(operand for operand in operands if isinstance(operand, Value))
        values = [self.lifted(operand, first) for operand in operands]
        if gives is None:
            gives = "bool" if operator in _TO_BOOL else "int64" if operator in _TO_INTEGER else values[0].dtype
        result = Value(self, self._free(operator), gives)
        names = [value.name for value in values]
        # Nodes have names of their own: ONNX Runtime 1.20 makes names of fused nodes from these.
        made = helper.make_node(operator, names, [result.name], name=result.name, domain=domain, **attributes)
        self._nodes.append(made)
        self.has_trees = self.has_trees or operator == "TreeEnsemble"
        return result

    @property
    def opsets(self) -> dict[str, int]:
        """The versions of the operators, by their domain."""
        used = {node.domain for node in self._nodes}
        of_ml = OPSET_WITH_TREES if self.has_trees else OPSET_OF_ML
        return {MAIN: OPSET} | ({ML: of_ml} if ML in used else {})

    def model(self, version: str) -> Any:
        """Give the model, checked by `onnx` itself."""
        graph = helper.make_graph(self._nodes, "softargmax", self._inputs, self._outputs, self._constants)
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid(_DOMAINS.get(name, name), n) for name, n in self.opsets.items()],
            ir_version=_FORMAT_WITH_TREES if self.has_trees else _FORMAT,
            producer_name="softargmax",
            producer_version=version,
            doc_string=self._title,
        )
        onnx.checker.check_model(model, full_check=True)
        return model

    def _free(self, name: str) -> str:
        """Give a name that nothing has yet."""
        free, number = name, 1
        while free in self._names:
            number += 1
            free = f"{name}_{number}"
        self._names.add(free)
        return free
