"""The paper's own numbers, as far as a table that we have read quotes them; what is only remembered is left out."""

# Pavlakos, Zhou, Derpanis, Daniilidis, CVPR 2017, arXiv 1611.07828.
SOURCE = (
    "Pavlakos et al. 2017 (arXiv 1611.07828) on Human3.6M, trained on S1 and S5 to S8, tested on S9 and S11, as later "
    "papers' tables quote it"
)
CAVEAT = (
    "Other data and another size: what beats what can be compared, millimetres cannot. Its numbers for coordinate "
    "regression, single volumes, stacks without coarse to fine and the decoupled network are in none of those tables "
    "and are not given here."
)
NUMBERS = (
    ("two hourglasses, (1, 64)", "69.8"),
    ("final network, mean over frames", "71.9"),
    ("final network, after Procrustes", "51.9"),
)
