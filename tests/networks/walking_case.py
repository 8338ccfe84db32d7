"""The walking person of the samples as MoveNet sees pictures."""

import cv2
import numpy as np

from voxelpose.assets import asset_path


def walking(side):
    image = cv2.imread(str(asset_path("samples/walking.jpg")))[..., ::-1]
    square = np.zeros((max(image.shape), max(image.shape), 3), np.uint8)
    square[: image.shape[0], : image.shape[1]] = image
    return cv2.resize(square, (side, side), interpolation=cv2.INTER_AREA)[None].astype(np.float32) / 255
