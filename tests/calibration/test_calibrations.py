"""What every calibration promises."""

import json
import math
import warnings

import numpy as np
import pytest

import softargmax as sm
from softargmax.calibration import AdditiveCalibration, PlattScaling
from softargmax.exceptions import ArgumentError, ArtifactError, CalibrationWarning, NotFittedError, ShapeError

STRUCTURED = {"cv": 3, "Cs": (1e-3, 1e-2, 1e-1)}
ALL = {
    "temperature": sm.TemperatureScaling(),
    "vector": sm.VectorScaling(),
    "matrix": sm.MatrixScaling(),
    "structured": sm.StructuredMatrixScaling(**STRUCTURED),
    "structured-vector": sm.StructuredMatrixScaling(structure="vector", **STRUCTURED),
    "dirichlet": sm.DirichletCalibration(**STRUCTURED),
    "ensemble": sm.EnsembleTemperatureScaling(),
    "platt": PlattScaling(),
    "beta": sm.BetaCalibration(),
    "quadratic": sm.QuadraticCalibration(),
    "isotonic": sm.IsotonicCalibration(),
    "histogram": sm.HistogramBinning(),
    "venn-abers": sm.VennAbers(),
    "additive": AdditiveCalibration(cv=3),
    "auto": sm.AutoCalibration(cv=3),
}
every = pytest.mark.parametrize("calibration", ALL.values(), ids=ALL)
# Those that divide by the temperature before all else.
SCALE_FREE = {name: one for name, one in ALL.items() if name != "ensemble"}


def fitted(calibration, z, y, **options):
    return calibration.clone().fit(z, y, **options)


def log_loss(calibration, z, y):
    return sm.cross_entropy(calibration.transform(z), y)


@every
def test_it_does_better_than_no_calibration(calibration, multiclass):
    z, y = multiclass
    assert log_loss(fitted(calibration, z[:800], y[:800]), z[800:], y[800:]) < sm.cross_entropy(z[800:], y[800:])


@every
def test_a_sigmoid_is_calibrated_too(calibration, binary):
    z, y = binary
    after = fitted(calibration, z, y)
    assert after.transform(z).shape == z.shape
    assert after.predict_proba(z).shape == (len(z), 2)
    np.testing.assert_allclose(after.predict_proba(z)[:, 1], sm.sigmoid(after.transform(z)), rtol=1e-9)
    assert sm.binary_cross_entropy(after.transform(z), y) <= sm.binary_cross_entropy(z, y)


@every
def test_a_row_without_a_ranking_of_its_classes_gives_nan(calibration, multiclass):
    z, y = multiclass
    odd = np.zeros((3, 4))
    odd[0, 1], odd[1, 2], odd[2] = math.nan, math.inf, -math.inf
    assert np.isnan(fitted(calibration, z, y).predict_proba(odd)).all()


@every
def test_one_sigmoid_is_two_classes(calibration, binary):
    z, y = binary
    two = fitted(calibration, np.stack([np.zeros_like(z), z], axis=1), y)
    np.testing.assert_allclose(
        two.predict_proba(np.stack([np.zeros(2), [-1.0, 2.0]], axis=1)),
        fitted(calibration, z, y).predict_proba([-1.0, 2.0]),
        rtol=1e-12,
    )


@every
def test_a_column_of_sigmoids_is_given_back_as_a_column(calibration, binary):
    z, y = binary
    flat, column = fitted(calibration, z, y), fitted(calibration, z[:, np.newaxis], y)
    assert column.n_logits_ == 1
    np.testing.assert_array_equal(column.transform(z[:9, np.newaxis]), flat.transform(z[:9])[:, np.newaxis])
    np.testing.assert_array_equal(column.predict_proba(z[:9, np.newaxis]), flat.predict_proba(z[:9]))


