"""A small packed archive as the reader lspet-packed finds it, and stores of it."""

import cv2
import numpy as np

from voxelpose.data.readers import open_dataset
from voxelpose.data.store.preparation import Settings, origin_of, prepare
from voxelpose.skeleton import LSP14


def write_pack(path, image_ids=(5, 9000, 9001)):
    files = []
    for image_id in image_ids:
        image = np.full((32, 32, 3), image_id % 250, np.uint8)
        image[..., 2] = 200  # red, in OpenCV's order
        files.append(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 100])[1])
    joints = np.ones((len(files), 14, 3), np.float32)
    joints[:, :, 0] = np.arange(14)
    joints[:, LSP14.index("left_knee")] = [-300, 7, 0]
    joints[:, LSP14.index("right_ankle")] = [40, 5, 1]
    offsets = np.cumsum([0, *(len(f) for f in files)])
    np.savez(path, jpeg=np.concatenate(files), offsets=offsets, joints=joints, image_id=np.array(image_ids))
    return path


def packed_store(folder, part="train", image_ids=(5, 9000, 9001), **options):
    """The folder of a store of a part of such an archive."""
    folder.mkdir(exist_ok=True)
    pack = write_pack(folder / "pack.npz", image_ids)
    dataset, values = open_dataset("lspet-packed", folder, part, {"file": pack.name, **options})
    target = folder / f"{part}{'-taught' if options else ''}"
    prepare(target, origin_of("lspet-packed", folder, part, values, dataset, Settings()), dataset, Settings())
    return target
