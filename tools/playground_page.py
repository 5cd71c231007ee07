"""Build the playground, one file that works from a disk: `make playground`.

The kernels of cpp/ are compiled to WebAssembly by Debian's Clang, the page's scripts are joined, and both are put into
page.html with the colours and the type of the report.
"""

import argparse
import gzip
import hashlib
import re
import subprocess
import sys
import tempfile
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import softargmax
import wasm
from softargmax._drawing import style

ROOT = Path(__file__).parents[1]
HERE = ROOT / "playground"
FLAGS = ["-std=c++17", "-Os", "-Wall", "-Wextra", "-Werror", "-ffp-contract=off", "-fno-math-errno", "-fno-rtti"]
KERNELS = ROOT / "cpp" / "kernels.cpp"
OTHERS = [ROOT / "cpp" / f"{name}.cpp" for name in ("plain", "sampling", "integers")]
PARTS = [(KERNELS, ["-DSOFTARGMAX_NUMBER=float"]), (KERNELS, ["-DSOFTARGMAX_NUMBER=double"])]
PARTS += [(file, []) for file in (*OTHERS, HERE / "exports.cpp")]
IMPORT = re.compile(r'^import \{[^}]*\} from "\./(\w+\.mjs)";\n', re.MULTILINE)


def kernels() -> bytes:
    """Compile the kernels.

    Raises
    ------
    wasm.MissingError
    """
    compiler = wasm.compiler()
    with tempfile.TemporaryDirectory() as scratch:

        def compiled(i: int) -> str:
            source, defined = PARTS[i]
            target = f"{scratch}/{i}.o"
            options = [*FLAGS, "-DSOFTARGMAX_ISA=wasm", *defined, f"-I{ROOT / 'cpp'}"]
            subprocess.run([*compiler, *options, "-c", source, "-o", target], check=True)
            return target

        with ThreadPoolExecutor(2) as pool:
            objects = list(pool.map(compiled, range(len(PARTS))))
        module = Path(scratch) / "kernels.wasm"
        linked = ["-mexec-model=reactor", "-Wl,--gc-sections", "-Wl,--strip-all", "-o", str(module)]
        subprocess.run([*compiler, *objects, *linked], check=True)
        return module.read_bytes()


def script(first: str = "page.mjs") -> str:
    """Join a script and those it imports, each before whoever needs it, as one function."""
    taken: dict[str, str] = {}

    def take(name: str) -> None:
        text = (HERE / name).read_text(encoding="utf-8")
        for needed in IMPORT.findall(text):
            if needed not in taken:
                take(needed)
        taken[name] = re.sub(r"^export ", "", IMPORT.sub("", text), flags=re.MULTILINE)

    take(first)
    return '(() => {\n"use strict";\n' + "\n".join(taken.values()) + "})();\n"


def page(module: bytes) -> str:
    """Put everything into the template."""
    sheet = style() + (ROOT / "src/softargmax/report/page.css").read_text(encoding="utf-8")
    sheet += (HERE / "playground.css").read_text(encoding="utf-8")
    parts = {
        "style": sheet,
        "script": script(),
        "kernels": b64encode(gzip.compress(module, mtime=0)).decode(),
        "version": softargmax.__version__,
    }
    style_hash, script_hash = (
        b64encode(hashlib.sha256(parts[name].encode()).digest()).decode() for name in ("style", "script")
    )
    parts["policy"] = (
        f"default-src 'none'; style-src 'sha256-{style_hash}'; script-src 'sha256-{script_hash}' 'wasm-unsafe-eval'; "
        "base-uri 'none'; form-action 'none'"
    )
    template = (HERE / "page.html").read_text(encoding="utf-8")
    return re.sub(r"\{(\w+)\}", lambda found: parts[found[1]], template)


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path, default=ROOT / "build" / "playground.html")
    output: Path = parser.parse_args().output
    try:
        module = kernels()
    except wasm.MissingError as error:
        sys.exit(f"playground: {error}")
    whole = page(module)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(whole, encoding="utf-8")
    print(f"{output}: {len(whole.encode()) / 1000:.0f} kB")


if __name__ == "__main__":
    main()
