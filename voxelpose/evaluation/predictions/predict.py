"""A network run over people, as far as fractions of the grid; root depth and millimetres come after."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from voxelpose.data.augmentation.crops import person_square
from voxelpose.errors import InputError
from voxelpose.evaluation.people.people import People
from voxelpose.geometry import Camera, Crop, VoxelGrid
from voxelpose.inference.decoding.back_projection import root_depths
from voxelpose.inference.decoding.limb_lengths import bone_lengths_mm
from voxelpose.inference.decoding.prediction import Prediction
from voxelpose.inference.decoding.volume_predictor import VolumePredictor
from voxelpose.skeleton import Skeleton, convert

BATCH_SIZE = 32
GROUND_TRUTH, MEAN_LIMBS, OWN_LIMBS = "ground truth", "mean limb lengths", "own limb lengths"
ROOT_DEPTH_SOURCES = (GROUND_TRUTH, MEAN_LIMBS, OWN_LIMBS)


@dataclass(frozen=True, eq=False)
class CropPlace:
    """Where a person was looked at: the camera of the picture (None where unknown) and the network's crop of it."""

    camera: Camera | None
    crop: Crop


@dataclass(frozen=True, eq=False)
class PicturePlace(CropPlace):
    """A place with the picture (H, W, 3) uint8 RGB that it lies in."""

    image: np.ndarray

    @property
    def place(self) -> CropPlace:
        """It without the picture, to be kept."""
        return CropPlace(self.camera, self.crop)


@dataclass(frozen=True, eq=False)
class NetworkPredictions:
    """What a network predicted in the crops of N people, in its own skeleton. by_person, places: one per person."""

    skeleton: Skeleton
    by_person: Sequence[Prediction]
    places: Sequence[CropPlace]

    @property
    def grid(self) -> VoxelGrid:
        return self.by_person[0].grid

    @property
    def fractions(self) -> np.ndarray:
        """(N, J, 3)"""
        return np.stack([prediction.fractions for prediction in self.by_person])

    @property
    def pixels(self) -> np.ndarray:
        """(N, J, 2) in the picture."""
        pairs = zip(self.places, self.fractions, strict=True)
        return np.stack([place.crop.from_fractions(fractions[:, :2]) for place, fractions in pairs])

    def joints_mm(self, root_depth: np.ndarray) -> np.ndarray:
        """(N, J, 3) mm in the camera frame for root depths (N,) along the crops' depth axes."""
        return reconstruct(self.fractions, root_depth, self.grid, self.places)


def predict_people(
    predictor: VolumePredictor,
    people: People,
    skeleton: Skeleton,
    input_size: int,
    margin: float,
    progress: Callable[[int], None] | None = None,
) -> NetworkPredictions:
    """Run a network of `skeleton` over everybody; crops as the estimator cuts them around an annotated box.

    progress: called with the number of people that are done, after every batch.
    """
    predictions, places = [], []
    for batch in _batches(people, input_size, margin):
        predictions.extend(predictor.predict(batch))
        places.extend(one.place for one in batch)
        if progress is not None:
            progress(len(predictions))
    return NetworkPredictions(skeleton, predictions, places)


def cut_crops(people: People, input_size: int, margin: float) -> Iterator[tuple[np.ndarray, list[CropPlace]]]:
    """Everybody's crop, in batches (B, S, S, 3) uint8 with the places they show."""
    for batch in _batches(people, input_size, margin):
        yield np.stack([one.crop.warp(one.image) for one in batch]), [one.place for one in batch]


def _batches(people: People, input_size: int, margin: float) -> Iterator[list[PicturePlace]]:
    """Where everybody is looked at, BATCH_SIZE people at a time."""
    for start in range(0, len(people), BATCH_SIZE):
        batch = []
        for index in range(start, min(start + BATCH_SIZE, len(people))):
            example = people.examples[index]
            center, side = person_square(example)
            crop = Crop.around(center, margin * side, input_size)
            camera = people.camera(index)
            crop = crop if camera is None else crop.facing(camera)
            batch.append(PicturePlace(camera, crop, example.image))
        yield batch


def find_root_depths(source: str, predictions: NetworkPredictions, people: People) -> np.ndarray:
    """(N,) mm along the crops' depth axes: the true ones, or those by which the limbs have the mean or own lengths."""
    if source == GROUND_TRUTH:
        return true_root_depths(predictions.places, people, predictions.skeleton)
    if source == MEAN_LIMBS:
        lengths = np.broadcast_to(bone_lengths_mm(predictions.skeleton), (len(people), len(predictions.skeleton) - 1))
    elif source == OWN_LIMBS:
        lengths = own_limb_lengths(people, predictions.skeleton)
    else:
        raise InputError(f"Expected the root depth from {', '.join(ROOT_DEPTH_SOURCES)}. Received: {source}.")
    depth = np.empty(len(people))
    for rows, bones in _equal_rows(lengths):
        places, by_person = [predictions.places[row] for row in rows], [predictions.by_person[row] for row in rows]
        depth[rows] = root_depths(places, by_person, predictions.skeleton, bones).depth
    return depth


def true_root_depths(places: Sequence[CropPlace], people: People, skeleton: Skeleton) -> np.ndarray:
    """(N,) mm along the crops' depth axes of the root joint of `skeleton`, NaN where it isn't known."""
    joints, _ = in_skeleton(people.joints_mm, people.skeleton, skeleton)
    return np.array([pose[skeleton.root] @ place.crop.depth_axis for pose, place in zip(joints, places, strict=True)])


def own_limb_lengths(people: People, skeleton: Skeleton) -> np.ndarray:
    """(N, bones) mm: the mean true lengths of each person's subject; somebody without a subject stands for themselves.

    Source: the second root depth mode of Pavlakos et al.
    """
    joints, _ = in_skeleton(people.joints_mm, people.skeleton, skeleton)
    lengths = skeleton.bone_lengths(joints)
    for subject in np.unique(people.tags.subject[people.tags.subject != ""]):
        rows = people.tags.subject == subject
        lengths[rows] = lengths[rows].mean(axis=0)
    return lengths


def in_skeleton(joints: np.ndarray, source: Skeleton, target: Skeleton) -> tuple[np.ndarray, np.ndarray]:
    """Joints (N, J, C), NaN where unknown, in another skeleton's joints, and which of them are known (N, J)."""
    known = np.isfinite(joints).all(axis=-1)
    converted, weights = convert(joints, known.astype(np.float32), source, target)
    return converted, weights > 0


def reconstruct(
    fractions: np.ndarray, root_depth: np.ndarray, grid: VoxelGrid, places: Sequence[CropPlace]
) -> np.ndarray:
    """Fractions (N, J, 3) and root depths (N,) in mm -> (N, J, 3) mm in the camera frames."""
    rows = zip(fractions, root_depth, places, strict=True)
    return np.stack([grid.reconstruct(f, depth, place.camera, place.crop) for f, depth, place in rows])


def _equal_rows(values: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The distinct rows of an array (N, K), each with the indices where it stands."""
    distinct, where = np.unique(values, axis=0, return_inverse=True, equal_nan=False)
    for number, row in enumerate(distinct):
        yield np.flatnonzero(where.ravel() == number), row
