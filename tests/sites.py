"""A web server on loopback, in a thread of its own: the world as a program in another process sees it."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, kw_only=True)
class Request:
    """What was asked; header names as they came."""

    path: str
    headers: Mapping[str, str]
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """Return a header's value, however its name is written."""
        return {each.lower(): value for each, value in self.headers.items()}.get(name.lower())


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What is answered; Date and Content-Length come of themselves."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    then: Callable[[], object] = lambda: None  # called once the answer has left


@contextmanager
def site(answer: Callable[[Request], Reply | None], *, host: str = "127.0.0.1") -> Iterator[int]:
    """Give a port where `answer` answers, each connection in a thread; where it gives None the connection is closed."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body leave together

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            reply = answer(Request(path=self.path, headers=dict(self.headers.items()), body=body))
            if reply is None:
                self.close_connection = True
                return
            self.send_response_only(reply.status)
            length = {} if reply.status == 304 else {"Content-Length": str(len(reply.body))}
            for name, value in ({"Date": self.date_time_string()} | length | dict(reply.headers)).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(b"" if reply.status == 304 else reply.body)
            self.wfile.flush()
            reply.then()

        do_POST = do_PUT = do_GET  # noqa: N815

        def log_message(self, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *args: object) -> None:  # a client that was killed or went away: some tests want that
            pass

    server = Server((host, 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
