"""SMPL, SMPL+H and SMPL-X from the user's own files (.npz, or .pkl with chumpy objects): nothing in them is run.

The models are not part of this package; their licences are their owners'. The keys are those that their files have.
"""

from pathlib import Path
from typing import Any

import numpy as np

from voxelpose.body.model import BodyModel
from voxelpose.body.parts import SMPLX_HANDS, HandSpace, Landmarks
from voxelpose.errors import InputError
from voxelpose.safe_files.npz import array_names, read_npz
from voxelpose.safe_files.pickles import read_pickle
from voxelpose.skeleton import SMPL24

_BODY = (*SMPL24.joints[:15], "head", *SMPL24.joints[16:22])
# Kind of model by its number of joints: its name, the joints, and the groups of its pose with their sizes.
_KINDS = {
    24: ("SMPL", (*_BODY, "left_hand", "right_hand"), {"global_orient": 1, "body_pose": 23}),
    52: (
        "SMPL+H",
        (*_BODY, *SMPLX_HANDS),
        {"global_orient": 1, "body_pose": 21, "left_hand_pose": 15, "right_hand_pose": 15},
    ),
    55: (
        "SMPL-X",
        (*_BODY, "jaw", "left_eye", "right_eye", *SMPLX_HANDS),
        {
            "global_orient": 1, "body_pose": 21, "jaw_pose": 1, "leye_pose": 1, "reye_pose": 1,
            "left_hand_pose": 15, "right_hand_pose": 15,
        },
    ),
}  # fmt: skip
_NEEDED = ("v_template", "f", "shapedirs", "posedirs", "J_regressor", "weights", "kintree_table")
_OPTIONAL = (
    "hands_componentsl", "hands_componentsr", "hands_meanl", "hands_meanr", "lmk_faces_idx", "lmk_bary_coords",
)  # fmt: skip
# What pickles of these models hold beside arrays, of which the attributes are enough.
_OBJECTS = (
    "chumpy.ch.Ch", "chumpy.reordering.Select", "scipy.sparse.csc.csc_matrix", "scipy.sparse._csc.csc_matrix",
)  # fmt: skip
# From this many columns on, a SMPL-X file has its expressions behind 300 shapes (version 1.1); before, behind 10.
_LATER_COLUMNS, _LATER_SHAPES, _EARLIER_SHAPES = 400, 300, 10
# Vertices that stand for points of the face, feet and fingertips, by the number of vertices that a mesh has.
_POINTS = (
    "nose", "right_eye", "left_eye", "right_ear", "left_ear", "left_big_toe", "left_small_toe", "left_heel",
    "right_big_toe", "right_small_toe", "right_heel",
    *(f"{s}_{f}_tip" for s in ("left", "right") for f in ("thumb", "index", "middle", "ring", "pinky")),
)  # fmt: skip
_VERTICES = {
    6890: (332, 6260, 2800, 4071, 583, 3216, 3226, 3387, 6617, 6624, 6787, 2746, 2319, 2445, 2556, 2673, 6191, 5782,
           5905, 6016, 6133),
    10475: (9120, 9929, 9448, 616, 6, 5770, 5780, 8846, 8463, 8474, 8635, 5361, 4933, 5058, 5169, 5286, 8079, 7669,
            7794, 7905, 8022),
}  # fmt: skip


def load_smpl(path: str | Path, shapes: int = 10, expressions: int = 10) -> BodyModel:
    """A model of the SMPL family with the first `shapes` and `expressions` of its directions.

    Hands are relative to the file's hand mean, as SMPL-X's are by default; their few numbers are the file's components.
    Landmarks are picked vertices where the topology is a known one, and the 51 static points of the face. The contour
    of the face, which depends on the pose there, is left out. InputError where the file is no such model.
    """
    found = _content(Path(path))
    weights = _dense(found["weights"], path)
    if weights.ndim != 2 or weights.shape[1] not in _KINDS:
        raise InputError(f"Expected weights of 24, 52 or 55 joints in {path}. Received: shape {weights.shape}.")
    kind, joints, groups = _KINDS[weights.shape[1]]
    template = _dense(found["v_template"], path).astype(np.float64)
    regressor = _dense(found["J_regressor"], path).astype(np.float64)
    directions = np.moveaxis(_dense(found["shapedirs"], path).astype(np.float64), -1, 0)
    if regressor.shape != (len(joints), len(template)) or directions.shape[1:] != template.shape:
        raise InputError(
            f"Expected J_regressor ({len(joints)}, {len(template)}) and shapedirs ({len(template)}, 3, S) in {path}. "
            f"Received: {regressor.shape} and {(*directions.shape[1:], len(directions))}."
        )
    faces_begin = _LATER_SHAPES if len(directions) >= _LATER_COLUMNS else _EARLIER_SHAPES
    all_shapes = faces_begin if kind == "SMPL-X" else len(directions)
    shape_part = directions[:all_shapes][:shapes]
    expression_part = directions[all_shapes:][:expressions]
    both = np.concatenate([shape_part, expression_part])
    parents = np.asarray(found["kintree_table"]).astype(np.int64)[0]
    strongest = np.argsort(-weights, axis=1, kind="stable")[:, : max(int((weights > 0).sum(1).max()), 1)]
    ends = np.cumsum([0, *groups.values()])
    count = len(template)
    return BodyModel(
        name=f"{kind} of {Path(path).name}",
        template=template.astype(np.float32),
        shape_directions=shape_part.astype(np.float32),
        expression_directions=expression_part.astype(np.float32),
        pose_directions=np.moveaxis(_dense(found["posedirs"], path), -1, 0).astype(np.float32),
        joint_names=joints,
        joint_template=(regressor @ template).astype(np.float32),
        joint_directions=np.einsum("jv,svd->sjd", regressor, both, optimize=True).astype(np.float32),
        # The root's parent is stored as 2^32 - 1.
        parents=np.where(parents >= 2**31, -1, parents),
        pose_groups={name: tuple(range(ends[i], ends[i + 1])) for i, name in enumerate(groups)},
        skin_joints=strongest.astype(np.uint8),
        skin_weights=np.take_along_axis(weights, strongest, 1).astype(np.float32),
        faces=np.asarray(found["f"]).astype(np.int64),
        skin=np.arange(count),
        part_names=joints,
        part_of_vertex=strongest[:, 0],
        joint_mirror=np.zeros(0, np.intp),
        vertex_mirror=np.zeros(0, np.intp),
        expression_mirror=np.zeros(0, np.intp),
        limits=np.tile(np.float32([-np.pi, np.pi]), (len(joints), 3, 1)),
        landmarks=_landmarks(found, count, path),
        hand_space=_hand_space(found, groups),
    )


