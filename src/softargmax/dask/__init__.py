"""The same work on many machines: on the workers of a Dask cluster.

======================  ==========================================================================
`cluster_engine`        `on`, and the engine: parts of the rows are sent to workers, results merged here
`worker_slots`          the threads of the workers, and which parts stay with which of them
`remote_work`           what a worker does with its share of the parts
`block_summaries`       `assess`, of Dask arrays
`chunked_classes`       `softmax` and its relatives of Dask arrays, the classes of a row in one block or several
`dask_rows`             blocks of Dask arrays and dataframes as parts
`linear_models`         `SoftmaxRegression` of rows on a cluster, and predictions as Dask arrays and dataframes
======================  ==========================================================================

Importing this imports Dask; nothing else in the package does.
"""

from softargmax._lazy import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
