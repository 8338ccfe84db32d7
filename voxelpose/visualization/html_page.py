"""One self-contained HTML page per result: the photograph, the skeleton in space and the volume behind it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from voxelpose.errors import InputError
from voxelpose.inference.stored_volumes import HOW_TO_STORE, StoredVolumes
from voxelpose.pose import Pose3D
from voxelpose.visualization import page_facts
from voxelpose.visualization.page_sources import assemble
from voxelpose.visualization.page_volumes import pack, place_of_cells

# A page of one result stays below 3 MB: pictures, script and facts take less than this rest.
PAGE_BYTES = 3_000_000
HOW_TO_CHOOSE = "No volumes are shown. `voxelpose visualize SEQUENCE.npz --html PAGE --volumes-at SECONDS` adds them."
_OTHER_BYTES = 650_000
_LONGEST_PICTURE = 1100


@dataclass(frozen=True, eq=False)
class Moment:
    """What the page shows at one time.

    pose: the joints; time: seconds; image: (H, W, 3) uint8 RGB or None; stored: its volumes or None; truth: (J, 3) mm
    in the camera frame or None.
    """

    pose: Pose3D
    time: float = 0.0
    image: np.ndarray | None = None
    stored: StoredVolumes | None = None
    truth: np.ndarray | None = None


def html_page(title: str, moments: Sequence[Moment], joints: Sequence[str] | None = None) -> str:
    """The page's text.

    moments: one for a photograph, many for a video, in order of time, of one camera and skeleton;
    joints: names of those whose volume is shown at first; the ends of the limbs if None.
    Raises InputError for an unknown joint, moments that do not go together, or none at all.
    """
    _check(moments)
    pose = moments[0].pose
    chosen = _chosen(pose, joints)
    with_volumes = [moment for moment in moments if moment.stored is not None]
    budget = (PAGE_BYTES - _OTHER_BYTES) // max(1, len(with_volumes))
    photographs, volumes, blobs, frames, floor = [], [], {}, [], 0.0
    for moment in moments:
        frame = _frame(moment)
        if moment.image is not None:
            frame["photograph"] = len(photographs)
            photographs.append(page_facts.photograph(moment.image, _longest(moments)))
        if moment.stored is not None:
            packed = pack(moment.stored.volumes, budget)
            floor = max(floor, packed.floor)
            blobs |= {f"volume-{len(volumes)}-{stage}": text for stage, text in enumerate(packed.blobs)}
            frame["volume"] = len(volumes)
            volumes.append(_volume(moment, packed.shapes))
        frames.append(frame)
    facts = {
        "title": title,
        "model": pose.model if pose.weights_sha256 else f"{pose.model}, untrained",
        "skeleton": page_facts.skeleton_facts(pose.skeleton),
        "camera": page_facts.camera_facts(pose),
        "corners": page_facts.picture_corners(pose),
        "decodeColours": page_facts.DECODE_COLOURS,
        "chosen": chosen,
        "truth": any(moment.truth is not None for moment in moments),
        "first": next((n for n, moment in enumerate(moments) if moment.stored is not None), 0),
        "frames": frames,
        "photographs": photographs,
        "volumes": volumes,
        "note": _note(floor),
        "noVolumes": f"No volumes are shown. {HOW_TO_STORE}." if len(moments) == 1 else HOW_TO_CHOOSE,
    }
    return assemble("page.html", "page.css", "main.js", facts, blobs)


def _check(moments: Sequence[Moment]) -> None:
    if not moments:
        raise InputError("Expected at least one pose to show. Received: none.")
    first = moments[0].pose
    for moment in moments:
        pose = moment.pose
        if pose.skeleton != first.skeleton or pose.camera != first.camera:
            raise InputError("Expected poses of one skeleton and one camera on a page. Received: several.")
        for name, array, shape in (
            ("truth", moment.truth, (len(pose.skeleton), 3)),
            ("image", moment.image, (*pose.image_size[::-1], 3)),
        ):
            if array is not None and array.shape != shape:
                raise InputError(f"Expected {name} of shape {shape}. Received: shape {array.shape}.")


def _chosen(pose: Pose3D, joints: Sequence[str] | None) -> list[int]:
    if joints is not None:
        return [pose.skeleton.index(name) for name in joints]
    return [joint for joint in range(len(pose.skeleton)) if joint not in pose.skeleton.parents]


def _longest(moments: Sequence[Moment]) -> int:
    """The more photographs, the smaller each."""
    count = sum(moment.image is not None for moment in moments)
    return max(160, int(_LONGEST_PICTURE / np.sqrt(max(count, 1))))


def _frame(moment: Moment) -> dict:
    decodes = {} if moment.stored is None else page_facts.decodes_of(moment.stored, moment.pose)
    return page_facts.frame_facts(moment.pose, moment.time, moment.truth, decodes)


def _volume(moment: Moment, shapes: list[list[int]]) -> dict:
    stored, pose = moment.stored, moment.pose
    place = place_of_cells(stored.crop, stored.grid, pose.camera, pose.root_depth)
    return {**place, "stages": shapes, "crop": page_facts.photograph(stored.crop_image, 192)}


def _note(floor: float) -> str:
    said = "Likelihood in parts of each joint's peak."
    return said if floor == 0 else f"{said} Cells below {100 * floor:.0f} % are left out to keep the page small."
