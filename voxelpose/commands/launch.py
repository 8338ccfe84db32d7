"""Train in several processes and start them again from the checkpoint when one dies: `launch [CONFIG] [key=value ...]`.

With --workers N all of them run on this machine. Without it this is one worker of a cluster that TF_CONFIG or SLURM
describes, and every machine runs its own launch.
"""

import argparse
import socket
import sys
from collections.abc import Sequence
from contextlib import ExitStack

from voxelpose.commands.shared.entry import command_line
from voxelpose.commands.shared.options import positive_int
from voxelpose.training.devices.supervisor import Supervisor


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code of the training."""
    options = _parser().parse_args(argv)
    supervisor = build_supervisor(options.workers, options.restarts, options.arguments)
    return supervisor.run()


def build_supervisor(workers: int | None, restarts: int, arguments: Sequence[str]) -> Supervisor:
    """A supervisor of `train` with the arguments, in `workers` processes of this machine or, for None, in one."""
    command = command_line("train", *arguments)
    environments = [{}] if workers is None else _loopback(workers)
    return Supervisor(command, [*command, "resume=auto"], environments, restarts, _log)


def _loopback(workers: int) -> list[dict[str, str]]:
    from voxelpose.training.devices.cluster import cluster_config

    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(workers)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        addresses = [f"127.0.0.1:{one.getsockname()[1]}" for one in sockets]
    return [{"TF_CONFIG": cluster_config(addresses, index)} for index in range(workers)]


def _log(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="voxelpose launch", description=__doc__.partition(": `")[0] + ".")
    parser.add_argument("--workers", type=positive_int, metavar="N", help="processes on this machine")
    parser.add_argument(
        "--restarts", type=int, default=10, metavar="N", help="how often to start again (default: %(default)s)"
    )
    parser.add_argument("arguments", nargs="*", metavar="CONFIG key=value", help="what `train` is told")
    return parser
