"""Points on the surface, and coarser meshes of it, all of them exactly symmetric."""

import fast_simplification
import numpy as np
import trimesh
from open_body.space import MIRROR_X

from voxelpose.body.parts import MeshLevel


class SymmetricMesh:
    """A mesh (V, 3), (F, 3) with its mirror (V,), whose nearest points to mirrored points are mirrored."""

    def __init__(self, vertices: np.ndarray, faces: np.ndarray, mirror: np.ndarray):
        self.mirror = mirror
        self._vertices, self._faces = vertices, faces
        self._mesh = trimesh.Trimesh(vertices, faces, process=False)
        edges = np.sort(faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
        self._midline = np.unique(edges[(mirror[edges] == edges).all(1)], axis=0)

    def nearest(self, points: np.ndarray, mirror: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Corners (N, 3) and shares (N, 3) of the nearest points; mirror (N,): each point's own mirror image."""
        closest, _, face = trimesh.proximity.closest_point(self._mesh, points)
        corners = self._faces[face]
        shares = np.clip(trimesh.triangles.points_to_barycentric(self._vertices[corners], closest), 0, 1)
        shares /= shares.sum(1, keepdims=True)
        itself = mirror == np.arange(len(mirror))
        corners[itself], shares[itself] = self._on_midline(points[itself])
        right = ~itself & (points[:, 0] < 0)
        corners[right], shares[right] = self.mirror[corners[mirror[right]]], shares[mirror[right]]
        return corners, shares

    def _on_midline(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        start, end = self._vertices[self._midline[:, 0]], self._vertices[self._midline[:, 1]]
        edge = end - start
        along = ((points[:, None] - start) * edge).sum(-1) / (edge**2).sum(-1)
        along = np.clip(along, 0, 1)
        chosen = np.linalg.norm(points[:, None] - start - along[..., None] * edge, axis=-1).argmin(1)
        along = np.take_along_axis(along, chosen[:, None], 1)
        corners = self._midline[chosen]
        return corners[:, [0, 1, 1]], np.concatenate([1 - along, along, 0 * along], axis=1)


def coarser(name: str, count: int, vertices: np.ndarray, faces: np.ndarray, mirror: np.ndarray, skin: np.ndarray):
    """A `MeshLevel` with `count` faces of the surface `faces`, and its vertices (n, 3) in the rest pose.

    One half is made simpler (quadric errors), its border staying on the midline, and mirrored.
    """
    half = faces[(vertices[faces, 0] >= 0).all(1)]
    used, half = np.unique(half, return_inverse=True)
    points, half, border = _simplified(vertices[used], half.reshape(-1, 3), count // 2)
    points[border, 0] = 0
    other = np.arange(len(points))
    other[~border] = len(points) + np.arange((~border).sum())
    level_faces = np.concatenate([half, other[half][:, ::-1]])
    points = np.concatenate([points, points[~border] * MIRROR_X])
    level_mirror = np.arange(len(points))
    level_mirror[: len(other)], level_mirror[other] = other, np.arange(len(other))
    down = SymmetricMesh(vertices, faces, mirror).nearest(points, level_mirror)
    snapped = np.einsum("nk,nkd->nd", down[1], vertices[down[0]])
    own = np.full(len(vertices), -1)
    own[skin] = np.arange(len(skin))
    up = SymmetricMesh(snapped, level_faces, level_mirror).nearest(vertices[skin], own[mirror[skin]])
    return MeshLevel(
        name,
        level_faces.astype(np.uint16),
        down[0].astype(np.uint16), down[1].astype(np.float32),
        up[0].astype(np.uint16), up[1].astype(np.float32),
        level_mirror.astype(np.uint16),
    ), snapped  # fmt: skip


def _simplified(vertices: np.ndarray, faces: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points, faces and which points (n,) are on the border of a half with exactly `count` faces that, mirrored, is
    watertight: no edge has more than two faces, and none within it joins two points of its border."""
    for aggressiveness in (6, 4, 3, 5, 7, 2):
        points, found = fast_simplification.simplify(
            vertices.astype(np.float32), faces.astype(np.int32), target_count=count, agg=aggressiveness
        )
        edges = np.sort(found[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), 1)
        edges, times = np.unique(edges, axis=0, return_counts=True)
        border = np.zeros(len(points), bool)
        border[edges[times == 1]] = True
        if len(found) == count and times.max() == 2 and not (border[edges].all(1) & (times == 2)).any():
            return points.astype(np.float64), found.astype(np.int64), border
    raise RuntimeError(f"no half of {count} faces is watertight when it is mirrored")
