"""Protocols as data: what exactly a number was measured on, and how.

Names say data set and headline metric, never only a number: what some code calls protocol 1, other code calls 2.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np

from voxelpose.errors import InputError
from voxelpose.evaluation.people import People
from voxelpose.evaluation.readings import GROUND_TRUTH, ROOT_DEPTH_SOURCES
from voxelpose.skeleton import H36M17, LSP14

ROOT, PROCRUSTES, PICTURE = "root", "procrustes", "picture"
# the metrics that may be the headline of each alignment; "picture": errors in pixels, nothing is aligned
HEADLINES = {
    ROOT: ("mpjpe", "pck_3d", "auc"),
    PROCRUSTES: ("pa_mpjpe",),
    PICTURE: ("pck_0.2", "pck_0.5", "pckh_0.5", "pcp"),
}
# The limbs of PCP: upper and lower legs and arms.
LIMBS = tuple(
    (f"{side}_{start}", f"{side}_{end}")
    for start, end in (("hip", "knee"), ("knee", "ankle"), ("shoulder", "elbow"), ("elbow", "wrist"))
    for side in ("right", "left")
)
METRICS_3D = ("mpjpe", "pa_mpjpe", "n_mpjpe", "error_x", "error_y", "error_z", "pck_3d", "auc", "pcp_3d", "velocity")


@dataclass(frozen=True)
class Protocol:
    """One way of measuring.

    dataset: which data it is for. subjects, cameras, actions: those that take part, all where empty. frame_step: every
    how many-th frame of a sequence. joints: the names of those scored; root: the joint at which predictions and truth
    are aligned, "" where nothing is. alignment: of the headline metric, see HEADLINES. root_depth: where the depth of
    the root comes from that turns fractions of the crop into millimetres, "" where no millimetres are needed.
    limbs: those counted by PCP. metrics: what is reported, the headline first. about: what it follows, and what to
    know of it.
    """

    name: str
    dataset: str
    about: str
    joints: tuple[str, ...]
    metrics: tuple[str, ...]
    alignment: str
    root: str = ""
    root_depth: str = ""
    limbs: tuple[tuple[str, str], ...] = LIMBS
    subjects: tuple[str, ...] = ()
    cameras: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    frame_step: int = 1

    def __post_init__(self):
        if self.metrics[0] not in HEADLINES[self.alignment]:
            raise ValueError(f"{self.name}: {self.metrics[0]} is no metric of the alignment '{self.alignment}'")
        if self.metric and (not self.root or self.root_depth not in ROOT_DEPTH_SOURCES):
            raise ValueError(f"{self.name}: errors in mm need a root and a source of its depth")

    @property
    def metric(self) -> bool:
        """Whether it measures in millimetres."""
        return self.alignment != PICTURE

    def rows(self, people: People) -> np.ndarray:
        """Indices of those who take part. InputError for data of another kind, or where nobody is left."""
        if people.dataset != self.dataset:
            fitting = [p.name for p in PROTOCOLS.values() if p.dataset == people.dataset]
            raise InputError(
                f"The protocol {self.name} is for {self.dataset}. Received: {people.dataset} ({people.name})"
                + (f", whose protocols are {', '.join(fitting)}." if fitting else ".")
            )
        tags = people.tags
        chosen = np.ones(len(people), bool)
        for wanted, there in (
            (self.subjects, tags.subject),
            (self.cameras, tags.camera),
            (self.actions, tags.action),
        ):
            chosen &= np.isin(there, wanted) if wanted else True
        if self.frame_step > 1:
            chosen &= _every(self.frame_step, tags.sequence, tags.camera, tags.frame)
        if not chosen.any():
            raise InputError(
                f"Nobody in {people.name} takes part in the protocol {self.name}, which wants {self._wanted()}. "
                f"Received: subjects {_few(tags.subject)}; cameras {_few(tags.camera)}; actions {_few(tags.action)}."
            )
        return np.flatnonzero(chosen)

    def _wanted(self) -> str:
        named = {"subjects": self.subjects, "cameras": self.cameras, "actions": self.actions}
        return "; ".join(f"{what} {', '.join(names) or 'all'}" for what, names in named.items())


def _every(step: int, sequence: np.ndarray, camera: np.ndarray, frame: np.ndarray) -> np.ndarray:
    """Frames whose number is a multiple of `step` beyond the first of their sequence and camera."""
    chosen = np.zeros(len(frame), bool)
    _, group = np.unique(np.stack([sequence, camera], axis=-1), axis=0, return_inverse=True)
    for number in range(group.max() + 1):
        rows = np.flatnonzero(group.ravel() == number)
        chosen[rows] = (frame[rows] - frame[rows].min()) % step == 0
    return chosen


def _few(values: np.ndarray) -> str:
    names = [str(name) or "not told" for name in np.unique(values)]
    return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")


def get_protocol(name: str) -> Protocol:
    """The protocol of that name; an unknown name is answered with the nearest ones (InputError)."""
    if name not in PROTOCOLS:
        near = get_close_matches(name, PROTOCOLS, n=3, cutoff=0.3) or list(PROTOCOLS)
        raise InputError(f"There is no protocol '{name}'. Nearest names: {', '.join(near)}.")
    return PROTOCOLS[name]


def default_protocol(people: People) -> Protocol:
    """The first protocol in the table for this kind of data."""
    for protocol in PROTOCOLS.values():
        if protocol.dataset == people.dataset:
            return protocol
    raise InputError(f"No protocol is for {people.dataset} ({people.name}). Known: {', '.join(PROTOCOLS)}.")


_LIMBS = tuple(name for name in LSP14.joints if name not in ("upper_neck", "head"))

_ALL = (
    Protocol(
        name="drawn",
        dataset="drawn people",
        about="People drawn by this project: all joints, those outside of the picture too.",
        joints=H36M17.joints,
        metrics=METRICS_3D,
        alignment=ROOT,
        root="pelvis",
        root_depth=GROUND_TRUTH,
    ),
    Protocol(
        name="lspet",
        dataset="lspet",
        about="Leeds Sports Pose Extended, images above 9000, which training never sees: limbs against the torso's "
        "length (left shoulder to right hip), person-centric sides, box from the annotated joints. The annotation is "
        "noisy, some sides are swapped in it.",
        joints=_LIMBS,
        metrics=("pck_0.2", "pck_0.5", "pcp"),
        alignment=PICTURE,
    ),
)
PROTOCOLS: Mapping[str, Protocol] = {protocol.name: protocol for protocol in _ALL}
