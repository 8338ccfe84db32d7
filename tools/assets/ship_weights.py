"""Put a run's weights among the assets: `python tools/assets/ship_weights.py RUN/best.weights.h5 PRESET`.

Kernels become float16, which halves the file; what training noted in the file stays in it, and its calibration, which
comes before this: `voxelpose evaluate calibrate --write`. Name the file in the
preset's row of voxelpose/networks/presets.py, and say in the card beside it what it was trained on and what it scores.
"""

import argparse
from dataclasses import replace
from pathlib import Path

from checksums import main as record_checksums

from voxelpose.assets import ROOT
from voxelpose.commands.shared.entry import run
from voxelpose.errors import InputError
from voxelpose.networks.preset_facts import describes_network, from_facts, replaced
from voxelpose.networks.presets import get_preset

LIMIT_MB = 20


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("weights", type=Path, help="a file that training wrote")
    parser.add_argument("preset", help="whose network it is")
    options = parser.parse_args(argv)
    preset = get_preset(options.preset)

    from voxelpose.networks.build import build_network
    from voxelpose.networks.weights_io import load_weights, save_weights

    network = build_network(preset.architecture.kind, preset.architecture.arguments, preset.name.replace("-", "_"))
    facts = load_weights(network, options.weights)
    if not describes_network(facts):
        raise InputError(f"Expected weights that say how they were trained. Received: {options.weights}.")
    # The file's own input and calibration, under the preset's name and card.
    stored = from_facts(facts, options.weights)
    facts = replaced(facts, replace(preset, input=stored.input, calibration=stored.calibration))
    target = ROOT / "weights" / f"{preset.name}.weights.h5"
    save_weights(network, target, half=True, facts=facts)
    size = target.stat().st_size / 1e6
    if size > LIMIT_MB:
        target.unlink()
        raise InputError(f"Expected weights of at most {LIMIT_MB} MB. Received: {size:.1f} MB.")
    print(f"{target.relative_to(ROOT.parent.parent)}: {size:.1f} MB, step {facts.get('step', 'unknown')}")
    return record_checksums()


if __name__ == "__main__":
    raise SystemExit(run(main))
