"""SoftmaxRegression as users meet it: the right optimum, whatever comes in, and honest words about it."""

import warnings

import numpy as np
import pytest
from scipy import sparse
from sklearn.datasets import load_digits, load_iris, make_classification
from sklearn.linear_model import LogisticRegression

import softargmax as sm
from softargmax.exceptions import ArgumentError, ConvergenceWarning, SeparationWarning


def made(n_classes=4, n=600, d=7, seed=0):
    X, y = make_classification(
        n, d, n_informative=d - 1, n_redundant=0, n_classes=n_classes, n_clusters_per_class=1, random_state=seed
    )
    return X * np.logspace(-1, 1, d) + 1, y


def objective(model, X, y, C, l1_ratio=0.0):
    coef = model.coef_.astype(float)
    z = X @ coef.T + model.intercept_
    two = len(coef) == 1
    loss = np.mean(sm.softplus(np.where(y == 1, -z[:, 0], z[:, 0]))) if two else sm.cross_entropy(z, y)
    penalty = (1 - l1_ratio) / 2 * np.sum(coef**2) + l1_ratio * np.abs(coef).sum()
    return loss + (0.0 if np.isinf(C) else penalty / (C * len(y)))


@pytest.mark.parametrize("n_classes", [2, 4])
@pytest.mark.parametrize("C", [1e-3, 1.0, 1e3])
@pytest.mark.parametrize("solver", ["auto", "lbfgs", "newton-cholesky"])
def test_coefficients_agree_with_scikit_learns_converged_ones(n_classes, C, solver):
    X, y = made(n_classes)
    theirs = LogisticRegression(C=C, solver="newton-cholesky", tol=1e-13, max_iter=1000).fit(X, y)
    ours = sm.SoftmaxRegression(C=C, solver=solver, tol=1e-8).fit(X, y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-6)
    np.testing.assert_allclose(ours.intercept_, theirs.intercept_, atol=1e-6)


