"""glTF 2.0 (.glb, .gltf): the fitted skeleton as joints of a skin, its rotations, and sticks that show the bones.

Metres, y up, as the format prescribes. `extras` of the asset say what a .bvh can't.
"""

import base64
import json
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np

from voxelpose.formats.rig import Rig
from voxelpose.geometry.rotations import matrix_to_quaternion

METRES = 0.001
_FLOAT, _USHORT, _UBYTE = 5126, 5123, 5121
_ARRAY_BUFFER, _ELEMENT_BUFFER = 34962, 34963
# A bone's stick is a double pyramid: its widest place and half its width there, as parts of the bone's length.
_WAIST, _HALF_WIDTH = 0.2, 0.08


def glb_bytes(rig: Rig, fps: float, facts: Mapping[str, Any], start: float = 0.0) -> bytes:
    """The binary container: header, JSON chunk, binary chunk. start: seconds of the first frame."""
    document, binary = _document(rig, fps, facts, start)
    text = json.dumps(document, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(binary), b"BIN\0") + binary
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def gltf_text(rig: Rig, fps: float, facts: Mapping[str, Any], start: float = 0.0) -> str:
    """The same as JSON, with the numbers in base64."""
    document, binary = _document(rig, fps, facts, start)
    document["buffers"][0]["uri"] = "data:application/octet-stream;base64," + base64.b64encode(binary).decode()
    return json.dumps(document, indent=1) + "\n"


class _Buffer:
    """The numbers of a file and the views and accessors that lead to them."""

    def __init__(self):
        self.data = b""
        self.views: list[dict] = []
        self.accessors: list[dict] = []

    def add(
        self, values: np.ndarray, component: int, kind: str, target: int | None = None, limits: bool = False
    ) -> int:
        """Append an array (N, ...) and return the index of its accessor."""
        content = np.ascontiguousarray(values).tobytes()
        self.data += b"\0" * (-len(self.data) % 4)
        view = {"buffer": 0, "byteOffset": len(self.data), "byteLength": len(content)}
        self.views.append(view | ({} if target is None else {"target": target}))
        self.data += content
        accessor = {"bufferView": len(self.views) - 1, "componentType": component, "count": len(values), "type": kind}
        if limits:
            rows = values.reshape(len(values), -1)
            accessor |= {"min": rows.min(axis=0).tolist(), "max": rows.max(axis=0).tolist()}
        self.accessors.append(accessor)
        return len(self.accessors) - 1


def _document(rig: Rig, fps: float, facts: Mapping[str, Any], start: float) -> tuple[dict[str, Any], bytes]:
    skeleton, buffer = rig.skeleton, _Buffer()
    count = len(skeleton)
    nodes: list[dict[str, Any]] = [
        {"name": name, "translation": (rig.offsets[joint] * METRES).tolist()}
        for joint, name in enumerate(skeleton.joints)
    ]
    for parent, child in skeleton.bones:
        nodes[parent].setdefault("children", []).append(child)
    nodes[skeleton.root]["translation"] = (rig.root[0] * METRES).tolist()
    mesh, skin = _sticks(rig, buffer)
    document = {
        "asset": {"version": "2.0", "generator": "voxelpose", "extras": dict(facts)},
        "scene": 0,
        "scenes": [{"nodes": [skeleton.root, count]}],
        "nodes": [*nodes, {"name": "sticks", "mesh": 0, "skin": 0}],
        "meshes": [mesh],
        "skins": [skin],
        "animations": [_animation(rig, fps, start, buffer)],
        "materials": [{"pbrMetallicRoughness": {"baseColorFactor": [0.1, 0.45, 0.7, 1], "metallicFactor": 0}}],
        "bufferViews": buffer.views,
        "accessors": buffer.accessors,
        "buffers": [{"byteLength": len(buffer.data) + -len(buffer.data) % 4}],
    }
    return document, buffer.data + b"\0" * (-len(buffer.data) % 4)


