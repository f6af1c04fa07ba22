"""Codings: a compressed body undone piece by piece, however far it would expand.

In:  the `Content-Encoding` of an answer; its bytes as they come; a cap.
Out: the decoded bytes in small pieces; CodingError where they are damaged, truncated or too many.
Not here: asking and reading (http.py), what the bytes mean (parse.py, extract.py).
"""

import sys
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol

import brotli

from monitor.errors import SourceError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ACCEPT_ENCODING: Final = "gzip, deflate, br, zstd"
MAX_CODINGS: Final = 3  # on top of each other
MAX_MEMBERS: Final = 1_000  # of one gzip or zstd body; half a million empty ones would cost seconds
PIECE_BYTES: Final = 256 * 1024  # decoded at a time, so that a bomb is noticed a quarter MiB late at most
_BROTLI_LIMIT: Final = 128 * 1024  # brotli looks at it only when its buffer is full, and then has up to 224 KiB
_ZSTD_WINDOW_LOG: Final = 23  # 8 MiB: RFC 9659 lets no content coding use more
_ZSTD_MAGIC: Final = b"\x28\xb5\x2f\xfd"
_ZSTD_SKIPPED: Final = b"\x2a\x4d\x18"  # after a byte 50 .. 5f


class CodingError(SourceError):
    """A body could not be decoded. `transient` says whether asking again can help."""

    def __init__(self, reason: str, *, transient: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.transient = transient


class Decoder:
    """Undoes all codings of one body.

    header: `Content-Encoding`, in the order in which the codings were applied; "" for none.
    max_bytes: cap of what comes in, of what goes out, and of what goes from one coding to the next.
    Raises CodingError for a coding that was not asked for.
    """

    def __init__(self, header: str, *, max_bytes: int) -> None:
        names = [name for part in header.lower().split(",") if (name := part.strip()) not in ("", "identity")]
        if len(names) > MAX_CODINGS:
            raise CodingError(f"answered in more than {MAX_CODINGS} content codings at once", transient=False)
        if any(name not in _STAGES for name in names):
            reason = f"answered in a content coding that was not asked for: {header[:60]!r}"
            raise CodingError(reason, transient=False)
        self._stages = [_STAGES[name]() for name in reversed(names)]
        self._had = [0] * (len(names) + 1)  # bytes that came in, then those that each stage gave
        self._max_bytes = max_bytes

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Yield what the next bytes decode to, in pieces of at most PIECE_BYTES. Raises CodingError."""
        try:
            yield from self._undone(0, chunk)
        except (zlib.error, brotli.error, zstd.ZstdError) as exc:
            raise CodingError("answer broke off: its compressed body is damaged", transient=True) from exc

    def finish(self) -> None:
        """Raise CodingError unless every coding has come to its end. A body of no bytes at all is whole."""
        if not all(stage.is_complete() for stage in self._stages):
            raise CodingError("answer broke off: its compressed body has no end", transient=True)

    def _undone(self, depth: int, chunk: bytes) -> Iterator[bytes]:
        self._had[depth] += len(chunk)
        if self._had[depth] > self._max_bytes:
            raise too_large(self._max_bytes)
        if not chunk:
            return
        if depth == len(self._stages):
            yield chunk
            return
        for piece in self._stages[depth].feed(chunk):
            yield from self._undone(depth + 1, piece)


def too_large(max_bytes: int) -> CodingError:
    """Return the error for a body that goes over its cap."""
    mebibytes = max_bytes / (1024 * 1024)
    size = f"{mebibytes:g} MiB" if mebibytes >= 1 else f"{max_bytes:,} bytes"
    return CodingError(f"larger than {size}", transient=False)


class _Stage(Protocol):
    def feed(self, chunk: bytes) -> Iterator[bytes]: ...

    def is_complete(self) -> bool: ...


class _Brotli:
    """A brotli body; anything after its end is damage."""

    def __init__(self) -> None:
        self._inner = brotli.Decompressor()
        self._is_empty = True

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        self._is_empty = False
        is_held_back = True
        while is_held_back:
            piece = self._inner.process(chunk, output_buffer_limit=_BROTLI_LIMIT)
            yield piece
            chunk = b""
            is_held_back = not self._inner.is_finished() and (
                len(piece) >= _BROTLI_LIMIT or not self._inner.can_accept_more_data()
            )

    def is_complete(self) -> bool:
        return self._is_empty or self._inner.is_finished()


class _Member(Protocol):
    """One compressed stream of a body that may hold several."""

    def feed(self, chunk: bytes) -> Iterator[bytes]: ...

    def is_over(self) -> bool: ...

    def rest(self) -> bytes:
        """Return what came after the end; b"" before it."""
        ...


class _Inflate:
    """A gzip, zlib or raw deflate stream; zlib checks the sums at its end."""

    def __init__(self, window_bits: int) -> None:
        self._inner = zlib.decompressobj(window_bits)

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        while True:
            piece = self._inner.decompress(chunk, PIECE_BYTES)
            yield piece
            chunk = self._inner.unconsumed_tail
            if self._inner.eof or (not chunk and len(piece) < PIECE_BYTES):
                return

    def is_over(self) -> bool:
        return self._inner.eof

    def rest(self) -> bytes:
        return self._inner.unused_data


class _Zstd:
    """A zstd frame, or one that is to be skipped."""

    def __init__(self) -> None:
        self._inner = zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: _ZSTD_WINDOW_LOG})

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        yield self._inner.decompress(chunk, PIECE_BYTES)
        while not self._inner.eof and not self._inner.needs_input:
            yield self._inner.decompress(b"", PIECE_BYTES)

    def is_over(self) -> bool:
        return self._inner.eof

    def rest(self) -> bytes:
        return self._inner.unused_data


@dataclass(frozen=True, slots=True, kw_only=True)
class _Format:
    head_bytes: int  # that tell what a stream is
    open: Callable[[bytes], _Member]
    may_follow: Callable[[bytes], bool]  # whether such a head begins another stream; else padding, which is passed over


class _Streams:
    """A body of one stream after the other."""

    def __init__(self, kind: _Format) -> None:
        self._kind = kind
        self._member: _Member | None = None
        self._members = 0
        self._held = b""  # too few bytes to tell what begins there
        self._is_padding = False

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        chunk, self._held = self._held + chunk, b""
        while chunk and not self._is_padding:
            if self._member is None or self._member.is_over():
                head = chunk[: self._kind.head_bytes]
                if len(head) < self._kind.head_bytes:
                    self._held = head
                    return
                if self._member is not None and not self._kind.may_follow(head):
                    self._is_padding = True
                    return
                self._member = self._opened(head)
            yield from self._member.feed(chunk)
            chunk = self._member.rest()

    def is_complete(self) -> bool:
        return self._member.is_over() if self._member else not self._held

    def _opened(self, head: bytes) -> _Member:
        self._members += 1
        if self._members > MAX_MEMBERS:
            raise CodingError(f"compressed in more than {MAX_MEMBERS:,} parts", transient=False)
        return self._kind.open(head)


def _deflate_window(head: bytes) -> int:
    is_zlib = head[0] & 0x0F == 8 and (head[0] * 256 + head[1]) % 31 == 0
    return zlib.MAX_WBITS if is_zlib else -zlib.MAX_WBITS  # some servers send deflate without its zlib header


_GZIP: Final = _Format(
    head_bytes=2, open=lambda _: _Inflate(zlib.MAX_WBITS + 16), may_follow=lambda head: head == b"\x1f\x8b"
)
_DEFLATE: Final = _Format(head_bytes=2, open=lambda head: _Inflate(_deflate_window(head)), may_follow=lambda _: False)
_ZSTANDARD: Final = _Format(
    head_bytes=4,
    open=lambda _: _Zstd(),
    may_follow=lambda head: head == _ZSTD_MAGIC or (head[1:] == _ZSTD_SKIPPED and head[0] >> 4 == 5),
)
_STAGES: Final[dict[str, Callable[[], _Stage]]] = {
    "gzip": lambda: _Streams(_GZIP),
    "x-gzip": lambda: _Streams(_GZIP),
    "deflate": lambda: _Streams(_DEFLATE),
    "br": _Brotli,
    "zstd": lambda: _Streams(_ZSTANDARD),
}
