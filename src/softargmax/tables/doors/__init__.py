"""The doors through which tables come in: one file for each kind of file.

===============  ====================================================================
`door`           what every door gives: the names of the columns, and batches of rows
`source`         the bytes of a file, or of standard input
`packed`         ... unpacked: gzip, bzip2, xz, Zstandard, LZ4, ZIP
`archive`        which file in a ZIP archive is the table
`foreign`        files that are no tables, and what they are
`delimited`      text whose cells are parted by a character: CSV and its relatives
`text`           ... as UTF-8, whatever it was written in
`dialect`        ... which character that is, and what stands above the table
`headers`        ... whether it begins with names, and in how many lines
`looks`          ... what tells a name from a value
`beginning`      ... its first lines, parted into cells
`rows`           ... which of its lines are rows
`short_rows`     ... those that lack cells at their end
`quotation`      ... marks of quotation that are never closed, and rows that are too long
`translated`     ... rewritten, where Arrow does not read its dialect
`parquet`        Parquet
`arrow`          Arrow's files and streams, and Feather
`typed`          ... which of their columns are read, under which names
`workbook`       workbooks of Excel and OpenDocument
`workbook_size`  ... whether they fit, before they are read
`database`       SQLite: a table, or the answer to a query
`json_table`     JSON: lines of objects, or a list of them
`json_text`      ... one value of a long text after another
`json_layout`    ... one object that holds a whole table
`values`         rows of Python's values, as the last three have them, into typed columns
`frames`         tables in memory: data frames, matrices, rows as dictionaries
===============  ====================================================================

One table gives one model, bit for bit, whichever door it takes. What a kind of file cannot hold, it cannot give:

- SQLite has no booleans. Its true and false are the numbers 1 and 0, and a column of numbers they are.
- Text knows no types: a column of whole numbers that are meant as names of categories is one of numbers, where a data
  frame can say that it is one of text.
- float32 is kept as it is. In text, 0.1 is the double nearest to it, which float32 does not hold.
- Of a time, a workbook keeps days as a double, good to about a microsecond.
"""
