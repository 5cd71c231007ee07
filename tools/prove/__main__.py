"""Prove by many trials what no quick test can, and go on where the last run stopped.

Every proof is a list of cases. What a case came to is a line in build/prove.jsonl with the commit it was seen on; a
case whose line is there already is not run again, so a proof of hours can be spread over many runs. A tree with changes
that are not committed has no name, and begins anew. The first fault ends the run, and the next run begins with it.

Run: python tools/prove [--seconds 600] [--only PROOF] [--list]
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import faults
import huge
import moments
import scarce
import service

TOP = Path(__file__).resolve().parents[2]
RECORD = TOP / "build" / "prove.jsonl"
PROOFS = {proof.__name__.removeprefix("prove_"): (cases, proof) for cases, proof in (
    *moments.PROOFS, *faults.PROOFS, *scarce.PROOFS, *huge.PROOFS, *service.PROOFS
)}  # fmt: skip


def main() -> int:
    """Run what is not proved yet on this commit, until time is up; give 1 if a fault was found."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=600.0, help="begin no case after this time")
    parser.add_argument("--only", choices=PROOFS, help="one proof")
    parser.add_argument("--list", action="store_true", help="tell what is proved on this commit, and run nothing")
    options = parser.parse_args()
    commit, done = _commit(), {}
    if commit:
        done = {(line["proof"], line["case"]): line for line in _record() if line["commit"] == commit}
    end = time.monotonic() + options.seconds
    left = 0
    for name, (cases, proof) in PROOFS.items():
        if options.only not in (None, name):
            continue
        missing = [case for case in cases() if (name, case) not in done]
        seen = [line for (of, _), line in done.items() if of == name]
        for case in [] if options.list else missing:
            if time.monotonic() > end:
                break
            begun = time.monotonic()
            folder = Path(tempfile.mkdtemp(prefix="softargmax-prove-"))
            try:
                found = proof(case, folder)
            except AssertionError as error:
                print(f"{name}, {case}: {error}\nThe files are in {folder}", file=sys.stderr)
                return 1
            shutil.rmtree(folder)
            line = {
                "commit": commit,
                "proof": name,
                "case": case,
                "seconds": round(time.monotonic() - begun, 1),
            } | found
            seen.append(line)
            print(f"{name}, {case}: {_said([line])}", flush=True)
            if commit:
                RECORD.parent.mkdir(exist_ok=True)
                with open(RECORD, "a", encoding="utf-8") as file:
                    file.write(json.dumps(line) + "\n")
        left += (n_left := len(list(cases())) - len(seen))
        print(f"{name}: {len(seen)} cases; {_said(seen)}" + (f"; {n_left} cases left" if n_left else ""), flush=True)
    if left:
        print(f"{left} cases left; run it again to go on")
    return 0


def _said(lines: list[dict[str, object]]) -> str:
    """Sum the counts of a proof's cases, and give the largest of what is called worst."""
    counts: dict[str, float] = {}
    for line in lines:
        for key, value in line.items():
            if isinstance(value, (int, float)) and key != "seconds":
                counts[key] = max(counts.get(key, 0), value) if key.startswith("worst") else counts.get(key, 0) + value
    return ", ".join(f"{key} {value:.4g}" for key, value in counts.items())


def _commit() -> str:
    """Name the tree; an empty name for one with changes."""

    def git(*arguments: str) -> str:
        return subprocess.run(["git", *arguments], cwd=TOP, capture_output=True, text=True, check=True).stdout.strip()

    return "" if git("status", "--porcelain") else git("rev-parse", "--short=12", "HEAD")


def _record() -> list[dict[str, str]]:
    return [json.loads(line) for line in RECORD.read_text("utf-8").splitlines()] if RECORD.exists() else []


if __name__ == "__main__":
    sys.exit(main())
