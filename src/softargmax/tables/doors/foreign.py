"""Files that are no tables that can be read here, known by their first bytes: what they are, and what to do.

Without this, a picture or a pickle would be "a line with 3 values where the first line has 1".
"""

import re
from collections.abc import Iterable

from softargmax.exceptions import TableError

# As much of a file as is looked at: a tape archive says what it is after 257 bytes, an HTML page after some comments.
SIZE = 4096

_AS_CSV = "write it as CSV or Parquet"
_FROM_PYTHON = "load it in Python and write the table with to_parquet or to_csv"
_FROM_R = 'read it in R and write the table with write.csv(table, "table.csv", row.names = FALSE)'
_EXTRACT = "unpack it and pass the table inside"
_SAVE = "open it in the program that wrote it and save the table as CSV or as a workbook"

# A pattern at the beginning of the file, what the file is, and what to do.
_KINDS: tuple[tuple[bytes, str, str], ...] = (
    (rb"version https://git-lfs\.github\.com/spec/", "a pointer of Git LFS to the file that you want",
     "fetch that with git lfs pull"),
    (rb"%PDF-", "a PDF document", _SAVE),
    (rb"\x89PNG\r\n|\xff\xd8\xff|GIF8[79]a|II\*\0|MM\0\*|RIFF....WEBP|BM....\0\0\0\0", "a picture",
     "pass the table of numbers or text that it shows"),
    (rb"\{\\rtf", "a document in Rich Text Format", _SAVE),
    (rb"\x89HDF\r\n\x1a\n", "an HDF5 file", _FROM_PYTHON),
    (rb"CDF[\x01\x02\x05]", "a NetCDF file", _FROM_PYTHON),
    (rb"MATLAB 5\.0 MAT-file", "a MATLAB file", "write the table with writetable in MATLAB"),
    (rb"\x93NUMPY", "an array of NumPy", "write it as CSV or Parquet, with names of columns"),
    (rb"\x80[\x02-\x05](\x95.{8}|[}\]c(X\x8c\x8a])",
     "a pickle of Python, which is not read because it can run programs", _FROM_PYTHON),
    (rb"(RD[XAB][2-5]\n|[XAB]\n\0\0\0[\x02\x03]\0)", "an R data file", _FROM_R),
    (rb"\$FL[23]", "an SPSS file", "save it in SPSS as CSV, or read it with pandas.read_spss and write it with to_csv"),
    (rb"<stata_dta>|[\x69-\x73][\x01\x02]\x01\0", "a Stata file",
     "write it in Stata with export delimited, or read it with pandas.read_stata and write it with to_csv"),
    (rb"\0{12}\xc2\xea\x81\x60\xb3\x14\x11\xcf|HEADER RECORD\*{7}LIB", "a SAS file",
     "write it in SAS with proc export, or read it with pandas.read_sas and write it with to_csv"),
    (rb"(?i)(?:[ \t\r]*(?:%[^\n]*)?\n)*+\s*@relation\s", "an ARFF file of Weka",
     "save it in Weka as CSV, or read it with scipy.io.arff.loadarff"),
    (rb"(?i)(\xef\xbb\xbf)?\s*+(<\?xml[^>]*>\s*)?(<!--.*?-->\s*+)*+(<!doctype html|<html|<head|<table)", "an HTML page",
     "open it in a spreadsheet program and save the table as CSV or as a workbook"),
    (rb"(\xef\xbb\xbf)?\s*<\?xml[^>]*>.*urn:schemas-microsoft-com:office:spreadsheet",
     "a workbook in the XML of Excel 2003", "open it in a spreadsheet program and save it as .xlsx or CSV"),
    (rb"(\xef\xbb\xbf)?\s*<\?xml\s", "an XML file", _AS_CSV),
    (rb".{8}\{\"__metadata__\":\{\"softargmax\"|\{\"softargmax\": \"", "a model that softargmax wrote",
     "pass it as the model, and a table as the table"),
    (rb".{6}\0\0\{\s*\"", "a safetensors file of arrays", "pass a table with one row for each example"),
    # Arrow reads it without a check, so that a damaged one ends the process.
    (rb"FEA1", "a Feather file of version 1", "read it with pandas.read_feather and write it with to_parquet"),
    (rb"ORC[\0-\x08\x0e-\x1f]", "an ORC file", "read it with pyarrow.orc and write it as Parquet"),
    (rb"Obj\x01", "an Avro file", _AS_CSV),
    (rb".{8}DUCK", "a DuckDB database", "write the table with COPY table TO 'table.parquet' in DuckDB"),
    (rb"\0\x01\0\0Standard (Jet|ACE) DB", "a Microsoft Access database", "export the table as CSV or as a workbook"),
    (rb"Rar!\x1a\x07|7z\xbc\xaf\x27\x1c|\x1f\x9d|LZIP|.{257}ustar", "an archive of a kind that is not read here",
     _EXTRACT),
    (rb"\x7fELF|MZ\x90\0", "a program", "pass a table"),
)  # fmt: skip
_PATTERNS = tuple((re.compile(magic, re.DOTALL), what, advice) for magic, what, advice in _KINDS)

# The same for ZIP archives, by a file that lies in them.
_ARCHIVES = (
    (r"\[Content_Types\]\.xml", "a document of Word or PowerPoint", _SAVE),
    (r"mimetype", "a document that holds no sheets, as one of OpenDocument or an e-book", _SAVE),
    (r"(.*/)?data\.pkl", "a file of PyTorch, which is not read because it can run programs", _FROM_PYTHON),
    (r"[^/]+\.npy", "an archive of arrays of NumPy", "write them as CSV or Parquet, with names of columns"),
    (r"(Index/.*\.iwa|Index\.zip)", "a document of Apple", "export it as CSV or as a workbook of Excel"),
)


def refuse_foreign(file: str, head: bytes) -> None:
    """Refuse what is known and is no table, naming it.

    Raises
    ------
    TableError
    """
    for magic, what, advice in _PATTERNS:
        if magic.match(head):
            raise _refusal(file, what, advice)


def foreign_archive(file: str, names: Iterable[str]) -> None:
    """Refuse a ZIP archive that is a file of another program, by the names of what lies in it.

    Raises
    ------
    TableError
    """
    for name in names:
        for pattern, what, advice in _ARCHIVES:
            if re.fullmatch(pattern, name):
                raise _refusal(file, what, advice)


def _refusal(file: str, what: str, advice: str) -> TableError:
    return TableError(f"{file}: expected a table, got {what}; {advice}")
