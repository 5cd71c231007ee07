"""Every limit that SECURITY.md states is the one that is kept, and what is beyond it is refused at once."""

import csv
import json
import re
import time
from dataclasses import fields
from pathlib import Path

import pytest

import softargmax as sm
from softargmax import _fields, _saved, _state, artifact
from softargmax.exceptions import ArtifactError
from softargmax.tables.doors import delimited, packed
from softargmax.tables.limits import LIMITS

STATED = {
    row[1]: (int(row[2].replace(",", "")), row[3].strip("`"))
    for line in (Path(__file__).parents[2] / "SECURITY.md").read_text().splitlines()
    if re.match(r"\| .* \| [0-9,]+ \|", line) and (row := [cell.strip() for cell in line.split("|")])
}


def test_the_limits_of_tables_are_those_that_are_stated():
    named = {name: most for most, name in STATED.values() if name}
    assert named == {field.name: getattr(LIMITS, field.name) for field in fields(LIMITS)}


def test_the_fixed_limits_are_those_that_are_stated():
    fixed = {what: most for what, (most, name) in STATED.items() if not name}
    assert list(fixed.values()) == [
        packed._LAYERS - 1,
        packed._XZ_MEMORY,
        csv.field_size_limit(),
        _saved._LARGEST_JSON,
        artifact._LONGEST,
        _state.DEEPEST,
        _fields._MOST_CHARACTERS,
    ]
    assert any(f"{delimited.BLOCK:,}" in what for what in STATED)


def refused_at_once(path, message):
    began = time.process_time()
    with pytest.raises(ArtifactError, match=message):
        sm.load(path)
    assert time.process_time() - began < 1.0


def test_a_saved_file_that_is_too_large_is_refused_without_being_read(tmp_path):
    with open(tmp_path / "large", "wb") as file:
        file.write(b'{"softargmax": ')
        file.seek(_saved._LARGEST_JSON)  # a hole, which takes no space
        file.write(b" ")
    refused_at_once(tmp_path / "large", f"got {_saved._LARGEST_JSON + 1} bytes of text")


def test_a_description_that_is_too_long_is_refused_without_being_read(tmp_path):
    with open(tmp_path / "long", "wb") as file:
        file.write((artifact._LONGEST + 1).to_bytes(8, "little"))
        file.seek(artifact._LONGEST + 100)
        file.write(b" ")
    refused_at_once(tmp_path / "long", f"a header of {artifact._LONGEST + 1} bytes in a file of")


def test_states_that_lie_too_deep_in_each_other_are_refused(tmp_path):
    inner = {"softargmax": "temperature", "version": 1, "values": {}, "arrays": {}}
    for _ in range(_state.DEEPEST):
        inner = {"softargmax": "from-probabilities", "version": 1, "values": {"inner": inner}, "arrays": {}}
    (tmp_path / "deep.json").write_text(json.dumps({**inner, "format": _state.FORMAT}))
    refused_at_once(tmp_path / "deep.json", f"at most {_state.DEEPEST} deep")
