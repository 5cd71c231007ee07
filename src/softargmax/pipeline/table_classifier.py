"""The estimator for tables: scikit-learn's contract on what `softargmax fit` does."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, Self, TypeVar

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import _check_sample_weight, validate_data

from softargmax import exceptions
from softargmax._arrays import Array
from softargmax._progress import ProgressCallback
from softargmax._renamed import renamed
from softargmax._scikit_learn import NotFittedError, TableError
from softargmax.exceptions import ArgumentError
from softargmax.pipeline.costs import Costs
from softargmax.pipeline.deciding import Decided
from softargmax.pipeline.fitting import fit_table
from softargmax.pipeline.given_tables import is_matrix, with_labels
from softargmax.pipeline.preparing import FitPlan, plan_fit
from softargmax.pipeline.records import FitOptions, ModelName
from softargmax.pipeline.table_model import TableModel
from softargmax.tables.doors.frames import as_arrow, is_in_memory
from softargmax.tables.opening import Table, open_table
from softargmax.tables.reading import Reading

Result = TypeVar("Result")

_OPTIONS = tuple(field.name for field in fields(FitOptions))
# What a user may say about how a table is read; the rest of a reading is known to a model only.
_READING = (
    "encoding", "delimiter", "decimal", "header", "header_lines", "skip_rows", "comment", "index", "missing",
    "date_order", "calendar", "member", "sheet", "table", "query",
)  # fmt: skip


class TableClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Learn a class from the other columns of a table, and say how sure it is.

    It decides what every column is, trains a model on one part of the rows, calibrates it on a second, scores it on a
    third that nothing else has seen, and lets one learn from all rows in the same way; or leaves every row out once
    (`folds`). ``model_.record.split.meaning`` says for which rows the score holds. The parameters have the names of the
    options of ``softargmax fit``.

    Parameters
    ----------
    model : {"auto", "mlp", "regression", "trees", "ensemble"}, default "auto"
        A network with hidden layers, softmax regression, boosted trees, or all three, whose weights rows left out
        choose ("ensemble"). "auto" is an ensemble too, but for trees where these would take too long. "mlp" takes a
        sixth to a half of the time, "regression" far less.
        ``model_.record.choice`` says in a sentence which members were taken, and why.
    hidden_layer_sizes : tuple of int, default (256, 256)
        Units per hidden layer.
    max_epochs : int, default 100
        How often the network sees the data at most.
    time_limit : float, optional
        Seconds after which the fit should be done. Softmax regression comes first, then trees, then the network, each
        as far as there is time. If there is time after that, weights of few rows are found by fits that leave folds
        out, and the model learns from all rows. Which fit it was then depends on how fast the machine is.
    balanced : bool, default False
        Whether every class counts the same, however rare it is.
    weight : str, optional
        The column that says how often each row counts.
    group : str, optional
        The column whose equal values stay together, such as the name of a patient: all rows of one are learned from, or
        calibrated on, or scored. The score is then for patients that the model has not seen, and its intervals count
        patients instead of rows. A row without a value is a group of its own.
    time : str, optional
        The column that says when a row is from, dates or numbers: the newest rows are scored, those before them
        calibrate, and rows of one time stay together. A row without a value counts as the oldest. With `group` too, a
        group is as new as its last row.
    folds : int, optional
        Keep no rows aside, but leave every row out of one of so many fits: score and calibration are made of what these
        say of the rows that they left out, and the model learns from all rows in the same way. With `time`, every fit
        learns from the rows before those it is asked about, and the oldest rows are not scored.
    drop : sequence of str, default ()
        Columns to leave out.
    kinds : dict, optional
        What columns hold, where that is not to be found out: "number", "boolean", "category", "date" or "text". The
        columns of groups and times are left out of the features unless they are named here.
    calibration_fraction, score_fraction : float, default 0.1
        Shares of the rows that are kept aside to calibrate and to score on; not used with `folds`.
    confidence : float, optional
        Promise sets of classes that hold the true one so often, such as 0.95; `decide` gives them.
    risk : float, optional
        Promise that at most this share of the answers is wrong, such as 0.02, with a confidence of 95 %; `decide`
        leaves rows without an answer for it.
    positive : str, optional
        Choose a threshold that tells this class from all others; `decide` takes it.
    recall : float, optional
        Promise that this share of the rows of that class is found. Without it F1 is made as large as it can be.
    promise_fraction : float, default 0.2
        Share of the rows that is kept aside for these promises, of which each gets the same part. They are drawn
        whatever their class, and neither train nor calibrate nor score.
    refit : bool, default True
        Whether the model that is kept learns from all rows in the end, in the same way as the one that was scored and
        for as many epochs. With False it is the very model that was scored, made of some of the rows in half the time;
        so it is with a confidence or a risk too, because a promise belongs to the model it was made with.
    random_state : int, default 0
        Decides everything random.
    encoding, delimiter, decimal, header, header_lines, skip_rows, comment, index, date_order, calendar : optional
        How files of text, and dates in text, are read, as in `softargmax.tables.reading.Reading`; what is not said is
        found out.
    missing : sequence of str, optional
        What stands for a missing value in any column, beside an empty cell; beside numbers and dates more is known.
    member, sheet, table, query : optional
        Which file of an archive; which sheet of a workbook; which table of a database, or what to ask it.

    Attributes
    ----------
    model_ : TableModel
        What was learned. It predicts without scikit-learn, and can be saved.
    classes_ : ndarray, shape (n_classes,)
        The labels, in the order of the columns of probabilities.
    n_features_in_ : int
        How many columns the table had beside the target.
    feature_names_in_ : ndarray of str
        Their names, unless it was a matrix, which has none.

    See Also
    --------
    TableModel : predicts, evaluates, reads and writes files.
    SoftmaxMLP, SoftmaxRegression : the same models for feature matrices.

    Examples
    --------
    >>> import softargmax as sm
    >>> rows = {"size": [0.5, 0.7, 2.1, 2.2] * 10, "animal": ["cat", "cat", "dog", "dog"] * 10}
    >>> classifier = sm.TableClassifier(model="regression").fit(rows, target="animal")
    >>> classifier.predict({"size": [0.4, 2.5]})
    array(['cat', 'dog'], dtype='<U3')
    """

    def __init__(
        self,
        model: ModelName = "auto",
        *,
        hidden_layer_sizes: Sequence[int] = (256, 256),
        max_epochs: int = 100,
        time_limit: float | None = None,
        balanced: bool = False,
        weight: str | None = None,
        group: str | None = None,
        time: str | None = None,
        folds: int | None = None,
        drop: Sequence[str] = (),
        kinds: Mapping[str, str] | None = None,
        calibration_fraction: float = 0.1,
        score_fraction: float = 0.1,
        confidence: float | None = None,
        risk: float | None = None,
        positive: str | None = None,
        recall: float | None = None,
        promise_fraction: float = 0.2,
        refit: bool = True,
        random_state: int = 0,
        encoding: str | None = None,
        delimiter: str | None = None,
        decimal: str | None = None,
        header: bool | None = None,
        header_lines: int | None = None,
        skip_rows: int | None = None,
        comment: str | None = None,
        index: bool | None = None,
        missing: Sequence[str] | None = None,
        date_order: str | None = None,
        calendar: str | None = None,
        member: str | None = None,
        sheet: str | None = None,
        table: str | None = None,
        query: str | None = None,
    ) -> None:
        self.model = model
        self.hidden_layer_sizes = hidden_layer_sizes
        self.max_epochs = max_epochs
        self.time_limit = time_limit
        self.balanced = balanced
        self.weight = weight
        self.group = group
        self.time = time
        self.folds = folds
        self.drop = drop
        self.kinds = kinds
        self.calibration_fraction = calibration_fraction
        self.score_fraction = score_fraction
        self.confidence = confidence
        self.risk = risk
        self.positive = positive
        self.recall = recall
        self.promise_fraction = promise_fraction
        self.refit = refit
        self.random_state = random_state
        self.encoding = encoding
        self.delimiter = delimiter
        self.decimal = decimal
        self.header = header
        self.header_lines = header_lines
        self.skip_rows = skip_rows
        self.comment = comment
        self.index = index
        self.missing = missing
        self.date_order = date_order
        self.calendar = calendar
        self.member = member
        self.sheet = sheet
        self.table = table
        self.query = query

    @renamed(
        options="the constructor's parameters, as in TableClassifier(max_epochs=...)",
        csv_format="the constructor's parameters, as in TableClassifier(delimiter=';')",
    )
    def fit(
        self,
        table: Any,
        y: Any = None,
        sample_weight: Any = None,
        *,
        target: str | None = None,
        progress: ProgressCallback | None = None,
    ) -> Self:
        """Learn from a table: decide what its columns are, train, calibrate, and score on rows kept aside.

        Parameters
        ----------
        table : path, sequence of paths, data frame, or dictionary of columns
            Files or folders of them, or a table in memory, of any library that speaks Arrow.
        y : array-like, shape (n_rows,), optional
            The labels, where they are no column of a table in memory.
        sample_weight : array-like, shape (n_rows,), optional
            How often each row counts, likewise.
        target : str, optional
            The column of labels: its name, or its position from 1 (or from the end, -1 the last). Exactly one of `y`
            and `target` is given.
        progress : callable, optional
            Called with a `Progress` after every batch that is read, and every epoch or iteration of the training.

        Returns
        -------
        TableClassifier
            Itself.

        Raises
        ------
        TableError
            If nothing can be learned from the table; the message says what to do.
        ArgumentError, ShapeError
            For arguments that do not fit each other.
        """
        has_no_names = is_matrix(table)
        self.model_ = self._of_table(fit_table, self._checked(table, reset=True), y, sample_weight, target, progress)
        if not has_no_names:
            columns = [name for name in self.model_.schema.names if name != self.model_.schema.target]
            self.feature_names_in_ = np.array(columns, object)
            self.n_features_in_ = len(columns)
        self.classes_ = self.model_.classes_
        return self

    def plan(
        self,
        table: Any,
        y: Any = None,
        sample_weight: Any = None,
        *,
        target: str | None = None,
        progress: ProgressCallback | None = None,
    ) -> FitPlan:
        """Say what `fit` would do with a table: read it, decide what its columns are, deal its rows, and learn nothing.

        Parameters
        ----------
        table, y, sample_weight, target, progress
            As for `fit`.

        Returns
        -------
        FitPlan
            The columns and what would be left out, how many rows would be for what, what the score would mean, and
            whatever `fit` would point out about the table.

        Raises
        ------
        TableError, ArgumentError, ShapeError
            As `fit` does before it learns.

        Examples
        --------
        >>> import softargmax as sm
        >>> visits = {"who": list("aabbccdd") * 5, "size": [0.5, 0.7, 2.1, 2.2] * 10, "ill": list("nnyn") * 10}
        >>> plan = sm.TableClassifier(group="who", folds=2).plan(visits, target="ill")
        >>> plan.schema.dropped[0].reason
        'it says which rows belong together, and another one would be new'
        >>> print(plan.split.n_groups)
        4
        """
        return self._of_table(plan_fit, table, y, sample_weight, target, progress)

    def _of_table(
        self,
        act: Callable[[Table, str, FitOptions, Array | None, ProgressCallback | None], Result],
        table: Any,
        y: Any,
        sample_weight: Any,
        target: str | None,
        progress: ProgressCallback | None,
    ) -> Result:
        """Open a table, with labels beside its columns, and do something with it as the parameters say."""
        options = FitOptions(**{name: getattr(self, name) for name in _OPTIONS} | {"kinds": dict(self.kinds or {})})
        reading = Reading(**{name: getattr(self, name) for name in _READING})
        if target is not None and y is not None:
            raise ArgumentError("target: expected either y or target=, got both", parameter="target")
        if is_in_memory(table):
            table = as_arrow(table)  # once: a stream of batches can be read only once
        elif sample_weight is not None:
            raise ArgumentError(
                "sample_weight: expected a table in memory beside it; name a file's column of weights with weight=",
                parameter="sample_weight",
            )
        if target is None:
            table, target = with_labels(table, y)
        weights = None if sample_weight is None else _check_sample_weight(sample_weight, table)
        try:
            opened = open_table(table, replace(reading, target=target), again=True)
            return act(opened, target, options, weights, progress)
        except exceptions.TableError as error:
            raise TableError(str(error), parameter=error.parameter) from error

    def predict(self, table: Any) -> Array:
        """Give the most probable label of every row, shape (n_rows,); warns as `TableModel.predict` does."""
        return self._fitted_model().predict(self._checked(table))

    def predict_proba(self, table: Any) -> Array:
        """Give calibrated probabilities, shape (n_rows, n_classes)."""
        return self._fitted_model().predict_proba(self._checked(table))

    def decision_function(self, table: Any) -> Array:
        """Give calibrated logits, shape (n_rows, n_classes), or (n_rows,) for two classes: one sigmoid per row."""
        return self._fitted_model().decision_function(self._checked(table))

    def decide(
        self,
        table: Any,
        *,
        confidence: Any = None,
        risk: float | None = None,
        costs: Costs | None = None,
        positive: Any = None,
    ) -> Decided:
        """Decide about every row by what was promised at fit, or by costs: see `TableModel.decide`."""
        model = self._fitted_model()
        asked: dict[str, Any] = {"confidence": confidence, "risk": risk, "costs": costs, "positive": positive}
        return model.decide(self._checked(table), **asked)

    def save(self, path: Any) -> None:
        """Write what was learned to a model file; `softargmax.load` gives it back as a `TableModel`."""
        self._fitted_model().save(path)

    def _fitted_model(self) -> TableModel:
        model: TableModel | None = getattr(self, "model_", None)
        if model is None:
            raise NotFittedError("this TableClassifier was not fitted; call fit(table, target=...) first")
        return model

    def _checked(self, table: Any, reset: bool = False) -> Any:
        """Let scikit-learn look at what is a matrix and no table: its columns have places and no names."""
        if not is_matrix(table):
            return table
        fewest = 2 if reset else 1
        return validate_data(self, table, reset=reset, dtype=None, ensure_all_finite=False, ensure_min_samples=fewest)

    def _repr_html_inner(self) -> str:
        """Show in a notebook what was learned; before that, scikit-learn's diagram."""
        model: TableModel | None = getattr(self, "model_", None)
        shown: str = super()._repr_html_inner() if model is None else model._repr_html_()
        return shown

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, str]:
        """Show the same where a notebook asks for all forms at once."""
        shown: dict[str, str] = super()._repr_mimebundle_(**kwargs)
        return shown | ({"text/html": self._repr_html_inner()} if "text/html" in shown else {})

    def __sklearn_tags__(self) -> Any:
        """Say what it takes: columns of any kind, missing values."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        return tags
