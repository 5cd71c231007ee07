"""Files in, features out: opening tables, knowing their columns, writing predictions. Needs pyarrow.

=============  ==================================================================
`opening`      a path → a table: which door it takes, how it is read, its parts
`row_count`    about how many rows files hold, before they are read
`reading`      how a table is read, as kept with the model
`names`        what columns are called, and how a name is found again
`notes`        what was decided about a table, and said
`limits`       how much a table may ask for
`files`        files and folders → the files to read
`further_files` what is said of the files of a table behind its first
`doors`        one file for each kind of file
`batch`        some rows, and the place each of them comes from
`encodings`    bytes → the encoding they are in; `recoding` turns them into UTF-8
`gathering`    batches made ready to be looked at: one type per column, enough rows at a time
`cells`        text → values, or an error that names the cell
`parsing`      texts → numbers and times as programs write them, each by itself
`numerals`     one number as people write it; `number_words` are the words beside it, for people to extend
`amounts`      the same for a column of texts
`decimal_mark` which mark is decimal in a table; `one_mark` finds it in one to predict
`columns`      what a column holds, found in one pass: mergeable summaries
`label_cells`  the same for class labels
`encoder`      what each encoder does: a column → features; `encoder_fields` is one as plain data
`encoders`     which one a column has: `quantity_encoders` are those of numbers and dates, `word_encoders` the others
`meaning`      a summary of a column → its kind, or why it is left out
`dates`        dates and times of day, in any order, language and calendar
`marks`        marks that stand for a missing value; `marked_cells` finds them in a column
`words`        the words of a text, in any script
`vocabulary`   words that tables use in many languages
`reach`        from where to where a column's values go, and how likely others are
`remembered`   what is kept of a column's values, by which others are noticed
`drift`        rows at prediction that are unlike those at fit, counted; `drift_notes` says what they mean
`schema`       all columns and the target, as kept with the model
`single_row`   a row as a dictionary → its features, bit for bit those of the table with this row
`learning`     a whole table → its schema, and then its features, in bounded memory
`learning_target`  the column of labels → the classes
`giving_away`  whether a column alone gives the target away
`looking`      what is in a table, before anything is learned from it
`arrays`       a matrix of logits and a column of labels, as other programs leave them; `logit_columns` finds them
`writing`      predictions → CSV or Parquet, whole or not at all
=============  ==================================================================
"""
