"""Pictures from files, as the 8-bit RGB arrays that everything else expects."""

import io
import os
from pathlib import Path

import cv2
import numpy as np

from voxelpose.errors import InputError
from voxelpose.inference.inputs.exif import exif_turn
from voxelpose.inference.inputs.picture_size import check_pixels


def read_image(path: str | os.PathLike) -> np.ndarray:
    """Read a picture -> (H, W, 3) uint8 RGB.

    EXIF rotation is honoured; 16-bit pictures are reduced to 8 bits, grey and CMYK ones become RGB, an alpha channel is
    laid over mid-grey. Raises InputError if the file is missing, unreadable, cut off or no picture.
    """
    path = Path(path)
    try:
        content = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError as error:
        raise InputError(f"Cannot read the image {path}: {error.strerror}.") from error
    if _is_cut_off(content):
        raise InputError(
            f"Expected a whole picture in {path}. Received: one that is cut off after {len(content)} bytes."
        )
    check_pixels(content.tobytes(), str(path))
    image = _decode(content, cv2.IMREAD_COLOR)
    if image is None:
        raise InputError(f"Expected a picture (JPEG, PNG, WebP, TIFF, ...) in {path}. Received: {_describe(content)}.")
    return cv2.cvtColor(_over_grey(image, content), cv2.COLOR_BGR2RGB)


def check_image(image: np.ndarray) -> np.ndarray:
    """Return `image` if it is (H, W, 3) uint8, otherwise raise InputError saying what it is."""
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        received = f"{image.dtype} of shape {image.shape}" if isinstance(image, np.ndarray) else type(image).__name__
        raise InputError(f"Expected an RGB image, uint8 of shape (height, width, 3). Received: {received}.")
    if not image.size:
        raise InputError(f"Expected an image with at least one pixel. Received: shape {image.shape}.")
    return image


def _decode(content: np.ndarray, flags: int) -> np.ndarray | None:
    try:
        return cv2.imdecode(content, flags) if content.size else None
    except cv2.error:
        return None


def _is_cut_off(content: np.ndarray) -> bool:
    """Whether a JPEG or PNG lacks its end mark: some decoders fill the rest with grey instead of failing."""
    data = content.tobytes()
    if data.startswith(b"\xff\xd8\xff"):
        # A thumbnail in the header has an end mark too, but the picture's scan starts after it.
        end = data.rfind(b"\xff\xd9")
        return end < 0 or data.find(b"\xff\xda", end) >= 0
    return data.startswith(b"\x89PNG") and b"IEND" not in data[-4096:]


def _over_grey(image: np.ndarray, content: np.ndarray) -> np.ndarray:
    """Blend transparent pixels with mid-grey: what hides under them is arbitrary."""
    if bytes(content[:4]) != b"\x89PNG" and bytes(content[8:12]) != b"WEBP":
        return image
    whole = _decode(content, cv2.IMREAD_UNCHANGED)
    if whole is None or whole.ndim != 3 or whole.shape[2] != 4:
        return image
    # Unchanged means unturned as well.
    alpha = exif_turn(whole[..., 3:], io.BytesIO(content.tobytes())) / np.iinfo(whole.dtype).max
    return np.round(image * alpha + 128 * (1 - alpha)).astype(np.uint8)


def _describe(content: np.ndarray) -> str:
    if not content.size:
        return "an empty file"
    return f"{content.size} bytes that begin with {bytes(content[:8])!r}"
