"""Drawn people in one picture: a street scene, and somebody from the waist up."""

from functools import cache

import cv2
import numpy as np

from voxelpose.synthetic.clothing.wardrobe import dress
from voxelpose.synthetic.random_streams import Stream, stream
from voxelpose.synthetic.rendering.scene import draw, over
from voxelpose.synthetic.scene_sampling import cast_of, stage
from voxelpose.synthetic.scenery.light import Light
from voxelpose.synthetic.settings import SyntheticSettings

SEED, SIDE = 5, 400
_ALONE = SyntheticSettings(picture=SIDE, person_free=0, occluded=0, truncated=0, accompanied=0)


@cache
def cut_out(index):
    """A drawn person as RGBA float32, colours premultiplied, cut at what is seen."""
    staged = stage(SEED, index, _ALONE)
    bank, _ = cast_of(_ALONE)
    body = bank.body(staged.person.identity)
    grey = np.full((SIDE, SIDE, 3), 128, np.uint8)
    light = Light.sample(stream(SEED, index, Stream.LIGHT), grey, staged.up)
    rng = stream(SEED, index, Stream.CLOTHES)
    drawn = draw(dress(bank, body, body.posed(staged.person.frame), _ALONE, rng), staged.camera, light)
    rows, columns = np.nonzero(drawn[..., 3] > 128)
    return drawn[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]


def street(width=640, height=480):
    """Sky, houses with windows, and a road, a little blurred."""
    rng = np.random.default_rng(3)
    picture = np.zeros((height, width, 3), np.float32)
    horizon = int(0.55 * height)
    picture[:horizon] = np.linspace((150, 180, 215), (215, 222, 228), horizon)[:, None]
    picture[horizon:] = np.linspace((120, 118, 112), (82, 80, 78), height - horizon)[:, None]
    for left in range(-30, width, 110):
        wall, top = rng.uniform(90, 190, 3), int(rng.uniform(0.05, 0.3) * height)
        picture[top:horizon, max(left, 0) : left + 104] = wall
        for y in range(top + 14, horizon - 24, 34):
            for x in range(max(left + 12, 0), left + 84, 26):
                picture[y : y + 20, x : x + 14] = 0.45 * wall
    picture += rng.normal(0, 4, picture.shape)
    return cv2.GaussianBlur(np.clip(picture, 0, 255).astype(np.uint8), (0, 0), 1.2)


def put(picture, person, middle, feet, tall):
    """The picture with a cut-out `tall` pixels high, feet on row `feet`; and the box of what is seen of it."""
    scale = tall / person.shape[0]
    person = cv2.resize(person, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    height, width = picture.shape[:2]
    left, top = round(middle - person.shape[1] / 2), round(feet - person.shape[0])
    layer = np.zeros((height, width, 4), np.float32)
    right, bottom = min(left + person.shape[1], width), min(top + person.shape[0], height)
    x, y = max(left, 0), max(top, 0)
    layer[y:bottom, x:right] = person[y - top : bottom - top, x - left : right - left]
    return over(picture, layer), (float(x), float(y), float(right - x), float(bottom - y))
