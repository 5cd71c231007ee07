"""A calibration for every value of a column: what each adds to the common one, and where none adds anything."""

import json

import numpy as np
import pytest

import softargmax as sm
from softargmax.calibration import GroupedCalibration
from softargmax.exceptions import ArgumentError, ArtifactError, CalibrationWarning, NotFittedError, ShapeError

WARDS = np.array(["north", "east", "south"])


def two_classes(rng, n, shifts):
    """One sigmoid per row that is right but for a shift in every ward."""
    place = rng.integers(0, 3, n)
    z = 1.5 * rng.normal(size=n)
    return z, (rng.random(n) < sm.sigmoid(z + np.take(shifts, place))).astype(int), WARDS[place]


def four_classes(rng, n, shift):
    place = rng.integers(0, 3, n)
    z = 1.5 * rng.normal(size=(n, 4))
    true = z + shift * np.eye(4)[place]
    return z, sm.argmax(true + rng.gumbel(size=z.shape)), WARDS[place]


def grouped(z, y, groups, calibration=None, **options):
    return GroupedCalibration(calibration or sm.TemperatureScaling(), **options).fit(z, y, groups=groups)


def test_every_group_gets_its_own_share_of_events(rng):
    z, y, ward = two_classes(rng, 6000, (1.0, 0.0, -1.5))
    after = grouped(z, y, ward)
    assert np.isfinite(after.kappa_)
    assert after.groups_ == ("east", "north", "south")
    p = after.predict_proba(z, groups=ward)[:, 1]
    for name in WARDS:
        assert abs(p[ward == name].mean() - y[ward == name].mean()) < 0.01
    new, truth, of = two_classes(rng, 20_000, (1.0, 0.0, -1.5))
    common = sm.TemperatureScaling().fit(z, y).transform(new)
    assert (
        sm.binary_cross_entropy(after.transform(new, groups=of), truth) < sm.binary_cross_entropy(common, truth) - 0.05
    )


def test_more_than_two_classes_are_scaled_and_moved_in_every_group(rng):
    z, y, ward = four_classes(rng, 6000, 1.5)
    after = grouped(z, y, ward)
    assert {each.kind for each in after.maps_} == {"vector"}
    new, truth, of = four_classes(rng, 10_000, 1.5)
    common = sm.TemperatureScaling().fit(z, y).transform(new)
    assert sm.cross_entropy(after.transform(new, groups=of), truth) < sm.cross_entropy(common, truth) - 0.05


@pytest.mark.parametrize(
    "rows", [lambda rng: two_classes(rng, 1500, (0, 0, 0)), lambda rng: four_classes(rng, 1500, 0)]
)
def test_groups_that_do_not_differ_get_the_common_calibration(rows, rng):
    z, y, ward = rows(rng)
    after, common = grouped(z, y, ward), sm.TemperatureScaling().fit(z, y)
    assert after.kappa_ == np.inf
    assert after.groups_ == ()
    np.testing.assert_array_equal(after.transform(z, groups=ward), common.transform(z))


def test_the_logits_are_the_weighted_mean_they_are_defined_by(rng):
    z, y, ward = two_classes(rng, 900, (1.5, 0.0, -1.5))
    after = grouped(z, y, ward)
    common = after.common_.transform(z)
    assert len(after.groups_) == 3
    for name, share, own in zip(after.groups_, after.shares_, after.maps_, strict=True):
        n = (ward == name).sum()
        assert share == n / (n + after.kappa_)
        rows = ward == name
        mean = (1.0 - share) * common[rows] + share * own.transform(np.c_[np.zeros(n), common[rows]]) @ [-1.0, 1.0]
        np.testing.assert_allclose(after.transform(z, groups=ward)[rows], mean, rtol=1e-12, atol=1e-12)
        refitted = sm.calibration.PlattScaling().fit(common[rows], y[rows])
        np.testing.assert_allclose(
            own.predict_proba(np.c_[np.zeros(n), common[rows]]), refitted.predict_proba(common[rows]), rtol=1e-6
        )


def test_few_rows_of_a_group_count_less_than_many(rng):
    z, y, ward = two_classes(rng, 3000, (1.5, 0.0, -1.5))
    few = np.flatnonzero(ward == "south")[40:]
    kept = np.setdiff1d(np.arange(3000), few)
    after = grouped(z[kept], y[kept], ward[kept])
    shares = dict(zip(after.groups_, after.shares_, strict=True))
    assert 0.0 < shares["south"] < min(shares["north"], shares["east"])


def test_a_group_that_was_not_there_gets_the_common_calibration(rng):
    z, y, ward = two_classes(rng, 3000, (1.0, 0.0, -1.0))
    after = grouped(z, y, ward)
    np.testing.assert_array_equal(after.transform(z, groups=["west"] * len(z)), after.common_.transform(z))