@every
def test_two_columns_may_follow_one_sigmoid(calibration, binary):
    z, y = binary
    after = fitted(calibration, z, y)
    columns = np.stack([np.zeros(9), z[:9]], axis=1)
    np.testing.assert_array_equal(after.predict_proba(columns), after.predict_proba(z[:9]))
    assert after.transform(columns).shape == (9, 2)


@every
def test_transform_and_predict_proba_agree(calibration, multiclass):
    z, y = multiclass
    after = fitted(calibration, z, y)
    np.testing.assert_allclose(after.predict_proba(z), sm.softmax(after.transform(z)), rtol=1e-12)


@every
def test_a_row_is_the_same_alone_and_in_a_batch(calibration, multiclass):
    z, y = multiclass
    after = fitted(calibration, z, y)
    together = after.predict_proba(z)
    for row in (0, 1, 700, 1199):
        np.testing.assert_array_equal(after.predict_proba(z[row : row + 1])[0], together[row])


@every
def test_a_shift_of_every_row_changes_nothing(calibration, multiclass, rng):
    z, y = multiclass
    shifted = z + rng.normal(size=(len(z), 1)) * 100
    before, after = fitted(calibration, z, y), fitted(calibration, shifted, y)
    np.testing.assert_allclose(after.predict_proba(shifted), before.predict_proba(z), rtol=1e-5, atol=1e-12)


@pytest.mark.parametrize("calibration", SCALE_FREE.values(), ids=SCALE_FREE)
@pytest.mark.parametrize("factor", [1e-8, 2.0**20, 1e8])
def test_the_scale_of_the_logits_does_not_matter(calibration, multiclass, factor):
    z, y = multiclass
    before, after = fitted(calibration, z, y), fitted(calibration, factor * z, y)
    np.testing.assert_allclose(after.predict_proba(factor * z), before.predict_proba(z), rtol=1e-5, atol=1e-12)


@every
def test_the_order_of_the_classes_does_not_matter(calibration, multiclass):
    z, y = multiclass
    order = np.array([2, 0, 3, 1])
    before, after = fitted(calibration, z, y), fitted(calibration, z[:, order], np.argsort(order)[y])
    np.testing.assert_allclose(after.predict_proba(z[:, order]), before.predict_proba(z)[:, order], rtol=1e-5)


@every
def test_the_order_of_the_rows_does_not_matter(calibration, multiclass, rng):
    z, y = multiclass
    order = rng.permutation(len(z))
    after = fitted(calibration, z[order], y[order])
    np.testing.assert_allclose(after.predict_proba(z), fitted(calibration, z, y).predict_proba(z), rtol=1e-5)


@every
def test_a_weight_is_a_repetition(calibration, multiclass, rng):
    z, y = multiclass
    weight = rng.integers(0, 3, size=len(z))
    repeated = fitted(calibration, z.repeat(weight, axis=0), y.repeat(weight))
    weighted = fitted(calibration, z, y, sample_weight=weight)
    np.testing.assert_allclose(weighted.predict_proba(z), repeated.predict_proba(z), rtol=1e-5)


@every
def test_its_state_is_json_and_brings_it_back(calibration, multiclass, tmp_path):
    z, y = multiclass
    before = fitted(calibration, z, y)
    path = tmp_path / "calibration.json"
    before.save(path)
    after = sm.Calibration.load(path)
    assert type(after) is type(before)
    assert json.loads(path.read_text())["softargmax"] == before.kind
    np.testing.assert_array_equal(after.predict_proba(z), before.predict_proba(z))


@every
def test_the_result_has_the_dtype_of_the_logits(calibration, multiclass):
    z, y = multiclass
    after = fitted(calibration, z, y)
    assert after.transform(z[:5].astype(np.float32)).dtype == np.float32
    assert after.predict_proba(z[:5].astype(np.float32)).dtype == np.float32


