"""What a drawn person wears: layers painted on the body by part and place along the limb, with patterns and folds."""

from dataclasses import dataclass

import numpy as np

from voxelpose.synthetic.body import PART_NAMES, Body

SKIN, HAIR, TOP, BOTTOM, SOCKS, SHOES = range(6)
_PATTERNS = ("plain", "plain", "plain", "stripes", "hoops", "checks", "dots", "noise", "logo")
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
        heads = dict(zip(body.labels, body.heads, strict=True))
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
class Fabric:
    """Colours (2, 3) in 0..255, a pattern over the rest body with a period in mm, and how strongly it folds."""

    colors: np.ndarray
    pattern: str
    period: float
    folds: float
    phase: np.ndarray

    def paint(self, place: np.ndarray) -> np.ndarray:
        """Colours (P, 3) float32 at places (P, 3) mm of the rest body."""
        return np.where(self._mask(place)[:, None], self.colors[1], self.colors[0]).astype(np.float32)

    def _mask(self, place: np.ndarray) -> np.ndarray:
        x, y, z = ((place + self.phase) / self.period).T
        match self.pattern:
            case "stripes":
                return np.floor(x).astype(int) % 2 == 0
            case "hoops":
                return np.floor(y).astype(int) % 2 == 0
            case "checks":
                return (np.floor(x) + np.floor(y) + np.floor(z)).astype(int) % 2 == 0
            case "dots":
                return (x % 1 - 0.5) ** 2 + (y % 1 - 0.5) ** 2 < 0.09
            case "noise":
                return np.sin(5.1 * x + 3 * np.sin(2.3 * y)) + np.sin(4.3 * y + 2 * np.sin(3.1 * z)) > 0.3
            case "logo":
                return (np.abs(place[:, 0]) < 90) & (np.abs(place[:, 1] + 330) < 60) & (place[:, 2] < 0)
        return np.zeros(len(place), bool)


@dataclass(frozen=True, eq=False)
class Outfit:
    """layer: (V,) which layer covers each vertex; offset: (V,) mm it stands off the skin; fabrics per layer."""

    layer: np.ndarray
    offset: np.ndarray
    fabrics: dict[int, Fabric]


def sample_outfit(limbs: LimbCoordinates, body: Body, rng: np.random.Generator) -> Outfit:
    """Random clothes, from swimwear to winter clothes."""
    layer = _cover(limbs, body, rng)
    offset = np.zeros(len(layer), np.float32)
    for covered, most in ((TOP, 28.0), (BOTTOM, 26.0), (SHOES, 9.0), (HAIR, 38.0), (SOCKS, 2.0)):
        members = layer == covered
        thickness = 2.0 + most * rng.random() ** 2
        offset[members] = thickness * _billow(body.vertices[members], rng)
    skin = _skin(rng)
    fabrics = {SKIN: Fabric(np.stack([skin, skin]), "plain", 100.0, 0.0, np.zeros(3))}
    hair = _HAIR_TONES[rng.integers(len(_HAIR_TONES))] * rng.uniform(0.7, 1.2) + rng.normal(0, 6, 3)
    fabrics[HAIR] = Fabric(np.clip(np.stack([hair, hair * 0.7]), 0, 255), "noise", 30.0, 0.3, np.zeros(3))
    for covered in (TOP, BOTTOM, SOCKS, SHOES):
        fabrics[covered] = _fabric(rng, plain=covered in (SOCKS, SHOES))
    if rng.random() < 0.12:
        fabrics[BOTTOM] = fabrics[TOP]
    return Outfit(layer, offset, fabrics)


def _cover(limbs: LimbCoordinates, body: Body, rng: np.random.Generator) -> np.ndarray:
    part, along = limbs.part, limbs.along
    named = {name: part == index for index, name in enumerate(PART_NAMES)}
    arms = sum(named[f"{s}_{p}"] for s in ("left", "right") for p in ("upper_arm", "forearm", "hand")).astype(bool)
    legs = sum(named[f"{s}_{p}"] for s in ("left", "right") for p in ("thigh", "shin", "foot")).astype(bool)
    layer = np.full(len(part), SKIN, np.uint8)
    if rng.random() > 0.07:
        layer[named["hair"]] = HAIR
    sleeve = rng.choice(
        [-1.0, 0.15, rng.uniform(0.4, 0.9), rng.uniform(1.0, 1.9), 2.0], p=[0.08, 0.12, 0.35, 0.15, 0.3]
    )
    leg = rng.choice([0.05, rng.uniform(0.3, 0.95), rng.uniform(1.2, 1.8), 2.02], p=[0.08, 0.3, 0.12, 0.5])
    hem = rng.uniform(-60, 120) if rng.random() < 0.85 else -140.0
    y = body.vertices[:, 1]
    hips = body.heads[body.labels.index("root"), 1]
    layer[named["pelvis"] | (legs & (along < leg))] = BOTTOM
    layer[named["torso"] & (y > hips - 130)] = BOTTOM
    if sleeve >= 0:
        layer[(named["torso"] | named["pelvis"]) & (y < hips + hem)] = TOP
        layer[arms & (along < sleeve)] = TOP
        if rng.random() < 0.2:
            layer[named["neck"]] = TOP
        if rng.random() < 0.1:
            layer[legs & (along < rng.uniform(0.2, 0.9))] = TOP
    feet = named["left_foot"] | named["right_foot"]
    if rng.random() < 0.8:
        sock = rng.uniform(1.5, 2.0)
        layer[legs & (along > sock) & (layer == SKIN)] = SOCKS
    if rng.random() < 0.9:
        layer[feet] = SHOES
    return layer


def _billow(points: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A smooth factor around 1 over the body: how far cloth stands off."""
    waves = rng.normal(0, 1 / 90, (3, 3))
    phases = rng.uniform(0, 2 * np.pi, 3)
    return np.clip(1 + 0.35 * np.sin(points @ waves.T + phases).sum(1), 0.1, 2.2).astype(np.float32)


def _skin(rng: np.random.Generator) -> np.ndarray:
    place = rng.uniform(0, len(_SKIN_TONES) - 1.001)
    low = int(place)
    tone = _SKIN_TONES[low] + (place - low) * (_SKIN_TONES[low + 1] - _SKIN_TONES[low])
    return np.clip(tone + rng.normal(0, 5, 3), 10, 255)


def _fabric(rng: np.random.Generator, plain: bool) -> Fabric:
    first = _color(rng)
    second = _color(rng) if rng.random() < 0.6 else np.clip(first * rng.uniform(0.5, 1.5), 0, 255)
    pattern = "plain" if plain else str(rng.choice(_PATTERNS))
    return Fabric(
        np.stack([first, second]), pattern, rng.uniform(15, 120), rng.uniform(0.1, 0.9), rng.uniform(0, 1000, 3)
    )


def _color(rng: np.random.Generator) -> np.ndarray:
    """Cloth is black, white, grey or muted more often than bright."""
    value = rng.uniform(10, 245)
    chroma = rng.choice([0.05, 0.35, 0.9], p=[0.4, 0.35, 0.25])
    hue = rng.random(3)
    hue = (hue - hue.min()) / max(np.ptp(hue), 1e-3)
    return np.clip(value * (1 - chroma + chroma * hue) + rng.normal(0, 4, 3), 0, 255)
