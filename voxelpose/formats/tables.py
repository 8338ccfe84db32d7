"""Plain tables: CSV for spreadsheets and data frames, TRC for OpenSim."""

import csv
import io
from pathlib import Path

import numpy as np

from voxelpose.formats.timeline import Timeline
from voxelpose.formats.up import WORLD
from voxelpose.results.sequence import PoseSequence

CSV_COLUMNS = (
    *("frame", "time_s", "joint", "x_mm", "y_mm", "z_mm", "std_x_mm", "std_y_mm", "std_z_mm"),
    *("u_px", "v_px", "confidence", "outside_crop"),
)


def csv_text(sequence: PoseSequence) -> str:
    """One row per frame and joint, after lines that begin with # and say what the numbers are.

    Joints are in the camera frame, as in every file of this project that isn't for animation. A frame without the
    person has rows with empty cells. Frames count from the video's first, at its rate.
    """
    text = io.StringIO()
    for name, value in _facts(sequence).items():
        text.write(f"# {name}: {value}\n")
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(CSV_COLUMNS)
    std = np.sqrt(np.maximum(np.diagonal(sequence.covariance, axis1=2, axis2=3), 0.0))
    first = round(float(sequence.times[0]) * sequence.fps)
    for t, time in enumerate(sequence.times):
        for j, joint in enumerate(sequence.joint_names):
            head = [first + t, f"{time:.6f}", joint]
            if not sequence.present[t]:
                rows.writerow([*head, *[""] * (len(CSV_COLUMNS) - 3)])
                continue
            lengths = (*sequence.joints[t, j], *std[t, j], *sequence.joints_2d[t, j])
            numbers = [f"{value:.3f}" for value in lengths] + [f"{sequence.confidence[t, j]:.4f}"]
            rows.writerow([*head, *numbers, int(sequence.outside_crop[t, j])])
    return text.getvalue()


def trc_text(sequence: PoseSequence, name: str, line: Timeline) -> str:
    """OpenSim's marker file, in mm, y up, at an even rate; missing frames are interpolated. line: of the sequence."""
    frames, joints, _ = line.joints.shape
    rate = f"{line.fps:.6g}"
    head = [
        f"PathFileType\t4\t(X/Y/Z)\t{Path(name).name}",
        "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames",
        f"{rate}\t{rate}\t{frames}\t{joints}\tmm\t{rate}\t1\t{frames}",
        "Frame#\tTime\t" + "\t\t\t".join(sequence.joint_names) + "\t\t",
        "\t\t" + "\t".join(f"X{n}\tY{n}\tZ{n}" for n in range(1, joints + 1)),
        "",
    ]
    rows = [
        f"{t + 1}\t{line.start + t / line.fps:.6f}\t" + "\t".join(f"{value:.3f}" for value in row)
        for t, row in enumerate(line.joints.reshape(frames, -1))
    ]
    return "\n".join([*head, *rows]) + "\n"


def _facts(sequence: PoseSequence) -> dict[str, str]:
    camera = sequence.camera
    intrinsics = f"fx {camera.fx:.6g}, fy {camera.fy:.6g}, cx {camera.cx:.6g}, cy {camera.cy:.6g} pixels"
    return {
        "schema": "voxelpose.sequence.csv 1",
        "frame": sequence.frame,
        "up": f"{', '.join(f'{value:.6g}' for value in sequence.up)} in the camera frame; {sequence.up_source}",
        "world of animation files": WORLD,
        "skeleton": sequence.skeleton.name,
        "camera": f"{intrinsics}; {sequence.camera_source}",
        "root depth": sequence.root_depth_source,
        "smoothing": sequence.smoothing,
        "model": f"{sequence.model}, weights {sequence.weights_sha256}",
        "source": str(sequence.source),
        "time": "time_s in seconds from the video's first frame, which is frame 0; frame by the first time and the "
        f"rate of {sequence.fps:g} frames/s, then one by one",
    }
