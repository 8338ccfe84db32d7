"""Small videos for the tests: a grey that changes from frame to frame, bright on the left."""

import numpy as np

TIMES = (0.0, 0.04, 0.08, 0.16, 0.2)


def brightness(index):
    return 20 + 12 * (index % 15)


def write_video(path, count=20, fps=25, size=(96, 64), times=None, pixel_ratio=None, options=None, sound=0.0):
    """count frames; frame n has grey 20 + 12 (n mod 15) on the right, and 200 on the left eighth.

    pixel_ratio: width of a pixel by its height; options: of the container; sound: seconds of silence beside it."""
    from fractions import Fraction

    import av

    # The index first, as in files that are made to be streamed.
    if options is None:
        options = {"movflags": "faststart"} if path.suffix == ".mp4" else {}
    with av.open(str(path), "w", options=options) as container:
        stream = container.add_stream("mpeg4", rate=fps)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = stream.time_base = Fraction(1, 1000)
        stream.bit_rate = 2_000_000
        if pixel_ratio is not None:
            stream.codec_context.sample_aspect_ratio = pixel_ratio
        voice = container.add_stream("aac", rate=8000, layout="mono") if sound else None
        for index in range(count):
            image = np.full((size[1], size[0], 3), brightness(index), np.uint8)
            image[:, : size[0] // 8] = 200
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.time_base = Fraction(1, 1000)
            frame.pts = round(1000 * (index / fps if times is None else times[index]))
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
        if voice is not None:
            silence = av.AudioFrame.from_ndarray(np.zeros((1, int(8000 * sound)), np.float32), "fltp", "mono")
            silence.sample_rate, silence.pts, silence.time_base = 8000, 0, Fraction(1, 8000)
            container.mux([*voice.encode(silence), *voice.encode()])
    return path


def turn(path, axes=((0, 1), (-1, 0))):
    """Give an MP4 a display matrix: where stored x and y are seen; by default that of a telephone held upright, a
    quarter turn clockwise."""
    content = bytearray(path.read_bytes())
    place = content.index(b"tkhd") + 4 + 4 + 20 + 16  # version, the fields before it, reserved to volume
    (a, b), (c, d) = axes
    numbers = [a << 16, b << 16, 0, c << 16, d << 16, 0, 0, 0, 1 << 30]
    content[place : place + 36] = b"".join(number.to_bytes(4, "big", signed=True) for number in numbers)
    path.write_bytes(content)


def cut(path, width, height, right, down):
    """Give an MP4, whose index is its last box, a clean aperture of a size and an offset of its middle."""
    content = bytearray(path.read_bytes())
    numbers = (width, 1, height, 1, right, 1, down, 1)
    box = (40).to_bytes(4, "big") + b"clap" + b"".join(number.to_bytes(4, "big", signed=True) for number in numbers)
    for kind in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"mp4v"):
        place = content.index(kind, content.index(b"moov")) - 4
        length = int.from_bytes(content[place : place + 4], "big")
        content[place : place + 4] = (length + len(box)).to_bytes(4, "big")
    content[place + length : place + length] = box
    path.write_bytes(content)
