"""The protocols as a table of facts.

Names say data set and headline metric, never only a number: what some code calls protocol 1, other code calls 2.
"""

from collections.abc import Mapping
from difflib import get_close_matches

from voxelpose.errors import InputError
from voxelpose.evaluation.people.people import People
from voxelpose.evaluation.people.validation import LIMB_JOINTS
from voxelpose.evaluation.predictions.predict import GROUND_TRUTH, MEAN_LIMBS
from voxelpose.evaluation.protocols.protocol import LIMBS, PICTURE, PROCRUSTES, ROOT, Protocol
from voxelpose.skeleton import H36M17, LSP14, MPII16


def get_protocol(name: str) -> Protocol:
    """The protocol of that name; an unknown name is answered with the nearest ones (InputError)."""
    if name not in PROTOCOLS:
        near = get_close_matches(name, PROTOCOLS, n=3, cutoff=0.3) or list(PROTOCOLS)
        raise InputError(f"There is no protocol '{name}'. Nearest names: {', '.join(near)}.")
    return PROTOCOLS[name]


def fitting_protocols(people: People) -> list[Protocol]:
    """The protocols for this kind of data in the order of the table, those for any data last; never empty."""
    return [
        protocol
        for protocol in sorted(PROTOCOLS.values(), key=lambda p: not p.datasets)
        if people.dataset in protocol.datasets or (not protocol.datasets and protocol.metric == people.metric)
    ]


_IN_MM = ("mpjpe", "pa_mpjpe", "n_mpjpe", "error_x", "error_y", "error_z", "pck_3d", "auc", "pcp_3d", "velocity")
_ALIGNED = ("pa_mpjpe", "mpjpe", "n_mpjpe")
_H36M = ("h36m-authors", "h36m-fetch", "h36m-npz", "h36m-small")
_TEST = ("S9", "S11")

