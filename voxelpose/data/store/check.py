"""Whether a store is sound and whether its labels can be true: units, axes, left and right, pictures and joints.

Every finding is one line with a verdict. The bounds are those of human bodies and of cameras, wide enough for children
and acrobats as a crowd; a store whose medians leave them has a wrong unit, axis or name.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from voxelpose.data.labels import CameraJoints
from voxelpose.data.store.manifest import read_manifest
from voxelpose.data.store.stored_examples import StoredExamples
from voxelpose.errors import InputError
from voxelpose.files import sha256
from voxelpose.skeleton import Skeleton

GOOD, FAULT, UNCLEAR, ABSENT = "good", "FAULT", "unclear", "no data"
MEND = "manifest.json, and run the preparation again"
_DECODED = 200
_BENT_MM = 40.0
# Bone by child joint -> shortest and longest median of a crowd in mm.
_LIMBS = {"knee": (330, 540), "ankle": (320, 540), "elbow": (210, 370), "wrist": (180, 330)}


@dataclass(frozen=True)
class Finding:
    """One line: what was looked at, what was found, and the verdict."""

    what: str
    found: str
    verdict: str


@dataclass(frozen=True, eq=False)
class _People:
    """A store's labels as statistics want them: NaN where a number is not known. Units as in `Labels`."""

    store: StoredExamples
    skeleton: Skeleton
    joints: np.ndarray
    weights: np.ndarray
    present: np.ndarray
    joints_mm: np.ndarray
    root_depth: np.ndarray

    @classmethod
    def of(cls, store: StoredExamples) -> "_People":
        labels = store.labels()
        measured = labels.measured or CameraJoints(np.zeros_like(labels.joints), np.zeros_like(labels.known[..., 0]))
        return cls(
            store,
            labels.skeleton,
            np.where(labels.known, labels.joints, np.nan),
            labels.weights,
            labels.present,
            np.where(measured.known[..., None], measured.mm, np.nan),
            np.where(labels.cameras.root_known, labels.cameras.root_depth_mm, np.nan),
        )


def check_files(folder: Path) -> Finding:
    """Whether every shard is there with the bytes that the manifest tells."""
    manifest, _ = read_manifest(folder)
    wrong = [s.file for s in manifest.shards if not (folder / s.file).is_file() or sha256(folder / s.file) != s.sha256]
    if wrong:
        found = f"{len(wrong)} of {len(manifest.shards)} shards missing or changed, first {wrong[0]}"
        return Finding("files", f"{found}; delete them and {MEND}", FAULT)
    return Finding("files", f"{len(manifest.shards)} shards as the manifest has them", GOOD)


def check_examples(store: StoredExamples, seed: int) -> list[Finding]:
    """All findings about pictures and labels."""
    people = _People.of(store)
    checks = (_limbs, _symmetry, _upright, _sides, _root_depth, _relative_depth, _outside, _reprojection, _known)
    return [_pictures(store, seed), *(check(people) for check in checks)]


def _pictures(store: StoredExamples, seed: int) -> Finding:
    rows = np.random.default_rng(seed).permutation(len(store))[:_DECODED]
    try:
        shapes = {store[int(row)].image.shape for row in rows}
    except InputError as error:
        return Finding("pictures", str(error), FAULT)
    expected = (store.size, store.size, 3)
    found = f"{len(rows)} of {len(store):,} read at random, {store.size} pixels square"
    if shapes != {expected}:
        return Finding("pictures", f"expected {expected}, received {sorted(shapes)}", FAULT)
    return Finding("pictures", found, GOOD)


def _limbs(people: _People) -> Finding:
    medians = {}
    for limb in _LIMBS:
        lengths = [_bone(people, f"{side}_{limb}") for side in ("right", "left")]
        lengths = np.concatenate([one for one in lengths if one is not None] or [np.zeros(0)])
        if np.isfinite(lengths).any():
            medians[limb] = float(np.nanmedian(lengths))
    if not medians:
        return Finding("limb lengths", "no joints in mm", ABSENT)
    good = all(_LIMBS[limb][0] <= value <= _LIMBS[limb][1] for limb, value in medians.items())
    names = {"knee": "thigh", "ankle": "shank", "elbow": "upper arm", "wrist": "forearm"}
    found = ", ".join(f"{names[limb]} {value:.0f}" for limb, value in medians.items())
    return Finding("limb lengths", f"{found} mm", GOOD if good else FAULT)


def _symmetry(people: _People) -> Finding:
    ratios = {}
    for limb in _LIMBS:
        right, left = (_bone(people, f"{side}_{limb}") for side in ("right", "left"))
        if right is not None and left is not None and np.isfinite(right * left).any():
            ratios[limb] = float(np.nanmedian(left) / np.nanmedian(right))
    if not ratios:
        return Finding("symmetry", "no joints in mm", ABSENT)
    worst = max(ratios.values(), key=lambda ratio: abs(np.log(ratio)))
    return Finding("symmetry", f"left over right at most {worst:.3f}", GOOD if abs(np.log(worst)) < 0.1 else FAULT)


def _upright(people: _People) -> Finding:
    top, bottom = _first(people.skeleton, "thorax", "upper_neck", "head", "nose"), _ankles(people.skeleton)
    if top is None or bottom is None:
        return Finding("upright", "no head or ankles in this skeleton", ABSENT)
    higher = people.joints[:, bottom, 1].mean(1) - people.joints[:, top, 1]
    return _share("upright", higher, "have the head above the feet in the picture", 0.6)