def test_digits_as_they_are_converge_with_the_defaults_to_the_last_digits():
    X, y = load_digits(return_X_y=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ours = sm.SoftmaxRegression().fit(X, y)
    best = sm.SoftmaxRegression(solver="newton-cholesky", tol=1e-10).fit(X, y)
    np.testing.assert_allclose(ours.coef_, best.coef_, atol=1e-5)
    assert ours.duality_gap_ < 1e-8


@pytest.mark.parametrize("n_classes", [2, 4])
@pytest.mark.parametrize(("l1_ratio", "C"), [(1.0, 0.02), (0.5, 0.02), (1.0, 10.0), (0.3, 10.0)])
def test_corners_are_where_the_optimality_conditions_hold(n_classes, l1_ratio, C):
    X, y = made(n_classes)
    model = sm.SoftmaxRegression(C=C, l1_ratio=l1_ratio, tol=1e-8).fit(X, y)
    codes = np.eye(n_classes)[y] if n_classes > 2 else y[:, np.newaxis]
    p = model.predict_proba(X) if n_classes > 2 else model.predict_proba(X)[:, 1:]
    slope = C * (p - codes).T @ X + (1 - l1_ratio) * model.coef_
    zero = model.coef_ == 0
    assert np.all(np.abs(slope[zero]) <= l1_ratio * (1 + 1e-5))
    np.testing.assert_allclose(slope[~zero], -l1_ratio * np.sign(model.coef_[~zero]), atol=1e-4)
    np.testing.assert_allclose(model.intercept_.sum() if n_classes > 2 else 0.0, 0.0, atol=1e-10)


def test_a_strong_l1_penalty_leaves_the_class_shares_only():
    X, y = made(3)
    model = sm.SoftmaxRegression(C=1e-5, l1_ratio=1.0).fit(X, y)
    assert not model.coef_.any()
    np.testing.assert_allclose(model.predict_proba(X)[0], np.bincount(y) / len(y), rtol=1e-6)


@pytest.mark.parametrize("n_classes", [2, 4])
@pytest.mark.parametrize(("l1_ratio", "fit_intercept"), [(0.0, True), (0.0, False), (0.5, True), (1.0, True)])
@pytest.mark.parametrize("max_iter", [1, 3, 200])
def test_the_duality_gap_bounds_what_is_left(n_classes, l1_ratio, fit_intercept, max_iter):
    X, y = made(n_classes)
    options = {"C": 0.1, "l1_ratio": l1_ratio, "fit_intercept": fit_intercept}
    best = objective(sm.SoftmaxRegression(**options, tol=1e-9).fit(X, y), X, y, 0.1, l1_ratio)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = sm.SoftmaxRegression(**options, max_iter=max_iter).fit(X, y)
    left = objective(model, X, y, 0.1, l1_ratio) - best
    assert left <= model.duality_gap_ + 1e-13
    assert model.duality_gap_ < 1e-4 or max_iter < 200


def test_rows_in_any_form_give_the_same_model():
    X, y = made(n=3000)
    dense = sm.SoftmaxRegression(C=0.1).fit(X, y)

    def batches():
        for start in range(0, len(X), 700):
            yield X[start : start + 700], y[start : start + 700]

    for rows in (sparse.csr_matrix(X), sparse.csc_array(X), np.asfortranarray(X), np.repeat(X, 2, axis=1)[:, ::2]):
        np.testing.assert_allclose(sm.SoftmaxRegression(C=0.1).fit(rows, y).coef_, dense.coef_, rtol=1e-9, atol=1e-12)
    streamed = sm.SoftmaxRegression(C=0.1).fit(batches)
    np.testing.assert_allclose(streamed.coef_, dense.coef_, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(streamed.predict_proba(sparse.csr_array(X)), dense.predict_proba(X), rtol=1e-10)


@pytest.mark.parametrize("l1_ratio", [0.0, 1.0])
def test_the_number_of_threads_changes_no_bit(l1_ratio):
    X, y = made(n=9000)
    before, fits = sm.get_num_threads(), []
    try:
        for threads in (1, 2, 5):
            sm.set_num_threads(threads)
            fits.append(sm.SoftmaxRegression(C=0.1, l1_ratio=l1_ratio).fit(X, y).coef_)
    finally:
        sm.set_num_threads(before)
    assert np.array_equal(fits[0], fits[1])
    assert np.array_equal(fits[0], fits[2])


@pytest.mark.parametrize("l1_ratio", [0.0, 0.5])
def test_float32_stays_float32_and_finds_the_same(l1_ratio):
    X, y = made()
    single = sm.SoftmaxRegression(l1_ratio=l1_ratio).fit(X.astype(np.float32), y)
    double = sm.SoftmaxRegression(l1_ratio=l1_ratio).fit(X.astype(np.float32).astype(float), y)
    assert single.coef_.dtype == single.intercept_.dtype == np.float32
    assert single.optimality_ <= 1e-6
    np.testing.assert_allclose(single.coef_, double.coef_, atol=2e-4)


@pytest.mark.parametrize("kind", ["dense", "sparse", "batches", "l1"])
def test_a_row_of_weight_two_is_two_rows(kind):
    X, y = made()
    weight = np.random.default_rng(0).integers(0, 3, len(y))
    repeated = np.repeat(np.arange(len(y)), weight)
    options = {"C": 0.3, "tol": 1e-9, "l1_ratio": 0.7 if kind == "l1" else 0.0}
    rows = sparse.csr_matrix(X) if kind == "sparse" else X
    if kind == "batches":
        model = sm.SoftmaxRegression(**options).fit(
            lambda: ((X[i : i + 100], y[i : i + 100], weight[i : i + 100]) for i in range(0, len(y), 100))
        )
    else:
        model = sm.SoftmaxRegression(**options).fit(rows, y, sample_weight=weight)
    plain = sm.SoftmaxRegression(**options).fit(X[repeated], y[repeated])
    np.testing.assert_allclose(model.coef_, plain.coef_, rtol=1e-6, atol=1e-8)


def test_balanced_classes_in_batches_are_balanced_over_all_of_them():
    X, y = made(3)
    order = np.argsort(y)  # every batch has one or two classes only
    X, y = X[order], y[order]
    whole = sm.SoftmaxRegression(class_weight="balanced").fit(X, y)
    parts = sm.SoftmaxRegression(class_weight="balanced").fit(
        lambda: ((X[i : i + 150], y[i : i + 150]) for i in range(0, len(y), 150))
    )
    np.testing.assert_allclose(parts.coef_, whole.coef_, rtol=1e-9)


@pytest.mark.parametrize("C", [1.0, np.inf])
def test_correlated_constant_and_repeated_columns_converge_as_they_are(C):
    rng = np.random.default_rng(0)
    Z = rng.normal(size=(2000, 12))
    y = (Z @ rng.normal(size=(12, 3)) + rng.gumbel(size=(2000, 3))).argmax(axis=1)
    rotation = np.linalg.qr(rng.normal(size=(12, 12)))[0]
    X = (Z * np.logspace(0, -6, 12)) @ rotation
    X = np.column_stack([X, X[:, 0], X[:, 1] + X[:, 2], np.full(2000, 7.0), 1e6 + 1e3 * Z[:, 3]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = sm.SoftmaxRegression(C=C).fit(X, y)
    assert model.optimality_ <= 1e-6
    assert not model.coef_[:, -2].any()
    if np.isinf(C):
        best = sm.SoftmaxRegression(C=np.inf).fit(Z, y)
        np.testing.assert_allclose(model.predict_proba(X), best.predict_proba(Z), atol=2e-5)


def test_the_budget_that_ends_first_says_how_far_it_is_and_what_to_do():
    X, y = made()
    with pytest.warns(ConvergenceWarning, match=r"stopped after 3 iterations .* at most .* too high; raise max_iter"):
        sm.SoftmaxRegression(C=1e-3, max_iter=3).fit(X, y)


def test_classes_without_overlap_are_said_to_be():
    X, y = load_iris(return_X_y=True)
    with pytest.warns(SeparationWarning, match="infinite"):
        sm.SoftmaxRegression(C=np.inf).fit(X[:100], y[:100])


@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_column_that_gives_a_class_away_is_found_though_the_rest_overlap(rng, n_classes):
    X = np.column_stack([rng.normal(size=(300, 2)), rng.random(300) < 0.2])
    y = (X[:, 0] + rng.normal(size=300) > 0).astype(int)
    y[X[:, 2] > 0] = 1
    if n_classes == 3:
        y = np.where(y == 1, rng.integers(1, 3, 300), 0)
    with pytest.warns(SeparationWarning, match="infinite"):
        sm.SoftmaxRegression(C=np.inf).fit(X, y)


def test_steep_but_overlapping_classes_are_not_called_separable(rng):
    X = rng.normal(size=(3000, 3))
    y = (X @ [12, 0, 0] + rng.logistic(size=3000) > 0).astype(int)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sm.SoftmaxRegression(C=np.inf).fit(X, y)


def test_warm_start_goes_on_where_the_last_fit_ended():
    X, y = made()
    model = sm.SoftmaxRegression(warm_start=True).fit(X, y)
    first = model.n_iter_
    assert model.fit(X, y).n_iter_ <= 1 < first
    cold = sm.SoftmaxRegression(C=2.0).fit(X, y)
    np.testing.assert_allclose(model.set_params(C=2.0).fit(X, y).coef_, cold.coef_, atol=1e-6)
    model.fit(X[:, :3], y)  # another shape begins anew


def test_a_warm_start_from_coefficients_with_a_common_part_finds_the_same():
    X, y = made()
    model = sm.SoftmaxRegression(l1_ratio=1.0, C=0.1, warm_start=True).fit(X, y)
    assert np.abs(model.coef_.sum(axis=0)).max() > 1e-3
    cold = sm.SoftmaxRegression(C=0.1).fit(X, y)
    np.testing.assert_allclose(model.set_params(l1_ratio=0.0).fit(X, y).coef_, cold.coef_, atol=1e-6)


def test_the_solver_says_why_it_was_chosen():
    X, y = made()
    assert sm.SoftmaxRegression().fit(X, y).solver_.startswith("lbfgs: in the metric of")
    assert sm.SoftmaxRegression(l1_ratio=1.0).fit(X, y).solver_.startswith("newton-cd: the L1 penalty")
    with pytest.raises(ArgumentError, match='expected "newton-cd"'):
        sm.SoftmaxRegression(l1_ratio=1.0, solver="lbfgs").fit(X, y)
    with pytest.raises(ArgumentError, match="solver: expected one of"):
        sm.SoftmaxRegression(solver="saga").fit(X, y)


def test_coefficients_cannot_be_overwritten_in_vain():
    X, y = made()
    with pytest.raises(ValueError, match="read-only"):
        sm.SoftmaxRegression().fit(X, y).coef_[:] = 0


def test_a_warm_start_that_is_worse_than_none_is_dropped(rng):
    X = rng.normal(size=(200, 3))
    y = (X[:, 0] + rng.normal(size=200) > 0).astype(int)
    model = sm.SoftmaxRegression(warm_start=True, C=1e6).fit(X * 1e-3, y)
    cold = sm.SoftmaxRegression().fit(X * 1e3, y)
    np.testing.assert_allclose(model.set_params(C=1.0).fit(X * 1e3, y).coef_, cold.coef_, atol=1e-9)
    model = sm.SoftmaxRegression(warm_start=True, C=np.inf).fit([[0.0], [1e-8], [2e-8], [3e-8]], [0, 1, 0, 1])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.fit([[0.0], [1e8], [2e8], [3e8]], [0, 1, 0, 1])


@pytest.mark.parametrize("options", [{}, {"l1_ratio": 1.0}, {"fit_intercept": False}])
def test_nothing_to_learn_is_learned_at_once(rng, options):
    X = np.tile(rng.normal(size=(7, 2)), (3, 1))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = sm.SoftmaxRegression(**options).fit(X, np.repeat(np.arange(3), 7))
    assert model.n_iter_ < 5
    np.testing.assert_allclose(model.predict_proba(X), 1 / 3, rtol=1e-6)


@pytest.mark.parametrize("l1_ratio", [0.0, 0.5])
def test_single_precision_gives_way_to_double_where_it_has_nothing_to_say(l1_ratio):
    X, y = made(n=2000)
    model = sm.SoftmaxRegression(tol=1e-9, l1_ratio=l1_ratio).fit(X.astype(np.float32), y)
    assert model.optimality_ <= 1e-9
    assert model.n_iter_ < 200


def test_the_gap_of_single_precision_is_a_bound_too():
    for seed in range(10):
        X, y = made(3, n=200, seed=seed)
        X = X.astype(np.float32)
        best = objective(sm.SoftmaxRegression(tol=1e-10).fit(X.astype(float), y), X.astype(float), y, 1.0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model = sm.SoftmaxRegression(max_iter=6).fit(X, y)
        (weight,), ((bias,),) = model.network_.weights, model.network_.biases
        z = (X.astype(float) - model.network_.mean) / model.network_.scale @ weight + bias
        penalty = 0.5 * np.sum((weight / model.network_.scale[:, np.newaxis]) ** 2) / len(y)
        assert sm.cross_entropy(z, y) + penalty - best <= model.duality_gap_ + 1e-15


def test_single_precision_ends_where_double_does():
    X, y = made(4, n=4000)
    X = X.astype(np.float32)
    single, double = (sm.SoftmaxRegression(tol=1e-10).fit(rows, y).network_ for rows in (X, X.astype(np.float64)))
    ends = [network.weights[0] / network.scale[:, np.newaxis] for network in (single, double)]
    np.testing.assert_allclose(*ends, rtol=1e-10, atol=1e-11)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_rows_may_lie_at_any_byte(dtype):
    X, y = made(n=300)
    X = X.astype(dtype)
    odd = np.frombuffer(b"?" + X.tobytes(), np.uint8)[1:].view(dtype).reshape(X.shape)
    assert not odd.flags.aligned
    np.testing.assert_array_equal(sm.SoftmaxRegression().fit(odd, y).coef_, sm.SoftmaxRegression().fit(X, y).coef_)


def test_rows_and_batches_without_a_number_in_them_are_no_obstacle():
    y = np.arange(20) % 2
    model = sm.SoftmaxRegression().fit(sparse.csr_matrix((20, 3)), y)
    assert not model.coef_.any()
    np.testing.assert_allclose(model.predict_proba(sparse.csr_matrix((2, 3))), 0.5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("factor", [1e-200, 1e-60, 1e60, 1e200])
def test_only_the_product_of_weights_and_strength_matters(dtype, factor):
    X, y = made()
    weight = np.linspace(1, 2, len(y))
    plain = sm.SoftmaxRegression().fit(X.astype(dtype), y, weight)
    scaled = sm.SoftmaxRegression(C=1 / factor).fit(X.astype(dtype), y, weight * factor)
    np.testing.assert_allclose(scaled.coef_, plain.coef_, rtol=1e-3, atol=1e-5)


def test_numbers_too_large_or_small_for_each_other_are_refused():
    X, y = made()
    with pytest.raises(ArgumentError, match="whose sum is finite"):
        sm.SoftmaxRegression().fit(X, y, np.full(len(y), 1e308))
    for C, weight in ((1e-320, 1.0), (1.0, 1e-320)):
        with pytest.raises(ArgumentError, match="neither 0 nor infinite"):
            sm.SoftmaxRegression(C=C).fit(X, y, np.full(len(y), weight))


def test_a_feature_too_small_to_be_squared_counts_as_constant(rng):
    X = rng.normal(size=(200, 3))
    y = (X[:, 0] > 0).astype(int)
    X[:, 2] *= 1e-155
    model = sm.SoftmaxRegression().fit(X, y)
    assert model.coef_[0, 0] > 1
    assert model.coef_[0, 2] == 0
    assert np.isfinite(model.loss_)


def test_solvers_that_are_asked_for_too_much_say_so(rng):
    wide, many = (rng.normal(size=(60, 2100)), np.arange(60) % 2), (rng.normal(size=(1400, 20)), np.arange(1400) % 700)
    for solver, (X, y) in (("newton-cd", wide), ("newton-cd", many), ("newton-cholesky", many)):
        with pytest.raises(ArgumentError, match=r"built for up to|at most 10000"):
            sm.SoftmaxRegression(solver=solver).fit(X, y)


class TestBatches:
    def test_memory_that_is_filled_again_for_every_batch_is_read_in_time(self):
        X, y = made(3, n=6000)

        def batches():
            memory = np.empty((1000, X.shape[1]))
            for start in range(0, len(X), 1000):
                memory[:] = X[start : start + 1000]
                yield memory, y[start : start + 1000]

        model = sm.SoftmaxRegression().fit(batches)
        np.testing.assert_allclose(model.coef_, sm.SoftmaxRegression().fit(X, y).coef_, rtol=1e-9)

    def test_empty_batches_and_those_without_weight_are_passed_over(self):
        X, y = made()
        weight = np.ones(600)
        weight[:200] = 0.0

        def batches():
            yield X[:200], y[:200], weight[:200]
            yield X[:0], y[:0], weight[:0]
            yield X[200:], y[200:, np.newaxis], weight[200:]

        model = sm.SoftmaxRegression().fit(batches)
        np.testing.assert_allclose(model.coef_, sm.SoftmaxRegression().fit(X, y, weight).coef_, rtol=1e-9)

    def test_a_class_without_weight_may_have_a_class_weight(self):
        X, y = made(3)
        weight = (y != 2).astype(float)
        for class_weight in ("balanced", {0: 1.0, 1: 2.0, 2: 3.0}):
            options = {"class_weight": class_weight}
            streamed = sm.SoftmaxRegression(**options).fit(lambda: [(X, y, weight)])
            whole = sm.SoftmaxRegression(**options).fit(X, y, weight)
            np.testing.assert_allclose(streamed.coef_, whole.coef_, rtol=1e-6, atol=1e-9)

    def test_labels_that_change_between_passes_are_refused(self):
        X, y = made()

        def changing():
            n = next(counts)
            yield X, np.where(np.arange(600) < n, 0, y)

        counts = iter([10, 300])
        with pytest.raises(ArgumentError, match="other labels or weights"):
            sm.SoftmaxRegression().fit(changing)

    def test_labels_of_two_kinds_are_refused(self):
        X, y = made()
        with pytest.raises(sm.exceptions.LabelError, match="one type in all batches"):
            sm.SoftmaxRegression().fit(lambda: [(X, y), (X, y.astype(str))])

    def test_a_function_that_gives_nothing_is_refused(self):
        with pytest.raises(ArgumentError, match="gave NoneType"):
            sm.SoftmaxRegression().fit(lambda: None)

    def test_what_can_be_read_once_only_is_refused(self):
        X, y = made()
        with pytest.raises(ArgumentError, match="got an iterator, which can be read only once"):
            sm.SoftmaxRegression().fit(iter([(X, y)]))

    def test_batches_that_change_between_passes_are_refused(self):
        X, y = made()
        lengths = iter([600, 500])

        def batches():
            n = next(lengths)
            yield X[:n], y[:n]

        with pytest.raises(ArgumentError, match="got 500 rows after 600"):
            sm.SoftmaxRegression().fit(batches)

    def test_batches_of_another_form_are_refused(self):
        X, y = made()
        for batches, message in (
            (lambda: [X], "tuples"),
            (lambda: [], "got none"),
            (lambda: [(X, y), (sparse.csr_matrix(X), y)], "all dense or all sparse"),
            (lambda: [(X, np.column_stack([y, y]))], "one target column"),
        ):
            with pytest.raises(ArgumentError, match=message):
                sm.SoftmaxRegression().fit(batches)
        with pytest.raises(ArgumentError, match="expected None"):
            sm.SoftmaxRegression().fit(lambda: [(X, y)], y)
        with pytest.raises(ArgumentError, match="third part"):
            sm.SoftmaxRegression().fit(lambda: [(X, y)], sample_weight=np.ones(600))

    def test_sparse_batches_are_read_as_sparse_rows_in_memory(self):
        X, y = made()
        X[np.abs(X) < 1] = 0
        whole = sm.SoftmaxRegression().fit(sparse.csr_matrix(X), y)
        parts = sm.SoftmaxRegression().fit(
            lambda: ((sparse.csr_matrix(X[i : i + 90]), y[i : i + 90]) for i in range(0, 600, 90))
        )
        np.testing.assert_allclose(parts.coef_, whole.coef_, rtol=1e-10, atol=1e-13)


class TestParquet:
    @pytest.fixture
    def write(self, tmp_path):
        pa = pytest.importorskip("pyarrow")
        import pyarrow.parquet as pq

        def write(columns):
            path = tmp_path / "rows.parquet"
            pq.write_table(pa.table(columns), path, row_group_size=128)
            return path

        return write

    def test_a_path_is_read_as_the_arrays_in_it(self, write):
        X, y = made()
        labels = np.array(["a", "b", "c", "d"])[y]
        path = write({f"x{j}": column for j, column in enumerate(X.T)} | {"label": labels})
        model = sm.SoftmaxRegression().fit(path, "label")
        np.testing.assert_allclose(model.coef_, sm.SoftmaxRegression().fit(X, labels).coef_, rtol=1e-10)
        assert model.classes_.tolist() == ["a", "b", "c", "d"]

    def test_files_that_do_not_fit_are_refused(self, write, tmp_path):
        numbers = np.arange(10.0)
        path = write({"x": numbers, "word": ["a"] * 10, "y": [0, 1] * 5})
        for target, error in (("z", "no column 'z'"), ("y", "'word' holds string")):
            with pytest.raises(sm.exceptions.TableError, match=error):
                sm.SoftmaxRegression().fit(path, target)
        path = write({"x": [None, *numbers[1:]], "y": [0, 1] * 5})
        with pytest.raises(sm.exceptions.TableError, match="missing"):
            sm.SoftmaxRegression().fit(str(path), "y")
        with pytest.raises(ArgumentError, match="name of the target column"):
            sm.SoftmaxRegression().fit(path)
        with pytest.raises(sm.exceptions.TableError, match="Parquet"):
            sm.SoftmaxRegression().fit(tmp_path / "nothing.parquet", "y")


class TestPath:
    def test_every_point_is_the_fit_it_stands_for(self):
        X, y = made(3)
        model = sm.SoftmaxRegression(C=7.0)
        path = model.path(X, y, [10.0, 0.1, 1.0])
        assert path.Cs.tolist() == [0.1, 1.0, 10.0]
        for C, coef, intercept in zip(path.Cs, path.coefs, path.intercepts, strict=True):
            alone = sm.SoftmaxRegression(C=C).fit(X, y)
            np.testing.assert_allclose(coef, alone.coef_, atol=1e-5)
            np.testing.assert_allclose(intercept, alone.intercept_, atol=1e-5)
        assert np.all(np.diff(path.losses) < 0)
        assert not hasattr(model, "classes_")

    def test_an_l1_path_begins_at_nothing(self):
        X, y = made(3)
        path = sm.SoftmaxRegression(l1_ratio=1.0).path(X, y, np.logspace(-5, 0, 6))
        sizes = np.count_nonzero(path.coefs, axis=(1, 2))
        assert sizes[0] == 0
        assert sizes[-1] > 10

    def test_fits_that_stop_short_are_counted(self):
        with pytest.warns(ConvergenceWarning, match="3 of 3 fits along the path stopped short"):
            sm.SoftmaxRegression(max_iter=1).path(*made(), 3)

    def test_strengths_that_are_none_are_refused(self):
        for Cs in ([], [0.0], 0, "abc"):
            with pytest.raises(ArgumentError, match="Cs"):
                sm.SoftmaxRegression().path(*made(), Cs)


class TestCrossValidation:
    def test_the_strength_with_the_lowest_loss_held_out_is_taken(self):
        X, y = made(3)
        model = sm.SoftmaxRegressionCV(Cs=[1e-3, 1.0, 1e3], cv=4).fit(X, y)
        assert model.losses_.shape == (4, 3)
        assert model.Cs_[model.losses_.mean(axis=0).argmin()] == model.C_
        np.testing.assert_allclose(model.coef_, sm.SoftmaxRegression(C=model.C_).fit(X, y).coef_)

    def test_a_fold_is_judged_by_what_the_others_taught(self):
        X, y = made(2)
        fold = np.arange(600) < 200
        model = sm.SoftmaxRegressionCV(Cs=[0.5], cv=[(np.flatnonzero(~fold), np.flatnonzero(fold))]).fit(X, y)
        z = sm.SoftmaxRegression(C=0.5).fit(X[~fold], y[~fold]).decision_function(X[fold])
        assert model.losses_[0, 0] == pytest.approx(np.mean(sm.softplus(np.where(y[fold] == 1, -z, z))))

    def test_rows_held_out_that_weigh_nothing_say_nothing(self):
        X, y = made(2)
        weight = np.ones(600)
        weight[:200] = 0.0
        folds = [(np.arange(200, 600), np.arange(200)), (np.arange(400), np.arange(400, 600))]
        model = sm.SoftmaxRegressionCV(Cs=[1e-3, 1.0], cv=folds).fit(X, y, weight)
        assert np.isnan(model.losses_[0]).all()
        assert model.Cs_[model.losses_[1].argmin()] == model.C_

    def test_single_precision_far_from_zero_chooses_as_double_does(self, rng):
        X = (rng.normal(size=(3000, 2)) * 3 + 1e6).astype(np.float32)
        y = (X[:, 0] - 1e6 + rng.normal(size=3000) > 0).astype(int)
        single, double = (sm.SoftmaxRegressionCV(Cs=[1e-3, 1.0, 1e3]).fit(rows, y) for rows in (X, X.astype(float)))
        np.testing.assert_allclose(single.losses_, double.losses_, rtol=1e-4)

    def test_batches_are_refused(self):
        for rows in (iter([]), lambda: []):
            with pytest.raises(ArgumentError, match="X: expected arrays"):
                sm.SoftmaxRegressionCV().fit(rows)

    def test_a_class_that_is_missing_from_a_fold_is_said_to_be(self):
        X, y = made(2)
        y[:] = 0
        y[:2] = 1
        folds = [(np.arange(2, 600), np.arange(2))]
        with pytest.raises(ArgumentError, match="every class in every fold"):
            sm.SoftmaxRegressionCV(cv=folds).fit(X, y)


# UCLA, "Multinomial logistic regression, R data analysis examples": 200 pupils, from hsbdemo. Program (Academic, General,
# Vocation), socio-economic status (low, middle, high), writing score.
HSB = [
    "Vl35",
    "Gm33",
    "Vh39",
    "Vl37",
    "Vm31",
    "Gh36",
    "Vm36",
    "Vm31",
    "Vm41",
    "Vm37",
    "Vl44",
    "Ah33",
    "Vl31",
    "Vm44",
    "Vl35",
    "Gl44",
    "Gl46",
    "Vm46",
    "Am46",
    "Vh49",
    "Gm39",
    "Vm44",
    "Vl47",
    "Vl44",
    "Al37",
    "Ah38",
    "Gl49",
    "Gm44",
    "Al41",
    "Al50",
    "Gm44",
    "Vl39",
    "Al40",
    "Al46",
    "Vm41",
    "Vm39",
    "Vm33",
    "Ah59",
    "Gl41",
    "Am47",
    "Gm31",
    "Ah42",
    "Al55",
    "Vh40",
    "Al44",
    "Vl54",
    "Vm46",
    "Gl54",
    "Vm42",
    "Am49",
    "Am41",
    "Vm41",
    "Gl44",
    "Al57",
    "Am52",
    "Gl49",
    "Ah41",
    "Gh57",
    "Vl62",
    "Gh33",
    "Vm54",
    "Am40",
    "Ah52",
    "Vm57",
    "Vm49",
    "Vm46",
    "Gl57",
    "Am49",
    "Am52",
    "Gm53",
    "Ah54",
    "Am57",
    "Ah41",
    "Gl52",
    "Vm57",
    "Gl54",
    "Vm52",
    "Gm52",
    "Gm44",
    "Am46",
    "Vl49",
    "Am54",
    "Ah52",
    "Gl44",
    "Vh49",
    "Al46",
    "Gm54",
    "Gm39",
    "Gm59",
    "Vm45",
    "Vh52",
    "Gh54",
    "Vh44",
    "Am50",
    "Vm62",
    "Gm59",
    "Am52",
    "Vm52",
    "Vm46",
    "Gm41",
    "Am52",
    "Vm52",
    "Vm55",
    "Vm41",
    "Gm49",
    "Al59",
    "Gl54",
    "Gm54",
    "Ah59",
    "Am55",
    "Al62",
    "Am54",
    "Am54",
    "Am54",
    "Am59",
    "Vm57",
    "Ah61",
    "Ah52",
    "Am59",
    "Am62",
    "Vl60",
    "Am59",
    "Am65",
    "Ah61",
    "Am59",
    "Ah59",
    "Am59",
    "Am59",
    "Am65",
    "Ah57",
    "Am59",
    "Ah49",
    "Gl49",
    "Ah59",
    "Am62",
    "Gh59",
    "Am54",
    "Ah63",
    "Al43",
    "Ah54",
    "Ah52",
    "Al57",
    "Gm57",
    "Gm57",
    "Am61",
    "Gm62",
    "Gm62",
    "Gl65",
    "Am57",
    "Am59",
    "Am59",
    "Ah62",
    "Am65",
    "Vm62",
    "Gl62",
    "Am62",
    "Ah54",
    "Ah62",
    "Al65",
    "Ah62",
    "Gh67",
    "Gh65",
    "Al60",
    "Ah59",
    "Am59",
    "Vm59",
    "Gh65",
    "Ah62",
    "Ah65",
    "Gh59",
    "Gl59",
    "Ah61",
    "Al65",
    "Vh67",
    "Ah65",
    "Al65",
    "Am67",
    "Al65",
    "Al62",
    "Ah52",
    "Ah63",
    "Am59",
    "Ah65",
    "Gm59",
    "Ah67",
    "Ah67",
    "Ah60",
    "Ah67",
    "Ah62",
    "Am54",
    "Ah65",
    "Ah62",
    "Am59",
    "Ah60",
    "Ah63",
    "Ah65",
    "Vm63",
    "Am67",
    "Am65",
    "Am62",
]


class TestSummary:
    @pytest.fixture
    def hsb(self):
        X = np.array([[row[1] == "m", row[1] == "h", int(row[2:])] for row in HSB], float)
        return X, np.array([row[0] for row in HSB])

    def test_it_is_the_published_one(self, hsb):
        summary = sm.SoftmaxRegression(C=np.inf).fit(*hsb).summary()
        assert summary.deviance == pytest.approx(359.9634524301854, rel=1e-12)
        assert summary.aic == pytest.approx(375.9634524301854, rel=1e-12)
        assert summary.classes == ("G", "V")
        assert summary.reference == "A"
        np.testing.assert_allclose(
            summary.coef,
            [[-0.5332810, -1.1628226, -0.0579287, 2.852198], [0.2913859, -0.9826649, -0.1136037, 5.218260]],
            atol=1e-4,  # as far as nnet's multinom goes
        )
        np.testing.assert_allclose(
            summary.standard_error,
            [[0.4437323, 0.5142196, 0.02141097, 1.166441], [0.4763739, 0.5955665, 0.02221996, 1.163552]],
            atol=2e-5,
        )
        assert "V against A" in str(summary)

    def test_another_reference_turns_the_comparison_round(self, hsb):
        model = sm.SoftmaxRegression(C=np.inf).fit(*hsb)
        one, other = model.summary(), model.summary(reference="V")
        np.testing.assert_allclose(other.coef[0], -one.coef[1])
        np.testing.assert_allclose(other.standard_error[0], one.standard_error[1])

    def test_one_sigmoid_and_a_softmax_of_two_say_the_same(self, hsb):
        X, y = hsb
        keep = y != "V"
        sigmoid, softmax = (
            sm.SoftmaxRegression(C=np.inf, output=output).fit(X[keep], y[keep]).summary()
            for output in ("sigmoid", "softmax")
        )
        np.testing.assert_allclose(sigmoid.coef, softmax.coef, rtol=1e-5)
        np.testing.assert_allclose(sigmoid.standard_error, softmax.standard_error, rtol=1e-5)
        assert sigmoid.mcfadden_r2 == pytest.approx(softmax.mcfadden_r2)

    def test_intervals_are_coefficients_and_their_errors(self, hsb):
        summary = sm.SoftmaxRegression(C=np.inf).fit(*hsb).summary(confidence=0.9)
        np.testing.assert_allclose(summary.high - summary.coef, 1.6448536 * summary.standard_error, rtol=1e-7)
        np.testing.assert_allclose(summary.p_value[0, 2], 0.006818902, rtol=1e-4)

    def test_the_old_word_for_confidence_is_refused_by_name(self, hsb):
        with pytest.raises(sm.exceptions.RenamedError, match="level= is now confidence="):
            sm.SoftmaxRegression(C=np.inf).fit(*hsb).summary(level=0.9)

    def test_what_has_no_standard_errors_is_refused(self, hsb):
        X, y = hsb
        with pytest.raises(ArgumentError, match="expected a fit with C=inf"):
            sm.SoftmaxRegression().fit(X, y).summary()
        for reference in ("Z", np.array(["G", "V"])):
            with pytest.raises(ArgumentError, match="reference"):
                sm.SoftmaxRegression(C=np.inf).fit(X, y).summary(reference=reference)
        with pytest.raises(ArgumentError, match="got one with C=1"):
            sm.SoftmaxRegression().fit(X, y).set_params(C=np.inf).summary()
        with pytest.raises(ArgumentError, match="got 2; fit each alone"):
            sm.SoftmaxRegression(C=np.inf).fit(X, np.column_stack([y == "G", y == "V"]).astype(int)).summary()
        twice = np.column_stack([X, X[:, 2]])
        with pytest.raises(ArgumentError, match="combinations"):
            sm.SoftmaxRegression(C=np.inf).fit(twice, y).summary()
        constant = np.column_stack([X, np.ones(len(X))])
        with pytest.raises(ArgumentError, match="features that vary"):
            sm.SoftmaxRegression(C=np.inf).fit(constant, y).summary()

    def test_it_agrees_with_statsmodels(self):
        import statsmodels.api as statsmodels

        data = statsmodels.datasets.anes96.load_pandas()
        model = sm.SoftmaxRegression(C=np.inf, tol=1e-9).fit(data.exog, data.endog.astype(int))
        summary = model.summary()
        assert summary.log_likelihood == pytest.approx(-1461.922747, abs=1e-6)
        theirs = statsmodels.MNLogit(data.endog, statsmodels.add_constant(data.exog)).fit(disp=0, tol=1e-12)
        params, errors = theirs.params.to_numpy().T, theirs.bse.to_numpy().T
        np.testing.assert_allclose(summary.coef, np.roll(params, -1, axis=1), rtol=1e-5, atol=1e-7)
        np.testing.assert_allclose(summary.standard_error, np.roll(errors, -1, axis=1), rtol=1e-5)
