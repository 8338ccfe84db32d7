"""What shows a run while it goes on: the report, TensorBoard's pictures, Weights & Biases."""

import io
from collections.abc import Mapping
from importlib.util import find_spec

import numpy as np
from matplotlib.figure import Figure

from voxelpose.errors import InputError
from voxelpose.files import write_text
from voxelpose.training.config.training_config import TrainingConfig
from voxelpose.training.devices.runtime_setup import use_tensorboard
from voxelpose.training.run.observers import Log, Observer, RunView
from voxelpose.visualization.runs.run_report import run_report
from voxelpose.visualization.sheets.predictions import predicted_people

REPORT = "report.html"


class Pictures:
    """The figures of a run's present predictions, one per held-out set, drawn once however many show them."""

    def __init__(self, view: RunView):
        self._view = view
        self._step: int | None = None
        self._figures: dict[str, Figure] = {}

    def at(self, step: int) -> dict[str, Figure]:
        """Figures by held-out set, of the network as it is if the step is a new one; none without volumes."""
        if not self._view.network.outputs.joints.has_volume:
            return {}
        if step != self._step:
            with self._view.averaged():
                self._figures = {
                    name: predicted_people(self._view.network, people, name)
                    for name, people in self._view.heldout().items()
                }
            self._step = step
        return self._figures


class ReportLog:
    """Writes the run's page anew at the end of every epoch."""

    def __init__(self, view: RunView, pictures: Pictures):
        self._view, self._pictures = view, pictures

    def write(self, step: int, values: Mapping[str, float]) -> None:
        pictures = {name: png(figure) for name, figure in self._pictures.at(step).items()}
        page = run_report(self._view.folder, self._view.config, step, pictures)
        write_text(self._view.folder.path / REPORT, page)


class TensorBoardPictures:
    """Predictions as images for TensorBoard, beside the scalars that `TensorBoardLog` writes."""

    def __init__(self, view: RunView, pictures: Pictures, resume_step: int):
        import tensorflow as tf

        self._summary, self._pictures = tf.summary, pictures
        suffix = f".pictures.{resume_step}.v2"
        self._writer = tf.summary.create_file_writer(str(view.folder.tensorboard), filename_suffix=suffix)

    def write(self, step: int, values: Mapping[str, float]) -> None:
        with self._writer.as_default(step=step):
            for name, figure in self._pictures.at(step).items():
                self._summary.image(f"predictions/{name}", pixels(figure)[None])
        self._writer.flush()


class WandbLog:
    """Losses, errors and predictions for Weights & Biases; a run that goes on is continued there under its name."""

    def __init__(self, view: RunView, pictures: Pictures):
        import wandb

        settings = view.config.wandb
        self._wandb, self._pictures = wandb, pictures
        self._run = wandb.init(
            project=settings.project,
            entity=settings.entity,
            mode=settings.mode,
            name=view.config.name,
            id=view.config.name.replace(".", "-"),
            resume="allow",
            dir=str(view.folder.path),
            config=view.config.model_dump(mode="json"),
        )

    def write(self, step: int, values: Mapping[str, float]) -> None:
        images = {f"predictions/{n}": self._wandb.Image(pixels(f)) for n, f in self._pictures.at(step).items()}
        self._run.log({**values, **images}, step=step)


class FailSafeLog:
    """A log whose failure is shown and forgotten: no picture is worth the epoch that was about to be saved."""

    def __init__(self, log: Log, view: RunView):
        self._log, self._view = log, view

    def write(self, step: int, values: Mapping[str, float]) -> None:
        try:
            self._log.write(step, values)
        except Exception as error:  # whatever a drawing library or a server has to say
            self._view.log(f"{type(self._log).__name__} failed at step {step}, training goes on: {error}")


class LogGroup:
    """All of them as one observer; see `voxelpose.training.run.observers.Observer`."""

    def __init__(self, logs: list[Log]):
        self._logs = logs

    def write(self, step: int, values: Mapping[str, float]) -> None:
        for log in self._logs:
            log.write(step, values)


def run_observers(config: TrainingConfig) -> Observer:
    """The observer that a configuration asks for. InputError if it asks for Weights & Biases and that is missing."""
    if config.wandb is not None and find_spec("wandb") is None:
        raise InputError("The key wandb needs the package wandb: pip install 'voxelpose[wandb]', or leave the key out.")

    def observe(view: RunView, resume_step: int) -> LogGroup:
        pictures = Pictures(view)
        logs: list[Log] = [ReportLog(view, pictures)]
        if use_tensorboard(config.tensorboard):
            logs.append(TensorBoardPictures(view, pictures, resume_step))
        if config.wandb is not None:
            logs.append(WandbLog(view, pictures))
        return LogGroup([FailSafeLog(log, view) for log in logs])

    return observe


def png(figure: Figure) -> bytes:
    """The figure as the bytes of a PNG file."""
    stream = io.BytesIO()
    figure.savefig(stream, format="png")
    return stream.getvalue()


def pixels(figure: Figure) -> np.ndarray:
    """The figure as (H, W, 3) uint8 RGB."""
    figure.canvas.draw()
    return np.asarray(figure.canvas.buffer_rgba())[..., :3].copy()