@every
def test_a_class_ruled_out_stays_so(calibration, multiclass):
    z, y = multiclass
    z = z.copy()
    z[y != 3, 3] = np.where(np.arange(np.sum(y != 3)) % 2, -math.inf, z[y != 3, 3])
    after = fitted(calibration, z, y)
    p = after.predict_proba(z)
    assert np.all(p[np.isneginf(z)] == 0.0)
    assert np.isfinite(p).all()
    np.testing.assert_allclose(p.sum(axis=1), 1.0)


@every
def test_nan_in_a_row_makes_that_row_nan(calibration, multiclass):
    z, y = multiclass
    after = fitted(calibration, z, y)
    p = after.predict_proba([[math.nan, 0.0, 1.0, 2.0], z[0]])
    assert np.isnan(p[0]).all()
    np.testing.assert_array_equal(p[1], after.predict_proba(z[:1])[0])


@every
def test_an_ordinary_set_gives_no_warning(calibration, multiclass):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fitted(calibration, *multiclass)


DEGENERATE = {
    "all right": lambda z: z.argmax(axis=1),
    "anti-correlated": lambda z: z.argmin(axis=1),
    "one class": lambda z: np.zeros(len(z), int),
}


# One class alone is nothing special to these.
TOLERANT = ("additive", "auto", "ensemble", "histogram", "temperature")


@pytest.mark.parametrize(
    ("calibration", "labels"),
    [
        pytest.param(one, labels, id=f"{name}-{kind}")
        for name, one in ALL.items()
        for kind, labels in DEGENERATE.items()
        if kind != "one class" or name not in TOLERANT
    ],
)
def test_what_rows_do_not_determine_stays_finite_with_a_warning(calibration, labels, rng):
    z = rng.normal(size=(60, 3))
    with pytest.warns(CalibrationWarning):
        after = fitted(calibration, z, labels(z))
    p = after.predict_proba(rng.normal(size=(100, 3)))
    assert np.isfinite(p).all()
    assert np.all(p > 0.0)


@every
def test_two_rows_are_enough_for_something_finite(calibration):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CalibrationWarning)
        after = fitted(calibration, [[1.0, 0.0, 0.5], [0.0, 2.0, 1.0]], [0, 2])
    assert np.isfinite(after.predict_proba([[100.0, 0.0, -100.0]])).all()


@every
@pytest.mark.parametrize("factor", [1e-300, 1e300])
def test_logits_of_any_size_give_something_finite(calibration, multiclass, factor):
    z, y = multiclass
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CalibrationWarning)
        p = fitted(calibration, factor * z, y).predict_proba(factor * z)
    assert np.isfinite(p).all()
    np.testing.assert_allclose(p.sum(axis=1), 1.0)


@every
def test_it_is_refused_before_fit(calibration):
    with pytest.raises(NotFittedError):
        calibration.clone().transform([[1.0, 2.0]])


@every
def test_other_shapes_than_at_fit_are_refused(calibration, multiclass):
    with pytest.raises(ShapeError, match=r"\(n_rows, 4\), .* as at fit"):
        fitted(calibration, *multiclass).transform(np.zeros((2, 3)))


@every
def test_scikit_learn_can_clone_it(calibration):
    from sklearn.base import clone

    assert repr(clone(calibration)) == repr(calibration)
    with pytest.raises(ArgumentError, match="has no parameter 'nonsense'"):
        calibration.clone().set_params(nonsense=1)


@every
def test_the_certificate_is_small(calibration, multiclass):
    assert 0.0 <= fitted(calibration, *multiclass).optimality_ < 1e-7


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda state: state.pop("version"), "damaged"),
        (lambda state: state.update(softargmax="unknown"), "expected a calibration"),
        (lambda state: state.update(format=99), "upgrade softargmax"),
        (lambda state: state.update(softargmax=3), "something else"),
        (lambda state: state["values"].update(n_logits=0), "damaged"),
        (lambda state: state["values"].update(temperature_=-1.0), "temperature_: expected"),
        (lambda state: state["values"].update(temperature_="inf"), "temperature_: expected"),
        (lambda state: state["arrays"].update(scale_=[1.0]), "scale_"),
        (lambda state: state["arrays"].update(weights_=[[1.0] * 4] * 3), "do not fit together"),
        (lambda state: state["values"]["parameters"].update(nonsense=1), "nonsense"),
    ],
)
def test_a_damaged_state_is_refused(multiclass, damage, message):
    state = json.loads(json.dumps(fitted(sm.MatrixScaling(), *multiclass).to_state().to_json()))
    damage(state)
    with pytest.raises(ArtifactError, match=message):
        sm.Calibration.from_state(state)


