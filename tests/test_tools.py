"""The tools that CI trusts say what happened."""

import re
import subprocess
import zipfile
from pathlib import Path

import pytest

import apart
import mutants
import peer_suites
import report_picture
import tiers
import wheels

ROOT = Path(__file__).parents[1]
CASE = '<testcase classname="a" name="b">{}</testcase>'


def report(folder, tier, *cases):
    text = "".join(CASE.format(case) for case in cases)
    (folder / f"{tier}.xml").write_text(f"<testsuites><testsuite>{text}</testsuite></testsuites>")


def test_a_tier_that_ran_is_told_with_its_counts(tmp_path, capsys):
    report(tmp_path, "test", "", "", "<skipped/>")
    report(tmp_path, "fuzz", '<properties><property name="rounds" value="7"/></properties>')
    assert tiers.main(str(tmp_path), "test", "fuzz") == 0
    assert capsys.readouterr().out == "test      2 passed, 1 skipped\nfuzz      1 passed, rounds 7\n"


@pytest.mark.parametrize("cases", [[], ["<skipped/>"]])
def test_a_tier_that_ran_no_test_fails(tmp_path, capsys, cases):
    report(tmp_path, "bridges", *cases)
    assert tiers.main(str(tmp_path), "bridges") == 1
    assert "the tier bridges ran no test" in capsys.readouterr().out


def test_a_tier_that_was_left_out_fails(tmp_path, capsys):
    assert tiers.main(str(tmp_path), "cluster") == 1
    assert "the tier cluster ran no test" in capsys.readouterr().out


def test_a_library_of_which_no_test_ran_fails(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(tiers.LIBRARIES, "bridges", ("torch", "jax"))
    named = '<testcase classname="tests.bridges.test_torch" name="test_x[Jax-1]">{}</testcase>'
    report(tmp_path, "bridges", "")
    file = tmp_path / "bridges.xml"
    plain = file.read_text()
    file.write_text(plain.replace("<testcase", named.format("") + named.format("<skipped/>") + "<testcase", 1))
    assert tiers.main(str(tmp_path), "bridges") == 0
    assert capsys.readouterr().out == "bridges   2 passed, 1 skipped\n          of them torch 1, jax 1\n"
    file.write_text(plain.replace("<testcase", named.replace("Jax", "") + "<testcase", 1))
    assert tiers.main(str(tmp_path), "bridges") == 1
    assert "the tier bridges ran no test of jax" in capsys.readouterr().out


@pytest.mark.parametrize("what", ["<failure/>", "<error/>"])
def test_a_tier_that_failed_fails(tmp_path, what):
    report(tmp_path, "test", "", what)
    assert tiers.main(str(tmp_path), "test") == 1


def test_an_environment_that_borrows_libraries_imports_its_own_package(tmp_path):
    python = apart.borrowing(tmp_path)
    (own,) = tmp_path.glob("lib/*/site-packages")
    (own / "softargmax").mkdir()
    (own / "softargmax" / "__init__.py").touch()
    found = "import numpy, softargmax; print(softargmax.__file__)"
    done = subprocess.run([python, "-I", "-c", found], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == str(own / "softargmax" / "__init__.py")


def test_every_stored_fault_fits_its_file_and_its_tests_are_there():
    found, stale = mutants.stored([], cpp=True)
    assert stale == []
    assert len(found) >= 22
    assert len({mutant.name for mutant in found}) == len(found)


def test_a_fault_changes_one_place():
    mutant = mutants.Mutant("m", "f.py", 4, "1", "2", ())
    assert mutant.applied("x = 1 + 1\n") == "x = 2 + 1\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("ä = a < b\n", "ä = a <= b\n"),
        ("x = a - 1\n", "x = a + 1\n"),
        ("x = a - 1\n", "x = a - 2\n"),
        ("x = 0.5\n", "x = 0.85\n"),
        ("f(out=True)\n", "f(out=False)\n"),
        ("x = a and not b\n", "x = a or not b\n"),
        ("x = a and not b\n", "x = a and b\n"),
        ("x = not (a or b)\n", "x = (a or b)\n"),
        ("x = -a\n", "x = +a\n"),
        ("x = (a *\n     b)\n", "x = (a /\n     b)\n"),
    ],
)
def test_faults_at_random_are_programs(before, after):
    harmed = [mutants.Mutant("", "", *change, ()).applied(before) for change in mutants.possible(before)]
    assert after in harmed
    for text in harmed:
        compile(text, "f.py", "exec")


def test_what_is_not_computed_is_not_harmed():
    text = 'def f(x: Literal[1] = None) -> Literal[2]:\n    """3"""\n    raise ValueError(f"{4}")\n'
    assert list(mutants.possible(text)) == []


