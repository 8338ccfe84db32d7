"""Eyes, brows, lips and beard, painted where they lie on the mean body: the cue that tells front from back."""

from dataclasses import dataclass

import numpy as np

# Places on the rest pose of the mean body, mm.
_EYE_X, _EYE_Y, _BROW_Y, _MOUTH_Y = 31.0, -874.0, -893.0, -802.0
_FRONT_Z, _CHIN_Y, _BROW_TOP_Y = -105.0, -745.0, -905.0
_WHITE = np.array([225.0, 222.0, 216.0], np.float32)


@dataclass(frozen=True, eq=False)
class Face:
    """brow, iris: (3,) colours in 0..255; lips: (3,) factors on the skin's colour; beard: how dense, 0 for none."""

    brow: np.ndarray
    iris: np.ndarray
    lips: np.ndarray
    beard: float

    @classmethod
    def sample(cls, hair: np.ndarray, rng: np.random.Generator) -> "Face":
        """A face that goes with the colour (3,) of the hair."""
        iris = np.array([[50, 32, 20], [70, 95, 120], [75, 90, 60]])[rng.choice(3, p=[0.7, 0.2, 0.1])]
        beard = rng.uniform(0.2, 0.9) if rng.random() < 0.2 else 0.0
        lips = np.array([rng.uniform(0.85, 1.05), rng.uniform(0.55, 0.8), rng.uniform(0.55, 0.8)])
        return cls(hair * rng.uniform(0.5, 0.9), iris.astype(np.float32), lips, beard)

    def paint(self, colors: np.ndarray, place: np.ndarray) -> None:
        """Change the colours (P, 3) of skin in place, at places (P, 3) mm of the rest body."""
        front = np.flatnonzero((place[:, 2] < _FRONT_Z) & (place[:, 1] < _CHIN_Y) & (place[:, 1] > _BROW_TOP_Y))
        if not len(front):
            return
        x, y = np.abs(place[front, 0]), place[front, 1]
        skin = colors[front]
        mouth = ((x / 25) ** 2 + ((y - _MOUTH_Y) / 11) ** 2 < 1)[:, None]
        jaw = ((y > _MOUTH_Y - 16) & (x < 62))[:, None]
        painted = np.where(jaw, skin + self.beard * (self.brow - skin), skin)
        painted = np.where(mouth, skin * self.lips, painted)
        painted = np.where(((x < 17) & (np.abs(y - _MOUTH_Y) < 1.5))[:, None], skin * 0.45, painted)
        socket = (((x - _EYE_X) / 19) ** 2 + ((y - _EYE_Y) / 11) ** 2 < 1)[:, None]
        eye = (((x - _EYE_X) / 14) ** 2 + ((y - _EYE_Y) / 6) ** 2 < 1)[:, None]
        iris = ((x - _EYE_X) ** 2 + (y - _EYE_Y) ** 2 < 36)[:, None]
        painted = np.where(socket, painted * 0.75, painted)
        painted = np.where(eye, np.where(iris, self.iris, _WHITE), painted)
        brow = ((np.abs(x - _EYE_X) < 19) & (np.abs(y - _BROW_Y - 0.1 * np.abs(x - _EYE_X)) < 4))[:, None]
        colors[front] = np.where(brow, self.brow, painted)
