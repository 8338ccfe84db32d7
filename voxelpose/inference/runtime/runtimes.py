"""What runs a network's forward pass, and which of the installed runtimes to take.

The estimator needs no more than the interface `Runtime`. TensorFlow runs a Keras model; the others run files that
`voxelpose export` wrote, and none of them imports TensorFlow.
"""

import os
import threading
import zipfile
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from voxelpose.errors import InputError
from voxelpose.extras import installed, require
from voxelpose.reading.json_text import parse_json

AUTO = "auto"
TENSORFLOW = "tensorflow"
# Where a file carries what its network is: a key of ONNX and OpenVINO metadata, a file in the zip that ends a .tflite.
DESCRIPTION = "voxelpose"


class Runtime(Protocol):
    """A network ready to run: crops (B, S, S, 3) float32 RGB in [0, 1] -> float32 outputs by name.

    Outputs are "volume_1", "volume_2", ... (B, H, W, J * D_s), coarse to fine, and "presence" (B, 1), a logit, where
    the network has one. May be called from many threads.
    """

    def __call__(self, crops: np.ndarray) -> dict[str, np.ndarray]: ...


class FileRuntime(Runtime, Protocol):
    """A runtime made of an exported file; description: what the file says about its network, {} if nothing."""

    description: Mapping[str, Any]


class KerasRuntime:
    """A Keras model as one TensorFlow graph, traced once for every batch size; safe to call from many threads."""

    def __init__(self, model):
        import tensorflow as tf

        def forward(crops):
            return {name: tf.cast(value, tf.float32) for name, value in model(crops, training=False).items()}

        signature = tf.TensorSpec((None, *model.input_shape[1:]), tf.float32)
        # XLA takes minutes to compile an hourglass on a CPU and gains nothing there.
        self._forward = tf.function(forward, input_signature=[signature], jit_compile=False)

    def __call__(self, crops: np.ndarray) -> dict[str, np.ndarray]:
        return {name: value.numpy() for name, value in self._forward(np.asarray(crops, np.float32)).items()}


class OnnxRuntime:
    """An .onnx file in ONNX Runtime, on the CPU."""

    def __init__(self, path: Path):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        # Threads that go on waiting busily after a run take the processors from the next network: a detector and a pose
        # network in turns would cost twice the time.
        options.add_session_config_entry("session.force_spinning_stop", "1")
        with _readable(path):
            self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
            self.description = parse_json(self._session.get_modelmeta().custom_metadata_map.get(DESCRIPTION, "{}"))
        self._input = self._session.get_inputs()[0].name
        self._outputs = [output.name for output in self._session.get_outputs()]

    def __call__(self, crops: np.ndarray) -> dict[str, np.ndarray]:
        values = self._session.run(self._outputs, {self._input: np.asarray(crops, np.float32)})
        return dict(zip(self._outputs, values, strict=True))


class OpenVinoRuntime:
    """An .onnx file or OpenVINO's own .xml in OpenVINO, on the CPU.

    precision: "f32", or "bf16" where the processor has it (half the time, about 1% off in the volume).
    """

    def __init__(self, path: Path, precision: str = "f32"):
        import openvino

        options = {"INFERENCE_PRECISION_HINT": precision, "PERFORMANCE_HINT": "LATENCY"}
        with _readable(path):
            core = openvino.Core()
            model = core.read_model(str(path))
            held = ["framework", DESCRIPTION]
            self.description = parse_json(model.get_rt_info(held).astype(str) if model.has_rt_info(held) else "{}")
            self._compiled = core.compile_model(model, "CPU", options)
        self._outputs = [(output, output.get_any_name()) for output in self._compiled.outputs]
        self._requests = threading.local()

    def __call__(self, crops: np.ndarray) -> dict[str, np.ndarray]:
        # The compiled model's own call keeps one request for all threads.
        if not hasattr(self._requests, "own"):
            self._requests.own = self._compiled.create_infer_request()
        values = self._requests.own.infer([np.asarray(crops, np.float32)], share_inputs=True)
        return {name: np.array(values[output]) for output, name in self._outputs}


