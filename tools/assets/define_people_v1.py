"""Define the benchmark people-v1: which bodies, pose clusters and patterns each split has, and checksums of the labels.

    python tools/assets/define_people_v1.py [--processes N]

Run it once per version of the benchmark; what it writes ships, and the tests compare a part of it.
"""

import argparse
import json
from dataclasses import asdict

import numpy as np

from voxelpose.assets import ROOT
from voxelpose.files import write_text
from voxelpose.synthetic.bodies.bank import BodyBank
from voxelpose.synthetic.bodies.poses import FITTED_KINDS, POSE_MIRROR, PoseDistribution
from voxelpose.synthetic.people import DRAWING_VERSION
from voxelpose.synthetic.pools.benchmarks import compute_checksums
from voxelpose.synthetic.settings import Cast, SyntheticSettings

SETTINGS = {"picture": 160, "person_free": 0.0, "occluded": 0.3, "truncated": 0.2, "accompanied": 0.1}
COUNTS = {"train": 100_000, "validation": 2_000, "test": 2_000}
SEEDS = {"train": 20_260_001, "validation": 20_260_002, "test": 20_260_003}
# Of the real bodies, and of each kind's pose clusters, this share is kept apart for each of the small splits.
HELD_OUT = 0.15
PATTERNS = {
    "train": ("stripes", "hoops", "checks", "dots", "noise", "logo"),
    "validation": ("diagonal", "panels", "zigzag"),
    "test": ("plaid", "fade", "speckle"),
}


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--processes", type=int, default=2)
    processes = parser.parse_args(argv).processes
    splits = {}
    for name, cast in casts().items():
        settings = SyntheticSettings(**SETTINGS, cast=cast)
        checksums = compute_checksums(SEEDS[name], COUNTS[name], settings, processes)
        splits[name] = {"seed": SEEDS[name], "count": COUNTS[name], "cast": asdict(cast), "checksums": checksums}
        print(f"{name}: {len(cast.identities)} bodies, {len(cast.clusters)} clusters, {len(checksums)} checksums")
    definition = {"name": "people-v1", "drawing": DRAWING_VERSION, "settings": SETTINGS, "splits": splits}
    write_text(ROOT / "people" / "people-v1.json", json.dumps(definition, indent=1) + "\n")
    return 0


def casts() -> dict[str, Cast]:
    """Who appears in which split; nobody, no pose cluster and no pattern is in two of them."""
    rng = np.random.default_rng(0)
    identities = shared_out([[row] for row in rng.permutation(len(BodyBank.load().rows)).tolist()])
    clusters: dict[str, list[int]] = {name: [] for name in COUNTS}
    poses = PoseDistribution.load()
    for kind in FITTED_KINDS:
        groups = mirror_groups(poses, [k for k, name in enumerate(poses.kinds) if name == kind])
        for name, members in shared_out([groups[i] for i in rng.permutation(len(groups))]).items():
            clusters[name] += members
    return {
        name: Cast(tuple(sorted(identities[name])), tuple(sorted(clusters[name])), PATTERNS[name]) for name in COUNTS
    }


def shared_out(groups: list[list[int]]) -> dict[str, list[int]]:
    """Groups given to test and validation until each has its share, the rest to train."""
    wanted = max(round(HELD_OUT * sum(map(len, groups))), 1)
    parts: dict[str, list[int]] = {name: [] for name in COUNTS}
    for group in groups:
        name = next((name for name in ("test", "validation") if len(parts[name]) < wanted), "train")
        parts[name] += group
    return parts


def mirror_groups(poses: PoseDistribution, members: list[int]) -> list[list[int]]:
    """Clusters of a kind, each together with those that its mirror image is nearest to: drawing mirrors poses."""
    means = poses.means[members]
    children = POSE_MIRROR[1:] - 1
    mirrored = (means.reshape(-1, 19, 3)[:, children] * (-1, 1, 1)).reshape(len(means), -1)
    twins = ((mirrored[:, None] - means[None]) ** 2).sum(-1).argmin(1)
    group = np.arange(len(members))
    for one, other in enumerate(twins):
        group[group == group[one]] = group[other]
    return [[members[i] for i in np.flatnonzero(group == number)] for number in np.unique(group)]


if __name__ == "__main__":
    raise SystemExit(main())
