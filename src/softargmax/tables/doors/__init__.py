"""The doors through which tables come in: one file for each kind of file.

===========  ====================================================================
`door`       what every door gives: the names of the columns, and batches of rows
`source`     the bytes of a file, packed or not, or of standard input
`delimited`  text whose cells are parted by a character: CSV and its relatives
`parquet`    Parquet
===========  ====================================================================
"""
