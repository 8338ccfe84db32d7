"""Where an error comes from: picture, depth, scale or root depth; swapped sides; who is worst."""

from dataclasses import dataclass

import numpy as np

from voxelpose.evaluation.metrics import functions as metrics
from voxelpose.evaluation.metrics.pairs import Pairs
from voxelpose.evaluation.people.people import People
from voxelpose.evaluation.predictions.predict import NetworkPredictions, in_skeleton, reconstruct, true_root_depths
from voxelpose.geometry.align import root_relative

PARTS = ("place in the picture", "depth from the root", "scale", "depth of the root")


@dataclass(frozen=True)
class Part:
    """One part of the error. alone: MPJPE in mm if only this part were wrong; gain: by how many mm MPJPE falls if this
    part alone were perfect. Parts overlap, so that neither sums up to the whole.
    """

    name: str
    alone: float
    gain: float


def split_error(predictions: NetworkPredictions, people: People, root_depth: np.ndarray) -> list[Part]:
    """The root-relative error (mm, all joints of the network that are known) in parts, the order being PARTS.

    root_depth: (N,) mm, the depths that the poses are reconstructed with; where they are the true ones, the last part
    is 0. Scale is one factor per pose about the root.
    """
    true_depth = true_root_depths(predictions.places, people, predictions.skeleton)
    truth = true_fractions(predictions, people)
    usable = np.isfinite(true_depth)
    known = np.isfinite(truth).all(-1) & usable[:, None]
    predicted = predictions.fractions
    root = predictions.skeleton.root

    def pose(plane: np.ndarray, depth: np.ndarray, of_root: np.ndarray) -> np.ndarray:
        fractions = np.concatenate([plane[..., :2], depth[..., 2:]], axis=-1)
        return root_relative(reconstruct(fractions, of_root, predictions.grid, predictions.places), root)

    true = pose(truth, truth, true_depth)
    whole = pose(predicted, predicted, root_depth)
    factor = metrics.best_scale(whole, true, known)
    alone_and_without = (
        (pose(predicted, truth, true_depth), pose(truth, predicted, root_depth)),
        (pose(truth, predicted, true_depth), pose(predicted, truth, root_depth)),
        (true / factor, whole * factor),
        (pose(truth, truth, root_depth), pose(predicted, predicted, true_depth)),
    )
    error = metrics.mpjpe(whole, true, known)
    return [
        Part(name, metrics.mpjpe(alone, true, known), error - metrics.mpjpe(without, true, known))
        for name, (alone, without) in zip(PARTS, alone_and_without, strict=True)
    ]


def true_fractions(predictions: NetworkPredictions, people: People) -> np.ndarray:
    """(N, J, 3) true joints in the grid of the network's crops, NaN where unknown.

    Joints that are known in mm are seen by the camera; only where they aren't do the annotated pixels count, which in
    some data sets differ from them by a pixel or two.
    """
    pixels, _ = in_skeleton(people.pixels, people.skeleton, predictions.skeleton)
    joints, _ = in_skeleton(people.joints_mm, people.skeleton, predictions.skeleton)
    fractions = []
    for place, plane, pose in zip(predictions.places, pixels, joints, strict=True):
        depth = (pose - pose[predictions.skeleton.root]) @ place.crop.depth_axis
        if place.camera is not None:
            plane = np.where(np.isfinite(pose[:, :2]), place.camera.project(pose), plane)
        fractions.append(np.column_stack([place.crop.to_fractions(plane), predictions.grid.depth_to_fraction(depth)]))
    return np.stack(fractions)


def swap_rates(pairs: Pairs) -> dict[str, float]:
    """Fraction of people, in [0, 1], by kind of joint, whose left and right one lie closer to each other's truth.

    Both must be known. "all": of people, all their pairs of joints together.
    """
    kinds = [name.removeprefix("right_") for name in pairs.joints if name.startswith("right_")]
    rates = {}
    straight_all, crossed_all = np.zeros(len(pairs.true)), np.zeros(len(pairs.true))
    for kind in (kind for kind in kinds if f"left_{kind}" in pairs.joints):
        right, left = pairs.joints.index(f"right_{kind}"), pairs.joints.index(f"left_{kind}")
        both = pairs.known[:, right] & pairs.known[:, left]
        straight, crossed = (
            sum(metrics.distances(pairs.predicted[:, a], pairs.true[:, b]) for a, b in way)
            for way in (((right, right), (left, left)), ((right, left), (left, right)))
        )
        straight_all += np.where(both, straight, 0)
        crossed_all += np.where(both, crossed, 0)
        if both.any():
            rates[kind] = float((crossed < straight)[both].mean())
    if rates:
        close = straight_all + crossed_all > 0
        rates["all"] = float((crossed_all < straight_all)[close].mean())
    return rates


def worst_people(pairs: Pairs, count: int = 20) -> list[tuple[int, float]]:
    """The `count` people of the largest mean error over their known joints, worst first: index, error."""
    error = np.where(pairs.known, metrics.distances(pairs.predicted, pairs.true), 0).sum(1)
    known = pairs.known.sum(1)
    mean = np.where(known > 0, error / np.maximum(known, 1), -np.inf)
    order = np.argsort(-mean, kind="stable")[:count]
    return [(int(index), float(mean[index])) for index in order if known[index]]
