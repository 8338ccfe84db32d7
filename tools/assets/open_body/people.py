"""People drawn from MakeHuman's shape targets: adults as tall as adults are, children, and what is known of each."""

from dataclasses import dataclass

import numpy as np
from open_body.makehuman import PHENOTYPES, MakeHuman

# Heights in metres, mean and deviation, of adult men and women; the phenotypes drawn at will give 1.83 +- 0.23.
HEIGHTS = ((1.765, 0.072), (1.63, 0.068))
ADULT, CHILD = (0.6, 1.0), (0.0, 0.5)
DRAWN = 4000


@dataclass(frozen=True, eq=False)
class People:
    """shares (N, T) of the targets; phenotypes (N,) by name: gender 0 male to 1 female, age, muscle, weight, ..."""

    shares: np.ndarray
    phenotypes: dict[str, np.ndarray]

    def vertices(self, human: MakeHuman) -> np.ndarray:
        """(N, V, 3) float32 in metres."""
        moved = self.shares.astype(np.float32) @ human.targets.reshape(len(human.targets), -1)
        return human.vertices.astype(np.float32) + moved.reshape(len(moved), -1, 3)

    def __getitem__(self, rows: np.ndarray) -> "People":
        return People(self.shares[rows], {name: values[rows] for name, values in self.phenotypes.items()})


def draw(human: MakeHuman, count: int, rng: np.random.Generator, ages: tuple[float, float]) -> People:
    """People whose phenotypes are normal about the middle, cut at 0 and 1."""
    normal = {name: np.clip(rng.normal(0.5, sd, count), 0, 1) for name, sd in _DEVIATIONS.items()}
    ends = rng.integers(0, 2, count)
    gender = np.clip(np.abs(ends - np.abs(rng.normal(0, 0.12, count))), 0, 1)
    phenotypes = {"gender": gender, "age": rng.uniform(*ages, count), **normal}
    race = rng.dirichlet([1, 1, 1], count)
    values = np.concatenate([race, *(_shares(name, phenotypes[name]) for name in PHENOTYPES if name != "race")], axis=1)
    shares = np.prod(np.where(human.words, values[:, None], 1), axis=-1)
    return People(shares, phenotypes)


def draw_adults(human: MakeHuman, count: int, rng: np.random.Generator, skin: np.ndarray) -> People:
    """Adults whose heights are those of HEIGHTS, chosen from more (importance resampling)."""
    people = draw(human, DRAWN, rng, ADULT)
    y = human.vertices[skin, 1] + people.shares @ human.targets[:, skin, 1]
    height, male = np.ptp(y, axis=1), people.phenotypes["gender"] < 0.5
    weights = np.zeros(DRAWN)
    for rows, (mean, deviation) in zip((male, ~male), HEIGHTS, strict=True):
        density, edges = np.histogram(height[rows], 40, density=True)
        drawn = density[np.clip(np.digitize(height[rows], edges) - 1, 0, 39)] + 0.05
        weights[rows] = np.exp(-0.5 * ((height[rows] - mean) / deviation) ** 2) / drawn / rows.mean()
    return people[rng.choice(DRAWN, count, p=weights / weights.sum())]


_DEVIATIONS = {"muscle": 0.22, "weight": 0.22, "height": 0.2, "proportions": 0.22, "cupsize": 0.22, "firmness": 0.22}


def _shares(name: str, value: np.ndarray) -> np.ndarray:
    """Shares (N, K) of a phenotype's K words: linear between neighbours."""
    words = PHENOTYPES[name]
    places = np.linspace(-1 / 3 if name == "age" else 0, 1, len(words))
    return np.stack([np.interp(value, places, row) for row in np.eye(len(words))], axis=1)
