"""What was measured, for people: numbers computed elsewhere, set for a terminal or as a page. Nothing is computed here.

====================  =========================================================================
`console`             summaries for a terminal
`console_assessment`  what `softargmax assess` and `evaluate` show
`console_comparison`  what `softargmax compare` shows
`console_findings`    what a model of tables has learned
`console_pictures`    a curve of blocks, and a matrix of counts
`screen`              colours, width and letters of what is printed
`table_look`          what `softargmax look` shows of a table
`page`                `report`: the template of the page, and the text between its figures
`subject`             what a page is about
`verdict`             the headline, and the sentences under it
`sentences`           how a share is said in words; the rules by which numbers choose a sentence
`figures_of_belief`   what is claimed and said, and what happens
`figures_of_risk`     of two classes: what acting on the risk gains, and four measures
`figures_of_change`   four errors, before and after calibration
`figures_of_answers`  how many rows it can answer, what it mixes up, lists of classes, the worst rows
`figures_of_parts`    class by class, group by group
`figures_of_columns`  what was made of each column of a table, and in what rows are unlike those at fit
`how_to_read`         the text beside the figures
`blocks`              figures, tables and sections, of which a page is built
====================  =========================================================================
"""

from softargmax._lazy import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
