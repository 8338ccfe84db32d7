"""What exactly a number was measured on, and how."""

from dataclasses import dataclass

from voxelpose.evaluation.predictions.predict import ROOT_DEPTH_SOURCES

ROOT, PROCRUSTES, PICTURE = "root", "procrustes", "picture"
# the metrics that may be the headline of each alignment; "picture": errors in pixels, nothing is aligned
HEADLINES = {
    ROOT: ("mpjpe", "pck_3d"),
    PROCRUSTES: ("pa_mpjpe",),
    PICTURE: ("pck_0.2", "pckh_0.5", "pcp"),
}
# The limbs of PCP: upper and lower legs and arms.
LIMBS = tuple(
    (f"{side}_{start}", f"{side}_{end}")
    for start, end in (("hip", "knee"), ("knee", "ankle"), ("shoulder", "elbow"), ("elbow", "wrist"))
    for side in ("right", "left")
)


@dataclass(frozen=True)
class Protocol:
    """One way of measuring.

    datasets: which data it is for; parts: which part of them, as `voxelpose prepare` calls it; any where empty. about:
    what it follows, and what to know of it. joints: the names of those scored. metrics: what is reported, the headline
    first. alignment: of the headline, see HEADLINES. root: the joint at which predictions and truth are aligned, ""
    where nothing is. root_depth: where the depth of the root comes from that turns fractions of the crop into
    millimetres, "" where no millimetres are needed. limbs: those counted by PCP. subjects, cameras, actions: those that
    take part, all where empty. frame_step: every how many-th frame of a sequence, counted from its first.
    """

    name: str
    datasets: tuple[str, ...]
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
    parts: tuple[str, ...] = ()
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
