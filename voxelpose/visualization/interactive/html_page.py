"""One self-contained HTML page per result: the photograph, the skeleton in space and the volume behind it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from voxelpose.errors import InputError
from voxelpose.results.pose import Pose3D
from voxelpose.results.stored_volumes import HOW_TO_STORE, StoredVolumes
from voxelpose.visualization.interactive import facts as page_facts
from voxelpose.visualization.interactive.page_files import assemble
from voxelpose.visualization.interactive.volumes import pack, place_of_cells

PAGE_BYTES = 3_000_000
# The most that a volume's place and crop picture take beside its cells.
_BESIDE_CELLS = 25_000
HOW_TO_CHOOSE = "No volumes are shown. `voxelpose visualize SEQUENCE.npz --html PAGE --volumes-at SECONDS` adds them."
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
    facts = _facts(title, moments, joints)
    kept = [moment for moment in moments if moment.stored is not None]
    if not kept:
        return _page(facts, {})
    # What pictures, skeletons and script leave of the page is shared out among the volumes.
    spare = (PAGE_BYTES - len(_page(facts, {}).encode())) // len(kept) - _BESIDE_CELLS
    packed = [pack(moment.stored.volumes, spare) for moment in kept]
    facts["volumes"] = [_volume(moment, one.shapes) for moment, one in zip(kept, packed, strict=True)]
    facts["note"] = _note(max(one.floor for one in packed))
    return _page(facts, {f"volume-{n}-{s}": text for n, one in enumerate(packed) for s, text in enumerate(one.blobs)})


def _page(facts: dict, blobs: dict[str, str]) -> str:
    return assemble("page.html", "page.css", "main.js", facts, blobs)


def _facts(title: str, moments: Sequence[Moment], joints: Sequence[str] | None) -> dict:
    """Everything but the volumes, which the frames name by their numbers."""
    pose = moments[0].pose
    longest = _longest(moments)
    facts = {
        "title": title,
        "model": pose.model if pose.weights_sha256 else f"{pose.model}, untrained",
        "skeleton": page_facts.skeleton_facts(pose.skeleton),
        "camera": page_facts.camera_facts(pose),
        "corners": page_facts.picture_corners(pose),
        "decodeColours": page_facts.DECODE_COLOURS,
        "chosen": _chosen(pose, joints),
        "truth": any(moment.truth is not None for moment in moments),
        "first": next((n for n, moment in enumerate(moments) if moment.stored is not None), 0),
        "frames": [_frame(moment) for moment in moments],
        "photographs": [page_facts.photograph(m.image, longest) for m in moments if m.image is not None],
        "volumes": [],
        "note": "",
        "noVolumes": f"No volumes are shown. {HOW_TO_STORE}." if len(moments) == 1 else HOW_TO_CHOOSE,
    }
    for name, part in (("photograph", "image"), ("volume", "stored")):
        having = [frame for frame, m in zip(facts["frames"], moments, strict=True) if getattr(m, part) is not None]
        for number, frame in enumerate(having):
            frame[name] = number
    return facts


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
    note = "Likelihood in parts of each joint's peak."
    return note if floor == 0 else f"{note} Cells below {100 * floor:.0f} % are left out to keep the page small."
