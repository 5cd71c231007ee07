"""
Kernels of softargmax: class axis last, results written into the arrays that are handed over.
"""

import enum

from typing_extensions import CapsuleType


class Function(enum.Enum):
    """What a kernel computes."""

    softmax = 0

    log_softmax = 1

    logsumexp = 2

    summary = 3

    logsumexp_given = 4

    softmax_given = 5

    log_softmax_given = 6

    entropy = 7

    hardmax = 8

    log_hardmax = 9

    argmax = 10

    top_k = 11

    cross_entropy = 12

    softmax_backward = 13

    log_softmax_backward = 14

    sigmoid = 15

    log_sigmoid = 16

    softplus = 17

    sparsemax = 18

    entmax15 = 19

    weighted_logsumexp = 20

    divergence = 21

def run(function: Function, x: object, *, out: object | None = None, per_row: object | None = None, per_row_too: object | None = None, y: object | None = None, where: object | None = None, temperature: object | None = None, codes: object | None = None, class_weight: object | None = None, scalar: float = 1.0, smoothing: float = 0.0, in_double: bool = False) -> None:
    """
    Compute a function of the rows of x. What it reads and writes: cpp/kernels.hpp.
    """

def sample(x: object, uniform: object, codes: object, *, temperature: float, filter_temperature: float, top_k: int, top_p: float, min_p: float, own: object | None = None) -> None:
    """
    Write a code for every uniform number, -1 in rows that have no softmax. `own`: the five options, a row each.
    """

def softmax(x: object | None, axis: object | None, temperature: object | None, out: object | None) -> object:
    """softmax of a plain floating array, into a new one or `out`; or None."""

def log_softmax(x: object | None, axis: object | None, temperature: object | None, out: object | None) -> object:
    """
    log_softmax of a plain floating array, into a new one or `out`; or None.
    """

def logsumexp(x: object | None, axis: object | None) -> object:
    """logsumexp of a plain floating array, or None."""

def summary_add(state: object, max: object, tail: object) -> None: ...

def summary_merge(state: object, other: object) -> None: ...

def summary_tail(state: object, tail: object) -> None: ...

def standardize(x: object, mean: object, inverse: object, out: object) -> None:
    """Write (x - mean) * inverse."""

def sparse_forward(starts: object, columns: object, values: object, dense: object, tiles: object) -> None:
    """Add sparse rows times tiles of coefficients to dense."""

def sparse_backward(starts: object, columns: object, values: object, dense: object, tiles: object) -> None:
    """Add the transposed sparse rows times dense to tiles."""

def adamw_step(parameters: object, gradient: object, first: object, second: object, decayed: object, average: object | None, *, beta1: float, beta2: float, rate: float, root_scale: float, epsilon: float, decay: float, share: float) -> None:
    """Take one step of AdamW, in place."""

def tempered_moments(logits: object, top: object, codes: object, beta: float, out: object) -> None:
    """
    Write four numbers per row that the derivatives by the temperature are made of.
    """

def add_leaves(starts: object, output: object, feature: object, threshold: object, missing_left: object, left: object, right: object, value: object, x: object, out: object) -> None:
    """
    Add the values of the leaves that trees lead rows to; whoever calls has checked the trees.
    """

def coordinate_descent(gram: object, curvature: object, ridge: object, l1: object, gradient: object, start: object, u: object, w: object, step: object, tol: float, max_sweeps: int) -> int:
    """
    Minimise a quadratic model with an L1 penalty; gives the number of sweeps.
    """

def xla_handler() -> CapsuleType:
    """What JAX registers as a target of its compiler: cpp/xla_handler.hpp."""

def set_bfloat16(type_number: int) -> None:
    """Tell which of NumPy's registered types is bfloat16."""

def instruction_sets() -> list[str]:
    """What this processor can run, lowest first."""

def instruction_set() -> str:
    """What is used."""

def use_instruction_set(name: str) -> bool:
    """Switch; False if there is no such kernel here."""

def available_cores() -> int: ...

def look_for_quotas_in(root: str) -> int:
    """
    Read CPU quotas below another root from now on, and give the cores they come to, or 0; for tests.
    """

def get_num_threads() -> int: ...

def set_num_threads(n: int) -> None: ...

def stay_on_this_thread(stay: bool) -> bool:
    """
    Whether the calling thread's calls use it alone instead of sharing their work among others.
    """