def test_a_file_that_is_no_calibration_is_refused(tmp_path):
    with pytest.raises(ArtifactError, match="there is none"):
        sm.Calibration.load(tmp_path / "missing.json")
    (tmp_path / "text.json").write_text("not JSON")
    with pytest.raises(ArtifactError, match="foreign"):
        sm.Calibration.load(tmp_path / "text.json")
    with pytest.raises(ArtifactError, match="cannot be written"):
        fitted(sm.TemperatureScaling(), [[1.0, 0.0]] * 4, [0, 0, 0, 1]).save(tmp_path / "no" / "folder.json")


@pytest.mark.parametrize("name", [name for name in ALL if name not in ("temperature", "ensemble")])
def test_a_good_ranking_with_a_wrong_offset_is_not_thrown_away(name, rng):
    y = (rng.random(3000) < 0.05).astype(int)
    z = rng.normal(1.0 + 1.5 * y)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        after = fitted(ALL[name], z, y)
    best = fitted(sm.VectorScaling(), z, y)
    assert sm.binary_cross_entropy(after.transform(z), y) < sm.binary_cross_entropy(best.transform(z), y) + 0.01 < 0.2


def test_scores_that_repeat_are_dealt_one_by_one(rng):
    # Few trees give few distinct scores; a fold that held all yes of a score would say that it means no.
    z = np.round(rng.normal(size=(4000, 3)))
    y = sm.argmax(z @ (np.eye(3) + np.eye(3, k=1)) + rng.gumbel(size=z.shape))
    jittered = z + 1e-9 * rng.normal(size=z.shape)
    chosen, expected = (fitted(sm.StructuredMatrixScaling(), x, y) for x in (z, jittered))
    assert log_loss(chosen, z, y) < log_loss(expected, z, y) + 1e-3


@every
def test_a_weight_says_how_often_a_row_counts_and_is_never_rescaled(calibration, multiclass, rng):
    z, y = multiclass
    weight = rng.random(len(z))
    weight *= 0.99 / weight.max()
    below, above = (fitted(calibration, z, y, sample_weight=scale * weight) for scale in (1.0, 1.02))
    np.testing.assert_allclose(above.predict_proba(z), below.predict_proba(z), atol=0.02)


def test_weights_on_either_side_of_1_act_alike():
    # Of 40 rows, 30 of them alike: a penalty on the sum of losses outweighs what 40 rows of weight 0.03 say.
    z, y = [[1.0, 0.0]] * 30 + [[0.0, 1.0]] * 10, [0] * 20 + [1] * 10 + [1] * 5 + [0] * 5
    found = []
    for weight in (0.99, 1.01, 0.03, 1.0):
        after = fitted(sm.VectorScaling(C=1.0), z, y, sample_weight=np.full(40, weight))
        found.append(after.predict_proba(z[-1:])[0, 1])
    assert found[0] == pytest.approx(found[1], abs=1e-3)
    assert found[2] > found[3] + 0.01


def test_weights_that_are_shares_of_one_row_are_pointed_out(multiclass):
    z, y = multiclass
    with pytest.warns(CalibrationWarning, match="the weights sum to 0.5, .* multiply them by the number of rows"):
        fitted(sm.TemperatureScaling(), z, y, sample_weight=np.full(len(z), 0.5 / len(z)))


