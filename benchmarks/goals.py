"""What the kernels are meant to reach beside PyTorch on the same instruction set, and what does not reach it."""

from collections.abc import Iterator

from benchmarks.results import Cell, Results, largest_steps

AVX512, AVX2 = "x86-64-v4", "x86-64-v3"
FEW = {AVX512: {2: 40.0, 3: 25.0, 10: 20.0}, AVX2: {2: 30.0, 3: 16.0, 10: 8.0}}
# For 48 classes and more.
FLOAT = {
    AVX512: {"softmax": 1.8, "log_softmax": 1.5, "logsumexp": 3.3},
    AVX2: {"softmax": 2.2, "log_softmax": 1.8, "logsumexp": 3.0},
}
DOUBLE = {AVX512: {"softmax": 1.8, "log_softmax": 1.6}, AVX2: {"softmax": 2.0, "log_softmax": 1.8}}
LOSS = {AVX512: {10: 3.0, 100: 3.0, 1_000: 3.0}, AVX2: {10: 3.0, 100: 3.5, 1_000: 3.5}}
COLD = {AVX512: 1.25, AVX2: 1.4}  # times memcpy
ONE_CALL = 1e-6  # seconds
STEP = 0.25


def least(cell: Cell) -> float | None:
    """Give how many times our time PyTorch is meant to take at least, or None where nothing was promised."""
    case, isa = cell.case, cell.setting.ours
    n = case.shape[1]
    if isa not in FLOAT or cell.setting.threads > 1:
        return None
    if case.group == "special rows":
        return 1.0
    if case.group == "loss":
        return LOSS[isa].get(n)
    if case.group != "in cache":
        return None
    if case.dtype == "float32":
        if n < 48:
            return FEW[isa].get(n) if case.function == "softmax" else None
        return 2.2 if (isa, case.function, n) == (AVX512, "softmax", 1_000) else FLOAT[isa][case.function]
    return DOUBLE[isa].get(case.function) if case.dtype == "float64" and n >= 64 else None


def missed(results: Results) -> Iterator[str]:
    """Say what does not reach its goal."""
    cells = results.cells()
    for cell in cells:
        name, goal = f"{cell.setting}; {cell.case.key}", least(cell)
        if goal is not None and "PyTorch" in cell.seconds and cell.ratio("PyTorch") < goal:
            yield f"{name}: {cell.ratio('PyTorch'):.2f} x PyTorch, not {goal:g}"
        if cell.case.group == "cold" and cell.setting.threads == 2 and cell.setting.ours in COLD:
            times, most = 1 / cell.ratio("memcpy"), COLD[cell.setting.ours]
            if times > most:
                yield f"{name}: {times:.2f} x the time of memcpy, not {most:g}"
        if cell.case.group == "one call" and cell.case.numbers == 10 and cell.ours > ONE_CALL:
            yield f"{name}: {cell.ours * 1e6:.2f} µs, not {ONE_CALL * 1e6:g}"
    curves: dict[str, list[Cell]] = {}
    for cell in cells:
        if cell.case.group == "curve":
            curves.setdefault(str(cell.setting), []).append(cell)
    for setting, curve in curves.items():
        for function, (n, step) in largest_steps(curve).items():
            if step > STEP:
                yield f"{setting}; {function}: {step:+.0%} from {n} to {n + 1} classes, not {STEP:.0%}"


def print_missed(results: Results) -> None:
    """Print what does not reach its goal, or that everything does."""
    lines = list(missed(results))
    print("\nGoals missed:" if lines else "\nEvery goal is reached.")
    for line in lines:
        print(f"- {line}")
