"""What makes the documentation site out of the pages beside this folder, beyond Sphinx and its theme.

==============  ======================================================================
`mathml`        formulas as MathML, which browsers set themselves: no script, no fonts
`signatures`    signatures as they stand in the source, short enough for a line
`commands`      the pages of the command line, from the help of each command
`stand_ins`     what stands for libraries that are too large to be installed for it
==============  ======================================================================
"""
