"""Fitting a linear classifier: one problem, several ways to its optimum.

==================  ==================================================================
`row_blocks`        where the rows come from, a block at a time
`design`            a block's standardised features times coefficients, and back
`lane_sums`         sums over the rows of one place, block by block on several threads
`part_sums`         the same sums over rows in many parts, wherever those are worked on
`heads`             the loss of a block of logits: softmax or sigmoid
`objective`         loss, penalty and their derivatives: sums over blocks
`curvature`         second derivatives, cheap or exact, and what they make of a gradient
`quasi_newton`      the smooth solver
`coordinate`        the solver for penalties with a corner (L1, elastic net)
`certificate`       how far from the optimum: the duality gap; separable classes
`solver_choice`     which of them, and why
==================  ==================================================================

**One solver, two metrics.** L-BFGS learns the curvature of a loss from its own steps; how many it needs depends on the
metric it starts from, an approximation of the Hessian that is cheap to invert. Here that is the Kronecker product of
two small matrices: A, the second moments of the classes (the mean second derivative of the loss by the logits, K x K),
and G, those of the features (d x d). At equal probabilities the product is the Hessian itself. One factorisation of G
serves all classes, and A comes with every pass over the rows at no cost, so it is taken anew after 1, 2, 4, 8 ...
iterations. Where L-BFGS has spent as many passes as one exact Hessian costs, and that matrix is small enough, the
exact Hessian takes the product's place: never much more than twice the cost of the better of the two. Features that
are shifted, scaled or correlated change only G; so nobody has to scale anything. docs/regression.md compares this with
Newton's method and with Böhning's bound (a matrix that is steeper than every Hessian, taken once), which needs up to
ten times the iterations.

**L1 by the same metric.** A penalty with a corner is minimised by coordinate descent on a quadratic model, whose
curvature is that product with L-BFGS's correction. So one coordinate costs features + classes operations, and no pass
over the rows. What is common to all classes of a feature changes no loss, only the penalty: `coordinate._shifted`
moves it to its best value exactly. Descending along it coordinate by coordinate took 400 iterations instead of 20.

**Single precision first.** A problem in float32 is computed in float32 until rounding hides any further descent; from
there its blocks are computed in float64, one after the other. X itself is never copied. `Objective.in_double` is that
second view.

**A gap, not a promise.** After the solver has stopped, one more pass computes the duality gap: a lower bound of the
optimum from any feasible point of the dual problem, which is a different one for every solver's end and right for all
of them. So `duality_gap_` bounds the error whatever the solver did.

**Lanes.** The sums of a pass are dealt to at most eight lanes by the number of the block alone (block i to lane i
modulo 8). Each lane adds its blocks up in their order, lanes are merged in the tree of `softargmax._engine`, and
threads only decide who works on which lane: so coefficients do not depend on their number. The BLAS is held to one
thread meanwhile, because lanes share the work better than it does.

Conventions: coefficients V have the shape (n_features + intercept, width), the intercept last; they belong to
standardised features, so everything here is free of units. Weights of rows sum to one: losses are means.
"""
