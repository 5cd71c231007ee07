import contextlib
import gzip
import io
import pickle
import tarfile
import zipfile

import numpy as np
import pytest

from softargmax.exceptions import TableError
from softargmax.tables.opening import open_table


def numpy_file(save):
    buffer = io.BytesIO()
    save(buffer)
    return buffer.getvalue()


def archive(*names):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        for name in names:
            made.writestr(name, "x")
    return buffer.getvalue()


def tape():
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as made:
        made.addfile(tarfile.TarInfo("t.csv"))
    return buffer.getvalue()


class Thing:
    pass


FOREIGN = {
    "a PDF document": [b"%PDF-1.7\n%\xe2\xe3"],
    "a picture": [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0\0\x10JFIF", b"GIF89a", b"RIFF\1\2\3\4WEBPVP8 "],
    "an HTML page": [
        b"<!DOCTYPE html>\n<html>",
        b"\xef\xbb\xbf\n<HTML><body>",
        b'<?xml version="1.0"?><!-- a, b --><!-- c --><html>',
        b"<table><tr><td>1</td></tr></table>",
    ],
    "an XML file": [b'<?xml version="1.0"?><rows></rows>'],
    "a workbook in the XML of Excel 2003": [
        b'<?xml version="1.0"?>\n<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">'
    ],
    "a pickle of Python": [pickle.dumps(value, n) for n in (2, 3, 4, 5) for value in ({"a": 1}, [1, 2], Thing())],
    "an HDF5 file": [b"\x89HDF\r\n\x1a\n\0\0"],
    "a MATLAB file": [b"MATLAB 5.0 MAT-file, Platform: GLNXA64"],
    "an R data file": [
        gzip.compress(b"X\n\0\0\0\3\0\4\3\0\0\3\5\0"),
        gzip.compress(b"RDX3\nX\n\0\0\0\3"),
        b"RDX2\nX\n",
    ],
    "an SPSS file": [b"$FL2@(#) IBM SPSS STATISTICS"],
    "a Stata file": [b"<stata_dta><header>", b"\x73\x02\x01\0\5\0"],
    "a SAS file": [bytes(12) + bytes.fromhex("c2ea8160b31411cfbd92"), b"HEADER RECORD*******LIBRARY HEADER RECORD"],
    "a pointer of Git LFS": [b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"],
    "an ARFF file": [b"@relation iris\n", b"% 1. Title: Iris\n%\n\n% 2.\n@RELATION iris\n"],
    "an array of NumPy": [numpy_file(lambda file: np.save(file, np.zeros(3)))],
    "an archive of arrays of NumPy": [numpy_file(lambda file: np.savez(file, a=np.zeros(3)))],
    "a file of PyTorch": [archive("model/data.pkl", "model/version")],
    "a document of Word or PowerPoint": [archive("[Content_Types].xml", "word/document.xml")],
    "a document of Apple": [archive("Index/Document.iwa", "Metadata/Properties.plist")],
    "an archive of a kind": [tape(), gzip.compress(tape()), b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07\x01"],
    "a safetensors file": [(60).to_bytes(8, "little") + b'{"weight":{"dtype":"F32"}}'],
    "a model that softargmax wrote": [
        (60).to_bytes(8, "little") + b'{"__metadata__":{"softargmax":"f7a7"}}',
        b'{"softargmax": "temperature", "format": 3}',
    ],
    "a Microsoft Access database": [b"\0\1\0\0Standard ACE DB\0"],
    "a DuckDB database": [b"\1\2\3\4\5\6\7\x08DUCK\x40"],
    "a Feather file of version 1": [b"FEA1\0\0\0\0"],
    "an Avro file": [b"Obj\x01\x04\x16"],
}


@pytest.mark.parametrize(
    ("what", "number"), [(what, number) for what, contents in FOREIGN.items() for number in range(len(contents))]
)
def test_a_wrong_kind_of_file_is_named_for_what_it_is(write, what, number):
    with pytest.raises(TableError, match=rf"table\.csv: expected a table, got {what}.*; .") as caught:
        open_table(write("table.csv", FOREIGN[what][number]))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "header", ["ORCID,b", "BMI,b", "PKA,b", "version,b", "%PDF,b", "Obj,b", "MZ,b", "CDF,b", "i,b", "RDX,b", "A,B"]
)
def test_names_of_columns_that_begin_like_other_files_are_names(write, header):
    assert ",".join(open_table(write("t.csv", f"{header}\n1,2\n")).names) == header


@pytest.mark.parametrize("begin", [b"<!---->", b"\n", b"%\n", b" ", b"<?xml ?>"], ids=repr)
def test_no_beginning_takes_long_to_look_at(write, begin):
    # Patterns that may match in many ways try them all; a few hundred repetitions would take years.
    path = write("t.csv", begin * 4000 + b",x\n1,2\n")
    with contextlib.suppress(TableError):
        open_table(path)
