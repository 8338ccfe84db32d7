"""Who wears what: clothes painted on the body, and real garments where the user has a folder of them."""

from functools import cache

import numpy as np

from voxelpose.synthetic.bank import BodyBank
from voxelpose.synthetic.body import Body, PosedBody
from voxelpose.synthetic.clothing import LimbCoordinates, sample_outfit
from voxelpose.synthetic.fabrics import PATTERNS
from voxelpose.synthetic.settings import SyntheticSettings
from voxelpose.synthetic.surface import BodyPaint, Surface, vertex_normals


def dress(
    bank: BodyBank, body: Body, posed: PosedBody, settings: SyntheticSettings, rng: np.random.Generator
) -> list[Surface]:
    """The surfaces of a person in random clothes."""
    patterns = PATTERNS if settings.cast is None else settings.cast.patterns
    outfit = sample_outfit(_limbs(bank), bank.average, rng, patterns)
    normals = vertex_normals(posed.vertices, bank.faces)
    vertices = posed.vertices + normals * outfit.offset[:, None]
    rest = bank.average.vertices
    return [Surface(vertices, normals, bank.faces, BodyPaint.sample(rest, bank.faces, outfit, rng))]


@cache
def _limbs(bank: BodyBank) -> LimbCoordinates:
    return LimbCoordinates.of(bank.average, bank.parts)