def test_a_source_file_is_tested_by_its_room():
    assert mutants.tests_of("src/softargmax/metrics/smooth.py") == ("tests/metrics",)
    assert mutants.tests_of("src/softargmax/_deal.py")[0] == "tests/test_deal.py"
    assert mutants.tests_of("src/softargmax/_drawing/lines.py") == ("tests/drawing",)
    assert mutants.tests_of("src/softargmax/onnx/graph.py") == ("tests/bridges",)


def test_every_room_has_a_folder_of_tests():
    rooms = {path.parent for path in (mutants.ROOT / "src/softargmax").glob("*/*.py")}
    for room in rooms:
        (folder,) = mutants.tests_of(f"src/softargmax/{room.name}/any.py")
        assert (mutants.ROOT / folder).is_dir()


def a_wheel(folder, *, binary=b"GLIBC_2.2.5 GLIBC_2.28", tag="cp312-abi3-manylinux_2_28_x86_64"):
    file = folder / f"softargmax-1.0-{tag}.whl"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("softargmax/_kernels.abi3.so", binary)
    return file


def test_a_wheel_for_glibc_2_28_is_found_right(tmp_path):
    assert wheels.complaints(a_wheel(tmp_path), "x86_64") == []


@pytest.mark.parametrize(
    ("made", "told"),
    [
        ({"binary": b"GLIBC_2.2.5 GLIBC_2.34"}, r"up to \(2, 28\)"),
        ({"binary": b"GLIBC_2.28 libstdc++.so.6"}, "no libstdc"),
        ({"binary": bytes(wheels.MOST_BYTES)}, "at most"),
        ({"tag": "cp312-cp312-linux_x86_64"}, "ends in -cp312-abi3"),
    ],
)
def test_a_wheel_that_would_not_run_everywhere_is_found_wrong(tmp_path, made, told):
    assert re.search(told, "".join(wheels.complaints(a_wheel(tmp_path, **made), "x86_64")))


LIKE_TWELVE = peer_suites.Difference("scipy", "test_twelve", "got 1[0-9]", "twelve is refused")


@pytest.mark.parametrize(
    ("test", "said", "counts"),
    [
        ("f.py::test_twelve", "got 12", (0, 0, 1)),
        ("f.py::test_twelve", "got 22", (0, 1, 0)),
        ("f.py::test_other", "got 12", (0, 1, 0)),
    ],
)
def test_a_failure_is_wrong_unless_its_test_and_its_words_are_written_down(test, said, counts):
    result = peer_suites.judged({test: ("failed", said)}, [LIKE_TWELVE])
    assert (result.right, len(result.wrong), result.different.total()) == counts


def test_what_a_peer_skips_is_neither_right_nor_wrong():
    result = peer_suites.judged({"a": ("passed", ""), "b": ("skipped", "got 12")}, [LIKE_TWELVE])
    assert (result.right, result.wrong, result.different.total()) == (1, {}, 0)


def test_every_difference_is_of_a_peer_that_is_run_and_has_its_reason():
    written = [one for peer in peer_suites.SUITES for one in peer_suites.written(peer)]
    entries = peer_suites.tomllib.loads(peer_suites.WRITTEN.read_text(encoding="utf-8"))["difference"]
    assert sum(len(entry["peers"]) for entry in entries) == len(written) > 0
    assert all(one.reason and (one.test or one.error) for one in written)


def test_suites_without_their_tests_are_left_out_and_fail_when_nothing_ran(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(peer_suites.importlib.util, "find_spec", lambda name: name)
    monkeypatch.setattr("sys.argv", ["peer_suites.py", "--sources", str(tmp_path), "entmax"])
    assert peer_suites.main() == 1
    assert f"left out: {tmp_path / 'entmax'} lacks entmax/test_losses.py" in capsys.readouterr().out


def test_a_description_is_put_into_a_picture_and_read_back():
    png = (ROOT / "docs" / "report.png").read_bytes()
    bare = report_picture.SIGNATURE + b"".join(part for part in raw_chunks(png) if part[4:8] != b"iTXt")
    whole = report_picture.described(bare, "größer als “alles”")
    assert report_picture.description(whole) == "größer als “alles”"
    assert [kind for kind, _ in report_picture.chunks(whole) if kind != b"iTXt"] == [
        kind for kind, _ in report_picture.chunks(bare)
    ]


def raw_chunks(png):
    at = len(report_picture.SIGNATURE)
    while at < len(png):
        end = at + 12 + int.from_bytes(png[at : at + 4])
        yield png[at:end]
        at = end


def test_the_readme_says_of_the_picture_of_the_page_what_stands_in_it():
    (words,) = re.findall(r"!\[([^\]]*)\]\(docs/report\.png\)", (ROOT / "README.md").read_text())
    assert words == report_picture.description((ROOT / "docs" / "report.png").read_bytes())
    assert words.startswith("The beginning of the report on handwritten digits: Right ")
