"""The eight real frames with true 3D: what they lose on the way into the paper's grid and back."""

import numpy as np
import pytest

from voxelpose.commands.prepare import main as prepare
from voxelpose.data.augmentation.crops import person_square
from voxelpose.evaluation.metrics.functions import mpjpe
from voxelpose.evaluation.people.named_people import load_people
from voxelpose.evaluation.predictions.predict import CropPlace, NetworkPredictions, reconstruct, true_root_depths
from voxelpose.evaluation.reports.diagnosis import true_fractions
from voxelpose.geometry import Crop, VoxelGrid
from voxelpose.inference.decoding.prediction import Prediction

GRID = VoxelGrid.paper(64, 64)
FRAMES = [("h36m-small", "h36m", "all", 4), ("mpi-inf-3dhp-small", "mpi_inf_3dhp", "train", 2),
          ("mpi-inf-3dhp-small", "mpi_inf_3dhp", "test", 2)]  # fmt: skip


def looked_at(people):
    """The crops that an evaluation would cut, with the paper's grid and nothing read in it yet."""
    places = []
    for index in range(len(people)):
        center, side = person_square(people.examples[index])
        camera = people.camera(index)
        places.append(CropPlace(camera, Crop.around(center, 1.25 * side, 256).facing(camera)))
    nothing = np.full((len(people.skeleton), 3), np.nan)
    readings = [Prediction(nothing, nothing, nothing[:, 0], nothing[:, 0], GRID)] * len(people)
    return NetworkPredictions(people.skeleton, readings, places)


@pytest.mark.parametrize("dataset, folder, part, count", FRAMES)
def test_crop_grid_and_back(real_data, tmp_path, dataset, folder, part, count):
    source = real_data / "mmpose_samples" / folder
    assert prepare([dataset, str(source), str(tmp_path / "store"), "--part", part]) == 0
    people = load_people(tmp_path / "store")
    assert len(people) == count
    read = looked_at(people)
    exact, depth = true_fractions(read, people), true_root_depths(read.places, people, people.skeleton)
    back = reconstruct(exact, depth, GRID, read.places)
    np.testing.assert_allclose(back, people.joints_mm, atol=0.01)
    cells = GRID.quantise(exact)
    cells[:, people.skeleton.root, 2] = GRID.depth_to_fraction(0.0)
    quantised = reconstruct(cells, depth, GRID, read.places)
    known = np.isfinite(people.joints_mm).all(-1)
    assert known.mean() > 0.9
    # nobody is farther off than half a cell along every axis: 15.5 mm deep, and half of the crop's 64th across
    across = [
        1.0 / place.crop.scale * 256 / 64 / place.camera.fx * d for place, d in zip(read.places, depth, strict=True)
    ]
    limit = np.sqrt(15.6**2 + 2 * (0.5 * np.max(across) * 1.3) ** 2)
    assert np.linalg.norm(quantised - people.joints_mm, axis=-1)[known].max() < limit
    assert 5 < mpjpe(quantised, people.joints_mm, known) < 20
