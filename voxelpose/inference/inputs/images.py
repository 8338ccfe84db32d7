"""Pictures from files, as the 8-bit RGB arrays that everything else expects."""

import os
from pathlib import Path

import numpy as np

from voxelpose.data.photograph import decode_photograph
from voxelpose.errors import InputError


def read_image(path: str | os.PathLike) -> np.ndarray:
    """Read a picture -> (H, W, 3) uint8 RGB, as `data.photograph` reads it: turned, in 8 bits, over grey.

    Raises InputError if the file is missing, unreadable, cut off or no picture.
    """
    path = Path(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"Cannot read the image {path}: {error.strerror}.") from error
    return decode_photograph(content, str(path))


def check_image(image: np.ndarray) -> np.ndarray:
    """Return `image` if it is (H, W, 3) uint8, otherwise raise InputError saying what it is."""
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        received = f"{image.dtype} of shape {image.shape}" if isinstance(image, np.ndarray) else type(image).__name__
        raise InputError(f"Expected an RGB image, uint8 of shape (height, width, 3). Received: {received}.")
    if not image.size:
        raise InputError(f"Expected an image with at least one pixel. Received: shape {image.shape}.")
    return image
