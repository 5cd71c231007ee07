"""Make the picture of the page that the README shows, and what it says of the picture: `make report-picture`.

The demo's page is made anew and its beginning photographed by Chromium, which Node's playwright-core steers; NODE_PATH
says where that is. The headline goes into the README as the picture's text, and into the picture itself as its
description, so that a test sees whether the two belong together.
"""

import html
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PICTURE, README = ROOT / "docs" / "report.png", ROOT / "README.md"
WIDTH, HEIGHT = "1200", "830"
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Give the kind and the bytes of every part of a picture."""
    at = len(SIGNATURE)
    while at < len(png):
        (size,) = struct.unpack(">I", png[at : at + 4])
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + size]
        at += 12 + size


def described(png: bytes, words: str) -> bytes:
    """Put a description into a picture, behind its first part."""
    first, *rest = chunks(png)
    parts = [first, (b"iTXt", b"Description\0\0\0\0\0" + words.encode()), *rest]
    checked = [(len(body), kind + body) for kind, body in parts]
    written = (struct.pack(">I", size) + whole + struct.pack(">I", zlib.crc32(whole)) for size, whole in checked)
    return SIGNATURE + b"".join(written)


def description(png: bytes) -> str:
    """Read the description of a picture."""
    bodies = (body for kind, body in chunks(png) if kind == b"iTXt")
    return next(body.removeprefix(b"Description\0\0\0\0\0").decode() for body in bodies)


def main() -> None:
    """Run the demo, photograph its page, and write picture and text."""
    chromium, node = shutil.which("chromium"), shutil.which("node")
    if chromium is None or node is None:
        sys.exit("report_picture: expected chromium and node on PATH; install both")
    with tempfile.TemporaryDirectory() as scratch:
        folder, shot = Path(scratch) / "handwritten digits", Path(scratch) / "shot.png"
        subprocess.run([sys.executable, "-m", "softargmax", "demo", "--folder", folder], check=True)
        page = folder / "report.html"
        script = Path(__file__).with_name("screenshot.js")
        subprocess.run([node, script, chromium, page, shot, WIDTH, HEIGHT], check=True)
        headline = re.search(r"<h1[^>]*>(.*?)</h1>", page.read_text(encoding="utf-8"))
        if headline is None:
            sys.exit("report_picture: expected a headline on the page, found none")
        words = f"The beginning of the report on handwritten digits: {html.unescape(headline[1])}"
        PICTURE.write_bytes(described(shot.read_bytes(), words))
    text = README.read_text(encoding="utf-8")
    shown = f"![{words}](docs/report.png)"
    README.write_text(re.sub(r"!\[[^\]]*\]\(docs/report\.png\)", lambda _: shown, text), encoding="utf-8")
    print(words)


if __name__ == "__main__":
    main()