@pytest.mark.parametrize("weights", [0.1, 0.3])
def test_fractional_weights_leave_the_interval_of_venn_abers_finite(binary, rng, weights):
    z, y = binary
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        after = fitted(sm.VennAbers(), z, y, sample_weight=weights + 1.1 * rng.random(len(z)))
    low, high = after.predict_interval(z)
    assert np.all((low >= 0.0) & (low < high) & (high <= 1.0))


@every
def test_half_precision_in_is_half_precision_out(calibration, multiclass):
    z, y = multiclass
    after = fitted(calibration, z, y)
    assert after.transform(z[:3].astype(np.float16)).dtype == np.float16
    assert after.predict_proba(z[:3].astype(np.float16)).dtype == np.float16


def test_what_wraps_others_is_refused_where_it_cannot_work(multiclass):
    for others in ([sm.ProbabilityCalibration(sm.VectorScaling())], [sm.MultilabelCalibration(sm.BetaCalibration())]):
        with pytest.raises(ArgumentError, match="expected calibrations of logits"):
            sm.AutoCalibration(calibrations=others).fit(*multiclass)
    with pytest.raises(ArgumentError, match="expected a list"):
        sm.AutoCalibration(calibrations=sm.VectorScaling()).fit(*multiclass)


def test_a_state_nested_without_end_is_refused():
    state = {"softargmax": "calibration", "format": 1, "method": "auto", "n_logits": 3, "parameters": {}}
    for _ in range(2000):
        state = {**state, "learned": {"calibration_": state, "optimality_": 0.0}}
    with pytest.raises(ArtifactError):
        sm.Calibration.from_state(state)


def test_a_state_for_another_number_of_classes_inside_is_refused(multiclass):
    state = fitted(sm.AutoCalibration(cv=3), *multiclass).to_state().to_json()
    state["values"]["n_logits"] = 5
    with pytest.raises(ArtifactError, match="4 classes in one for 5"):
        sm.Calibration.from_state(state)


def test_rows_of_ruled_out_truths_alone_are_refused():
    with pytest.raises(ArgumentError, match="not ruled out"):
        sm.TemperatureScaling().fit([[0.0, -math.inf]] * 3, [1, 1, 1])


def test_a_loaded_choice_knows_no_contenders(multiclass):
    after = sm.Calibration.from_state(fitted(sm.AutoCalibration(cv=3), *multiclass).to_state())
    assert after.contenders_ == ()


def test_names_of_classes_are_saved(binary, multiclass):
    for z, y, names in ((*binary, ("no", "yes")), (*multiclass, ("a", "b", "c", "d"))):
        before = fitted(sm.TemperatureScaling(), z, y)
        before.classes_ = names
        assert sm.Calibration.from_state(before.to_state()).classes_ == names


def test_an_array_of_penalties_has_a_repr():
    assert "Cs=array" in repr(sm.StructuredMatrixScaling(Cs=np.array([0.1, 1.0])))


@pytest.mark.parametrize(
    ("name", "part", "learned"), [("beta", "arrays", "coefficients_"), ("isotonic", "values", "curves_")]
)
def test_a_state_with_a_map_too_few_is_refused(multiclass, name, part, learned):
    state = fitted(ALL[name], *multiclass).to_state().to_json()
    state[part][learned].pop()
    with pytest.raises(ArtifactError, match="4 maps, one per event, got 3"):
        sm.Calibration.from_state(state)


ALONE = """
import importlib.abc, sys
class OnlyNumPy(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.split(".")[0] in {"scipy", "sklearn", "threadpoolctl", "pandas", "pyarrow", "safetensors", "joblib"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, OnlyNumPy())
import numpy as np, softargmax.calibration, softargmax as sm
rng = np.random.default_rng(0)
three = rng.normal(size=(400, 3))
y3 = sm.argmax(three @ [[1, 0, 0], [0.5, 1, 0], [0, 0, 2]] + rng.gumbel(size=(400, 3)))
one = 2 * rng.normal(size=400) + 1
y2 = (rng.random(400) < sm.sigmoid(one / 2 - 1)).astype(int)
for name in sys.argv[1:]:
    for z, y in ((three, y3), (one, y2)):
        calibration = getattr(softargmax.calibration, name)().fit(z, y)
        loss = sm.cross_entropy(np.log(calibration.predict_proba(z)), y)
        print(name, repr(float(loss)))
"""


