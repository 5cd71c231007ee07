"""SoftmaxMLP: a multilayer perceptron whose last layer is a softmax."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.utils.validation import check_random_state

from softargmax._engine import single_threaded_blas
from softargmax._moments import FeatureMoments
from softargmax._progress import ProgressCallback
from softargmax.exceptions import ArgumentError
from softargmax.models._estimator import LogitClassifier
from softargmax.models._kept import left_behind
from softargmax.models.checked_rows import InputColumns, RowCheck
from softargmax.models.class_weights import ClassWeight, relative, target_weights
from softargmax.models.first_output import first_output, same_classes
from softargmax.models.fit_progress import as_report
from softargmax.models.mlp_parameters import check_parameters, recipe_of
from softargmax.models.network import Network
from softargmax.models.outputs import OutputLayer, choose_output, refuse_one_hot
from softargmax.models.read_only import ReadOnly, keep
from softargmax.models.standard import Standard
from softargmax.models.training import Found, History, Trainer, TrainingRows, held_out

# No standardised feature gets further from zero than this: RealMLP's value (Holzmüller et al., 2024), taken as it is.
_CLIP = 3.0


@dataclass(frozen=True)
class FittedNetwork:
    """All that a fit leaves behind."""

    columns: InputColumns
    trainer: Trainer
    moments: FeatureMoments
    history: History


class SoftmaxMLP(LogitClassifier):
    """Multilayer perceptron classifier with softmax or sigmoid outputs.

    Minimises the mean cross-entropy (nats) of ``softmax(W_L silu(... silu(W_1 z)))``, z the standardised and softly
    clipped features, by mini-batch AdamW under a cosine schedule, keeps a moving average of the parameters, and divides
    the logits by the temperature that suits validation rows.

    Parameters
    ----------
    hidden_layer_sizes : sequence of int, default (256, 256)
        Units per hidden layer.
    output : {"auto", "sigmoid", "softmax"}, default "auto"
        The last layer. "auto" follows the target: two classes, one logit and a sigmoid; more, a softmax;
        several yes/no columns, a sigmoid each; several class columns, a softmax each.
    n_members : int, default 1
        Networks trained side by side on the same batches, whose probabilities are averaged.
    learning_rate : float, default 4e-3
        The highest rate of the schedule; `partial_fit` uses it throughout.
    weight_decay : float or "auto", default "auto"
        Decoupled decay of the weights per step and unit of learning rate; biases do not decay. "auto" is 400 over
        the number of rows, or the sum of their weights, at most 0.8; 0.1 for `partial_fit`, which does not know it.
    label_smoothing : float, default 0.02
        Share of every target that is spread over all classes. A little makes a better ranking and too timid
        probabilities; the temperature takes that back.
    dropout : float, default 0.2
        Share of hidden units left out of every training step.
    batch_size : int or "auto", default "auto"
        Rows per step; "auto" grows with the data from 32 to 256.
    max_epochs : int, default 100
        How often the data is gone through at most; also the length of the schedule.
    early_stopping : bool, default True
        Keep the epoch with the lowest loss on validation rows, and fit the temperature to them: those given to
        `fit`, or a share of the training rows when there are at least 500.
    validation_fraction : float, default 0.1
        That share.
    patience : int, default 15
        Epochs without improvement, by more than half a percent of the validation loss, after which to stop.
    class_weight : dict, "balanced", list of dict or None, default None
        Factors of the classes' losses; for several target columns "balanced" or one dict per column.
    warm_start : bool, default False
        Start from the network of the last fit, if it has the same shape; other classes than its are an error.
    random_state : int, RandomState or None, default None
        Seeds initial weights, order of rows, dropout and the validation split. The same seed gives the same network
        with any number of threads.
    verbose : bool, default False
        Report progress and the time left on standard error.

    Attributes
    ----------
    classes_ : ndarray, or list of ndarray for several class columns
        The class labels.
    network_ : Network
        What was learned.
    output_layer_ : OutputLayer
        How its outputs are read.
    n_iter_ : int
        Epochs run.
    best_epoch_ : int
        The epoch whose parameters were kept.
    temperature_ : float
        What the logits were divided by.
    training_loss_, validation_loss_ : list of float
        Mean losses after every epoch, in nats: of the training rows as they were met, with smoothed targets; of the
        validation rows at the temperature that suits them.
    n_features_in_ : int
        Features per row.

    See Also
    --------
    SoftmaxRegression : no hidden layer; convex, with a certificate of its optimum.

    Notes
    -----
    Unlike scikit-learn's ``MLPClassifier`` it standardises the features itself, takes class weights, and
    computes in the dtype of X: pass float32 for speed. What each part of the recipe is worth: docs/mlp.md.
    Source: Goodfellow, Bengio, Courville, *Deep Learning* (2016), chapter 6; Holzmüller, Grinsztajn, Steinwart,
    *NeurIPS* (2024), for defaults that need no tuning.

    Examples
    --------
    >>> import numpy as np
    >>> import softargmax as sm
    >>> X = np.random.default_rng(0).normal(size=(300, 2))
    >>> y = np.where(X[:, 0] * X[:, 1] > 0, "same", "other")
    >>> model = sm.SoftmaxMLP(hidden_layer_sizes=(32,), random_state=0).fit(X, y)
    >>> model.predict([[1.0, 1.0], [1.0, -1.0]])
    array(['same', 'other'], dtype='<U5')
    """

    kind = "softmax-mlp"
    temperature_ = ReadOnly()

    _trainer: Trainer
    _moments: FeatureMoments

    def __init__(
        self,
        hidden_layer_sizes: Sequence[int] = (256, 256),
        *,
        n_members: int = 1,
        output: str = "auto",
        learning_rate: float = 4e-3,
        weight_decay: float | str = "auto",
        label_smoothing: float = 0.02,
        dropout: float = 0.2,
        batch_size: int | str = "auto",
        max_epochs: int = 100,
        early_stopping: bool = True,
        validation_fraction: float = 0.1,
        patience: int = 15,
        class_weight: ClassWeight = None,
        warm_start: bool = False,
        random_state: Any = None,
        verbose: bool = False,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.n_members = n_members
        self.output = output
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.label_smoothing = label_smoothing
        self.dropout = dropout
        self.batch_size = batch_size
        self.max_epochs = max_epochs
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.class_weight = class_weight
        self.warm_start = warm_start
        self.random_state = random_state
        self.verbose = verbose

    def fit(
        self,
        X: npt.ArrayLike,
        y: npt.ArrayLike,
        sample_weight: npt.ArrayLike | None = None,
        *,
        validation_data: tuple[npt.ArrayLike, npt.ArrayLike] | None = None,
        progress: ProgressCallback | None = None,
    ) -> Self:
        """Learn from rows of features and their labels, forgetting what was learned before.

        Parameters
        ----------
        X : array-like, shape (n_rows, n_features)
            Finite features.
        y : array-like, shape (n_rows,) or (n_rows, n_columns)
            Labels.
        sample_weight : array-like, shape (n_rows,), optional
            Non-negative: how often a row counts, in the loss and for ``weight_decay="auto"``. Batches, epochs and the
            validation part are made of the rows there are: a row of weight 2 is met once in an epoch and moves the
            network as two equal rows in the same batch do.
        validation_data : (X, y), optional
            Rows to choose the best epoch by, instead of a share of the training rows.
        progress : callable, optional
            Called with a `Progress` after every epoch.

        Returns
        -------
        self

        Raises
        ------
        ArgumentError, LabelError, ValueError
            For parameters or data that do not fit.
        """
        check_parameters(self)
        if validation_data is not None and not self.early_stopping:
            raise ArgumentError("validation_data: expected None with early_stopping=False, which would not use it")
        with single_threaded_blas():
            fitted = self._fitted(X, y, sample_weight, validation_data, progress)
        self._keep(fitted)
        return self

    def _fitted(
        self,
        X: npt.ArrayLike,
        y: npt.ArrayLike,
        sample_weight: npt.ArrayLike | None,
        validation_data: tuple[npt.ArrayLike, npt.ArrayLike] | None,
        progress: ProgressCallback | None,
        found: Found | None = None,
    ) -> "FittedNetwork":
        check = RowCheck(self, False)
        X, y, weight = check.rows(X, y, sample_weight)
        refuse_one_hot(y, self.output)
        layer = choose_output(y, self.output)
        targets = layer.encode(y)
        rng = self._generator()
        given_weight = target_weights(self.class_weight, targets, weight, layer)
        target_weight = relative(given_weight)

        share = self.validation_fraction if self.early_stopping and found is None and validation_data is None else 0.0
        kept, held = held_out(targets, target_weight, share, rng)

        moments = FeatureMoments.of_many(X[kept], weight[kept])
        standard = Standard.of(X[kept], weight[kept], moments)
        network = self._warm_network(standard, layer, X.dtype) if found is None else None
        network = network or self._new_network(standard, layer.n_outputs, rng, X.dtype)
        rows = TrainingRows(network.standardize(X[kept]), targets[kept], target_weight[kept])
        validation = None
        if validation_data is not None:
            if not isinstance(validation_data, tuple) or len(validation_data) != 2:
                raise ArgumentError("validation_data: expected a pair (X, y)")
            X_held, y_held, weight_held = check.rows(*validation_data, None)
            targets_held = layer.encode(y_held)
            validation = TrainingRows(
                network.standardize(X_held),
                targets_held,
                relative(target_weights(self.class_weight, targets_held, weight_held, layer)),
            )
        elif len(held):
            validation = TrainingRows(network.standardize(X[held]), targets[held], target_weight[held])

        recipe = recipe_of(self, len(rows), float(given_weight[kept].sum(axis=0).mean()))
        trainer = Trainer(network, layer, recipe, rng)
        history = trainer.fit(rows, validation, as_report(progress, verbose=self.verbose), found)
        return FittedNetwork(check.columns, trainer, moments, history)

    def refit(
        self,
        X: npt.ArrayLike,
        y: npt.ArrayLike,
        sample_weight: npt.ArrayLike | None = None,
        *,
        progress: ProgressCallback | None = None,
    ) -> Self:
        """Learn anew, from other rows in the way the last fit found: as long, and with the same temperature.

        Validation rows have told when to stop, and may now be learned from too. Nothing says how good the result is.

        Parameters
        ----------
        X, y, sample_weight, progress
            As for `fit`.

        Returns
        -------
        self

        Raises
        ------
        NotFittedError
            If there was no fit before.
        ArgumentError, LabelError, ValueError
            For parameters or data that do not fit.
        """
        self._check_fitted()
        check_parameters(self)
        with single_threaded_blas():
            fitted = self._fitted(X, y, sample_weight, None, progress, Found(self.best_epoch_, self.temperature_))
        self._keep(fitted)
        return self

    def partial_fit(
        self,
        X: npt.ArrayLike,
        y: npt.ArrayLike,
        classes: npt.ArrayLike | None = None,
        sample_weight: npt.ArrayLike | None = None,
    ) -> Self:
        """Learn from one more batch of rows, going through it once at the full learning rate.

        Parameters
        ----------
        X, y, sample_weight
            As for `fit`.
        classes : array-like, shape (n_classes,)
            All classes that will ever come, or a list of them, one per target column. Needed at the first call
            unless `y` has several columns.

        Returns
        -------
        self

        Raises
        ------
        ArgumentError
            If `classes` is missing or contradicts an earlier call; LabelError for labels outside of it.
        """
        check_parameters(self)
        with single_threaded_blas():
            fitted = self._fitted_further(X, y, classes, sample_weight)
        self._keep(fitted)
        return self

    def _fitted_further(
        self, X: npt.ArrayLike, y: npt.ArrayLike, classes: npt.ArrayLike | None, sample_weight: npt.ArrayLike | None
    ) -> "FittedNetwork":
        first = not hasattr(self, "network_")
        check = RowCheck(self, False, columns_known=not first)
        X, y, weight = check.rows(X, y, sample_weight)
        moments = FeatureMoments.of(X, weight)
        layer = first_output(y, classes, self.output) if first else self.output_layer_
        if not first and classes is not None and not same_classes(classes, self.classes_):
            raise ArgumentError(f"classes: expected those of the first call ({self.classes_}), got {classes}")
        targets = layer.encode(y)
        target_weight = relative(target_weights(self.class_weight, targets, weight, layer))
        if first:
            rng = self._generator()
            network = self._new_network(moments, layer.n_outputs, rng, X.dtype)
            trainer = Trainer(network, layer, recipe_of(self, len(X), None), rng)
            before = History([], [], [])
        else:
            if not hasattr(self, "_trainer"):
                raise left_behind("the optimiser's memory", "fit with warm_start=True goes on from its parameters")
            # A copy learns, so that an error or Ctrl-C half-way leaves the model as it was.
            trainer = copy.deepcopy(self._trainer)
            moments = self._moments.merge(moments)
            trainer.network.restandardize(moments)
            trainer.recipe = recipe_of(self, len(X), None)
            before = History(self.training_loss_, self.validation_loss_, [], self.temperature_)
        rows = TrainingRows(trainer.network.standardize(X), targets, target_weight)
        loss = trainer.run_epoch(rows, lambda _: self.learning_rate)
        history = replace(before, training_loss=[*before.training_loss, loss])
        return FittedNetwork(check.columns, trainer, moments, history)

    def _keep(self, fitted: "FittedNetwork") -> None:
        """Show what was learned: the only place that writes on a fitted model."""
        trainer, history = fitted.trainer, fitted.history
        fitted.columns.keep_in(self)
        self._trainer, self._moments = trainer, fitted.moments
        self.network_, self.output_layer_ = trainer.network, trainer.output
        keep(self, classes_=trainer.output.classes, temperature_=history.temperature)
        self.training_loss_, self.validation_loss_ = history.training_loss, history.validation_loss
        self.n_iter_ = len(history.training_loss)
        self.best_epoch_ = history.best_epoch

    def _new_network(
        self, moments: FeatureMoments | Standard, n_outputs: int, rng: np.random.Generator, dtype: np.dtype[Any]
    ) -> Network:
        sizes = (len(moments.mean), *self.hidden_layer_sizes, n_outputs)
        members = None if self.n_members == 1 else self.n_members
        return Network.initialise(moments, sizes, rng, dtype, _CLIP, members)

    def _warm_network(self, moments: Standard, layer: OutputLayer, dtype: np.dtype[Any]) -> Network | None:
        """Take up the last network, if it has the shape that is wanted now; refuse other classes than its."""
        if not self.warm_start or not hasattr(self, "network_"):
            return None
        if not same_classes(layer.classes, self.classes_):
            raise ArgumentError(
                f"warm_start: expected the classes of the last fit ({self.classes_}), got {layer.classes}; its network "
                "tells those apart: fit with warm_start=False",
                parameter="warm_start",
            )
        known = self.network_
        sizes = (len(moments.mean), *self.hidden_layer_sizes, layer.n_outputs)
        members = known.flat.shape[0] if known.flat.ndim == 2 else 1
        same = known.layer_sizes == sizes and members == self.n_members and known.flat.dtype == dtype
        if not same:
            return None
        network = known.copy()
        network.restandardize(moments)
        return network

    def _generator(self) -> np.random.Generator:
        return np.random.default_rng(check_random_state(self.random_state).randint(2**32, dtype=np.uint64))
