"""The tour: a help desk, two classifiers for its tickets, and a release from 0 to 100 and back.

`tour` tells the story and calls the rest in this order: `children` starts the two backends
(`backend`, which serves `rules` or `bayes`) and the router, `shoppers` write tickets out of
`corpus`, `client` sends them, `tally` counts what comes back, `view` shows it live, and `findings`
judges it at the end.
"""