_ALL = (
    Protocol(
        name="h36m-mpjpe-paper",
        datasets=_H36M,
        about="Pavlakos et al. 2017 (71.9 mm, mean over frames): the five training subjects are S1, S5, S6, S7, S8; "
        "10 of 50 frames a second; the released code finds the root by the mean limbs of the training subjects.",
        subjects=_TEST,
        frame_step=5,
        joints=H36M17.joints,
        metrics=_IN_MM,
        alignment=ROOT,
        root="pelvis",
        root_depth=MEAN_LIMBS,
    ),
    Protocol(
        name="h36m-pa-paper",
        datasets=_H36M,
        about="As h36m-mpjpe-paper, after Procrustes (51.9 mm).",
        subjects=_TEST,
        frame_step=5,
        joints=H36M17.joints,
        metrics=_ALIGNED,
        alignment=PROCRUSTES,
        root="pelvis",
        root_depth=MEAN_LIMBS,
    ),
    Protocol(
        name="h36m-mpjpe",
        datasets=_H36M,
        about="As most later work from pictures (Sun et al. 2018): every 64th frame, true root depth.",
        subjects=_TEST,
        frame_step=64,
        joints=H36M17.joints,
        metrics=_IN_MM[:-1],  # frames so far apart have no velocity
        alignment=ROOT,
        root="pelvis",
        root_depth=GROUND_TRUTH,
    ),
    Protocol(
        name="h36m-mpjpe-every-frame",
        datasets=_H36M,
        about="As later work on sequences (Pavllo et al. 2019): every frame, true root depth, with velocities.",
        subjects=_TEST,
        joints=H36M17.joints,
        metrics=_IN_MM,
        alignment=ROOT,
        root="pelvis",
        root_depth=GROUND_TRUTH,
    ),
    Protocol(
        name="h36m-pa-s11",
        datasets=_H36M,
        about="The older one, which some code calls protocol 1 (Yasin et al. 2016): S11 alone in every 64th frame "
        "after Procrustes; S9 then belongs to the training subjects.",
        subjects=("S11",),
        frame_step=64,
        joints=H36M17.joints,
        metrics=_ALIGNED,
        alignment=PROCRUSTES,
        root="pelvis",
        root_depth=GROUND_TRUTH,
    ),
    Protocol(
        name="h36m-pa-frontal",
        datasets=_H36M,
        about="As work on body models (Bogo et al. 2016; SPIN's code): the camera in front, every 5th frame, 14 "
        "joints, after Procrustes. HMR's code takes the first repetition of each action only.",
        subjects=_TEST,
        cameras=("60457274",),
        frame_step=5,
        joints=(*LIMB_JOINTS, "thorax", "head"),
        metrics=_ALIGNED,
        alignment=PROCRUSTES,
        root="pelvis",
        root_depth=GROUND_TRUTH,
    ),
    Protocol(
        name="humaneva-pa",
        datasets=("humaneva",),
        parts=("validate",),
        about="HumanEva-I, validation part, walking and jogging per subject, first camera, after Procrustes. "
        "VideoPose3D's code averages over the three colour cameras.",
        subjects=("S1", "S2", "S3"),
        cameras=("C1",),
        actions=("Walking", "Jog"),
        joints=(*LIMB_JOINTS, "pelvis", "thorax", "head"),
        metrics=_ALIGNED,
        alignment=PROCRUSTES,
        root="pelvis",
        root_depth=GROUND_TRUTH,
    ),
    Protocol(
        name="3dhp-pck",
        datasets=("mpi-inf-3dhp", "mpi-inf-3dhp-small"),
        parts=("test",),
        about="MPI-INF-3DHP's six test subjects (Mehta et al. 2017): 3D PCK at 150 mm and AUC over 14 joints.",
        subjects=tuple(f"TS{n}" for n in range(1, 7)),
        joints=(*LIMB_JOINTS, "thorax", "head"),
        metrics=("pck_3d", "auc", "mpjpe", "pa_mpjpe"),
        alignment=ROOT,
        root="pelvis",
        root_depth=GROUND_TRUTH,
    ),
    Protocol(
        name="3dpw-mpjpe",
        datasets=("3dpw",),
        parts=("test",),
        about="3DPW's test part, the 12 limb joints of SMPL itself. Published numbers regress 14 joints from the "
        "mesh, so that theirs and these differ.",
        joints=LIMB_JOINTS,
        metrics=("mpjpe", "pa_mpjpe", "n_mpjpe", "velocity"),
        alignment=ROOT,
        root="pelvis",
        root_depth=GROUND_TRUTH,
    ),
    Protocol(
        name="3dpw-pa",
        datasets=("3dpw",),
        parts=("test",),
        about="As 3dpw-mpjpe, after Procrustes.",
        joints=LIMB_JOINTS,
        metrics=_ALIGNED,
        alignment=PROCRUSTES,
        root="pelvis",
        root_depth=GROUND_TRUTH,
    ),
    Protocol(
        name="mpii-pckh",
        datasets=("mpii", "mpii-h5", "mpii-json"),
        about="MPII (Andriluka et al. 2014): PCKh at 0.5 over 14 joints, pelvis and thorax left out as in its tables.",
        joints=tuple(name for name in MPII16.joints if name not in ("pelvis", "thorax")),
        metrics=("pckh_0.5",),
        alignment=PICTURE,
    ),
    Protocol(
        name="lsp-pck",
        datasets=("lsp",),
        parts=("test",),
        about="Leeds Sports Pose's test part: PCK at 0.2 of the torso, person-centric sides.",
        joints=LSP14.joints,
        metrics=("pck_0.2", "pck_0.5", "pcp"),
        alignment=PICTURE,
    ),
    Protocol(
        name="lsp-pcp",
        datasets=("lsp",),
        parts=("test",),
        about="As lsp-pck, by limbs: strict PCP at 0.5, legs, arms and the head.",
        joints=LSP14.joints,
        limbs=(*LIMBS, ("upper_neck", "head")),
        metrics=("pcp",),
        alignment=PICTURE,
    ),
    Protocol(
        name="lspet",
        datasets=("lspet", "lspet-packed"),
        parts=("heldout",),
        about="Leeds Sports Pose Extended, images above 9000, which training never sees: limbs against the torso's "
        "length (left shoulder to right hip), person-centric sides, box from the annotated joints. The annotation is "
        "noisy, some sides are swapped in it.",
        joints=LIMB_JOINTS,
        metrics=("pck_0.2", "pck_0.5", "pcp"),
        alignment=PICTURE,
    ),
    Protocol(
        name="exercises",
        datasets=("exercises-packed",),
        parts=("heldout",),
        about="Photographs of people exercising, by exercise apart from training: limbs against the torso's length, "
        "where BlazePose heavy and MoveNet Thunder agree within 4 % of the crop. A network that learned from either is "
        "measured against its teacher.",
        joints=LIMB_JOINTS,
        metrics=("pck_0.2", "pck_0.5", "pcp"),
        alignment=PICTURE,
    ),
    Protocol(
        name="people-v1",
        datasets=("people-v1",),
        parts=("test",),
        about="The test part of the benchmark that anyone can draw with this project: all joints, those outside of the "
        "picture too; labels compared with the published checksums.",
        joints=H36M17.joints,
        metrics=_IN_MM,
        alignment=ROOT,
        root="pelvis",
        root_depth=GROUND_TRUTH,
    ),
    Protocol(
        name="drawn",
        datasets=("drawn people", "people-v1"),
        about="Any people drawn by this project: all joints, those outside of the picture too.",
        joints=H36M17.joints,
        metrics=_IN_MM,
        alignment=ROOT,
        root="pelvis",
        root_depth=GROUND_TRUTH,
    ),
    Protocol(
        name="own-3d",
        datasets=(),
        about="Any data with joints in mm: whatever joints of Human3.6M it has, true root depth.",
        joints=H36M17.joints,
        metrics=_IN_MM,
        alignment=ROOT,
        root="pelvis",
        root_depth=GROUND_TRUTH,
    ),
    Protocol(
        name="own-2d",
        datasets=(),
        about="Any data with joints in the picture: the 12 limb joints.",
        joints=LIMB_JOINTS,
        metrics=("pck_0.2", "pck_0.5", "pcp"),
        alignment=PICTURE,
    ),
)
PROTOCOLS: Mapping[str, Protocol] = {protocol.name: protocol for protocol in _ALL}