def _sides(people: _People) -> Finding:
    """Knees bend forwards, and forwards is left x up: true of bodies, false where left and right are swapped."""
    names = ("right_hip", "left_hip", "right_knee", "left_knee", "right_ankle", "left_ankle")
    top = _first(people.skeleton, "thorax", "upper_neck", "head", "neck")
    if top is None or not set(names) <= set(people.skeleton.joints):
        return Finding("left and right", "no hips, knees and ankles in this skeleton", ABSENT)
    hips, knees, ankles = (
        np.stack([people.joints_mm[:, people.skeleton.index(f"{side}_{part}")] for side in ("right", "left")], axis=1)
        for part in ("hip", "knee", "ankle")
    )
    up = people.joints_mm[:, top] - hips.mean(1)
    forward = np.cross(hips[:, 1] - hips[:, 0], up)
    forward /= np.linalg.norm(forward, axis=-1, keepdims=True)
    bend = ((knees - (hips + ankles) / 2) * forward[:, None]).sum(-1).ravel()
    return _share("left and right", bend[np.abs(bend) > _BENT_MM], "of the bent knees bend forwards", 0.6)


def _root_depth(people: _People) -> Finding:
    depth = people.root_depth[np.isfinite(people.root_depth)]
    if not len(depth):
        return Finding("distance", "no camera", ABSENT)
    low, middle, high = np.percentile(depth, (1, 50, 99)) / 1000
    verdict = GOOD if 0.3 <= low and high <= 60 else FAULT if middle < 0.3 or low <= 0 else UNCLEAR
    return Finding("distance", f"{middle:.2f} m, 98 % between {low:.2f} and {high:.2f} m", verdict)


def _relative_depth(people: _People) -> Finding:
    depth = people.joints[..., 2][np.isfinite(people.joints[..., 2]) & people.present[:, None]]
    if not len(depth):
        return Finding("depth of joints", "no joints in mm", ABSENT)
    low, high = np.percentile(depth, (0.5, 99.5))
    beyond = float((np.abs(depth) > 1000).mean())
    extent = max(-low, high)
    verdict = GOOD if 20 < extent < 2000 else FAULT if not 5 < extent < 3000 else UNCLEAR
    found = f"99 % between {low:.0f} and {high:.0f} mm of the root, {beyond:.2%} beyond 1 m"
    return Finding("depth of joints", found, verdict)


def _outside(people: _People) -> Finding:
    known = np.isfinite(people.joints[..., :2]).all(-1) & people.present[:, None]
    if not known.any():
        return Finding("joints outside", "nobody is annotated", FAULT)
    cut = float((known & (people.weights[..., 0] == 0)).sum() / known.sum())
    return Finding("joints outside", f"{cut:.2%} outside their pictures", GOOD if cut < 0.1 else FAULT)


def _reprojection(people: _People) -> Finding:
    """Distance in pixels of the original picture between labels and the projection of the joints in mm."""
    errors = []
    labels = people.store.labels()
    for row in np.flatnonzero(labels.cameras.known & np.isfinite(people.joints_mm).any((1, 2))):
        camera = labels.camera(int(row))
        error = np.linalg.norm(camera.project(people.joints_mm[row]) - people.joints[row, :, :2], axis=-1)
        errors.append(error / people.store.crop(int(row)).scale)
    if not errors:
        return Finding("reprojection", "no joints in mm", ABSENT)
    middle, high = np.nanpercentile(np.concatenate(errors), (50, 99))
    verdict = GOOD if middle < 2.5 and high < 10 else FAULT if middle > 10 else UNCLEAR
    return Finding("reprojection", f"median {middle:.2f} px, 99 % below {high:.2f} px", verdict)


def _known(people: _People) -> Finding:
    share = (people.weights[people.present][..., 0] > 0).mean(0)
    least = int(np.argmin(share))
    found = f"{share.mean():.1%} of the joints, least of all {people.skeleton.joints[least]} with {share[least]:.1%}"
    return Finding("annotated", found, GOOD if share[least] > 0 else UNCLEAR)


def _share(what: str, values: np.ndarray, text: str, bound: float) -> Finding:
    """The share of positive values among the finite ones; good above the bound, a fault below its complement."""
    values = values[np.isfinite(values)]
    if len(values) < 10:
        return Finding(what, f"only {len(values)} cases", ABSENT)
    share = float((values > 0).mean())
    return Finding(what, f"{share:.1%} {text}", GOOD if share > bound else FAULT if share < 1 - bound else UNCLEAR)


def _bone(people: _People, child: str) -> np.ndarray | None:
    """(N,) lengths in mm of the bone that ends in a joint; None where the skeleton lacks it."""
    if child not in people.skeleton.joints:
        return None
    joint = people.skeleton.index(child)
    return np.linalg.norm(people.joints_mm[:, joint] - people.joints_mm[:, people.skeleton.parents[joint]], axis=-1)


def _first(skeleton: Skeleton, *names: str) -> int | None:
    return next((skeleton.index(name) for name in names if name in skeleton.joints), None)


def _ankles(skeleton: Skeleton) -> list[int] | None:
    names = ("right_ankle", "left_ankle")
    return [skeleton.index(name) for name in names] if set(names) <= set(skeleton.joints) else None
