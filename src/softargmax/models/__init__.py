"""features → logits: the estimators, the networks they learn, and trees.

========================== =============================================================================
the estimators
`regression`               `SoftmaxRegression`
`regression_cv`            `SoftmaxRegressionCV`: the penalty is chosen by cross-validation
`mlp`, `mlp_parameters`    `SoftmaxMLP`; its parameters checked, and made a recipe
what they share
`_estimator`               everything after the logits, as scikit-learn asks for it
`checked_rows`             what `fit` is given, checked; `class_weights` makes weights of it
`outputs`                  the last layer, for every shape a target can have
`first_output`             the same before all labels were seen
`standard`                 what features are standardised by, wild values or not
`network`                  standardisation and layers, forward and backward; predictions
`fit_progress`, `_kept`    what a fit tells while it runs, and what a file keeps of it
the linear model
`posing`, `problem`        from rows, in memory or `batches`, to one objective per target column
`parted_rows`              rows that lie in many parts, read where they are; `parquet_parts` are those of files
`row_memory`               which of them a process remembers from pass to pass
`linear_fitting`           a problem solved, with all that is to be known of its optimum
`solving`                  every column solved and certified; `solvers/` does it
`regularization_path`      many strengths of the penalty, each from the one before
`inference`                standard errors, robust ones too, tests, measures of fit
`marginal_effects`         by how much probabilities move with a feature
`read_only`                what a fit shows and nobody else may write
the network
`training`                 epochs of AdamW, and which one is kept
`validation_temperature`   the temperature that suits rows held out
trees
`trees`                    decision trees as flat arrays; predictions
`boosting`                 trees grown by scikit-learn, as such arrays
========================== =============================================================================

A fit gives a frozen value, and a method `_keep` alone writes it on the estimator: one that fails half-way, or whose
warning is an error, changes nothing.

**Predictions** are computed in float64, whatever a model was trained in, and 64 rows at a time (`ROW_BLOCK` in
`softargmax._arrays`): a matrix product rounds differently for other numbers of rows, and a row must get the same
probabilities alone and in a batch. The last block is filled up. This rests on the BLAS giving a row the same bits at
every place of a block, which NumPy's OpenBLAS does in float64 for matrices of whole vectors (`of_whole_vectors`); a
test watches it. 64 makes a single row of a network of 256 units cost .3 ms and not .5, and many rows 6 to 12 % more.

**The network's recipe** is small and meant to be left alone: SiLU, AdamW under a cosine, a little label smoothing that
a temperature takes back, weight decay by the number of rows, averaged parameters. docs/mlp.md says what every part is
worth, and what was tried and left out. **The linear model's solvers** are explained in `softargmax.models.solvers`.

Importing this package is cheap; the estimators need scikit-learn and SciPy and load them when first named.
"""

from softargmax._lazy import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
