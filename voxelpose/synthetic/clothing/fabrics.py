"""Cloth: colours and patterns over the rest body."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

# Every pattern but plain cloth, which everybody may wear.
PATTERNS = (
    "stripes", "hoops", "checks", "dots", "noise", "logo", "diagonal", "plaid", "zigzag", "fade", "panels", "speckle",
)  # fmt: skip
_PLAIN_SHARE = 0.4


@dataclass(frozen=True, eq=False)
class Fabric:
    """Colours (2, 3) in 0..255, a pattern over the rest body with a period in mm, and how strongly it folds."""

    colors: np.ndarray
    pattern: str
    period: float
    folds: float
    phase: np.ndarray

    @classmethod
    def plain(cls, color: np.ndarray, folds: float = 0.0) -> "Fabric":
        """Cloth, skin or hair of one colour (3,)."""
        return cls(np.stack([color, color]), "plain", 100.0, folds, np.zeros(3))

    @classmethod
    def sample(cls, rng: np.random.Generator, patterns: Sequence[str] = ()) -> "Fabric":
        """Random cloth, plain or with one of the patterns."""
        first = sample_color(rng)
        second = sample_color(rng) if rng.random() < 0.6 else np.clip(first * rng.uniform(0.5, 1.5), 0, 255)
        chosen = "plain"
        if patterns and rng.random() > _PLAIN_SHARE:
            chosen = patterns[rng.integers(len(patterns))]
        return cls(
            np.stack([first, second]), chosen, rng.uniform(15, 120), rng.uniform(0.1, 0.9), rng.uniform(0, 1000, 3)
        )

    def paint(self, place: np.ndarray) -> np.ndarray:
        """Colours (P, 3) float32 at places (P, 3) mm of the rest body."""
        if self.pattern == "plain":
            return np.broadcast_to(self.colors[0].astype(np.float32), place.shape)
        share = np.asarray(self._share(place), np.float32)[:, None]
        return (self.colors[0] + share * (self.colors[1] - self.colors[0])).astype(np.float32)

    def _share(self, place: np.ndarray) -> np.ndarray:
        """How much of the second colour shows, 0 to 1."""
        x, y, z = ((place + self.phase) / self.period).T
        match self.pattern:
            case "stripes":
                return np.floor(x) % 2 == 0
            case "hoops":
                return np.floor(y) % 2 == 0
            case "checks":
                return (np.floor(x) + np.floor(y) + np.floor(z)) % 2 == 0
            case "dots":
                return (x % 1 - 0.5) ** 2 + (y % 1 - 0.5) ** 2 < 0.09
            case "noise":
                return np.sin(5.1 * x + 3 * np.sin(2.3 * y)) + np.sin(4.3 * y + 2 * np.sin(3.1 * z)) > 0.3
            case "logo":
                return (np.abs(place[:, 0]) < 90) & (np.abs(place[:, 1] + 330) < 60) & (place[:, 2] < 0)
            case "diagonal":
                return np.floor(x + y) % 2 == 0
            case "plaid":
                return 0.5 * (x % 1 < 0.35) + 0.5 * (y % 1 < 0.35)
            case "zigzag":
                return np.floor(y + np.abs(x % 1 - 0.5)) % 2 == 0
            case "fade":
                return np.clip(0.5 + (place[:, 1] + 100 + self.phase[1] / 5) / 500, 0, 1)
            case "panels":
                return np.abs(place[:, 0]) > 90 + self.phase[0] / 10
            case "speckle":
                return np.sin(37 * x) * np.sin(41 * y) * np.sin(43 * z) > 0.35
        raise ValueError(f"No such pattern: {self.pattern}")


def sample_color(rng: np.random.Generator) -> np.ndarray:
    """Cloth is black, white, grey or muted more often than bright."""
    value = rng.uniform(10, 245)
    chroma = rng.choice([0.05, 0.3, 0.8], p=[0.42, 0.38, 0.2])
    hue = rng.random(3)
    hue = (hue - hue.min()) / max(np.ptp(hue), 1e-3)
    return np.clip(value * (1 - chroma + chroma * hue) + rng.normal(0, 4, 3), 0, 255)
