"""The whole way at once: a table in, a calibrated classifier out; or logits in, a calibration and its worth out.

==================  ==================================================================
`table_classifier`  `TableClassifier`: learns from a table, as scikit-learn's estimators do
`table_model`       `TableModel`: what was learned; predicts, evaluates, and is what a file holds
`preparing`         a table → rows to learn from, and the plan of a fit
`told_columns`      columns of weights, groups and times
`splitting`         which rows are learned from and which judge; what the score then means
`given_tables`      what `fit` is given: tables and matrices, labels in them or beside them
`table_decisions`   the promises of a model: sets, and answers of which few are wrong
`positive`          a threshold that tells one class from all others
`kept_promises`     how promises were kept on rows with known classes
`deciding`          logits → labels, sets, "unsure"
`evaluating`        how good a model is on a table with labels
`row_watch`         rows on their way, looked at for what is unlike at fit
`grouping`          which rows belong together
`learners`          rows → a member
`ensembles`         several members → one model: their weights, and why these
`fitting`           a table → a calibrated, scored model
`cautious`          a calibration by few rows that costs little where it wins nothing
`importance`        how much a model depends on every column of the table
`suspicions`        what makes a score look better than it is
`evaluating`        how good a model is on a table with labels
`seen_rows`         the rows that a model learned from, known again
`row_watch`         rows on their way to predictions, looked at for what is unlike at fit
`members`           the models that a model of tables is made of
`predicting`        predictions → a table
`named_class`       a class that somebody named → its code
`costs`             what mistakes cost, by the names of classes
`likeliest_rows`    the rows that are likeliest to be of a class
`calibrating`       `calibrate`: logits from elsewhere → a calibration, measured before and after
`records`           what is asked of a fit, what is remembered of it
`measuring`         what a page shows of logits
`measuring_tables`  the same of a model of tables, on a table or on the rows that its fit left out
`column_lines`      what was done to each column, and in what rows are unlike those at fit
`set_sizes`         how large prediction sets are, and how often they hold the truth
`pairing`           two models on the same rows
`model_card`        what a notebook shows of a model of tables
`saving`            a model of tables as plain data, and back
==================  ==================================================================

`calibrate` needs what the calibration needs, mostly NumPy alone; predicting needs pyarrow and safetensors too; only
fitting a classifier needs scikit-learn and SciPy.
"""

from softargmax._lazy import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
