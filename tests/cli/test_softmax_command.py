"""`softargmax softmax`."""

import json

import numpy as np
import pytest

from softargmax import cli


def test_softmax_for_the_curious(capfd, process):
    assert cli.run(["softmax", "1", "3", "2"]) == 0
    printed = [float(number) for number in capfd.readouterr().out.split()]
    np.testing.assert_array_max_ulp(printed, [0.09003057317038046, 0.6652409557748219, 0.24472847105479764])
    assert cli.run(["softmax", "-1", "-3", "--temperature", "0", "--json"]) == 0
    assert json.loads(capfd.readouterr().out) == [1.0, 0.0]
    done = process("softmax", input="1 3 2\n\n1000,3000,2000\n")
    assert done.stdout.splitlines()[1] == "0.0 1.0 0.0"
    bad = process("softmax", input="1 x\n")
    assert bad.returncode == 1
    assert "line 1: expected numbers, got '1 x'" in bad.stderr


@pytest.mark.parametrize("arguments", [["1,3,2"], ["1, 3, 2"], ["1", "3,2"], ["1,", "3,", "2"]], ids=" ".join)
def test_numbers_may_have_commas_between_them_as_on_standard_input(capfd, arguments):
    assert cli.run(["softmax", *arguments]) == 0
    printed = [float(number) for number in capfd.readouterr().out.split()]
    np.testing.assert_array_max_ulp(printed, [0.09003057317038046, 0.6652409557748219, 0.24472847105479764])


def test_negative_numbers_are_no_options(capfd):
    assert cli.run(["softmax", "-1,-3", "--temperature", "0", "--json"]) == 0
    assert json.loads(capfd.readouterr().out) == [1.0, 0.0]
    assert cli.run(["softmax", "1", "--temprature", "2"]) == 2
    assert "--temprature" in capfd.readouterr().err
