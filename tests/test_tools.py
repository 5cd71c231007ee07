"""The tools that CI trusts say what happened."""

import subprocess

import pytest

import apart
import tiers

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
