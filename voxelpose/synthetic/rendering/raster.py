"""A software z-buffer for meshes of many tiny triangles, vectorised over all of them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

# Triangles are filled in groups of similar size: every candidate pixel of a group's largest bounding box is tried.
_SIDES = (1, 2, 3, 4, 6, 10, 18, 34, 66, 130, 258, 514)


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
        corners = faces[self.face]
        return sum(values[corners[:, i]] * self.weights[:, i, None] for i in range(3))

    def select(self, members: np.ndarray) -> "Fragments":
        """Some of the pixels, by a mask or indices."""
        columns = (self.rows, self.columns, self.face, self.weights, self.depth)
        return Fragments(*(column[members] for column in columns))


Keep = Callable[[Fragments], np.ndarray]


def rasterise(
    pixels: np.ndarray,
    depth: np.ndarray,
    faces: np.ndarray,
    height: int,
    width: int,
    two_sided: np.ndarray | bool = False,
    nearer: np.ndarray | None = None,
    keep: Keep | None = None,
) -> Fragments:
    """Draw triangles into a (height, width) image with integer pixel centres, nearest first.

    pixels: (V, 2) x, y of the vertices; depth: (V,) z > 0; faces: (F, 3). two_sided: (F,) which faces are seen from
    behind, too; the others are dropped when they turn away (when they run counter-clockwise on the screen, y down, in
    a mesh that is counter-clockwise seen from outside with y up). nearer: (F,) by how much a face counts as closer
    than it is. keep: tells (P,) which of the given fragments are solid. Faces that reach behind the camera are left
    out.
    """
    x, y = (np.ascontiguousarray(pixels[:, axis], np.float32) for axis in range(2))
    z = np.asarray(depth, np.float32)
    corners = [np.ascontiguousarray(faces[:, i]) for i in range(3)]
    (xa, xb, xc), (ya, yb, yc) = ([values[corner] for corner in corners] for values in (x, y))
    area = (xb - xa) * (yc - ya) - (yb - ya) * (xc - xa)
    seen = (area < -1e-6) | ((area > 1e-6) & two_sided)
    in_front = np.minimum(np.minimum(z[corners[0]], z[corners[1]]), z[corners[2]]) > 0
    chosen = np.flatnonzero(seen & in_front)
    triangles = _Triangles.of(chosen, *(values[chosen] for values in (xa, xb, xc, ya, yb, yc, area)), height, width)
    groups, smallest = [], 0
    for side in (*_SIDES, max(height, width)):
        members = np.flatnonzero((triangles.extent > smallest) & (triangles.extent <= side))
        smallest = max(smallest, side)
        if len(members):
            found = _correct(triangles.fill(members, side), z, faces)
            groups.append(found if keep is None else found.select(keep(found)))
    return _nearest(groups, width, height, nearer)


@dataclass(frozen=True, eq=False)
class _Triangles:
    """Candidate triangles: face index, first pixel, extent in pixels, and three edge functions.

    Edge function i is slope_x[i] * x + slope_y[i] * y + start[i], counted from the first pixel: the barycentric
    weight of corner i on the screen.
    """

    face: np.ndarray
    left: np.ndarray
    top: np.ndarray
    wide: np.ndarray
    high: np.ndarray
    slope_x: np.ndarray
    slope_y: np.ndarray
    start: np.ndarray

    @classmethod
    def of(cls, face, xa, xb, xc, ya, yb, yc, area, height, width) -> "_Triangles":
        left = np.maximum(np.ceil(np.minimum(np.minimum(xa, xb), xc)), 0)
        top = np.maximum(np.ceil(np.minimum(np.minimum(ya, yb), yc)), 0)
        right = np.minimum(np.floor(np.maximum(np.maximum(xa, xb), xc)), width - 1)
        bottom = np.minimum(np.floor(np.maximum(np.maximum(ya, yb), yc)), height - 1)
        kept = np.flatnonzero((right >= left) & (bottom >= top))
        face, xa, xb, xc, ya, yb, yc, area, left, top, right, bottom = (
            values[kept] for values in (face, xa, xb, xc, ya, yb, yc, area, left, top, right, bottom)
        )
        slope_x = np.stack([yb - yc, yc - ya, ya - yb]) / area
        slope_y = np.stack([xc - xb, xa - xc, xb - xa]) / area
        anchors_x, anchors_y = np.stack([xb, xc, xa]), np.stack([yb, yc, ya])
        start = slope_x * (left - anchors_x) + slope_y * (top - anchors_y)
        whole = (values.astype(np.int32) for values in (left, top, right - left + 1, bottom - top + 1))
        return cls(face, *whole, slope_x, slope_y, start)

    @property
    def extent(self) -> np.ndarray:
        return np.maximum(self.wide, self.high)

    def fill(self, members: np.ndarray, side: int) -> Fragments:
        """The pixels inside of some triangles, none of which is larger than `side`; weights are those of the screen."""
        step_y, step_x = np.divmod(np.arange(side * side, dtype=np.int32), side)
        w0, w1, w2 = (
            self.slope_x[i, members, None] * step_x.astype(np.float32)
            + self.slope_y[i, members, None] * step_y.astype(np.float32)
            + self.start[i, members, None]
            for i in range(3)
        )
        inside = (w0 >= 0) & (w1 >= 0) & (w2 >= 0)
        inside &= (step_x < self.wide[members, None]) & (step_y < self.high[members, None])
        triangle, candidate = np.nonzero(inside)
        weights = np.stack([w[triangle, candidate] for w in (w0, w1, w2)], axis=-1)
        which = members[triangle]
        rows, columns = self.top[which] + step_y[candidate], self.left[which] + step_x[candidate]
        return Fragments(rows, columns, self.face[which], weights, np.zeros(len(which), np.float32))


def _correct(found: Fragments, depth: np.ndarray, faces: np.ndarray) -> Fragments:
    """Barycentric weights are linear on the screen; divided by depth they are linear in space."""
    weights = found.weights / depth[faces[found.face]]
    z = 1 / (weights[:, 0] + weights[:, 1] + weights[:, 2])
    return Fragments(found.rows, found.columns, found.face, weights * z[:, None], z)


def _nearest(groups: list[Fragments], width: int, height: int, nearer: np.ndarray | None) -> Fragments:
    """Of all fragments of a pixel the one that is nearest."""
    if not groups:
        empty = np.zeros(0, np.int32)
        return Fragments(empty, empty, empty, np.zeros((0, 3), np.float32), np.zeros(0, np.float32))
    parts = [(g.rows, g.columns, g.face, g.weights, g.depth) for g in groups]
    everything = Fragments(*(np.concatenate(column) for column in zip(*parts, strict=True)))
    counted = everything.depth if nearer is None else everything.depth - nearer[everything.face]
    position = everything.rows * width + everything.columns
    buffer = np.full(height * width, np.inf, counted.dtype)
    np.minimum.at(buffer, position, counted)
    winners = np.flatnonzero(counted == buffer[position])
    # Two faces may share the very same depth on a common edge: the first one stays.
    _, first = np.unique(position[winners], return_index=True)
    return everything.select(winners[first])