class LiteRtRuntime:
    """A .tflite file in LiteRT; calls from several threads wait for one another."""

    def __init__(self, path: Path):
        from ai_edge_litert.interpreter import Interpreter

        with _readable(path):
            self._interpreter = Interpreter(str(path), num_threads=os.cpu_count())
            self._run = self._interpreter.get_signature_runner()
            self.description = _appended(path)
        (self._input,) = self._run.get_input_details()
        self._lock = threading.Lock()

    def __call__(self, crops: np.ndarray) -> dict[str, np.ndarray]:
        with self._lock:
            values = self._run(**{self._input: np.asarray(crops, np.float32)})
            return {name: np.array(value, np.float32) for name, value in values.items()}


@dataclass(frozen=True)
class _Kind:
    """endings: of the files that it runs, the best first; module: its package; extra: of voxelpose, that brings it."""

    make: type
    endings: tuple[str, ...]
    module: str
    extra: str


# The fastest on a CPU first, as `tools/benchmark.py runtimes` measures them.
FILE_RUNTIMES: Mapping[str, _Kind] = {
    "openvino": _Kind(OpenVinoRuntime, (".xml", ".onnx"), "openvino", "openvino"),
    "onnx": _Kind(OnnxRuntime, (".onnx",), "onnxruntime", "onnx"),
    "litert": _Kind(LiteRtRuntime, (".tflite",), "ai_edge_litert", "litert"),
}
RUNTIMES = (AUTO, TENSORFLOW, *FILE_RUNTIMES)


def check_runtime(name: str) -> str:
    """`name` if it is a runtime; InputError if it is none, or if its package is missing."""
    if name not in RUNTIMES:
        raise InputError(f"Expected a runtime among {', '.join(RUNTIMES)}. Received: '{name}'.")
    if name in FILE_RUNTIMES:
        require(FILE_RUNTIMES[name].module, FILE_RUNTIMES[name].extra, f"the runtime {name}")
    return name


def candidates(name: str) -> list[str]:
    """The runtimes to try for `name`, the fastest first: itself, or for "auto" all that are installed.

    With a GPU that TensorFlow can use, "auto" starts with TensorFlow: the other ones run on the CPU.
    """
    if name != AUTO:
        return [check_runtime(name)]
    files = [kind for kind, facts in FILE_RUNTIMES.items() if installed(facts.module)]
    return [TENSORFLOW, *files] if _has_gpu() else [*files, TENSORFLOW]


def open_file(runtime: str, path: Path) -> FileRuntime:
    """The file in that runtime; InputError if its package is missing or the file is damaged."""
    return FILE_RUNTIMES[check_runtime(runtime)].make(path)


def _has_gpu() -> bool:
    return any(Path("/proc/driver/nvidia/gpus").glob("*")) and installed("nvidia")


def _appended(path: Path) -> dict[str, Any]:
    """The description in the zip at the end of a .tflite, which is where LiteRT's own tools keep associated files."""
    if not zipfile.is_zipfile(path):
        return {}
    with zipfile.ZipFile(path) as files:
        name = f"{DESCRIPTION}.json"
        return parse_json(files.read(name)) if name in files.namelist() else {}


@contextmanager
def _readable(path: Path):
    """Turn whatever a runtime raises about a file into one sentence."""
    if not path.is_file():
        raise InputError(f"Expected a file of a network. Received: {path}, which does not exist.")
    try:
        yield
    except Exception as error:  # each runtime has exceptions of its own, most of them plain RuntimeErrors
        first = next(iter(str(error).strip().splitlines()), type(error).__name__)[:200]
        raise InputError(f"The network in {path} cannot be read: {first.rstrip('.')}.") from error
