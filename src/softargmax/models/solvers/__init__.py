"""Fitting a linear classifier: one problem, several ways to its optimum.

==================  ==================================================================
`row_blocks`        where the rows come from, a block at a time
`design`            a block's standardised features times coefficients, and back
`heads`             the loss of a block of logits: softmax or sigmoid
`objective`         loss, penalty and their derivatives: sums over blocks
`curvature`         second derivatives, cheap or exact, and what they make of a gradient
`quasi_newton`      the smooth solver
`coordinate`        the solver for penalties with a corner (L1, elastic net)
`certificate`       how far from the optimum: the duality gap; separable classes
`solver_choice`     which of them, and why
==================  ==================================================================

Conventions: coefficients V have the shape (n_features + intercept, width), the intercept last; they belong to
standardised features, so everything here is free of units. Weights of rows sum to one: losses are means.
"""
