"""Sequences to write, and small readers written from the formats' descriptions, not from the writers."""

import json
import re
import struct

import numpy as np

from voxelpose.evaluation.quantisation.poses import drawn_poses
from voxelpose.geometry import Camera
from voxelpose.results.sequence import PoseSequence
from voxelpose.skeleton import get_skeleton

SKELETON = get_skeleton("h36m17")
CAMERA = Camera.from_field_of_view(640, 480)


def turning_person(frames=30):
    """Joints (T, 17, 3) mm in the camera frame: one rigid pose that turns about the vertical and walks sideways."""
    pose = drawn_poses(1, 3)[0]
    angles = np.linspace(0, 4.0, frames)
    c, s, zero, one = np.cos(angles), np.sin(angles), np.zeros(frames), np.ones(frames)
    turn = np.stack([c, zero, s, zero, one, zero, -s, zero, c], axis=-1).reshape(-1, 3, 3)
    return pose @ np.swapaxes(turn, 1, 2) + np.stack([100 * angles, zero, 4000 + 50 * angles], axis=-1)[:, None]


def sequence(joints=None, missing=(), times=None, fps=25.0, **facts):
    """A sequence of these joints; frames in `missing` are without the person."""
    joints = turning_person() if joints is None else np.array(joints)
    frames = len(joints)
    joints = joints.copy()
    arrays = {
        "joints_2d": CAMERA.project(joints),
        "covariance": np.tile(np.diag([4.0, 9.0, 100.0]), (frames, 17, 1, 1)),
        "confidence": np.full((frames, 17), 0.8),
        "outside_crop": np.zeros((frames, 17), bool),
        "presence": np.full(frames, 0.9),
        "boxes": np.tile([10.0, 20.0, 100.0, 200.0], (frames, 1)),
        "root_depth": joints[:, 0, 2].copy(),
        "root_depth_std": np.full(frames, 150.0),
        "depth_axis": np.tile([0.0, 0.0, 1.0], (frames, 1)),
    }
    for t in missing:
        for name in arrays.keys() - {"outside_crop", "presence"}:
            arrays[name][t] = np.nan
        joints[t] = np.nan
    return PoseSequence(
        skeleton=SKELETON,
        joints=joints,
        times=np.arange(frames) / fps if times is None else np.asarray(times, float),
        fps=fps,
        camera=CAMERA,
        camera_source="given",
        box_source="given",
        root_depth_source="mean limb lengths",
        model="small",
        weights_sha256="ab" * 32,
        image_size=(640, 480),
        **arrays,
        **facts,
    )


def noisy_walk(seed=0, frames=30, noise=25.0):
    return turning_person(frames) + np.random.default_rng(seed).normal(0, noise, (frames, 17, 3))


def read_bvh(text):
    """Names, world positions (T, J, 3) in the file's unit in file order, and the time of a frame."""
    words = iter(re.findall(r"\S+", text.partition("MOTION")[0]))
    names, parents, offsets, channels, stack, kind = [], [], [], [], [], None
    for word in words:
        if word in ("ROOT", "JOINT"):
            parents.append(stack[-1] if stack else -1)
            names.append(next(words))
            kind = "joint"
        elif word == "End":
            next(words)
            kind = "end"
        elif word == "{":
            stack.append(len(names) - 1 if kind == "joint" else None)
        elif word == "}":
            stack.pop()
        elif word == "OFFSET":
            offset = [float(next(words)) for _ in range(3)]
            if kind == "joint":
                offsets.append(offset)
        elif word == "CHANNELS":
            channels.append([next(words) for _ in range(int(next(words)))])
    lines = text.partition("MOTION")[2].strip().splitlines()
    count = int(lines[0].split(":")[1])
    step = float(lines[1].split(":")[1])
    values = np.array([[float(v) for v in line.split()] for line in lines[2:]])
    assert len(values) == count and values.shape[1] == sum(map(len, channels))
    places = np.zeros((count, len(names), 3))
    for t, row in enumerate(values):
        turns, row = [], list(row)
        for j, name in enumerate(channels):
            shift, local = np.array(offsets[j]), np.eye(3)
            for channel in name:
                value = row.pop(0)
                axis = "XYZ".index(channel[0])
                if channel.endswith("position"):
                    shift = np.where(np.arange(3) == axis, value, shift)
                else:
                    a, one = np.radians(value), np.eye(3)
                    u, v = (axis + 1) % 3, (axis + 2) % 3
                    one[u, u] = one[v, v] = np.cos(a)
                    one[v, u], one[u, v] = np.sin(a), -np.sin(a)
                    local = local @ one
            up = parents[j]
            turns.append(local if up < 0 else turns[up] @ local)
            places[t, j] = shift if up < 0 else places[t, up] + turns[up] @ shift
    return names, places, step


def read_glb(content):
    """The JSON document and a function that gives an accessor's array."""
    magic, version, length = struct.unpack_from("<4sII", content)
    assert (magic, version, length) == (b"glTF", 2, len(content))
    size, kind = struct.unpack_from("<I4s", content, 12)
    assert kind == b"JSON" and size % 4 == 0
    document = json.loads(content[20 : 20 + size])
    binary = content[20 + size + 8 :]
    assert struct.unpack_from("<I4s", content, 20 + size) == (len(binary), b"BIN\0")
    return document, lambda index: _accessor(document, binary, index)


def _accessor(document, binary, index):
    accessor = document["accessors"][index]
    view = document["bufferViews"][accessor["bufferView"]]
    dtype = {5126: np.float32, 5123: np.uint16, 5121: np.uint8}[accessor["componentType"]]
    width = {"SCALAR": 1, "VEC3": 3, "VEC4": 4, "MAT4": 16}[accessor["type"]]
    values = np.frombuffer(binary, dtype, accessor["count"] * width, view["byteOffset"])
    assert view["byteLength"] == values.nbytes and view["byteOffset"] % 4 == 0
    return values.reshape(accessor["count"], width)


def turned(quaternion, point):
    """A point turned by a quaternion x, y, z, w."""
    axis, w = quaternion[:3], quaternion[3]
    return point + 2 * np.cross(axis, np.cross(axis, point) + w * point)
