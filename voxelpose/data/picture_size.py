"""How large a picture says it is, before any of it is unpacked."""

import io
import re
import warnings

from voxelpose.errors import InputError

# Telephones take pictures of 200 megapixels. A PNG of 130 kB can declare a thousand, which take a minute and 6 GB.
MOST_PIXELS = 300_000_000


def check_pixels(content: bytes, where: str) -> None:
    """InputError if a picture declares more than 300 megapixels; what Pillow doesn't know is let through."""
    pixels = _declared(content)
    if pixels > MOST_PIXELS:
        raise InputError(
            f"Expected a picture of at most {MOST_PIXELS // 10**6} megapixels in {where}. "
            f"Received: one of {pixels // 10**6}. Shrink it first."
        )


def _declared(content: bytes) -> int:
    # Pillow loads with the first picture, as everything that costs time.
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content)) as picture:
                return picture.width * picture.height
    except Image.DecompressionBombError as error:
        return int(re.findall(r"\d+", str(error))[0])
    except Exception:  # whether it is a picture at all is for the decoder to say
        return 0
