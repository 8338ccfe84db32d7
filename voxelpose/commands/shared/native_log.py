"""Keep the native start-up chatter of TensorFlow off the terminal, so that an error stays one plain sentence."""

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from voxelpose.commands.shared.entry import DEBUG

# TF_CPP_MIN_LOG_LEVEL does not reach messages that are logged before the logger itself starts.
_CHATTER = re.compile(
    rb"absl::InitializeLog|cudart_stub|cuda_platform|cuda_executor|cpu_feature_guard|onednn|computation_placer|TF-TRT|"
    rb"Unable to register cu|node_def_util|XNNPACK delegate|fully_quantize|"
    rb"rebuild TensorFlow with the appropriate compiler flags",
    re.IGNORECASE,
)


def quiet_tensorflow(look: bool = True) -> None:
    """Import TensorFlow and let it look for devices, which is when most of its chatter comes.

    look: False where the devices are yet to be set up, which cannot be done once TensorFlow has looked.
    """
    with without_chatter():
        import tensorflow as tf

        if look:
            tf.config.list_logical_devices()


def quiet_loading() -> AbstractContextManager:
    """`without_chatter` while a network loads; with --debug everything is shown, and at once."""
    return nullcontext() if DEBUG.get() else without_chatter()


@contextmanager
def without_chatter() -> Iterator[None]:
    """Hold stderr back during the block; afterwards everything but that chatter is printed, also if the block fails."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    sys.stderr.flush()
    terminal = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(terminal, 2)
            os.close(terminal)
            held.seek(0)
            rest = b"".join(line for line in held if not _CHATTER.search(line))
            os.write(2, rest)
