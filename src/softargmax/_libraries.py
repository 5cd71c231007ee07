"""Arrays of other libraries: what comes in as a tensor goes out as one, on the device where it was.

An array in the memory of the processor is read where it lies, by the same kernels as NumPy's. One whose numbers NumPy
cannot see (on a GPU; with a gradient that is wanted; in a function that is being compiled) gets the plain formula,
written in its own library's operations, which compute there, differentiate and compile.

Nothing is imported: whose arrays are here, their library is in ``sys.modules``.
"""

import sys
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from softargmax import _array_names
from softargmax._arrays import Array, backend_of
from softargmax.exceptions import ArgumentError, DTypeError

Result = TypeVar("Result")  # for type checkers an array of any library is one of NumPy's


class UnseenError(Exception):
    """NumPy cannot see the numbers of an array."""


class Library:
    """A library that keeps the array API standard, beside one array of it: its functions, the way to NumPy and back.

    Parameters
    ----------
    like : array of the library
        Results go to its device.
    """

    def __init__(self, like: Any) -> None:
        self.like = like
        self.xp: Any = self._namespace()

    def _namespace(self) -> Any:
        device = getattr(self.like, "device", None)
        return _array_names.Placed(self.like.__array_namespace__(), device)

    def owns(self, value: object) -> bool:
        """Tell whether something is an array of this library."""
        return isinstance(value, type(self.like)) or backend_of(value) == backend_of(self.like)

    def seen(self, array: Any) -> Array:
        """Give NumPy's view of the memory of an array; UnseenError where there is none."""
        try:
            return np.from_dlpack(array)
        except (TypeError, ValueError, RuntimeError, BufferError) as error:  # on another device, most often
            raise UnseenError from error

    def copied(self, array: Any) -> Any:
        """Give what NumPy can read: the numbers of an array on any device, without their gradient."""
        return array

    def array(self, value: Any) -> Any:
        """Turn what NumPy makes an array of into one beside that which came in."""
        return value if self.owns(value) else self.xp.asarray(np.asarray(value))

    def cast(self, array: Any, dtype: str) -> Any:
        """Convert an array to the dtype of that name."""
        return self.xp.astype(array, getattr(self.xp, dtype))

    @property
    def widest(self) -> str:
        """Name the dtype that integers become."""
        return "float64"

    def answer(
        self,
        function: Callable[..., Result],
        formula: Callable[..., Any],
        *arrays: Any,
        out: Any = None,
        **options: Any,
    ) -> Result:
        """Give what one of our functions gives, by its kernel or by its plain formula, in arrays of this library.

        Parameters
        ----------
        function, formula : callable
            One for arrays of NumPy, and one that takes this object first. Both take the same options.
        *arrays, **options
            What the caller passed; any of it may be an array of this library.
        out : None
            What comes in as a tensor gives a new one.
        """
        if out is not None:
            raise ArgumentError(
                f"out: expected None for x of type {type(self.like).__name__}, got {type(out).__name__}; what comes in "
                "as an array of another library gives a new one",
                parameter="out",
            )
        if options.get("dtype") is not None:
            options["dtype"] = dtype_name(options["dtype"])
        try:
            seen = [self._seen_if_ours(value) for value in arrays]
            given = {name: self._seen_if_ours(value) for name, value in options.items()}
        except UnseenError:
            return formula(self, *arrays, **options)  # type: ignore[no-any-return]
        return self._back(function(*seen, **given))  # type: ignore[no-any-return]

    def _seen_if_ours(self, value: Any) -> Any:
        return self.seen(value) if self.owns(value) else value

    def _back(self, result: Any) -> Any:
        if isinstance(result, tuple):
            parts = [self.array(part) for part in result]
            return type(result)(*parts) if hasattr(result, "_fields") else tuple(parts)
        return self.array(result)


class _Torch(Library):
    """PyTorch, whose functions have names of their own."""

    def _namespace(self) -> Any:
        self.torch: Any = sys.modules["torch"]
        return _array_names.Torch(self.torch, self.like.device)

    def owns(self, value: object) -> bool:
        return isinstance(value, self.torch.Tensor)

    def seen(self, array: Any) -> Array:
        if array.layout is not self.torch.strided:
            raise DTypeError(f"expected a dense tensor, got one of layout {array.layout}; use .to_dense()")
        follows = self.torch.autograd.forward_ad.unpack_dual(array).tangent is not None
        if follows or (array.requires_grad and self.torch.is_grad_enabled()):
            raise UnseenError  # a gradient would be lost
        try:
            return array.detach().numpy()  # type: ignore[no-any-return]
        except (TypeError, RuntimeError) as error:  # on a GPU, of bfloat16, or a tensor that stands for others
            raise UnseenError from error

    def copied(self, array: Any) -> Any:
        array = array.detach().cpu()
        return array.float() if array.dtype == self.torch.bfloat16 else array

    def array(self, value: Any) -> Any:
        if self.owns(value):
            return value
        return self.torch.as_tensor(np.asarray(value)).to(self.like.device)

    def cast(self, array: Any, dtype: str) -> Any:
        return array.to(getattr(self.torch, dtype))

    @property
    def widest(self) -> str:
        return "float32" if self.like.device.type == "mps" else "float64"  # which knows no other


class _Jax(Library):
    """JAX, whose arrays may stand for arrays that are yet to come."""

    def _namespace(self) -> Any:
        self.jax: Any = sys.modules["jax"]
        return self.jax.numpy

    def owns(self, value: object) -> bool:
        return isinstance(value, self.jax.Array)

    def seen(self, array: Any) -> Array:
        if isinstance(array, self.jax.core.Tracer) or [device.platform for device in array.devices()] != ["cpu"]:
            raise UnseenError
        return np.asarray(array)

    def array(self, value: Any) -> Any:
        if self.owns(value):
            return value
        traced = isinstance(self.like, self.jax.core.Tracer)
        if traced or not self.like.committed:
            return self.xp.asarray(value)  # where JAX puts what has no place of its own
        return self.jax.device_put(value, self.like.device)

    def cast(self, array: Any, dtype: str) -> Any:
        return array.astype(self.jax.dtypes.canonicalize_dtype(dtype))

    @property
    def widest(self) -> str:
        return str(self.jax.dtypes.canonicalize_dtype("float64"))


class _CuPy(Library):
    """CuPy, whose arrays are on a GPU always."""

    def _namespace(self) -> Any:
        return sys.modules["cupy"]

    def copied(self, array: Any) -> Any:
        return array.get()


_LIBRARIES = {"torch": _Torch, "jax": _Jax, "cupy": _CuPy, "standard": Library}


def library_of(x: object) -> Library | None:
    """Give the library that an array belongs to; None for NumPy's, and for what NumPy makes an array of."""
    if type(x) is np.ndarray:
        return None  # by far the most common case
    kind = _LIBRARIES.get(backend_of(x))
    return None if kind is None else kind(x)


def copied(x: npt.ArrayLike) -> npt.ArrayLike:
    """Give the numbers of an array of any library, on any device, as NumPy can read them, without their gradient."""
    library = library_of(x)
    return x if library is None else library.copied(x)


def dtype_name(dtype: Any) -> str:
    """Name a dtype of any library: its kind of number and its width are in its name."""
    try:
        return str(np.dtype(dtype).name)
    except TypeError:
        return str(dtype).rpartition(".")[2]