def _content(path: Path) -> dict[str, Any]:
    if path.suffix == ".pkl":
        found = read_pickle(path, _OBJECTS)
        found = found if isinstance(found, dict) else {}
    else:
        names = array_names(path)
        wanted = [name for name in (*_NEEDED, *_OPTIONAL) if name in names]
        found = read_npz(path, dict.fromkeys(wanted))
    missing = [name for name in _NEEDED if name not in found]
    if missing:
        raise InputError(f"Expected a SMPL, SMPL+H or SMPL-X model at {path}. It lacks {', '.join(missing)}.")
    return found


def _dense(value: Any, path: str | Path) -> np.ndarray:
    """An array, also of chumpy's objects and of SciPy's columns (CSC), which come as their attributes."""
    if isinstance(value, dict) and "indptr" in value:
        data, rows, starts = (np.asarray(value[name]) for name in ("data", "indices", "indptr"))
        shape = tuple(int(n) for n in value.get("_shape", value.get("shape", ())))
        sound = (
            len(shape) == 2 and len(starts) == shape[1] + 1 and len(rows) == len(data) and (np.diff(starts) >= 0).all()
        )
        if not sound or not 0 < shape[0] <= max(_KINDS) or starts[-1] != len(data):
            raise InputError(f"Expected a sound sparse matrix of joints in {path}. Received: shape {shape}.")
        matrix = np.zeros(shape)
        np.add.at(matrix, (rows, np.repeat(np.arange(shape[1]), np.diff(starts))), data)
        return matrix
    if isinstance(value, dict) and "x" in value:
        return np.asarray(value["x"])
    if isinstance(value, dict) and {"a", "idxs"} <= value.keys():
        return _selected(value, path)
    if not isinstance(value, np.ndarray):
        raise InputError(f"Expected arrays in {path}. Received: {type(value).__name__}.")
    return value


def _selected(value: dict[str, Any], path: str | Path) -> np.ndarray:
    """Chumpy's view of some entries of another of its arrays."""
    chosen = _dense(value["a"], path).ravel()[np.asarray(value["idxs"])]
    return chosen.reshape([int(n) for n in value.get("preferred_shape", chosen.shape)])


def _landmarks(found: dict[str, Any], count: int, path: str | Path) -> Landmarks:
    names, corners, shares = (), np.zeros((0, 3), np.int64), np.zeros((0, 3), np.float32)
    if count in _VERTICES:
        names, corners = _POINTS, np.repeat(np.array(_VERTICES[count])[:, None], 3, axis=1)
        shares = np.tile(np.float32([1, 0, 0]), (len(names), 1))
    if "lmk_faces_idx" in found:
        faces = np.asarray(found["lmk_faces_idx"]).astype(np.int64)
        if faces.ndim != 1 or faces.min(initial=0) < 0 or faces.max(initial=0) >= len(found["f"]):
            raise InputError(f"Expected lmk_faces_idx among {len(found['f'])} faces in {path}. Received others.")
        names += tuple(f"face_{17 + i}" for i in range(len(faces)))
        corners = np.concatenate([corners, np.asarray(found["f"]).astype(np.int64)[faces]])
        shares = np.concatenate([shares, np.asarray(found["lmk_bary_coords"], np.float32)])
    nothing = np.zeros(0, np.int64)
    return Landmarks(names, corners, shares, nothing, np.zeros((0, 3), np.float32), nothing)


def _hand_space(found: dict[str, Any], groups: dict[str, int]) -> HandSpace | None:
    if "left_hand_pose" not in groups or not all(name in found for name in _OPTIONAL[:4]):
        return None
    left, right, *means = (np.asarray(found[name], np.float32) for name in _OPTIONAL[:4])
    names = tuple(f"component_{i}" for i in range(len(left)))
    return HandSpace(("left_hand_pose", "right_hand_pose"), names, np.stack(means), np.stack([left, right]))
