import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from voxelpose.synthetic.rendering.raster import rasterise

SIZE = 24


def painters(pixels, depth, faces):
    """Nearest face and its depth per pixel, one triangle and one pixel at a time, from the plane equations."""
    nearest, owner = np.full((SIZE, SIZE), np.inf), np.full((SIZE, SIZE), -1)
    for number, face in enumerate(faces):
        (a, b, c), z = pixels[face], depth[face]
        matrix = np.array([[a[0], b[0], c[0]], [a[1], b[1], c[1]], [1, 1, 1]])
        if abs(np.linalg.det(matrix)) < 1e-6:
            continue
        for y in range(SIZE):
            for x in range(SIZE):
                weights = np.linalg.solve(matrix, [x, y, 1])
                if (weights >= 0).all():
                    at = 1 / (weights / z).sum()
                    if at < nearest[y, x]:
                        nearest[y, x], owner[y, x] = at, number
    return nearest, owner


@given(st.integers(0, 10_000))
def test_every_pixel_shows_the_nearest_triangle(seed):
    rng = np.random.default_rng(seed)
    pixels, depth = rng.uniform(-6, SIZE + 6, (9, 2)).astype(np.float32), rng.uniform(500, 3000, 9).astype(np.float32)
    faces = np.arange(9).reshape(3, 3)
    found = rasterise(pixels, depth, faces, SIZE, SIZE, two_sided=True)
    nearest, owner = painters(pixels.astype(float), depth.astype(float), faces)
    drawn = np.full((SIZE, SIZE), -1)
    drawn[found.rows, found.columns] = found.face
    # A pixel whose centre lies on an edge may fall either way in float32.
    assert (drawn != owner).sum() <= 2
    same = drawn[found.rows, found.columns] == owner[found.rows, found.columns]
    assert np.allclose(found.depth[same], nearest[found.rows, found.columns][same], rtol=1e-3)


def test_weights_are_those_of_space_not_of_the_screen():
    # From z = 1000 at x = 0 to z = 3000 at x = 20: the screen's middle shows the point a quarter along, z = 1500.
    pixels, depth = np.array([[0, 0], [20, 0], [0, 20]], float), np.array([1000.0, 3000.0, 1000.0])
    found = rasterise(pixels, depth, np.array([[0, 1, 2]]), SIZE, SIZE, two_sided=True)
    middle = (found.rows == 0) & (found.columns == 10)
    assert np.allclose(found.depth[middle], 1500)
    assert np.allclose(found.weights[middle], [[0.75, 0.25, 0]], atol=1e-6)
    assert np.allclose(found.interpolate(depth[:, None], np.array([[0, 1, 2]]))[middle], 1500)


def test_faces_that_turn_away_are_dropped():
    pixels, depth = np.array([[2, 2], [20, 2], [2, 20]], float), np.full(3, 1000.0)
    one, other = (rasterise(pixels, depth, np.array([face]), SIZE, SIZE) for face in ([0, 1, 2], [0, 2, 1]))
    assert len(one.rows) == 0 and len(other.rows) > 100


def test_faces_behind_the_camera_are_left_out():
    pixels = np.array([[2, 2], [20, 2], [2, 20]], float)
    found = rasterise(pixels, np.array([1000.0, -5.0, 1000.0]), np.array([[0, 1, 2]]), SIZE, SIZE, two_sided=True)
    assert len(found.rows) == 0


def test_nearer_wins_within_its_margin_only():
    square = np.array([[0, 0], [20, 0], [0, 20]], float)
    pixels, faces = np.concatenate([square, square]), np.array([[0, 1, 2], [3, 4, 5]])
    for behind, winner in ((1010.0, 1), (1020.0, 0)):
        depth = np.array([1000.0] * 3 + [behind] * 3)
        found = rasterise(pixels, depth, faces, SIZE, SIZE, True, np.array([0.0, 14.0], np.float32))
        assert set(found.face) == {winner}


def test_see_through_fragments_show_what_lies_behind():
    square = np.array([[0, 0], [20, 0], [0, 20]], float)
    pixels, depth = np.concatenate([square, square]), np.array([1000.0] * 3 + [2000.0] * 3)
    found = rasterise(
        pixels,
        depth,
        np.array([[0, 1, 2], [3, 4, 5]]),
        SIZE,
        SIZE,
        True,
        keep=lambda f: (f.face == 1) | (f.columns < 5),
    )
    assert set(found.face[found.columns < 5]) == {0} and set(found.face[found.columns >= 5]) == {1}
