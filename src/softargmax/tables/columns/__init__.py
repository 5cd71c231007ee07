"""What a table's columns hold, found in one pass: small values that `merge`, one for each column.

=================  ==================================================================
`column_facts`     all that is remembered of a column
`column_summary`   what a column seems to hold, told from that
`readings`         some cells, read in every way that there is
`quantity`         its cells as numbers or times: mean, spread, the first that is none
`spread`           the middle of its numbers, which a few wild ones do not move
`dress`            how its numbers are written: units, and which of them leave two readings
`extremes`         the outermost of them
`chunked_moments`  mean and spread, the same bits however the rows are split
`distinct`         how often each value occurs, for as many values as are counted
`times`            its cells as dates, in every order of year, month and day
`date_orders`      which order that is, decided once for a table
`succession`       whole numbers in the order of their rows: do they count them?
`row_sample`       rows that stand for all where there are more values than that
=================  ==================================================================

A summary knows where in the table its rows begin, and is merged with the one of the rows that follow. What comes out
does not depend on where the table was split.
"""
