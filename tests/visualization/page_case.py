"""A result with volumes whose every value is known: a standing person, likelihoods drawn around its joints."""

import numpy as np

from voxelpose.geometry import Camera, Crop, VoxelGrid
from voxelpose.inference.decoding.back_projection import covariance_mm
from voxelpose.results.pose import Pose3D
from voxelpose.results.stored_volumes import StoredVolumes
from voxelpose.skeleton import get_skeleton

SKELETON = get_skeleton("h36m17")
ROOT_DEPTH = 3600.0
# mm from the pelvis, x right, y down, z away; the person's left is on the picture's right.
STANDING = np.array(
    [
        [0, 0, 0], [-130, 10, 20], [-170, 430, -140], [-190, 850, 60], [130, -10, -20], [150, 420, 120],
        [170, 830, 340], [0, -240, 20], [10, -490, 10], [10, -590, -40], [10, -710, -30],
        [160, -470, 30], [250, -230, 170],
        [230, -40, -30], [-150, -480, 0], [-330, -330, -140], [-300, -560, -310],
    ],
    np.float64,
)  # fmt: skip
TORN = SKELETON.index("right_wrist")


def gaussians(fractions, shape, sigma):
    """Likelihoods (H, W, J, D) around fractions (J, 3), sigma in cells of 64."""
    width, height, depth = shape
    x, y, z = (
        np.exp(-0.5 * (((np.arange(n) + 0.5) / n - f[:, None]) / (sigma / 64 if n > 1 else 1e3)) ** 2)
        for n, f in zip((width, height, depth), fractions.T, strict=True)
    )
    volume = np.einsum("jy,jx,jz->yxjz", y, x, z)
    return (volume / volume.sum(axis=(0, 1, 3), keepdims=True)).astype(np.float32)


def known_case(side=64, depths=(1, 16, 64), moved=(0.0, 0.0, 0.0), picture=(640, 480)):
    """(pose, image, stored) of a person at known joints; the right wrist is torn between two places."""
    width, height = picture
    camera = Camera.from_field_of_view(width, height)
    joints = STANDING + [60, -90, ROOT_DEPTH] + np.asarray(moved)
    pixels = camera.project(joints)
    low, high = pixels.min(axis=0), pixels.max(axis=0)
    box = (*map(float, low - 12), *map(float, high - low + 24))
    crop = Crop.from_box(box, 128).facing(camera)
    grid = VoxelGrid(side, side, depths[-1])
    fractions = grid.fractions(joints, SKELETON.root, camera, crop)
    volumes = []
    for stage, depth in enumerate(depths):
        sigma = 5.0 - 3.2 * (stage + 1) / len(depths)
        volume = gaussians(fractions, (side, side, depth), sigma)
        elsewhere = fractions[TORN : TORN + 1] + [[0.12, 0.1, 0.16]]
        volume[:, :, TORN] = 0.6 * volume[:, :, TORN] + 0.4 * gaussians(elsewhere, (side, side, depth), sigma)[:, :, 0]
        volumes.append(volume)
    spread = np.tile(np.diag([2e-4, 2e-4, 6e-4]), (17, 1, 1))
    spread[TORN] = np.diag([4e-3, 3e-3, 8e-3])
    root_depth = float(joints[SKELETON.root] @ crop.depth_axis)
    pose = Pose3D(
        skeleton=SKELETON,
        joints=joints,
        joints_2d=pixels,
        covariance=covariance_mm(fractions, spread, grid, root_depth, camera, crop),
        confidence=np.where(np.arange(17) == TORN, 0.41, np.linspace(0.95, 0.8, 17)),
        outside_crop=np.arange(17) == SKELETON.index("left_ankle"),
        presence=0.98,
        box=box,
        box_source="given",
        camera=camera,
        camera_source="given",
        root_depth=root_depth,
        root_depth_std=120.0,
        root_depth_source="given",
        depth_axis=crop.depth_axis,
        model="known",
        weights_sha256="f" * 64,
        image="</script><b>person.jpg",
        image_size=picture,
    )
    image = np.clip(np.linspace(60, 190, height)[:, None, None] + np.zeros((height, width, 3)), 0, 255).astype(np.uint8)
    image[height // 2 :, :, 1] += 30
    return pose, image, StoredVolumes(tuple(volumes), crop, grid, crop.warp(image))
