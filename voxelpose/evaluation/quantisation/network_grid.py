"""The floor that a network's own grid imposes on given people: every joint in the right cell, read at its centre."""

import numpy as np

from voxelpose.evaluation.metrics.pairs import Predicted, make_pairs
from voxelpose.evaluation.metrics.scores import Score, score
from voxelpose.evaluation.people.people import People
from voxelpose.evaluation.predictions.predict import NetworkReadings, reconstruct, true_root_depths
from voxelpose.evaluation.protocols.protocol import Protocol
from voxelpose.evaluation.reports.diagnosis import true_fractions


def floor_of_grid(read: NetworkReadings, people: People, protocol: Protocol) -> list[Score]:
    """The protocol's scores of cell centres in the network's crops, with the true root depth.

    Joints that the truth lacks in the network's skeleton are left out; a joint outside of the crop or of the depth
    range comes back from the nearest cell, as it would from a network.
    """
    cells = _cell_centres(read, people)
    if protocol.metric:
        depth = true_root_depths(read.places, people, read.skeleton)
        joints = reconstruct(cells, depth, read.grid, read.places)
        perfect = Predicted(read.skeleton, joints, None)
    else:
        pixels = [place.crop.from_fractions(cell[:, :2]) for place, cell in zip(read.places, cells, strict=True)]
        perfect = Predicted(read.skeleton, None, np.stack(pixels))
    return score(make_pairs(perfect, people, protocol), protocol.metrics)


def _cell_centres(read: NetworkReadings, people: People) -> np.ndarray:
    """(N, J, 3) fractions, NaN for joints that the truth lacks; the root lies at depth 0, by definition."""
    cells = read.grid.quantise(true_fractions(read, people))
    cells[:, read.skeleton.root, 2] = read.grid.depth_to_fraction(0.0)
    return cells