@pytest.mark.parametrize(
    "rows", [lambda rng: two_classes(rng, 2000, (1, 0, -1)), lambda rng: four_classes(rng, 2000, 1.5)]
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_row_alone_has_the_bits_it_has_in_a_batch(rows, dtype, rng):
    z, y, ward = rows(rng)
    z, ward = z.astype(dtype), np.where(np.arange(len(y)) % 7 == 0, "west", ward)
    after = grouped(z, y, ward, sm.AutoCalibration(cv=2))
    together = after.transform(z, groups=ward)
    assert together.dtype == dtype
    for row in range(0, len(y), 37):
        alone = after.transform(z[row : row + 1], groups=ward[row : row + 1])
        assert alone.tobytes() == together[row : row + 1].tobytes()
    backwards = after.transform(z[::-1], groups=ward[::-1])
    assert backwards.tobytes() == together[::-1].tobytes()


@pytest.mark.parametrize("ending", ["json", "softargmax"])
def test_it_comes_back_from_a_file_as_it_was(ending, tmp_path, rng):
    z, y, ward = four_classes(rng, 2000, 1.5)
    after = grouped(z, y, ward, sm.StructuredMatrixScaling(structure="vector"))
    after.save(tmp_path / f"c.{ending}")
    again = sm.Calibration.load(tmp_path / f"c.{ending}")
    assert isinstance(again, GroupedCalibration)
    assert again.to_state() == after.to_state()
    np.testing.assert_array_equal(again.predict_proba(z, groups=ward), after.predict_proba(z, groups=ward))


def test_a_damaged_file_is_refused(tmp_path, rng):
    z, y, ward = two_classes(rng, 2000, (1.0, 0.0, -1.0))
    grouped(z, y, ward).save(tmp_path / "c.json")
    whole = json.loads((tmp_path / "c.json").read_text())

    def without(values):
        values["maps_"].pop()

    def in_another_order(values):
        values["groups_"].reverse()

    def of_three_classes(values):
        values["common_"]["values"]["n_logits"] = 3

    def one_in_another(values):
        values["common_"] = {"softargmax": "grouped", "version": 1} | json.loads(json.dumps(whole))
        values["common_"]["values"]["n_logits"] = 2

    for damage in (without, in_another_order, of_three_classes, one_in_another):
        damaged = json.loads(json.dumps(whole))
        damage(damaged["values"])
        (tmp_path / "d.json").write_text(json.dumps(damaged))
        with pytest.raises(ArtifactError):
            sm.load(tmp_path / "d.json")


def test_values_are_compared_as_text(rng):
    z, y, _ = two_classes(rng, 2000, (0, 0, 0))
    place = rng.integers(0, 2, 2000)
    y = (rng.random(2000) < sm.sigmoid(z + 2.0 * place)).astype(int)
    after = grouped(z, y, place)
    assert after.groups_ == ("0", "1")
    np.testing.assert_array_equal(after.transform(z, groups=place), after.transform(z, groups=place.astype(str)))


def test_a_weight_is_a_repetition(rng):
    z, y, ward = two_classes(rng, 300, (1.5, 0.0, -1.5))
    weighted = GroupedCalibration(sm.TemperatureScaling()).fit(z, y, groups=ward, sample_weight=np.full(300, 3.0))
    repeated = grouped(np.tile(z, 3), np.tile(y, 3), np.tile(ward, 3))
    assert np.isfinite(weighted.kappa_)
    np.testing.assert_allclose(
        repeated.transform(z, groups=ward), weighted.transform(z, groups=ward), rtol=1e-5, atol=1e-7
    )


def test_rows_without_a_part_in_the_fit_take_their_groups_with_them(rng):
    z, y, ward = two_classes(rng, 2000, (1.5, 0.0, -1.5))
    weight = (np.arange(2000) % 3 > 0).astype(float)
    kept = weight > 0
    some = GroupedCalibration(sm.TemperatureScaling()).fit(z, y, groups=ward, sample_weight=weight)
    np.testing.assert_array_equal(
        some.transform(z, groups=ward), grouped(z[kept], y[kept], ward[kept]).transform(z, groups=ward)
    )


def test_a_class_that_is_ruled_out_stays_so(rng):
    z, y, ward = four_classes(rng, 2000, 1.5)
    after = grouped(z, y, ward)
    z[:, 3] = -np.inf
    p = after.predict_proba(z, groups=ward)
    assert np.all(p[:, 3] == 0.0)
    np.testing.assert_allclose(p.sum(axis=1), 1.0)
    z[0, 0] = np.nan
    assert np.isnan(after.predict_proba(z, groups=ward)[0]).all()


def test_what_the_common_fit_warns_of_is_said_at_the_call(rng):
    with pytest.warns(CalibrationWarning, match="no signal") as told:
        grouped(np.zeros((60, 3)), rng.integers(0, 3, 60), np.arange(60) % 2, sm.VectorScaling())
    assert told[0].filename.endswith("test_by_group.py")


def test_what_does_not_fit_is_refused_and_said(rng):
    z, y, ward = two_classes(rng, 100, (0, 0, 0))
    calibration = GroupedCalibration(sm.TemperatureScaling())
    with pytest.raises(NotFittedError):
        calibration.transform(z, groups=ward)
    with pytest.raises(ArgumentError, match="groups: expected the group of every row"):
        calibration.fit(z, y)
    with pytest.raises(ShapeError, match="groups: expected 100"):
        calibration.fit(z, y, groups=ward[:50])
    with pytest.raises(ArgumentError, match="at most 1000 different"):
        calibration.fit(np.tile(z, 11), np.tile(y, 11), groups=np.arange(1100))
    with pytest.raises(ArgumentError, match="of logits of exclusive classes"):
        GroupedCalibration(sm.ProbabilityCalibration(sm.TemperatureScaling())).fit(z, y, groups=ward)
    with pytest.raises(ArgumentError, match="groups: expected the group"):
        calibration.fit(z, y, groups=ward).transform(z)
    with pytest.raises(ArgumentError, match="groups"):
        sm.calibration.out_of_fold(calibration, z, y, np.arange(100) % 2)
