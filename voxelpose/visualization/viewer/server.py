"""The local viewer: a folder of results in the browser, over HTTP on the loopback interface."""

import ipaddress
import socket
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from voxelpose.errors import InputError
from voxelpose.visualization.interactive.page_files import assemble
from voxelpose.visualization.viewer.result_folder import TYPES, ResultFolder, listing

TEXT = "text/plain; charset=utf-8"
HTML = "text/html; charset=utf-8"
FILES = "/files/"


def open_server(folder: Path, host: str, port: int, beyond_loopback: bool = False) -> ThreadingHTTPServer:
    """A server of the folder's results, bound but not yet serving. port: 0 for any that is free.

    Raises InputError for a folder that is none, a host that is not loopback unless `beyond_loopback`, or a port in use.
    """
    address = _address(host)
    if not ipaddress.ip_address(address).is_loopback and not beyond_loopback:
        raise InputError(
            f"Expected a loopback host such as 127.0.0.1: results are private. Received: {host}. "
            "To let other machines in, ask for it with --beyond-loopback."
        )
    results = ResultFolder(folder)
    kind = type("Handler", (_Handler,), {"results": results, "any_host": beyond_loopback})
    server = type("Server", (ThreadingHTTPServer,), {"address_family": _family(address), "daemon_threads": True})
    try:
        return server((address, port), kind)
    except (OSError, OverflowError) as error:
        raise InputError(f"Cannot listen on {host}, port {port}: {error}.") from error


def _address(host: str) -> str:
    try:
        return socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)[0][4][0]
    except (OSError, UnicodeError) as error:
        raise InputError(f"Expected the name or address of this machine to listen on. Received: {host!r}.") from error


def _family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


class _Handler(BaseHTTPRequestHandler):
    """Answers GET: / the viewer, /results the list, /page?result=NAME a page, /files/NAME a file of the folder."""

    results: ResultFolder
    any_host: bool
    server_version = "voxelpose"
    sys_version = ""

    def do_GET(self) -> None:
        try:
            if not self._is_for_us():
                # A foreign page whose name was pointed at this machine must not read the results.
                self._answer(HTTPStatus.FORBIDDEN, b"This server answers to loopback names only.", TEXT)
                return
            content, kind = self._content()
        except (ValueError, OSError) as error:
            text = str(error) if isinstance(error, InputError) else "This cannot be read."
            # Where the folder lies on this machine is nobody's business.
            self._answer(HTTPStatus.NOT_FOUND, text.replace(str(self.results.root), "").encode(), TEXT)
        except Exception:  # whatever one file makes of it, the server stays and says so
            self._answer(HTTPStatus.INTERNAL_SERVER_ERROR, b"This cannot be read.", TEXT)
        else:
            self._answer(HTTPStatus.OK, content, kind)

    def _content(self) -> tuple[bytes, str]:
        address = urlsplit(self.path)
        if address.path == "/":
            return assemble("viewer.html", "viewer.css", "viewer.js", {}, {}).encode(), HTML
        if address.path == "/results":
            return listing(self.results), "application/json"
        if address.path == "/page":
            (name,) = parse_qs(address.query, max_num_fields=4).get("result", [""])[:1]
            return self.results.page(name).encode(), HTML
        if address.path.startswith(FILES):
            path = self.results.inside(unquote(address.path.removeprefix(FILES), errors="strict"))
            if path.suffix.lower() in TYPES:
                return path.read_bytes(), TYPES[path.suffix.lower()]
        raise InputError("There is nothing of this name here.")

    def _is_for_us(self) -> bool:
        if self.any_host:
            return True
        name = urlsplit("//" + self.headers.get("Host", "")).hostname
        try:
            return name == "localhost" or ipaddress.ip_address(name or "").is_loopback
        except ValueError:
            return False

    def _answer(self, status: HTTPStatus, content: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cross-Origin-Resource-Policy", "same-origin")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_) -> None:
        """Say nothing: the terminal belongs to the user."""
