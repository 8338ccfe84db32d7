import numpy as np
import pytest

from voxelpose.geometry import Camera
from voxelpose.geometry.pixel_map import PixelMap, turned

# A sensor whose calibration has no symmetry that could hide a mistake.
SENSOR = Camera(900.0, 870.0, 310.0, 255.0, 640, 480, (-0.1, 0.02, 0.003, -0.004, 0.001))
MAPS = [PixelMap(640, 480, orientation=turn) for turn in range(1, 9)] + [
    PixelMap(640, 480, (20, 30, 600, 400), 2.0, 6),
    PixelMap(640, 480, None, 0.5, 7),
    PixelMap(640, 480, (0, 10, 640, 400), 16 / 15, 3),
]


def marked(x, y):
    image = np.zeros((480, 640), np.float32)
    image[y, x] = 1
    return image


@pytest.mark.parametrize("pixel_map", MAPS)
def test_the_camera_goes_where_the_pixels_go(pixel_map):
    # A point before the sensor is seen at a stored pixel. In the picture that is seen it lies where that pixel went,
    # and there the camera has to see it, its frame having turned too.
    stored = np.array([[250.0, 180.0], [401.0, 333.0]])
    camera = pixel_map.camera(SENSOR)
    assert (camera.width, camera.height) == pixel_map.seen
    rays = SENSOR.rays(stored)
    upright = {
        1: rays, 2: rays * (-1, 1, 1), 3: rays * (-1, -1, 1), 4: rays * (1, -1, 1), 5: rays[:, [1, 0, 2]],
        6: rays[:, [1, 0, 2]] * (-1, 1, 1), 7: rays[:, [1, 0, 2]] * (-1, -1, 1), 8: rays[:, [1, 0, 2]] * (1, -1, 1),
    }[pixel_map.orientation]  # fmt: skip
    seen = []
    for x, y in stored.astype(int):
        image = pixel_map.apply(marked(x, y))
        assert image.shape == pixel_map.seen[::-1]
        # A pixel that was widened lies around its middle.
        rows, columns = np.indices(image.shape)
        seen.append([(columns * image).sum() / image.sum(), (rows * image).sum() / image.sum()])
    # The resizing rounds its weights.
    np.testing.assert_allclose(camera.project(upright), seen, atol=0.05)


def test_sizes():
    assert PixelMap(480, 342, pixel_ratio=2.0).seen == (960, 342)
    assert PixelMap(720, 576, (8, 0, 704, 576), 12 / 11, 6).seen == (576, 768)
    assert PixelMap(640, 480, pixel_ratio=0.5).seen == (640, 960)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_turned_does_what_pillow_does(orientation):
    from PIL import Image, ImageOps

    pixels = np.random.default_rng(0).integers(0, 255, (3, 5, 3), np.uint8)
    picture = Image.fromarray(pixels)
    picture.getexif()[0x0112] = orientation
    np.testing.assert_array_equal(turned(pixels, orientation), np.asarray(ImageOps.exif_transpose(picture)))
