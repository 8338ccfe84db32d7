"""Who wears what: clothes painted on the body, and real garments where the user has a folder of them."""

from dataclasses import replace
from functools import cache

import numpy as np

from voxelpose.synthetic.bodies.bank import BodyBank
from voxelpose.synthetic.bodies.body import Body, PosedBody, turned
from voxelpose.synthetic.clothing.fabrics import PATTERNS
from voxelpose.synthetic.clothing.garments import Garment, Kind, load_garments
from voxelpose.synthetic.clothing.painted import HAIR, LimbCoordinates, Outfit, sample_outfit
from voxelpose.synthetic.rendering.surface import BodyPaint, Surface, vertex_normals
from voxelpose.synthetic.settings import SyntheticSettings

# Shares of people in real garments, where the folder has some.
_WORN = {Kind.SUIT: 0.6, Kind.SHOES: 0.6, Kind.HAIR: 0.6}


def dress(
    bank: BodyBank, body: Body, posed: PosedBody, settings: SyntheticSettings, rng: np.random.Generator
) -> list[Surface]:
    """The surfaces of a person in random clothes."""
    patterns = PATTERNS if settings.cast is None else settings.cast.patterns
    garments = _chosen(bank, settings, rng)
    outfit = sample_outfit(_limbs(bank), bank.average, rng, patterns, bare=Kind.SUIT in garments)
    if Kind.HAIR in garments:
        outfit = replace(outfit, offset=np.where(outfit.layer == HAIR, np.float32(0), outfit.offset))
    faces = _uncovered(bank.faces, len(bank.parts), garments)
    normals = turned(posed.transforms, _normals(bank))
    vertices = posed.vertices + normals * outfit.offset[:, None]
    skin = Surface(vertices, normals, faces, BodyPaint.sample(bank.average.vertices, faces, outfit, rng))
    return [skin, *(_worn(garment, body, posed, outfit, rng) for garment in garments.values())]


def _chosen(bank: BodyBank, settings: SyntheticSettings, rng: np.random.Generator) -> dict[Kind, Garment]:
    if settings.garments is None:
        return {}
    chosen = {}
    for kind, garments in load_garments(settings.garments, bank).items():
        if garments and rng.random() < _WORN[kind]:
            chosen[kind] = garments[rng.integers(len(garments))]
    return chosen


def _worn(garment: Garment, body: Body, posed: PosedBody, outfit: Outfit, rng: np.random.Generator) -> Surface:
    """Hair has the colour that the scalp is painted in; the colours of cloth vary around those of the texture."""
    if garment.kind == Kind.HAIR:
        return garment.worn(body, posed, outfit.hair, monochrome=True)
    tint = rng.uniform(0.5, 1.25) * (1 + rng.normal(0, 0.18, 3)) if rng.random() < 0.7 else np.ones(3)
    return garment.worn(body, posed, np.clip(tint, 0.2, 1.6))


def _uncovered(faces: np.ndarray, vertices: int, garments: dict[Kind, Garment]) -> np.ndarray:
    """The faces of the skin (F, 3) that no garment hides altogether."""
    hidden = np.zeros(vertices, bool)
    for garment in garments.values():
        hidden[garment.binding.deleted] = True
    return faces[~hidden[faces].all(1)] if garments else faces


@cache
def _normals(bank: BodyBank) -> np.ndarray:
    """Normals of the average body at rest, which serve for everybody: bodies differ in size more than in slope."""
    return vertex_normals(bank.average.vertices, bank.faces)


@cache
def _limbs(bank: BodyBank) -> LimbCoordinates:
    return LimbCoordinates.of(bank.average, bank.parts)
