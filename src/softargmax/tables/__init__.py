"""Files in, features out: reading tables, knowing their columns, writing predictions. Needs pyarrow.

=============  ==================================================================
`reading`      bytes → batches of text, of any length, naming file and line of what cannot be read
`cells`        text → values, or an error that names the cell
`label_cells`  the same for class labels
`encoders`     a column → features, one small class per kind of column
`schema`       all columns and the target, as kept with the model
`learning`     a whole table → its schema
`arrays`       a matrix of logits and a column of labels, as other programs leave them behind
`writing`      predictions → CSV or Parquet, whole or not at all
=============  ==================================================================
"""