def _animation(rig: Rig, fps: float, start: float, buffer: _Buffer) -> dict[str, Any]:
    times = buffer.add((start + np.arange(len(rig.root)) / fps).astype(np.float32), _FLOAT, "SCALAR", limits=True)
    outputs = [(rig.skeleton.root, "translation", buffer.add((rig.root * METRES).astype(np.float32), _FLOAT, "VEC3"))]
    rotations = steady_signs(matrix_to_quaternion(rig.local_rotations)).astype(np.float32)
    for joint in range(len(rig.skeleton)):
        outputs.append((joint, "rotation", buffer.add(rotations[:, joint], _FLOAT, "VEC4")))
    return {
        "name": "motion",
        "samplers": [{"input": times, "output": output, "interpolation": "LINEAR"} for *_, output in outputs],
        "channels": [
            {"sampler": n, "target": {"node": joint, "path": path}} for n, (joint, path, _) in enumerate(outputs)
        ],
    }


def _sticks(rig: Rig, buffer: _Buffer) -> tuple[dict[str, Any], dict[str, Any]]:
    """A mesh in the rest pose whose vertices each follow one joint, and the skin that says how."""
    rest = rest_positions(rig)
    vertices, owners, triangles = [], [], []
    for parent, child in rig.skeleton.bones:
        base = len(vertices)
        vertices += list(_double_pyramid(rest[parent], rest[child]))
        owners += [parent] * 6
        for side in range(4):
            a, b = base + 1 + side, base + 1 + (side + 1) % 4
            triangles += [[base, b, a], [base + 5, a, b]]
    weights = np.tile(np.array([1, 0, 0, 0], np.float32), (len(vertices), 1))
    followed = np.zeros((len(vertices), 4), np.uint8 if len(rig.skeleton) < 256 else np.uint16)
    followed[:, 0] = owners
    kind = _UBYTE if followed.dtype == np.uint8 else _USHORT
    points = (np.array(vertices) * METRES).astype(np.float32)
    attributes = {
        "POSITION": buffer.add(points, _FLOAT, "VEC3", _ARRAY_BUFFER, limits=True),
        "JOINTS_0": buffer.add(followed, kind, "VEC4", _ARRAY_BUFFER),
        "WEIGHTS_0": buffer.add(weights, _FLOAT, "VEC4", _ARRAY_BUFFER),
    }
    indices = buffer.add(np.array(triangles, np.uint16).reshape(-1), _USHORT, "SCALAR", _ELEMENT_BUFFER)
    inverse = np.tile(np.eye(4, dtype=np.float32), (len(rest), 1, 1))
    inverse[:, :3, 3] = -rest * METRES
    # glTF's matrices are column-major.
    matrices = buffer.add(inverse.transpose(0, 2, 1).reshape(-1, 16), _FLOAT, "MAT4")
    mesh = {"primitives": [{"attributes": attributes, "indices": indices, "material": 0}]}
    return mesh, {"joints": list(range(len(rest))), "inverseBindMatrices": matrices, "skeleton": rig.skeleton.root}


def rest_positions(rig: Rig) -> np.ndarray:
    """(J, 3) mm of the rest pose, the root at 0."""
    rest = np.zeros((len(rig.skeleton), 3))
    for joint in rig.skeleton.outward[1:]:
        rest[joint] = rest[rig.skeleton.parents[joint]] + rig.offsets[joint]
    return rest


def _double_pyramid(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """(6, 3): the start, four corners of the waist, the end."""
    along = end - start
    length = np.linalg.norm(along)
    across = np.cross(along, np.eye(3)[np.abs(along).argmin()])
    across *= _HALF_WIDTH * length / np.linalg.norm(across)
    other = np.cross(along, across) / length
    waist = start + _WAIST * along
    return np.stack([start, waist + across, waist + other, waist - across, waist - other, end])


def steady_signs(quaternions: np.ndarray) -> np.ndarray:
    """Quaternions (T, ..., 4) of the same rotations whose signs don't jump along T, where players interpolate."""
    flips = np.sign((quaternions[1:] * quaternions[:-1]).sum(axis=-1))
    signs = np.cumprod(np.where(flips == 0, 1, flips), axis=0)
    return np.concatenate([quaternions[:1], signs[..., None] * quaternions[1:]])
