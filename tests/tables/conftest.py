"""Small tables written as files."""

import pytest


@pytest.fixture
def write(tmp_path):
    """Write text to a file of the given name and give its path."""

    def write(name, text):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)

    return write
