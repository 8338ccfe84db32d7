"""Results with any values that a result may have, for tests that hold for all of them."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from voxelpose.geometry import Camera
from voxelpose.results.nobody import Nobody
from voxelpose.results.parts import Provenance, Uncertainty
from voxelpose.results.pose import Pose3D
from voxelpose.results.sequence import PoseSequence
from voxelpose.skeleton import Skeleton

numbers = st.floats(-1e6, 1e6)
positive = st.floats(0.001, 1e6)
probabilities = st.floats(0, 1)
# Surrogates cannot be written as UTF-8, and no path or name that was read holds one.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
sizes = st.tuples(st.integers(1, 9000), st.integers(1, 9000))
boxes = st.tuples(numbers, numbers, positive, positive)


@st.composite
def skeletons(draw):
    joints = draw(st.lists(st.text("abcxyz_", min_size=1), min_size=1, max_size=4, unique=True))
    return Skeleton(draw(texts), tuple(joints), tuple(max(j - 1, 0) for j in range(len(joints))))


@st.composite
def cameras(draw):
    lens = draw(st.tuples(*[st.floats(-0.5, 0.5)] * 5))
    return Camera(draw(positive), draw(positive), draw(numbers), draw(numbers), *draw(sizes), lens)


def provenances(sources=texts):
    maybe = st.none() | texts
    return st.builds(
        Provenance, model=texts, weights_sha256=maybe, runtime=maybe, box_source=sources, camera_source=sources,
        root_depth_source=sources,
    )  # fmt: skip


def _numbers(shape):
    return arrays(np.float64, shape, elements=numbers)


@st.composite
def poses(draw):
    skeleton = draw(skeletons())
    n = len(skeleton)
    return Pose3D(
        skeleton=skeleton,
        joints=draw(_numbers((n, 3))),
        joints_2d=draw(_numbers((n, 2))),
        uncertainty=draw(_uncertainties(n)),
        presence=draw(st.none() | probabilities),
        box=draw(boxes),
        camera=draw(cameras()),
        root_depth=draw(positive),
        root_depth_std=draw(st.none() | positive),
        depth_axis=draw(_numbers(3)),
        provenance=draw(provenances()),
        image=draw(st.none() | texts),
        image_size=draw(sizes),
    )


def _uncertainties(n, *frames):
    return st.builds(
        Uncertainty,
        covariance=_numbers((*frames, n, 3, 3)),
        confidence=arrays(np.float64, (*frames, n), elements=probabilities),
        outside_crop=arrays(np.bool_, (*frames, n)),
    )


nobodies = st.builds(
    Nobody,
    presence=st.none() | probabilities,
    threshold=probabilities,
    box=boxes,
    provenance=provenances(st.none() | texts),
    image=st.none() | texts,
    image_size=sizes,
)


@st.composite
def sequences(draw):
    skeleton, t = draw(skeletons()), draw(st.integers(1, 4))
    n = len(skeleton)
    here = draw(arrays(np.bool_, t))
    gone = lambda values: np.where(here.reshape(t, *[1] * (values.ndim - 1)), values, np.nan)  # noqa: E731
    sure = draw(_uncertainties(n, t))
    angle = draw(st.floats(0, 7))
    return PoseSequence(
        skeleton=skeleton,
        joints=gone(draw(_numbers((t, n, 3)))),
        joints_2d=gone(draw(_numbers((t, n, 2)))),
        covariance=gone(sure.covariance),
        confidence=gone(sure.confidence),
        outside_crop=sure.outside_crop & here[:, None],
        presence=draw(arrays(np.float64, t, elements=probabilities | st.just(np.nan))),
        boxes=gone(np.abs(draw(_numbers((t, 4)))) + 1),
        root_depth=gone(np.abs(draw(_numbers(t))) + 1),
        root_depth_std=gone(draw(arrays(np.float64, t, elements=positive | st.just(np.nan)))),
        depth_axis=gone(draw(_numbers((t, 3)))),
        times=np.cumsum(draw(arrays(np.float64, t, elements=st.floats(0.01, 5)))),
        fps=draw(positive),
        camera=draw(cameras()),
        provenance=draw(provenances()),
        image_size=draw(sizes),
        track=draw(st.integers(0, 99)),
        source=draw(st.none() | texts),
        smoothing=draw(texts),
        up=(0.0, float(np.cos(angle)), float(np.sin(angle))),
        up_source=draw(texts),
    )