def test_every_calibration_is_fitted_with_numpy_alone():
    import subprocess
    import sys

    names = sorted({type(one).__name__ for one in ALL.values()})
    alone, beside = (
        subprocess.run([sys.executable, "-c", code, *names], capture_output=True, text=True, check=True).stdout.split()
        for code in (ALONE, ALONE.replace("sys.meta_path.insert(0, OnlyNumPy())", ""))
    )
    assert alone[::2] == beside[::2]
    assert len(alone) == 4 * len(names)
    np.testing.assert_allclose([float(x) for x in alone[1::2]], [float(x) for x in beside[1::2]], rtol=1e-6)


INTERFACE = {
    "classes_",
    "clone",
    "fit",
    "from_state",
    "get_params",
    "kind",
    "load",
    "predict_proba",
    "save",
    "set_params",
}
INTERFACE |= {"to_state", "transform"}


@every
def test_tab_completion_offers_the_interface_and_little_more(calibration):
    offered = {name for name in dir(type(calibration)) if not name.startswith("_")}
    assert offered >= INTERFACE
    assert offered - INTERFACE <= {"known", "predict_interval", "contenders_", "chosen_"}


def test_a_calibration_is_no_other_one():
    assert not isinstance(sm.MatrixScaling(), sm.VectorScaling)
    assert not isinstance(sm.DirichletCalibration(), sm.StructuredMatrixScaling)


def test_every_calibration_is_found_by_its_kind():
    from softargmax import calibration, kinds

    found = {kind: kinds.class_of(kind) for kind in kinds.names_in("softargmax.calibration")}
    assert [each.kind for each in found.values()] == list(found)
    public = {getattr(calibration, name) for name in calibration.__all__}
    classes = {each for each in public if isinstance(each, type) and issubclass(each, sm.Calibration)}
    assert set(found.values()) == classes - {sm.Calibration}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            lambda: sm.BetaCalibration().from_probabilities(floor=1e-6),
            r"ProbabilityCalibration\(calibration, floor=None",
        ),
        (lambda: sm.BetaCalibration().method, "is now kind"),
        (lambda: sm.AutoCalibration(methods=[sm.BetaCalibration()]), "methods= is now calibrations="),
        (lambda: sm.CalibratedModel(None, method=sm.BetaCalibration()), "method= is now calibration="),
    ],
)
def test_an_old_word_names_the_new_one(old, new):
    with pytest.raises((AttributeError, ArgumentError), match=new):
        old()


@pytest.mark.parametrize("name", ["temperature", "matrix", "structured-vector", "ensemble", "beta"])
def test_the_number_of_threads_changes_no_bit(name, rng):
    z = rng.normal(size=(60_000, 10))  # ten blocks
    y = sm.argmax(2 * z + rng.gumbel(size=z.shape))
    found = []
    before = sm.get_num_threads()
    try:
        for threads in (1, 3):
            sm.set_num_threads(threads)
            found.append(fitted(ALL[name], z, y).to_state())
    finally:
        sm.set_num_threads(before)
    assert found[0] == found[1]


def test_a_temperature_loads_no_random_numbers():
    import subprocess
    import sys

    code = (
        "import sys, numpy; before = set(sys.modules)\n"  # NumPy 1 loads its own
        "import softargmax as sm; sm.TemperatureScaling().fit([[2.0, 0.0]] * 4, [0, 0, 0, 1])\n"
        "assert not {'numpy.random', 'threadpoolctl', 'scipy'} & (set(sys.modules) - before)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
