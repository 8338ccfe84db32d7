"""Small videos for the tests: a grey that changes from frame to frame, bright on the left."""

import numpy as np

TIMES = (0.0, 0.04, 0.08, 0.16, 0.2)


def brightness(index):
    return 20 + 12 * (index % 15)


def write_video(path, count=20, fps=25, size=(96, 64), times=None):
    """count frames; frame n has grey 20 + 12 (n mod 15) on the right, and 200 on the left eighth."""
    from fractions import Fraction

    import av

    # The index first, as in files that are made to be streamed.
    with av.open(str(path), "w", options={"movflags": "faststart"} if path.suffix == ".mp4" else {}) as container:
        stream = container.add_stream("mpeg4", rate=fps)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = stream.time_base = Fraction(1, 1000)
        stream.bit_rate = 2_000_000
        for index in range(count):
            image = np.full((size[1], size[0], 3), brightness(index), np.uint8)
            image[:, : size[0] // 8] = 200
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.time_base = Fraction(1, 1000)
            frame.pts = round(1000 * (index / fps if times is None else times[index]))
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def turn(path):
    """Give an MP4 the display matrix of a telephone held upright: a quarter turn clockwise."""
    content = bytearray(path.read_bytes())
    place = content.index(b"tkhd") + 4 + 4 + 20 + 16  # version, the fields before it, reserved to volume
    unit = (1 << 16).to_bytes(4, "big", signed=True)
    minus = (-(1 << 16)).to_bytes(4, "big", signed=True)
    zero = bytes(4)
    content[place : place + 36] = b"".join(
        [zero, unit, zero, minus, zero, zero, zero, zero, (1 << 30).to_bytes(4, "big")]
    )
    path.write_bytes(content)
