"""Rows of probabilities that were rounded before they were written."""

import numpy as np
import pytest

from softargmax.exceptions import TableError
from softargmax.tables.logit_columns import as_probabilities


@pytest.mark.parametrize("rows", [[[0.5, 0.498]], [[0.5, 0.3, 0.19]], [[0.5, 0.54], [0.5, 0.46]]])
def test_rounded_rows_of_two_classes_and_more_are_divided_by_their_sums_when_told(rows):
    found = as_probabilities(np.array(rows), "p.csv", normalise=True)
    np.testing.assert_allclose(found.sum(axis=1), 1.0, rtol=1e-15)
    np.testing.assert_allclose(found[0] / found[0, 0], np.array(rows[0]) / rows[0][0], rtol=1e-15)
    with pytest.raises(TableError, match=r"p\.csv: row 1: expected probabilities that sum to 1, .*normalise=True"):
        as_probabilities(np.array(rows), "p.csv", normalise=False)


def test_the_first_row_that_rounding_does_not_explain_is_named():
    rows = np.array([[0.5, 0.5], [0.5, 0.44], [0.3, 0.3]])
    with pytest.raises(TableError, match=r"row 2: expected .* up to 0\.05, got 0\.94"):
        as_probabilities(rows, "p.csv", normalise=True)
    with pytest.raises(TableError, match=r"row 1: .* got 100; if they are percentages, divide them by 100"):
        as_probabilities(np.array([[40.0, 60.0]]), "p.csv", normalise=True)
    with pytest.raises(TableError, match=r"row 2: expected probabilities that sum to 1, got 2; .* drop=$") as caught:
        as_probabilities(np.array([[0.5, 0.5, 0.0], [0.5, 0.5, 1.0]]), "p.csv", normalise=False)
    assert caught.value.parameter == "drop"


def test_one_probability_per_row_is_left_as_it_is():
    for given in (np.array([0.3, 0.9]), np.array([[0.3], [0.9]])):
        assert as_probabilities(given, "p.csv", normalise=True) is given
