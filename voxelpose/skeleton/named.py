"""The skeletons that have names, and the mean lengths of limbs."""

from collections.abc import Mapping

from voxelpose.errors import InputError
from voxelpose.skeleton.tree import Skeleton


def _skeleton(name: str, tree: str) -> Skeleton:
    """Build a skeleton from "joint:parent" words in joint order; the root has no parent."""
    pairs = [word.partition(":") for word in tree.split()]
    joints = tuple(joint for joint, _, _ in pairs)
    parents = tuple(joints.index(parent or joint) for joint, _, parent in pairs)
    return Skeleton(name, joints, parents)


H36M17 = _skeleton(
    "h36m17",
    """pelvis right_hip:pelvis right_knee:right_hip right_ankle:right_knee
    left_hip:pelvis left_knee:left_hip left_ankle:left_knee spine:pelvis thorax:spine jaw:thorax head:jaw
    left_shoulder:thorax left_elbow:left_shoulder left_wrist:left_elbow
    right_shoulder:thorax right_elbow:right_shoulder right_wrist:right_elbow""",
)
# The order in the files of Pavlakos et al.: the same joints, left leg first.
C2F17 = _skeleton(
    "c2f17",
    """pelvis left_hip:pelvis left_knee:left_hip left_ankle:left_knee
    right_hip:pelvis right_knee:right_hip right_ankle:right_knee spine:pelvis thorax:spine jaw:thorax head:jaw
    left_shoulder:thorax left_elbow:left_shoulder left_wrist:left_elbow
    right_shoulder:thorax right_elbow:right_shoulder right_wrist:right_elbow""",
)
MPII16 = _skeleton(
    "mpii16",
    """right_ankle:right_knee right_knee:right_hip right_hip:pelvis left_hip:pelvis left_knee:left_hip
    left_ankle:left_knee pelvis thorax:pelvis upper_neck:thorax head:upper_neck
    right_wrist:right_elbow right_elbow:right_shoulder right_shoulder:thorax
    left_shoulder:thorax left_elbow:left_shoulder left_wrist:left_elbow""",
)
LSP14 = _skeleton(
    "lsp14",
    """right_ankle:right_knee right_knee:right_hip right_hip:upper_neck left_hip:upper_neck left_knee:left_hip
    left_ankle:left_knee right_wrist:right_elbow right_elbow:right_shoulder right_shoulder:upper_neck
    left_shoulder:upper_neck left_elbow:left_shoulder left_wrist:left_elbow upper_neck head:upper_neck""",
)
COCO17 = _skeleton(
    "coco17",
    """nose left_eye:nose right_eye:nose left_ear:left_eye right_ear:right_eye
    left_shoulder:nose right_shoulder:nose left_elbow:left_shoulder right_elbow:right_shoulder
    left_wrist:left_elbow right_wrist:right_elbow left_hip:left_shoulder right_hip:right_shoulder
    left_knee:left_hip right_knee:right_hip left_ankle:left_knee right_ankle:right_knee""",
)

# MPI-INF-3DHP's "neck" lies where Human3.6M has the thorax, some 2 to 7 cm above the line of the shoulders, and its
# "head_top" is the head; the middle of the skull, "head" there, has no counterpart.
MPI3DHP28 = _skeleton(
    "mpi3dhp28",
    """spine3:spine2 spine4:spine3 spine2:spine spine:pelvis pelvis thorax:spine4 skull:thorax head:skull
    left_clavicle:thorax left_shoulder:left_clavicle left_elbow:left_shoulder left_wrist:left_elbow left_hand:left_wrist
    right_clavicle:thorax right_shoulder:right_clavicle right_elbow:right_shoulder right_wrist:right_elbow
    right_hand:right_wrist
    left_hip:pelvis left_knee:left_hip left_ankle:left_knee left_foot:left_ankle left_toe:left_foot
    right_hip:pelvis right_knee:right_hip right_ankle:right_knee right_foot:right_ankle right_toe:right_foot""",
)
MPI3DHP17 = _skeleton(
    "mpi3dhp17",
    """head:skull thorax:spine right_shoulder:thorax right_elbow:right_shoulder right_wrist:right_elbow
    left_shoulder:thorax left_elbow:left_shoulder left_wrist:left_elbow right_hip:pelvis right_knee:right_hip
    right_ankle:right_knee left_hip:pelvis left_knee:left_hip left_ankle:left_knee pelvis spine:pelvis skull:thorax""",
)
# The joints of the SMPL body, in which 3DPW gives its poses. Its "head" is the joint inside the skull.
SMPL24 = _skeleton(
    "smpl24",
    """pelvis left_hip:pelvis right_hip:pelvis spine1:pelvis left_knee:left_hip right_knee:right_hip spine2:spine1
    left_ankle:left_knee right_ankle:right_knee spine3:spine2 left_foot:left_ankle right_foot:right_ankle neck:spine3
    left_collar:spine3 right_collar:spine3 skull:neck left_shoulder:left_collar right_shoulder:right_collar
    left_elbow:left_shoulder right_elbow:right_shoulder left_wrist:left_elbow right_wrist:right_elbow
    left_hand:left_wrist right_hand:right_wrist""",
)
HUMANEVA15 = _skeleton(
    "humaneva15",
    """pelvis thorax:pelvis left_shoulder:thorax left_elbow:left_shoulder left_wrist:left_elbow
    right_shoulder:thorax right_elbow:right_shoulder right_wrist:right_elbow
    left_hip:pelvis left_knee:left_hip left_ankle:left_knee right_hip:pelvis right_knee:right_hip
    right_ankle:right_knee head:thorax""",
)

SKELETONS: Mapping[str, Skeleton] = {
    s.name: s for s in (H36M17, C2F17, MPII16, LSP14, COCO17, MPI3DHP28, MPI3DHP17, SMPL24, HUMANEVA15)
}

# Mean limbs of the training subjects of Human3.6M by child joint, in mm (Pavlakos et al., released code).
MEAN_BONE_LENGTHS_MM: Mapping[str, float] = {
    "right_hip": 134.05,
    "left_hip": 134.05,
    "right_knee": 449.20,
    "left_knee": 449.20,
    "right_ankle": 445.58,
    "left_ankle": 445.58,
    "spine": 238.38,
    "thorax": 255.34,
    "jaw": 116.08,
    "head": 115.00,
    "right_shoulder": 148.84,
    "left_shoulder": 148.84,
    "right_elbow": 279.76,
    "left_elbow": 279.76,
    "right_wrist": 249.52,
    "left_wrist": 249.52,
}


def get_skeleton(name: str) -> Skeleton:
    """A named skeleton; an unknown name is answered with the known ones (InputError)."""
    if name not in SKELETONS:
        raise InputError(f"Expected a skeleton among {', '.join(SKELETONS)}. Received: '{name}'.")
    return SKELETONS[name]
