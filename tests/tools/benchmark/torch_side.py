"""What the tests of the twins ask PyTorch, in a process without TensorFlow: `python torch_side.py FOLDER`.

In FOLDER are networks/NAME.npz and presets/NAME.npz (files of a twin), images.npy and losses.npz. It writes
outputs/NAME.npz and answers.json.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch

from benchmark.inputs import random_images, random_targets
from benchmark.twins import cases, losses, running
from benchmark.twins.networks import TorchHourglass
from benchmark.twins.weights import TwinFile


def main(folder: Path) -> None:
    images = np.load(folder / "images.npy")
    parameters, channels_last = {}, {}
    for path in sorted((folder / "networks").glob("*.npz")):
        twin = TwinFile.read(path).build()
        parameters[path.stem] = count(twin)
        channels_last[path.stem] = all(
            p.is_contiguous(memory_format=torch.channels_last) for p in twin.parameters() if p.ndim == 4
        )
        np.savez(folder / "outputs" / path.name, **running.inference(twin, "float32")(images))
    answers = {
        "parameters": parameters,
        "channels_last": channels_last,
        "presets": {path.stem: parameters_of_preset(path) for path in (folder / "presets").glob("*.npz")},
        "losses": values_of_losses(folder / "losses.npz"),
        "learned": learned(folder / "networks" / "uniform.npz"),
        "cases": cases_run(str(folder / "networks" / "compact.npz")),
    }
    answers["foreign"] = sorted({"tensorflow", "keras"} & set(sys.modules))
    (folder / "answers.json").write_text(json.dumps(answers))


def count(model: torch.nn.Module) -> int:
    return sum(p.numel() for p in model.parameters())


def parameters_of_preset(path: Path) -> int:
    with torch.device("meta"):
        return count(TorchHourglass(**TwinFile.read(path).network))


def values_of_losses(path: Path) -> dict[str, float]:
    """The total of each loss over outputs in Keras' order of axes."""
    with np.load(path) as archive:
        arrays = {name: archive[name] for name in archive.files}
    targets, presence = (torch.from_numpy(arrays.pop(name)) for name in ("targets", "known_presence"))
    descriptions = json.loads(str(arrays.pop("descriptions")))
    outputs = {n: torch.from_numpy(np.moveaxis(v, -1, 1) if v.ndim == 4 else v) for n, v in arrays.items()}
    return {name: losses.total_loss(outputs, targets, presence, loss).item() for name, loss in descriptions.items()}


def learned(path: Path) -> list[float]:
    """The loss of 20 steps on one batch."""
    rng, file = np.random.default_rng(0), TwinFile.read(path)
    torch.manual_seed(0)
    images, targets = random_images(rng, 2, 64), random_targets(rng, 2, 3)
    step = running.training_step(TorchHourglass(**file.network), file.loss, "float32")
    return [step(images, targets, np.ones((2, 1), "float32")) for _ in range(20)]


def cases_run(path: str) -> list[float]:
    """One time of every case."""
    seconds = []
    for variant in ("torch", "torch contiguous"):
        for precision in ("float32", "bfloat16"):
            both = {"variant": variant, "twin": path, "precision": precision, "batch": 2, "repeats": 1}
            seconds += [case(**both)["seconds"][0] for case in (cases.training_step, cases.inference)]
    volume = {"batch": 1, "joints": 2, "side": 4, "depth": 3}
    return seconds + cases.gaussian_loss("torch", [2.0, 0.5], repeats=1, **volume)["seconds"]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
