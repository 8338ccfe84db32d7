"""Colours and textures of rooms and landscapes: muted, as most of what photographs show."""

from dataclasses import dataclass
from functools import cache

import numpy as np

WALLS = ((235, 230, 220), (220, 215, 205), (200, 195, 190), (180, 170, 155), (170, 185, 195), (150, 160, 150),
         (205, 180, 150), (140, 80, 62), (90, 95, 105), (60, 60, 65), (225, 205, 185))  # fmt: skip
FLOORS = ((150, 110, 75), (120, 85, 55), (185, 150, 110), (130, 130, 130), (90, 90, 92), (170, 165, 155),
          (200, 195, 185), (100, 75, 70), (75, 85, 100))  # fmt: skip
LAND = ((95, 115, 60), (120, 130, 75), (80, 95, 50), (95, 95, 98), (200, 180, 140), (225, 230, 235),
        (130, 105, 80), (160, 155, 148))  # fmt: skip
LEAVES = ((55, 75, 40), (70, 90, 50), (45, 60, 35), (110, 95, 50), (85, 100, 75))
SKIES = ((95, 140, 195), (150, 175, 205), (205, 210, 215), (120, 130, 145), (225, 185, 155))
THINGS = ((120, 80, 50), (60, 45, 35), (200, 200, 200), (40, 42, 48), (150, 45, 42), (45, 75, 120), (65, 105, 70),
          (205, 175, 95), (230, 225, 215), (95, 100, 110))  # fmt: skip
_NOISE_CELLS = 256


@dataclass(frozen=True, eq=False)
class Material:
    """Colours (2, 3) in 0..255, a pattern with a period in mm, and how strongly noise varies it (0..255)."""

    colors: np.ndarray
    pattern: str
    period: float
    roughness: float

    @classmethod
    def sample(cls, palette: tuple, patterns: tuple[str, ...], rng: np.random.Generator) -> "Material":
        first = sample_color(palette, rng)
        second = np.clip(first * rng.uniform(0.6, 1.25) + rng.normal(0, 6, 3), 0, 255)
        pattern = patterns[rng.integers(len(patterns))]
        return cls(np.stack([first, second]), pattern, rng.uniform(100, 700), 1 + 11 * rng.random() ** 2)

    def paint(self, a: np.ndarray, b: np.ndarray, mm_per_pixel: np.ndarray) -> np.ndarray:
        """Colours (P, 3) at places (a, b) mm of a plane; detail finer than two pixels fades."""
        visible = np.clip(self.period / (4 * mm_per_pixel), 0, 1)
        share = (visible * self._share(a / self.period, b / self.period)).astype(np.float32)[:, None]
        grain = noise(a / 15, b / 15) * np.clip(20 / mm_per_pixel, 0, 1) + 0.7 * noise(a / 130, b / 130)
        base, other = self.colors.astype(np.float32)
        return base + share * (other - base) + np.float32(self.roughness) * grain[:, None]

    def _share(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        match self.pattern:
            case "plain":
                return np.zeros(len(a))
            case "patches":
                return 0.5 + 0.5 * np.tanh(2 * noise(7 * a, 7 * b))
            case "tiles":
                return (a % 1 < 0.06) | (b % 1 < 0.06)
            case "checks":
                return (np.floor(a) + np.floor(b)) % 2
            case "planks":
                return np.where(a % 1 < 0.05, 1.0, 0.5 * noise(97 * np.floor(a), b))
            case "bricks":
                row = np.floor(3 * b)
                return ((a + 0.5 * (row % 2)) % 1 < 0.06) | (3 * b % 1 < 0.14)
            case "windows":
                return (a % 1 > 0.35) & (a % 1 < 0.75) & (b % 1 > 0.3) & (b % 1 < 0.8)
            case "bars":
                return a % 1 < 0.3
        raise ValueError(f"No such pattern: {self.pattern}")


def sample_color(palette: tuple, rng: np.random.Generator) -> np.ndarray:
    """A colour (3,) near one of the palette's."""
    chosen = np.array(palette[rng.integers(len(palette))], float)
    return np.clip(chosen * rng.uniform(0.75, 1.2) + rng.normal(0, 7, 3), 0, 255)


def noise(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Noise at places in cells, mean 0, deviation 1, one value per cell; it repeats after 256 cells."""
    rows, columns = (np.asarray(v).astype(np.int32) % _NOISE_CELLS for v in (a, b))
    return _noise_table()[rows, columns]


def smooth_noise(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The same noise, interpolated between cells: for what may be larger than a few pixels per cell."""
    row, column = np.floor(a), np.floor(b)
    down, right = a - row, b - column
    return (
        (1 - down) * ((1 - right) * noise(row, column) + right * noise(row, column + 1))
        + down * ((1 - right) * noise(row + 1, column) + right * noise(row + 1, column + 1))
    )  # fmt: skip


@cache
def _noise_table() -> np.ndarray:
    spectrum = np.fft.rfft2(np.random.default_rng(0).standard_normal((_NOISE_CELLS, _NOISE_CELLS)))
    frequency = np.hypot(np.fft.fftfreq(_NOISE_CELLS)[:, None], np.fft.rfftfreq(_NOISE_CELLS)[None])
    table = np.fft.irfft2(spectrum / (frequency + 0.02), s=(_NOISE_CELLS, _NOISE_CELLS))
    return ((table - table.mean()) / table.std()).astype(np.float32)
