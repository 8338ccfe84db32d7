"""A garment in MakeHuman's format that tests write themselves."""

import cv2
import numpy as np


def write_suit(folder, bank):
    """A suit whose four corners hang on single vertices of the torso's front, with an offset of 0.4 dm forwards."""
    folder.mkdir(parents=True)
    corners = chest_corners(bank)
    bound = [f"{v} {v} {v} 1.0 0.0 0.0 0.0 0.0 0.4" for v in corners]
    lines = ["# a suit", "name patch", "obj_file patch.obj", "verts 0", *bound, "delete_verts"]
    lines.append(f"{corners[0]} - {corners[0] + 2} {corners[3]}")
    (folder / "patch.mhclo").write_text("\n".join(lines) + "\n")
    mesh = ["v 0 0 0"] * 4 + ["vt 0 0", "vt 1 0", "vt 1 1", "vt 0 1", "f 1/1 2/2 3/3 4/4"]
    (folder / "patch.obj").write_text("\n".join(mesh) + "\n")
    cv2.imwrite(str(folder / "patch_diffuse.png"), np.full((8, 8, 3), (0, 0, 255), np.uint8))
    return folder


def chest_corners(bank) -> list[int]:
    """Skin vertices near the corners of a square on the chest, counter-clockwise seen from the front."""
    skin = bank.average.vertices.astype(np.float64).copy()
    hidden = np.setdiff1d(np.arange(len(skin)), bank.visible)
    skin[hidden] = np.inf
    places = [(-90, -420, -130), (90, -420, -130), (90, -600, -130), (-90, -600, -130)]
    return [int(((skin - place) ** 2).sum(1).argmin()) for place in places]
