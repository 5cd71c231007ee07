"""
Kernels of softargmax.probabilities: class axis last, results written into `out`.
"""

from typing import Annotated, overload

import numpy
from numpy.typing import NDArray


@overload
def softmax(x: Annotated[NDArray[numpy.float32], dict(device='cpu', writable=False)], where: Annotated[NDArray[numpy.bool_], dict(device='cpu', writable=False)] | None, temperature: float, out: Annotated[NDArray[numpy.float32], dict(device='cpu')]) -> None: ...

@overload
def softmax(x: Annotated[NDArray[numpy.float64], dict(device='cpu', writable=False)], where: Annotated[NDArray[numpy.bool_], dict(device='cpu', writable=False)] | None, temperature: float, out: Annotated[NDArray[numpy.float64], dict(device='cpu')]) -> None: ...

@overload
def log_softmax(x: Annotated[NDArray[numpy.float32], dict(device='cpu', writable=False)], where: Annotated[NDArray[numpy.bool_], dict(device='cpu', writable=False)] | None, temperature: float, out: Annotated[NDArray[numpy.float32], dict(device='cpu')]) -> None: ...

@overload
def log_softmax(x: Annotated[NDArray[numpy.float64], dict(device='cpu', writable=False)], where: Annotated[NDArray[numpy.bool_], dict(device='cpu', writable=False)] | None, temperature: float, out: Annotated[NDArray[numpy.float64], dict(device='cpu')]) -> None: ...

@overload
def logsumexp(x: Annotated[NDArray[numpy.float32], dict(device='cpu', writable=False)], weights: Annotated[NDArray[numpy.float32], dict(device='cpu', writable=False)] | None, where: Annotated[NDArray[numpy.bool_], dict(device='cpu', writable=False)] | None, out: Annotated[NDArray[numpy.float32], dict(device='cpu')]) -> None: ...

@overload
def logsumexp(x: Annotated[NDArray[numpy.float64], dict(device='cpu', writable=False)], weights: Annotated[NDArray[numpy.float64], dict(device='cpu', writable=False)] | None, where: Annotated[NDArray[numpy.bool_], dict(device='cpu', writable=False)] | None, out: Annotated[NDArray[numpy.float64], dict(device='cpu')]) -> None: ...

@overload
def cross_entropy_codes(x: Annotated[NDArray[numpy.float32], dict(device='cpu', writable=False)], codes: Annotated[NDArray[numpy.int64], dict(device='cpu', writable=False)], class_weight: Annotated[NDArray[numpy.float64], dict(device='cpu', writable=False)] | None, smoothing: float, counts: Annotated[NDArray[numpy.bool_], dict(device='cpu', writable=False)] | None, scale: float, loss: Annotated[NDArray[numpy.float64], dict(device='cpu')], gradient: Annotated[NDArray[numpy.float32], dict(device='cpu')] | None) -> None: ...

@overload
def cross_entropy_codes(x: Annotated[NDArray[numpy.float64], dict(device='cpu', writable=False)], codes: Annotated[NDArray[numpy.int64], dict(device='cpu', writable=False)], class_weight: Annotated[NDArray[numpy.float64], dict(device='cpu', writable=False)] | None, smoothing: float, counts: Annotated[NDArray[numpy.bool_], dict(device='cpu', writable=False)] | None, scale: float, loss: Annotated[NDArray[numpy.float64], dict(device='cpu')], gradient: Annotated[NDArray[numpy.float64], dict(device='cpu')] | None) -> None: ...

@overload
def cross_entropy_probabilities(x: Annotated[NDArray[numpy.float32], dict(device='cpu', writable=False)], targets: Annotated[NDArray[numpy.float32], dict(device='cpu', writable=False)], class_weight: Annotated[NDArray[numpy.float64], dict(device='cpu', writable=False)] | None, smoothing: float, scale: float, loss: Annotated[NDArray[numpy.float64], dict(device='cpu')], gradient: Annotated[NDArray[numpy.float32], dict(device='cpu')] | None) -> None: ...

@overload
def cross_entropy_probabilities(x: Annotated[NDArray[numpy.float64], dict(device='cpu', writable=False)], targets: Annotated[NDArray[numpy.float64], dict(device='cpu', writable=False)], class_weight: Annotated[NDArray[numpy.float64], dict(device='cpu', writable=False)] | None, smoothing: float, scale: float, loss: Annotated[NDArray[numpy.float64], dict(device='cpu')], gradient: Annotated[NDArray[numpy.float64], dict(device='cpu')] | None) -> None: ...

@overload
def sigmoid(x: Annotated[NDArray[numpy.float32], dict(device='cpu', writable=False)], out: Annotated[NDArray[numpy.float32], dict(device='cpu')]) -> None: ...

@overload
def sigmoid(x: Annotated[NDArray[numpy.float64], dict(device='cpu', writable=False)], out: Annotated[NDArray[numpy.float64], dict(device='cpu')]) -> None: ...

@overload
def log_sigmoid(x: Annotated[NDArray[numpy.float32], dict(device='cpu', writable=False)], out: Annotated[NDArray[numpy.float32], dict(device='cpu')]) -> None: ...

@overload
def log_sigmoid(x: Annotated[NDArray[numpy.float64], dict(device='cpu', writable=False)], out: Annotated[NDArray[numpy.float64], dict(device='cpu')]) -> None: ...

@overload
def softplus(x: Annotated[NDArray[numpy.float32], dict(device='cpu', writable=False)], out: Annotated[NDArray[numpy.float32], dict(device='cpu')]) -> None: ...

@overload
def softplus(x: Annotated[NDArray[numpy.float64], dict(device='cpu', writable=False)], out: Annotated[NDArray[numpy.float64], dict(device='cpu')]) -> None: ...
