"""What a network makes of a few held-out people: predicted and true skeletons, and the volume from three sides."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from voxelpose.evaluation.people.validation import ValidationPeople
from voxelpose.networks import decode
from voxelpose.skeleton import Skeleton
from voxelpose.training.setup.trained_network import TrainedNetwork
from voxelpose.visualization.figures.overlay import draw_skeleton
from voxelpose.visualization.figures.style import LEFT, RIGHT, new_figure
from voxelpose.visualization.figures.volume import volume_projections

PEOPLE = 3
# The joints whose volumes are shown: the ends of the body, which are the hardest.
_SHOWN = ("head", "head_top", "right_wrist", "left_wrist", "right_ankle", "left_ankle")
_CELL_INCHES = 2.35
_TRUTH_GREY = "#8a8a8a"


def predicted_people(network: TrainedNetwork, people: ValidationPeople, name: str, count: int = PEOPLE) -> Figure:
    """Draw `count` people, spread over a held-out set: crop with the prediction over the truth, and three projections.

    The network is used as it is at the time of the call. name: of the set, for the title.
    """
    rows = np.unique(np.linspace(0, len(people.images) - 1, count).round().astype(int))
    volumes = _volumes(network, people.images[rows])
    likelihood = decode.likelihood(volumes, network.preset.calibration.temperature)
    fractions = decode.soft_argmax(volumes, network.preset.calibration.temperature)
    skeleton, joints = network.skeleton, _shown(network.skeleton)
    figure = new_figure(4 * _CELL_INCHES, len(rows) * (_CELL_INCHES + 0.35) + 0.7)
    axes = figure.subplots(len(rows), 4, squeeze=False)
    for row, example in enumerate(rows):
        image = _picture(people.images[example])
        volume_projections(likelihood[row], image, network.grid, joints, skeleton.joints, axes[row])
        _draw_truth(axes[row, 0], people, example, skeleton)
        draw_skeleton(axes[row, 0], skeleton, _pixels(fractions[row], image), *_solid(skeleton), line_width=1.6)
    figure.suptitle(f"{name}: prediction on the crop, and the likelihoods of {_names(skeleton, joints)}", fontsize=9)
    figure.legend(
        handles=[
            Line2D([], [], color=RIGHT[0], linewidth=3, label="person's right"),
            Line2D([], [], color=LEFT[0], linewidth=3, label="person's left"),
            Line2D([], [], color=_TRUTH_GREY, linewidth=3, label="truth"),
        ],
        loc="outside lower center",
        ncols=3,
        fontsize=8,
        frameon=False,
    )
    return figure


def _picture(image: np.ndarray) -> np.ndarray:
    """A network's input as (S, S, 3) uint8 RGB; of the heatmaps of a lifter the strongest joint's in grey."""
    return image if image.shape[-1] == 3 else np.repeat(image.max(axis=-1, keepdims=True), 3, axis=-1)


def _volumes(network: TrainedNetwork, images: np.ndarray) -> np.ndarray:
    """(N, H, W, J, D) of the last stage."""
    arrays = network.model(images.astype(np.float32) / 255.0, training=False)
    return network.outputs.joints.volume({name: np.asarray(array, np.float32) for name, array in arrays.items()})


def _shown(skeleton: Skeleton) -> list[int]:
    found = [skeleton.index(name) for name in _SHOWN if name in skeleton.joints]
    return found or list(range(min(4, len(skeleton))))


def _names(skeleton: Skeleton, joints: list[int]) -> str:
    return ", ".join(skeleton.joints[joint].replace("_", " ") for joint in joints)


def _pixels(fractions: np.ndarray, image: np.ndarray) -> np.ndarray:
    return fractions[:, :2] * image.shape[0] - 0.5


def _solid(skeleton: Skeleton) -> tuple[np.ndarray, np.ndarray]:
    """Opacity and hollowness of joints that are simply there."""
    return np.ones(len(skeleton)), np.zeros(len(skeleton), bool)


def _draw_truth(axis: Axes, people: ValidationPeople, example: int, skeleton: Skeleton) -> None:
    size = people.images.shape[1]
    known = people.labels.weights[example, :, :1] > 0
    points = people.crops[example].to_fractions(people.labels.joints[example, :, :2]) * size - 0.5
    points = np.where(known, points, np.nan)
    for bone in skeleton.bones:
        axis.plot(*points[list(bone)].T, color=_TRUTH_GREY, linewidth=3, solid_capstyle="round", zorder=1.5)
    axis.set(xlim=(-0.5, size - 0.5), ylim=(size - 0.5, -0.5))
