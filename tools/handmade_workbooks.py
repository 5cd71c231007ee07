"""Workbooks written by hand, the smallest that programs would take: what the tests of tables read."""

import datetime
import io
import struct
import zipfile
from collections.abc import Sequence
from typing import Any


def archive(files: dict[str, str]) -> bytes:
    """Pack files into a ZIP archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return buffer.getvalue()


def relations(kind: str, targets: list[str]) -> str:
    """Say which files belong to one, and what they are in it."""
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    inside = "".join(
        f'<Relationship Id="r{number}" Type="{office}/{kind}" Target="{target}"/>'
        for number, target in enumerate(targets, 1)
    )
    xmlns = "http://schemas.openxmlformats.org/package/2006/relationships"
    return f'<?xml version="1.0"?><Relationships xmlns="{xmlns}">{inside}</Relationships>'


def excel(sheets: dict[str, Any], hidden: Sequence[str] = ()) -> bytes:
    """Make an .xlsx with sheets of values; what is text is a whole sheet in XML."""
    names = list(sheets)
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    listing = "".join(
        f'<sheet name="{name}" sheetId="{n}" r:id="r{n}" state="{"hidden" if name in hidden else "visible"}"/>'
        for n, name in enumerate(names, 1)
    )
    files = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": relations("officeDocument", ["xl/workbook.xml"]),
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="x"><sheets>{listing}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": relations(
            "worksheet", [f"worksheets/sheet{n}.xml" for n in range(1, len(names) + 1)]
        ),
        "xl/styles.xml": f'<styleSheet xmlns="{main}"><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/>'
        "</cellXfs></styleSheet>",
    }
    for n, rows in enumerate(sheets.values(), 1):
        inside = rows if isinstance(rows, str) else "".join(map(excel_row, range(1, len(rows) + 1), rows))
        files[f"xl/worksheets/sheet{n}.xml"] = f'<worksheet xmlns="{main}"><sheetData>{inside}</sheetData></worksheet>'
    return archive(files)


def excel_row(number: int, row: Sequence[Any]) -> str:
    """Write a row of a sheet."""
    cells = [excel_cell(f"{chr(65 + column)}{number}", value) for column, value in enumerate(row)]
    return f'<row r="{number}">{"".join(cells)}</row>'


def excel_cell(place: str, value: Any) -> str:
    """Write a cell of a sheet."""
    if value is None:
        return f'<c r="{place}" s="1"/>'
    if isinstance(value, str):
        kind = "e" if value.startswith("#") else "inlineStr"
        inside = f"<v>{value}</v>" if kind == "e" else f'<is><t xml:space="preserve">{value}</t></is>'
        return f'<c r="{place}" t="{kind}">{inside}</c>'
    if isinstance(value, bool):
        return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, datetime.date):
        has_time = isinstance(value, datetime.datetime)
        moment = value if has_time else datetime.datetime.combine(value, datetime.time())
        days = (moment - datetime.datetime(1899, 12, 30)) / datetime.timedelta(days=1)
        return f'<c r="{place}" s="{1 + has_time}"><v>{days}</v></c>'
    return f'<c r="{place}"><v>{value}</v></c>'


def document(sheets: dict[str, Any]) -> bytes:
    """Make an .ods."""

    def cell(value: Any) -> str:
        if value is None:
            return "<table:table-cell/>"
        kind, written = "string", ""
        if isinstance(value, bool):
            kind, written = "boolean", f'office:boolean-value="{str(value).lower()}"'
        elif isinstance(value, datetime.date):
            kind, written = "date", f'office:date-value="{value.isoformat()}"'
        elif not isinstance(value, str):
            kind, written = "float", f'office:value="{value}"'
        return f'<table:table-cell office:value-type="{kind}" {written}><text:p>{value}</text:p></table:table-cell>'

    inside = ""
    for name, rows in sheets.items():
        lines = ["".join(map(cell, row)) + '<table:table-cell table:number-columns-repeated="1017"/>' for row in rows]
        body = "".join(f"<table:table-row>{line}</table:table-row>" for line in lines)
        empty = '<table:table-row table:number-rows-repeated="1048500"><table:table-cell/></table:table-row>'
        inside += f'<table:table table:name="{name}">{body}{empty}</table:table>'
    names = " ".join(f'xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"' for n in ("office", "table", "text"))
    content = f"<office:document-content {names}><office:body><office:spreadsheet>{inside}"
    content += "</office:spreadsheet></office:body></office:document-content>"
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    return archive({"mimetype": kind, "META-INF/manifest.xml": manifest, "content.xml": content})


def binary(rows: Sequence[Sequence[Any]], last_row: int | None = None) -> bytes:
    """Make an .xlsb of numbers, booleans and texts."""

    def record(kind: int, data: bytes = b"") -> bytes:
        number = bytes([kind]) if kind < 128 else bytes([kind & 127 | 128, kind >> 7])
        return number + bytes([len(data)]) + data

    def wide(text: str) -> bytes:
        return struct.pack("<I", len(text)) + text.encode("utf-16-le")

    def cell(column: int, value: Any) -> bytes:
        head = struct.pack("<II", column, 0)
        if isinstance(value, str):
            return record(6, head + wide(value))
        return (
            record(4, head + bytes([value])) if isinstance(value, bool) else record(5, head + struct.pack("<d", value))
        )

    inside = b""
    for number, row in enumerate(rows):
        place = last_row if last_row is not None and number == len(rows) - 1 else number
        inside += record(0, struct.pack("<I", place) + bytes(13))
        inside += b"".join(cell(column, value) for column, value in enumerate(row) if value is not None)
    area = struct.pack("<4I", 0, len(rows), 0, 3)
    sheet = record(129) + record(148, area) + record(145) + inside + record(146) + record(130)
    bundle = struct.pack("<II", 0, 1) + wide("r1") + wide("Sheet1")
    book = record(131) + record(153, bytes(8)) + record(143) + record(156, bundle) + record(144) + record(132)
    return archive(
        {
            "[Content_Types].xml": "<Types/>",
            "xl/workbook.bin": book,
            "xl/_rels/workbook.bin.rels": relations("worksheet", ["worksheets/sheet1.bin"]),
            "xl/worksheets/sheet1.bin": sheet,
        }
    )
