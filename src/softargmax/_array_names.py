"""The functions of an array library under the names of the array API standard, as far as our formulas use them."""

from typing import Any


class Placed:
    """A library that keeps the standard; what is new in it comes to be on one device."""

    def __init__(self, xp: Any, device: Any) -> None:
        self._xp, self._device = xp, device

    def __getattr__(self, name: str) -> Any:
        return getattr(self._xp, name)

    def arange(self, stop: int) -> Any:
        """Count from 0."""
        return self._xp.arange(stop, device=self._device)

    def asarray(self, value: Any) -> Any:
        """Bring numbers in."""
        return self._xp.asarray(value, device=self._device)


class Torch(Placed):
    """PyTorch: what it calls otherwise, or gives otherwise. What it calls the same is its own."""

    def max(self, x: Any, *, axis: int, keepdims: bool = False) -> Any:
        """Give the largest along an axis; PyTorch's own ``max`` gives two things."""
        return self._xp.amax(x, dim=axis, keepdim=keepdims)

    def sum(self, x: Any, *, axis: int | tuple[int, ...] | None = None, keepdims: bool = False) -> Any:
        """Sum along an axis."""
        return self._xp.sum(x, dim=axis, keepdim=keepdims)

    def any(self, x: Any, *, axis: int | None = None) -> Any:
        """Tell whether something is true."""
        return self._xp.any(x) if axis is None else self._xp.any(x, dim=axis)

    def argmax(self, x: Any, *, axis: int, keepdims: bool = False) -> Any:
        """Give the place of the first of the largest."""
        return self._xp.argmax(x, dim=axis, keepdim=keepdims)

    def argsort(self, x: Any, *, axis: int) -> Any:
        """Give the places of the smallest first, of equal ones in their order."""
        return self._xp.argsort(x, dim=axis, stable=True)

    def sort(self, x: Any, *, axis: int) -> Any:
        """Give the smallest first."""
        return self._xp.sort(x, dim=axis).values

    def cumulative_sum(self, x: Any, *, axis: int) -> Any:
        """Sum what came before."""
        return self._xp.cumsum(x, dim=axis)

    def take_along_axis(self, x: Any, places: Any, *, axis: int) -> Any:
        """Give what stands at these places."""
        return self._xp.take_along_dim(x, places, dim=axis)

    def flip(self, x: Any, *, axis: int) -> Any:
        """Turn an axis around."""
        return self._xp.flip(x, (axis,))

    def stack(self, parts: Any, *, axis: int) -> Any:
        """Put arrays beside each other."""
        return self._xp.stack(parts, dim=axis)

    def moveaxis(self, x: Any, source: Any, destination: Any) -> Any:
        """Put axes elsewhere."""
        return self._xp.movedim(x, source, destination)
