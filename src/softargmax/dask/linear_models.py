"""SoftmaxRegression for rows on a cluster: the same fit, and predictions that are made when they are asked for."""

import os
from typing import Any, Self

import numpy as np
from distributed import Client

from softargmax._progress import ProgressCallback
from softargmax._renamed import provisional
from softargmax.dask.cluster_engine import client_of, on
from softargmax.dask.dask_rows import held_parts, is_array, is_frame, whole_rows
from softargmax.exceptions import ArgumentError
from softargmax.models import regression


@provisional
class SoftmaxRegression(regression.SoftmaxRegression):
    """Multinomial logistic regression of Dask arrays, Dask dataframes and folders of Parquet files.

    The estimator `softargmax.SoftmaxRegression`, with its parameters and attributes, for rows that no single machine
    needs to hold. Every block or file is read by a worker, which sends back sums: the loss, its gradient and the
    classes' curvature. Coefficients are those of a fit in memory, and do not depend on the number of workers.

    See Also
    --------
    softargmax.SoftmaxRegression : what is minimised, and what the parameters mean.
    on : the same for the folder of files that ``softargmax.SoftmaxRegression`` takes.

    Notes
    -----
    The first pass over the rows finds classes, means and deviations, the second the features' second moments; then one
    for every step, and up to three for the certificates. Rows of files stay in the workers' memory from pass to pass,
    up to two fifths of what Dask lets a worker have, and are read again beyond that. Blocks of arrays and dataframes
    are held by Dask, which moves them to the disk where memory is short.

    Examples
    --------
    >>> import dask.array as da
    >>> from distributed import Client, LocalCluster
    >>> from softargmax.dask import SoftmaxRegression
    >>> x = da.arange(100, chunks=25)[:, None]
    >>> with LocalCluster(n_workers=1, processes=False, dashboard_address=":0") as cluster, Client(cluster) as client:
    ...     model = SoftmaxRegression(C=0.1).fit(x, (x[:, 0] > 49).astype(int))
    ...     model.predict(x)[:52].compute()[-4:]
    array([0, 0, 1, 1])
    """

    def fit(
        self,
        X: Any,
        y: Any = None,
        sample_weight: Any = None,
        *,
        client: Client | None = None,
        progress: ProgressCallback | None = None,
    ) -> Self:
        """Find the best coefficients on the workers.

        Parameters
        ----------
        X : dask array, shape (n_rows, n_features); dask dataframe; or a path
            Finite numbers. A path names a Parquet file, or a folder of them that every worker sees.
        y : dask array or series, shape (n_rows,); or the name of a column
            Labels; for a dataframe the name of a column or a series in the same partitions; for a path the name of a
            column.
        sample_weight : dask array or series, shape (n_rows,); or the name of a column, optional
            Non-negative; a row of weight 2 counts as two rows.
        client : distributed.Client, optional
            Whose workers do it: the engine of now (`on`), or Dask's own current client, unless given.
        progress : callable, optional
            Called with a `Progress` after every iteration.

        Returns
        -------
        self

        Raises
        ------
        ArgumentError, LabelError, ShapeError, ValueError
            For parameters or rows that do not fit; TableError for files.
        EngineError
            If no client is there, a part cannot be worked on, or the cluster is lost; it names the part.
        """
        given = is_array(X) or is_frame(X)
        if not given and not isinstance(X, str | os.PathLike):
            raise ArgumentError(
                f"X: expected a Dask array or dataframe, or the path of Parquet files, got {type(X).__name__}; "
                "softargmax.SoftmaxRegression takes what is in memory",
                parameter="X",
            )
        self._check_parameters()
        chosen = client_of(client)
        with on(chosen):
            if given:
                super().fit(held_parts(chosen, X, y, sample_weight), progress=progress)
            else:
                super().fit(X, y, sample_weight, progress=progress)
        return self

    def predict(self, X: Any) -> Any:
        """Give the most probable label of every row: a Dask array or series of a Dask array or dataframe."""
        if is_array(X):
            self._check_fitted()
            return whole_rows(X).map_blocks(self._of_block, "predict", dtype=self.classes_.dtype, drop_axis=1)
        if is_frame(X):
            self._check_fitted()
            meta = _series(X._meta.iloc[:0], np.empty(0, self.classes_.dtype))
            return X.map_partitions(self._predicted_frame, meta=meta)
        return super().predict(X)

    def predict_proba(self, X: Any) -> Any:
        """Give probabilities: a Dask array, or a Dask dataframe with a column for each class."""
        return self._lazily(X, "predict_proba")

    def predict_log_proba(self, X: Any) -> Any:
        """Give the logarithms of the probabilities, exact where those underflow."""
        return self._lazily(X, "predict_log_proba")

    def decision_function(self, X: Any) -> Any:
        """Give logits: a Dask array, or a Dask dataframe."""
        return self._lazily(X, "decision_function")

    def _lazily(self, X: Any, method: str) -> Any:
        if is_array(X):
            self._check_fitted()
            X = whole_rows(X)
            example = getattr(super(), method)(_row_like(X))
            if example.ndim == 1:
                return X.map_blocks(self._of_block, method, dtype=example.dtype, drop_axis=1)
            return X.map_blocks(self._of_block, method, dtype=example.dtype, chunks=(X.chunks[0], (example.shape[1],)))
        if is_frame(X):
            self._check_fitted()
            return X.map_partitions(self._framed, method, meta=self._framed(X._meta, method))
        return getattr(super(), method)(X)

    def _of_block(self, X: Any, method: str) -> Any:
        """Do with a block or a partition what is done with rows in memory, of which there has to be one."""
        plain = getattr(super(), method)
        return plain(X) if X.shape[0] else plain(_row_like(X))[:0]

    def _predicted_frame(self, frame: Any) -> Any:
        return _series(frame, self._of_block(frame, "predict"))

    def _framed(self, frame: Any, method: str) -> Any:
        import pandas as pd

        values = self._of_block(frame, method)
        if values.ndim == 1:
            return pd.Series(values, index=frame.index, name="logit")
        return pd.DataFrame(values, index=frame.index, columns=self.classes_)


def _row_like(X: Any) -> Any:
    """Give a row of zeros with the columns of an array or a frame, and their dtypes."""
    zeros = np.zeros((1, X.shape[1]))
    if not hasattr(X, "columns"):
        return zeros.astype(X.dtype)
    import pandas as pd

    return pd.DataFrame(zeros, columns=X.columns).astype(X.dtypes)


def _series(frame: Any, labels: Any) -> Any:
    import pandas as pd

    return pd.Series(labels, index=frame.index, name="prediction")
