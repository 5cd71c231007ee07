"""Say which tiers of tests ran and how many tests each had; fail where one ran none, or one failed.

Reads what pytest wrote as JUnit XML, a file per tier: python tools/tiers.py build/tiers test bridges ...
"""

import sys
import xml.etree.ElementTree as ET
from pathlib import Path

OUTCOMES = ("passed", "failed", "skipped")


def counts(file: Path) -> dict[str, int]:
    """Give how many tests passed, failed and were skipped, and what they counted themselves."""
    found = dict.fromkeys(OUTCOMES, 0)
    for case in ET.parse(file).iter("testcase"):
        outcomes = {child.tag for child in case}
        outcome = "failed" if outcomes & {"failure", "error"} else "skipped" if "skipped" in outcomes else "passed"
        found[outcome] += 1
        for item in case.iter("property"):
            found[item.attrib["name"]] = found.get(item.attrib["name"], 0) + int(item.attrib["value"])
    return found


def main(folder: str, *tiers: str) -> int:
    """Print a line per tier; give 1 if one of them is not as it should be."""
    bad = []
    for tier in tiers:
        file = Path(folder, f"{tier}.xml")
        found = counts(file) if file.exists() else dict.fromkeys(OUTCOMES, 0)
        print(
            f"{tier:<10}" + ", ".join(f"{count} {what}" for what, count in found.items() if count or what == "passed")
        )
        if not found["passed"] + found["failed"]:
            bad.append(f"the tier {tier} ran no test")
        if found["failed"]:
            bad.append(f"the tier {tier} failed")
    print(*bad, sep="\n", end="\n" if bad else "")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
