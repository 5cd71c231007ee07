"""Say which tiers of tests ran and how many tests each had; fail where one ran none, or one failed.

The tests of other libraries are counted for each library too, for a library that could not be installed skips its
tests, and among hundreds of others nobody would see that.

Reads what pytest wrote as JUnit XML, a file per tier: python tools/tiers.py build/tiers test bridges ...
"""

import sys
import xml.etree.ElementTree as ET
from pathlib import Path

OUTCOMES = ("passed", "failed", "skipped")
# A test is of a library where its file, its name or one of its parameters names it.
LIBRARIES = {"bridges": ("torch", "jax", "keras", "array_api_strict", "xgboost", "lightgbm", "onnx")}


def counts(file: Path, library: str = "") -> dict[str, int]:
    """Give how many tests, of all or of one library, passed, failed and were skipped."""
    found = dict.fromkeys(OUTCOMES, 0)
    for case in ET.parse(file).iter("testcase") if file.exists() else ():
        if library not in f"{case.get('classname')} {case.get('name')}".lower():
            continue
        outcomes = {child.tag for child in case}
        found["failed" if outcomes & {"failure", "error"} else "skipped" if "skipped" in outcomes else "passed"] += 1
    return found


def remarks(file: Path) -> list[str]:
    """Give what tests recorded of themselves, such as how many rounds a fuzzer ran."""
    return [f"{item.attrib['name']} {item.attrib['value']}" for item in ET.parse(file).iter("property")]


def main(folder: str, *tiers: str) -> int:
    """Print a line per tier; give 1 if one of them is not as it should be."""
    bad = []
    for tier in tiers:
        file = Path(folder, f"{tier}.xml")
        found = counts(file)
        told = [f"{count} {what}" for what, count in found.items() if count or what == "passed"]
        told += remarks(file) if file.exists() else []
        print(f"{tier:<10}{', '.join(told)}")
        if not found["passed"] + found["failed"]:
            bad.append(f"the tier {tier} ran no test")
        if found["failed"]:
            bad.append(f"the tier {tier} failed")
        ran = {name: of["passed"] + of["failed"] for name in LIBRARIES.get(tier, ()) for of in [counts(file, name)]}
        if ran:
            print(f"{'':<10}of them {', '.join(f'{name} {count}' for name, count in ran.items())}")
        bad += [f"the tier {tier} ran no test of {name}" for name, count in ran.items() if not count]
    print(*bad, sep="\n", end="\n" if bad else "")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
