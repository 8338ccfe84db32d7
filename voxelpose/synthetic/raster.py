"""A software z-buffer for meshes of many tiny triangles, vectorised over all of them."""

from dataclasses import dataclass

import numpy as np

# Triangles are filled in groups of similar size: every candidate pixel of a group's largest bounding box is tried.
_SIDES = (2, 3, 4, 6, 10, 18, 34, 66, 130, 258, 514)


@dataclass(frozen=True, eq=False)
class Fragments:
    """What each covered pixel shows.

    rows, columns: (P,) pixel; face: (P,) index; weights: (P, 3) perspective-correct barycentric weights of the face's
    corners; depth: (P,) z in the unit of the mesh.
    """

    rows: np.ndarray
    columns: np.ndarray
    face: np.ndarray
    weights: np.ndarray
    depth: np.ndarray

    def interpolate(self, values: np.ndarray, faces: np.ndarray) -> np.ndarray:
        """Per-corner values (N, C), indexed by faces (F, 3), at every covered pixel: (P, C)."""
        return np.einsum("pk,pkc->pc", self.weights, values[faces[self.face]])


def rasterise(
    pixels: np.ndarray, depth: np.ndarray, faces: np.ndarray, height: int, width: int, cull_back: bool = True
) -> Fragments:
    """Draw triangles into a (height, width) image with integer pixel centres, nearest first.

    pixels: (V, 2) x, y of the vertices; depth: (V,) z > 0; faces: (F, 3). cull_back: drop faces that turn away (those
    that run counter-clockwise on the screen, y down, in a mesh that is counter-clockwise seen from outside with y up).
    Faces that reach behind the camera are left out.
    """
    corners = pixels[faces].astype(np.float32)
    area = _cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    low = np.ceil(corners.min(1)).astype(np.int32)
    high = np.floor(corners.max(1)).astype(np.int32)
    low = np.maximum(low, 0)
    high = np.minimum(high, [width - 1, height - 1])
    visible = (
        (high >= low).all(1) & (depth[faces].min(1) > 0) & ((area < -1e-6) if cull_back else (np.abs(area) > 1e-6))
    )
    chosen = np.flatnonzero(visible)
    extent = (high[chosen] - low[chosen]).max(1, initial=0) + 1
    groups, smallest = [], 0
    for side in (*_SIDES, max(height, width)):
        members = chosen[(extent > smallest) & (extent <= side)]
        smallest = side
        if len(members):
            groups.append(_fill(members, side, corners, area, low, high, depth, faces))
    return _nearest(groups, height, width)


def _fill(members, side, corners, area, low, high, depth, faces):
    """The pixels of a group of triangles that lie inside: flat arrays of row, column, face, weights, depth."""
    step_y, step_x = np.divmod(np.arange(side * side, dtype=np.int32), side)
    x = low[members, 0, None] + step_x
    y = low[members, 1, None] + step_y
    a, b, c = (corners[members, i, None, :] for i in range(3))
    inverse = (1 / area[members])[:, None]
    w0 = ((b[..., 0] - x) * (c[..., 1] - y) - (b[..., 1] - y) * (c[..., 0] - x)) * inverse
    w1 = ((c[..., 0] - x) * (a[..., 1] - y) - (c[..., 1] - y) * (a[..., 0] - x)) * inverse
    w2 = 1 - w0 - w1
    inside = (w0 >= 0) & (w1 >= 0) & (w2 >= 0) & (x <= high[members, 0, None]) & (y <= high[members, 1, None])
    triangle, candidate = np.nonzero(inside)
    face = members[triangle]
    weights = np.stack([w[triangle, candidate] for w in (w0, w1, w2)], axis=-1)
    # Barycentric weights are linear on the screen; divided by depth they are linear in space.
    weights = weights / depth[faces[face]]
    z = 1 / weights.sum(1)
    return y[triangle, candidate], x[triangle, candidate], face, weights * z[:, None], z


def _nearest(groups: list, height: int, width: int) -> Fragments:
    """Of all fragments of a pixel the one that is nearest."""
    if not groups:
        empty = np.zeros(0, np.int32)
        return Fragments(empty, empty, empty, np.zeros((0, 3), np.float32), np.zeros(0, np.float32))
    row, column, face, weights, z = (np.concatenate(parts) for parts in zip(*groups, strict=True))
    position = row * width + column
    buffer = np.full(height * width, np.inf, z.dtype)
    np.minimum.at(buffer, position, z)
    winners = np.flatnonzero(z == buffer[position])
    # Two faces may share the very same depth on a common edge: the first one stays.
    _, first = np.unique(position[winners], return_index=True)
    kept = winners[first]
    return Fragments(row[kept], column[kept], face[kept], weights[kept], z[kept])


def _cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
