"""`voxelpose visualize serve FOLDER`: browse a folder of results in the browser."""

import argparse
from collections.abc import Sequence
from pathlib import Path

DEFAULT_PORT = 8765


def main(argv: Sequence[str]) -> int:
    """Serve until Ctrl-C; returns 0."""
    options = _parser().parse_args(argv)
    from voxelpose.visualization.viewer.server import open_server

    server = open_server(Path(options.folder), options.host, options.port, options.beyond_loopback)
    with server:
        host, port = server.server_address[:2]
        shown = f"[{host}]" if ":" in host else host
        print(f"Results of {options.folder}: http://{shown}:{port}/  (Ctrl-C ends it)", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print("Ended.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="voxelpose visualize serve",
        description="Browse the results below a folder, filter them by confidence, compare two models side by side.",
    )
    parser.add_argument("folder", metavar="FOLDER", help="a folder that `voxelpose infer` wrote, or several inside one")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="0 for any free one (default: %(default)s)")
    parser.add_argument("--beyond-loopback", action="store_true", help="allow a host that other machines can reach")
    return parser
