"""One source of random numbers per matter, so that what is drawn about one thing cannot shift another."""

from enum import IntEnum

import numpy as np


class Stream(IntEnum):
    """What the numbers decide. STAGE and FRONT make the labels; the others only change pixels."""

    STAGE = 0  # whether there is somebody, the body, the pose, the camera
    FRONT = 1  # the shape of what stands in front
    SCENE = 2  # the background
    LIGHT = 3
    CLOTHES = 4
    COMPANION = 5
    TEXTURE = 6  # the looks of what stands in front
    LENS = 7


def stream(seed: int, index: int, matter: Stream) -> np.random.Generator:
    """The random numbers of one matter of picture `index`, whatever was drawn before."""
    return np.random.default_rng([seed, index, int(matter)])
