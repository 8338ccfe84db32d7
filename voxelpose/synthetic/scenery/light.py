"""Light on a scene: one key light, and the ambient light of sky and ground that goes with the background."""

from dataclasses import dataclass

import numpy as np

from voxelpose.synthetic.rendering.surface import Coat


@dataclass(frozen=True, eq=False)
class Light:
    """key, sky, ground: (3,) colours around 1, of the key light and of what comes from above and below; direction:
    (3,) unit vector from the key light to the scene; up: (3,) unit vector against gravity; rim: strength of light
    from behind along the outline; shine: strength of highlights."""

    key: np.ndarray
    sky: np.ndarray
    ground: np.ndarray
    direction: np.ndarray
    up: np.ndarray
    rim: float
    shine: float

    @classmethod
    def sample(cls, rng: np.random.Generator, background: np.ndarray, up: np.ndarray) -> "Light":
        """Light from above more often than from below, as bright and as warm as the background (S, S, 3) uint8."""
        upper, lower = (_tint(half) for half in np.array_split(background, 2))
        direction = rng.normal(0, 0.8, 3) - 1.1 * up + np.array([0.0, 0.0, 0.6])
        warmth = 1 + rng.normal(0, 0.05) * np.array([1.0, 0.0, -1.0])
        brightness = np.clip((background.mean() / 115) ** 0.5, 0.55, 1.2) * rng.uniform(0.8, 1.2)
        contrast = rng.uniform(0.25, 0.9)
        return cls(
            brightness * contrast * 1.3 * warmth * (0.5 + 0.5 * upper),
            brightness * (1.15 - contrast) * upper,
            brightness * (1.15 - contrast) * rng.uniform(0.35, 0.8) * lower,
            direction / np.linalg.norm(direction),
            up,
            rng.uniform(0, 0.3) if rng.random() < 0.3 else 0.0,
            rng.uniform(0, 0.3),
        )

    def shade(self, coat: Coat, normal: np.ndarray, view: np.ndarray) -> np.ndarray:
        """Colours (P, 3) of painted points with unit normals (P, 3), seen along unit rays (P, 3)."""
        key, sky, ground, direction, up = (
            value.astype(np.float32) for value in (self.key, self.sky, self.ground, self.direction, self.up)
        )
        against = normal @ direction
        diffuse = np.clip(-against, 0, 1)
        upwards = 0.5 + 0.5 * (normal @ up)
        reflected = direction - 2 * against[:, None] * normal
        shine = self.shine * coat.gloss * np.clip(-(reflected * view).sum(1), 0, 1) ** 12
        rim = self.rim * (1 - np.clip(-(normal * view).sum(1), 0, 1)) ** 3
        ambient = ground + upwards[:, None] * (sky - ground)
        lit = coat.colors * (ambient + diffuse[:, None] * key) + 200 * (shine + rim)[:, None] * key
        return np.clip(lit, 0, 255)


def _tint(part: np.ndarray) -> np.ndarray:
    """The hue (3,) of a part of a picture, mean 1, half as strong as it is there."""
    color = part.reshape(-1, 3).mean(0) + 30.0
    return 0.5 + 0.5 * color / color.mean()
