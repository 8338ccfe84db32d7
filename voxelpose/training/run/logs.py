"""What a run reports: a CSV file that a resumed run continues without gap or double entry, and TensorBoard."""

import csv
import io
import time
from collections.abc import Mapping
from pathlib import Path

from voxelpose.errors import InputError, first_line
from voxelpose.files import write_text


class CsvLog:
    """One row per epoch; the first column is the step. Rows beyond the step that a run resumes at are dropped."""

    def __init__(self, path: Path, resume_step: int = 0):
        self.path = path
        self._rows = [row for row in read_rows(path) if int(row["step"]) <= resume_step] if resume_step else []

    def write(self, step: int, values: Mapping[str, float]) -> None:
        """Add a row; the file is rewritten whole, so it is never half a row."""
        self._rows.append({"step": str(step), **{name: f"{value:.6g}" for name, value in values.items()}})
        columns = list(dict.fromkeys(name for row in self._rows for name in row))
        text = io.StringIO()
        writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(self._rows)
        write_text(self.path, text.getvalue())


class TensorBoardLog:
    """Scalars for TensorBoard; steps beyond the one that a run resumes at are marked as replaced."""

    def __init__(self, folder: Path, resume_step: int = 0):
        import tensorflow as tf

        self._summary = tf.summary
        earlier = sorted(folder.glob("*tfevents*"))
        if earlier:
            _mark_restart(earlier[-1], resume_step)
        self._writer = tf.summary.create_file_writer(str(folder), filename_suffix=f".{resume_step}.v2")

    def write(self, step: int, values: Mapping[str, float]) -> None:
        """Add one scalar per value at a step."""
        with self._writer.as_default(step=step):
            for name, value in values.items():
                self._summary.scalar(name, value)
        self._writer.flush()


def _mark_restart(latest: Path, resume_step: int) -> None:
    """Tell TensorBoard to forget what earlier files say beyond a step: the event that a restarted job writes.

    TensorBoard reads the files of a folder in the order of their names, so this one's begins with that of the latest.
    """
    import tensorflow as tf

    event = tf.compat.v1.Event(
        wall_time=time.time(),
        step=resume_step + 1,
        session_log=tf.compat.v1.SessionLog(status=tf.compat.v1.SessionLog.START),
    )
    version = tf.compat.v1.Event(wall_time=event.wall_time, file_version="brain.Event:2")
    with tf.io.TFRecordWriter(f"{latest}.restart") as file:
        # TensorBoard takes the first one that it ever sees for the beginning of the run, and only a further one for
        # a restart.
        for record in (version, event, event):
            file.write(record.SerializeToString())


def read_rows(path: Path) -> list[dict[str, str]]:
    """Rows of a log as text by column, a step and numbers in each; none if there is no file. InputError if damaged."""
    if not path.is_file():
        return []
    try:
        with open(path, newline="", encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream, strict=True))
        for number, row in enumerate(rows, start=2):
            if None in row or None in row.values():
                raise ValueError(f"another number of columns in line {number}")
            int(row.get("step", ""))
            [float(value) for value in row.values() if value]
    except (ValueError, csv.Error) as error:
        raise InputError(
            f"Expected the log of a run in {path}. Received: {first_line(error)}. "
            "Mend it, or remove it: the log then begins where the run goes on."
        ) from error
    return rows
