"""What makes the documentation site out of the pages beside this folder, beyond Sphinx and its theme.

==================  ======================================================================
`cells`             the examples of a page: run, compared with what is printed, and shared
`commands`          the page of the command line, from the help of each command
`examples`          the examples of pages that teach, run while Sphinx reads them
`for_machines`      what programs read of the site: llms.txt, all pages in one text, a map of the pages
`inline_pictures`   the directive that puts a picture into a page
`mathml`            formulas as MathML, which browsers set themselves: no script, no fonts
`pictures`          the pictures of the tutorial, each a file
`signatures`        signatures as they stand in the source, short enough for a line
`stand_ins`         what stands for libraries that are too large to be installed for it
==================  ======================================================================
"""
