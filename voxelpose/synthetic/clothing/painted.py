"""What a drawn person wears: layers painted on the body by part and place along the limb, with patterns and folds."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from voxelpose.synthetic.bodies.body import PART_NAMES, Body
from voxelpose.synthetic.bodies.face import Face
from voxelpose.synthetic.clothing.fabrics import Fabric

SKIN, HAIR, TOP, BOTTOM, SOCKS, SHOES = range(6)
# Human skin from light to dark, sRGB; tones between neighbours are mixed.
_SKIN_TONES = np.array(
    [[244, 214, 190], [231, 188, 153], [214, 164, 125], [190, 136, 97], [150, 100, 66], [110, 70, 46], [74, 47, 33]],
    np.float32,
)
_HAIR_TONES = np.array([[20, 18, 18], [50, 34, 24], [88, 58, 36], [150, 110, 66], [200, 170, 110], [150, 148, 145]])


@dataclass(frozen=True, eq=False)
class LimbCoordinates:
    """Where each vertex sits on the rest body, found once per topology.

    along: (V,) 0 at shoulder or hip, 1 at elbow or knee, 2 at wrist or ankle, beyond on hands and feet; NaN elsewhere.
    part: (V,) indices into PART_NAMES.
    """

    along: np.ndarray
    part: np.ndarray

    @classmethod
    def of(cls, body: Body, parts: np.ndarray) -> "LimbCoordinates":
        along = np.full(len(parts), np.nan, np.float32)
        heads = dict(zip(body.frame.labels, body.frame.heads, strict=True))
        for side, s in (("left", "L"), ("right", "R")):
            for limbs, bones in (
                (("upper_arm", "forearm", "hand"), ("upperarm01", "lowerarm01", "wrist")),
                (("thigh", "shin", "foot"), ("upperleg01", "lowerleg01", "foot")),
            ):
                for segment, limb in enumerate(limbs):
                    members = parts == PART_NAMES.index(f"{side}_{limb}")
                    start = heads[f"{bones[min(segment, 1)]}.{s}"]
                    axis = heads[f"{bones[min(segment, 1) + 1]}.{s}"] - start
                    share = (body.vertices[members] - start) @ axis / (axis @ axis)
                    along[members] = min(segment, 1) + share
        return cls(along, parts)


@dataclass(frozen=True, eq=False)
class Outfit:
    """layer: (V,) which layer covers each vertex; offset: (V,) mm it stands off the skin; fabrics per layer."""

    layer: np.ndarray
    offset: np.ndarray
    fabrics: dict[int, Fabric]
    face: Face

    @property
    def hair(self) -> np.ndarray:
        """Colour (3,) of the hair."""
        return self.fabrics[HAIR].colors[0]


def sample_outfit(
    limbs: LimbCoordinates, body: Body, rng: np.random.Generator, patterns: Sequence[str], bare: bool = False
) -> Outfit:
    """Random clothes, from swimwear to winter clothes; bare: only what is worn below garments that have a mesh."""
    layer = _cover(limbs, body, rng, bare)
    offset = np.zeros(len(layer), np.float32)
    for covered, most in ((TOP, 28.0), (BOTTOM, 26.0), (SHOES, 9.0), (HAIR, 30.0), (SOCKS, 2.0)):
        members = layer == covered
        thickness = 1.0 if bare else 2.0 + most * rng.random() ** 2
        offset[members] = thickness * _billow(body.vertices[members], rng)
    hair = _HAIR_TONES[rng.integers(len(_HAIR_TONES))] * rng.uniform(0.7, 1.2) + rng.normal(0, 6, 3)
    hair = np.clip(hair, 5, 235)
    fabrics = {SKIN: Fabric.plain(_skin(rng))}
    fabrics[HAIR] = Fabric(np.stack([hair, hair * rng.uniform(0.6, 0.9)]), "noise", 25.0, 0.4, np.zeros(3))
    for covered in (TOP, BOTTOM, SOCKS, SHOES):
        fabrics[covered] = Fabric.sample(rng, () if covered in (SOCKS, SHOES) else patterns)
    if rng.random() < 0.12:
        fabrics[BOTTOM] = fabrics[TOP]
    return Outfit(layer, offset, fabrics, Face.sample(hair, rng))


def _cover(limbs: LimbCoordinates, body: Body, rng: np.random.Generator, bare: bool) -> np.ndarray:
    part, along = limbs.part, limbs.along
    named = {name: part == index for index, name in enumerate(PART_NAMES)}
    arms = sum(named[f"{s}_{p}"] for s in ("left", "right") for p in ("upper_arm", "forearm", "hand")).astype(bool)
    legs = sum(named[f"{s}_{p}"] for s in ("left", "right") for p in ("thigh", "shin", "foot")).astype(bool)
    layer = np.full(len(part), SKIN, np.uint8)
    if rng.random() > 0.07:
        layer[named["hair"]] = HAIR
    y = body.vertices[:, 1]
    hips = body.frame.heads[body.frame.labels.index("root"), 1]
    feet = named["left_foot"] | named["right_foot"]
    shod = rng.random() < 0.9
    layer[named["pelvis"]] = BOTTOM
    if bare:
        layer[feet] = SHOES if shod else SKIN
        return layer
    sleeve = rng.choice(
        [-1.0, 0.15, rng.uniform(0.4, 0.9), rng.uniform(1.0, 1.9), 2.0], p=[0.08, 0.12, 0.35, 0.15, 0.3]
    )
    leg = rng.choice([0.05, rng.uniform(0.3, 0.95), rng.uniform(1.2, 1.8), 2.02], p=[0.08, 0.3, 0.12, 0.5])
    hem = rng.uniform(-60, 120) if rng.random() < 0.85 else -140.0
    layer[legs & (along < leg)] = BOTTOM
    layer[named["torso"] & (y > hips - 130)] = BOTTOM
    if sleeve >= 0:
        layer[(named["torso"] | named["pelvis"]) & (y < hips + hem)] = TOP
        layer[arms & (along < sleeve)] = TOP
        if rng.random() < 0.2:
            layer[named["neck"]] = TOP
        if rng.random() < 0.1:
            layer[legs & (along < rng.uniform(0.2, 0.9))] = TOP
    if rng.random() < 0.8:
        sock = rng.uniform(1.5, 2.0)
        layer[legs & (along > sock) & (layer == SKIN)] = SOCKS
    if shod:
        layer[feet] = SHOES
    return layer


def _billow(points: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A smooth factor around 1 over the body: how far cloth stands off."""
    waves = rng.normal(0, 1 / 90, (3, 3)).astype(np.float32)
    phases = rng.uniform(0, 2 * np.pi, 3).astype(np.float32)
    return np.clip(1 + 0.35 * np.sin(points @ waves.T + phases).sum(1), 0.1, 2.2).astype(np.float32)


def _skin(rng: np.random.Generator) -> np.ndarray:
    place = rng.uniform(0, len(_SKIN_TONES) - 1.001)
    low = int(place)
    tone = _SKIN_TONES[low] + (place - low) * (_SKIN_TONES[low + 1] - _SKIN_TONES[low])
    return np.clip(tone + rng.normal(0, 5, 3), 10, 255)
