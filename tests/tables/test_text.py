"""Text in other encodings than UTF-8: decided once, and read with every dialect."""

import io
import sys

import pytest

from softargmax.exceptions import ArgumentError, TableError
from softargmax.tables.opening import open_table
from softargmax.tables.reading import Reading

GERMAN = "Länge;Straße\n" + "".join(f"{k},5;{street}\n" for k in range(9) for street in ("Öl", "Mühlweg", "Größe"))


def read(path, reading=None):
    table = open_table(path, reading)
    return {name: [v for b in table.batches() for v in b.data.column(name).to_pylist()] for name in table.names}


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-16-le", "utf-32", "mac_roman", "utf-8-sig"])
def test_the_encoding_is_decided_before_the_cells_are_parted(write, encoding):
    path = write("t.csv", GERMAN.encode(encoding))
    assert read(path) == read(write("u.csv", GERMAN))
    said = [note for note in open_table(path).notes if note.code == "encoding"]
    assert [note.option for note in said] == ([] if encoding == "utf-8-sig" else ["encoding"])


def test_a_second_byte_that_looks_like_a_delimiter_parts_nothing(write):
    text = "登錄日|地名\n" + "2023-11-14|許厝\n2023-11-15|育功\n2023-11-16|許功蓋\n" * 8
    assert read(write("t.csv", text.encode("cp950"))) == read(write("u.csv", text))


def test_titles_and_comments_in_another_encoding_are_left_out(write):
    text = "# Größen\nMaße des Hofs\n\n" + GERMAN
    path = write("t.csv", text.encode("cp1252"))
    assert read(path) == read(write("u.csv", GERMAN))


def test_what_was_decided_reads_the_next_file(write):
    decided = open_table(write("t.csv", GERMAN.encode("cp1252"))).reading
    assert decided.encoding == "cp1252"
    assert read(write("u.csv", "Länge;Straße\n1;ä\n".encode("cp1252")), decided)["Straße"] == ["ä"]


def test_a_model_reads_utf_8_first_and_then_what_it_knows_and_decides_nothing(write):
    known = Reading("cp1252", ";", True, 0, names=("Länge", "Straße"))
    assert read(write("t.csv", "Länge;Straße\n1;ä\n"), known)["Straße"] == ["ä"]
    assert read(write("u.csv", "Länge;Straße\n1;ä\n".encode("cp1252")), known)["Straße"] == ["ä"]
    greek = Reading("utf-8", ";", True, 0, names=("a", "b"))
    with pytest.raises(TableError, match=r"u.csv: line 1 is not UTF-8 \(byte e4\)"):
        read(write("u.csv", "Länge;Straße\n1;ä\n".encode("cp1252")), greek)


@pytest.mark.parametrize("encoding", ["utf-16-le", "iso2022_jp"])
def test_an_encoding_that_may_look_like_ascii_is_not_taken_for_utf_8(write, encoding):
    text = "a,b\n1,東\n"
    known = Reading(encoding, ",", True, 0, names=("a", "b"))
    assert read(write("t.csv", text.encode(encoding)), known) == {"a": ["1"], "b": ["東"]}


def test_bytes_of_another_encoding_far_into_the_file_name_their_line(write):
    known = Reading("utf-8", ",", True, 0)
    with pytest.raises(TableError, match=r"bad.csv: line 400002 is not UTF-8 \(byte ff\).*encoding=") as caught:
        read(write("bad.csv", b"a,b\n" + b"1,x\n" * 400_000 + b"2,\xff\n"), known)
    assert caught.value.parameter == "encoding"


def test_a_file_joined_from_two_is_refused_with_its_line(write):
    text = GERMAN.encode() + "7,5;Öl\n".encode("cp1252")
    with pytest.raises(TableError, match=r"t.csv: line 29 is not UTF-8 .*joined from two"):
        open_table(write("t.csv", text))


def test_an_encoding_can_be_said(write):
    path = write("t.csv", "a,b\n1,д\n".encode("cp1251"))
    assert read(path, Reading(encoding="windows-1251")) == {"a": ["1"], "b": ["д"]}
    with pytest.raises(ArgumentError, match="expected an encoding of text"):
        read(path, Reading(encoding="cp12512"))


def test_standard_input_may_be_in_another_encoding(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(GERMAN.encode("cp1252"))))
    assert read("-")["Straße"][:3] == ["Öl", "Mühlweg", "Größe"]
