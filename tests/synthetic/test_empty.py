import cv2
import numpy as np
import pytest

from voxelpose.errors import InputError
from voxelpose.skeleton import H36M17
from voxelpose.synthetic.empty import EmptyPhotographs


def test_parts_of_photographs_without_anybody(tmp_path):
    grey = np.arange(64, dtype=np.uint8)[:, None, None] * np.ones((1, 96, 3), np.uint8)
    cv2.imwrite(str(tmp_path / "a.png"), grey)
    empty = EmptyPhotographs(str(tmp_path), 5, 1, 32, H36M17)
    assert len(empty) == 5
    first, again, other = empty[3], EmptyPhotographs(str(tmp_path), 9, 1, 32, H36M17)[3], empty[4]
    assert first.image.shape == (32, 32, 3) and not first.present and first.weights.sum() == 0
    assert (first.image == again.image).all() and (first.image != other.image).any()
    assert first.camera is None and not first.known.any()
    labels = empty.labels(np.array([1, 4]))
    assert len(labels) == 2 and not labels.present.any() and not (empty.people or empty.depth)


def test_a_folder_without_photographs_is_refused_at_once(tmp_path):
    with pytest.raises(InputError, match="photographs"):
        EmptyPhotographs(str(tmp_path), 5, 1, 32, H36M17)
