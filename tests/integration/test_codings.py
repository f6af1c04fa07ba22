"""Compressed bodies: decoded whole, never further than the cap, never half without a word."""

import gzip
import json
import random
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path

import brotli
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.sources.codings import ACCEPT_ENCODING, MAX_MEMBERS, PIECE_BYTES, CodingError, Decoder

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MIB = 1024 * 1024
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": lambda body: brotli.compress(body, quality=5),
    "zstd": zstd.compress,
}
CODINGS = sorted(PACKERS)
NOISE = random.Random(1).randbytes(1_500_000)
TEXT = b"".join(b"<item>%d</item>" % n for n in range(40_000))


def undo(header: str, chunks: Iterable[bytes], max_bytes: int = 16 * MIB) -> bytes:
    decoder = Decoder(header, max_bytes=max_bytes)
    pieces = [piece for chunk in chunks for piece in decoder.feed(chunk)]
    decoder.finish()
    assert all(0 < len(piece) <= PIECE_BYTES for piece in pieces)
    return b"".join(pieces)


def chunked(body: bytes, size: int = 65_536) -> list[bytes]:
    return [body[at : at + size] for at in range(0, len(body), size)]


def packed(header: str, body: bytes) -> bytes:
    for name in header.replace(" ", "").split(","):
        body = PACKERS[name](body)
    return body


def raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


@pytest.mark.parametrize("header", ["", "identity", "Identity, ", "gzip", "X-GZIP", "deflate", "br", "ZSTD", " gzip ,"])
@pytest.mark.parametrize("body", [b"", b"x", TEXT, NOISE], ids=["empty", "one", "text", "noise"])
def test_a_body_comes_out_as_it_went_in(header: str, body: bytes) -> None:
    name = header.strip(" ,").lower()
    sent = PACKERS[name](body) if name in PACKERS else body
    assert undo(header, chunked(sent)) == body


@pytest.mark.parametrize(
    "header", ["gzip, gzip", "gzip,br", "br, zstd", "zstd,deflate", "deflate, br, gzip", "br,br,br"]
)
def test_codings_on_top_of_each_other_are_undone_from_the_last_to_the_first(header: str) -> None:
    assert undo(header, chunked(packed(header, TEXT), 1_000)) == TEXT


def test_what_is_asked_for_can_be_read() -> None:
    for name in ACCEPT_ENCODING.split(", "):
        assert undo(name, [packed(name, TEXT)]) == TEXT


@given(
    header=st.sampled_from([*CODINGS, "gzip, br", "zstd, gzip"]),
    size=st.integers(0, 700_000),
    cuts=st.lists(st.floats(0, 1), max_size=6),
    step=st.sampled_from([0, 0, 1, 7]),
)
@settings(max_examples=60)
def test_where_the_bytes_are_cut_makes_no_difference(header: str, size: int, cuts: list[float], step: int) -> None:
    body = (TEXT[: size // 2] + NOISE[: size - size // 2]) if not step else TEXT[: size // 100]
    sent = packed(header, body)
    if step:
        assert undo(header, chunked(sent, step)) == body
        return
    places = sorted({0, len(sent), *(int(cut * len(sent)) for cut in cuts)})
    assert undo(header, [sent[a:b] for a, b in pairwise(places)]) == body


@pytest.mark.parametrize("header", [*CODINGS, "raw", "gzip, gzip", "gzip, br", "zstd, gzip"])
def test_a_truncated_body_is_told_from_a_whole_one_wherever_it_ends(header: str) -> None:
    pack = raw_deflate if header == "raw" else (lambda body: packed(header, body))
    header = "deflate" if header == "raw" else header
    sent = pack(TEXT[:2_000])
    assert undo(header, [sent]) == TEXT[:2_000]
    for end in range(1, len(sent)):
        with pytest.raises(CodingError, match="broke off") as broken:
            undo(header, [sent[:end]])
        assert broken.value.transient
    assert undo(header, [b""]) == b""


def test_a_truncated_inner_coding_is_noticed_though_the_outer_one_is_whole() -> None:
    with pytest.raises(CodingError, match="has no end"):
        undo("gzip, gzip", [gzip.compress(gzip.compress(TEXT)[:-9])])


@pytest.mark.parametrize("header", CODINGS)
@pytest.mark.parametrize("sent", [b"<rss>not compressed at all</rss>", b"\x1f\x8b" + b"\xff" * 99, b"\xff" * 99])
def test_a_body_that_was_never_compressed_so_is_damaged(header: str, sent: bytes) -> None:
    with pytest.raises(CodingError, match="broke off"):
        undo(header, [sent])


@pytest.mark.parametrize("header", ["gzip", "deflate"])
def test_a_checksum_that_does_not_fit_is_damage(header: str) -> None:
    sent = bytearray(packed(header, TEXT))
    sent[-6 if header == "gzip" else -2] ^= 1
    with pytest.raises(CodingError, match="damaged"):
        undo(header, [bytes(sent)])


def test_a_checksum_of_zstd_is_held_against_the_body() -> None:
    sent = bytearray(zstd.compress(TEXT, options={zstd.CompressionParameter.checksum_flag: 1}))
    assert undo("zstd", [bytes(sent)]) == TEXT
    sent[-1] ^= 1
    with pytest.raises(CodingError, match="damaged"):
        undo("zstd", [bytes(sent)])


@pytest.mark.parametrize("size", [1, 3, 100_000])
def test_streams_one_after_the_other_are_one_body_and_padding_is_none(size: int) -> None:
    skipped = b"\x57\x2a\x4d\x18\x05\x00\x00\x00aaaaa"
    for header, sent in [
        ("gzip", gzip.compress(b"one") + gzip.compress(b"") + gzip.compress(b"two")),
        ("gzip", gzip.compress(b"one") + gzip.compress(b"two") + b"\0" * 1_000),
        ("gzip", gzip.compress(b"onetwo") + b"\x1f"),
        ("gzip", gzip.compress(b"onetwo") + b"\0" + gzip.compress(b"three")),
        ("zstd", zstd.compress(b"one") + skipped + zstd.compress(b"two")),
        ("zstd", skipped + zstd.compress(b"onetwo") + b"\x28\xb5"),
        ("zstd", zstd.compress(b"onetwo") + b"padding"),
        ("deflate", zlib.compress(b"onetwo") + b"\r\n" + zlib.compress(b"three")),
        ("deflate", raw_deflate(b"onetwo") + b"padding"),
    ]:
        assert undo(header, chunked(sent, size)) == b"onetwo"


def test_after_the_end_of_brotli_comes_nothing() -> None:
    for size in (1, 1_000):
        with pytest.raises(CodingError, match="damaged"):
            undo("br", chunked(brotli.compress(b"one") + b"more", size))


@pytest.mark.parametrize("size", [PIECE_BYTES, 2 * PIECE_BYTES, 2 * PIECE_BYTES + 258])
def test_a_body_that_ends_with_a_piece_is_whole(size: int) -> None:
    """Deflate without a header may have its last bits read, and nothing left of it, before all bytes are out."""
    for header, pack in [("deflate", raw_deflate), *PACKERS.items()]:
        for more in range(-3, 4):
            assert len(undo(header, [pack(b"a" * (size + more))])) == size + more


@pytest.mark.parametrize("header", ["x", "gzip, x", "utf-8", "compress", "gzip;q=1"])
def test_a_coding_that_was_not_asked_for_is_refused(header: str) -> None:
    with pytest.raises(CodingError, match="not asked for") as refused:
        Decoder(header, max_bytes=9)
    assert not refused.value.transient


def test_four_codings_at_once_are_refused() -> None:
    with pytest.raises(CodingError, match="more than 3"):
        Decoder("gzip, gzip, gzip, gzip", max_bytes=9)


@pytest.mark.parametrize("header", ["", *CODINGS, "gzip, gzip", "br, zstd"])
def test_the_cap_is_exact(header: str) -> None:
    sent = chunked(packed(header, TEXT) if header else TEXT)
    assert undo(header, sent, max_bytes=len(TEXT)) == TEXT
    with pytest.raises(CodingError, match="larger than") as over:
        undo(header, sent, max_bytes=len(TEXT) - 1)
    assert not over.value.transient


def test_no_coding_between_may_go_over_the_cap_though_little_comes_out() -> None:
    """Ten MiB of padding behind the inner body, and as much on the wire."""
    inner = gzip.compress(b"small") + b"\0" * 10 * MIB
    with pytest.raises(CodingError, match="larger than 1 MiB"):
        undo("gzip, gzip", chunked(gzip.compress(inner)), max_bytes=MIB)
    with pytest.raises(CodingError, match="larger than 1 MiB"):
        undo("gzip", chunked(inner), max_bytes=MIB)


@pytest.mark.parametrize("empty", [gzip.compress(b""), zstd.compress(b"")], ids=["gzip", "zstd"])
def test_half_a_million_empty_streams_are_not_all_opened(empty: bytes) -> None:
    header = "gzip, gzip" if empty.startswith(b"\x1f") else "zstd, gzip"
    sent = gzip.compress(empty * (9 * MIB // len(empty)))
    began = time.process_time()
    with pytest.raises(CodingError, match="more than 1,000 parts"):
        undo(header, chunked(sent))
    assert time.process_time() - began < 5
    assert undo(header, chunked(gzip.compress(empty * MAX_MEMBERS))) == b""


def test_zstd_may_not_ask_for_more_than_eight_mib_of_window() -> None:
    def pack(window_log: int) -> bytes:
        packer = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: window_log})
        return packer.compress(TEXT) + packer.flush()

    assert undo("zstd", [pack(23)]) == TEXT
    with pytest.raises(CodingError, match="damaged"):
        undo("zstd", [pack(24)])


_MEASURED = """
import sys, time
from pathlib import Path
from monitor.sources.codings import CodingError, Decoder

def most_mib():
    return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024

body, before, began, outcome, pieces = Path(sys.argv[1]).read_bytes(), most_mib(), time.process_time(), "whole", []
try:
    decoder = Decoder(sys.argv[2], max_bytes=10 * 1024 * 1024)
    for at in range(0, len(body), 65_536):
        pieces.extend(decoder.feed(body[at : at + 65_536]))
    decoder.finish()
except CodingError as exc:
    outcome = exc.reason
print(outcome, most_mib() - before, time.process_time() - began, sep="|")
"""


def measured(file: Path, header: str) -> tuple[str, float, float]:
    command = [sys.executable, "-c", _MEASURED, str(file), header]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    outcome, extra_mib, took_s = told.split("|")
    return outcome, float(extra_mib), float(took_s)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_every_bomb_ends_at_the_cap_with_little_memory_and_time(shared: Path) -> None:
    samples = json.loads((shared / "hostile" / "manifest.json").read_text())["samples"]
    bombs = [sample for sample in samples if sample["class"] == "decompress"]
    assert bombs
    for bomb in bombs:
        header = bomb["params"]["headers"]["content-encoding"]
        outcome, extra_mib, took_s = measured(shared / "hostile" / bomb["file"], header)
        assert outcome == ("larger than 10 MiB" if "gib" in bomb["name"] or "mib" in bomb["name"] else outcome)
        assert outcome.startswith(("larger than", "answer broke off")), bomb["name"]
        assert extra_mib <= 16, bomb["name"]
        assert took_s <= 2, bomb["name"]


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
@pytest.mark.parametrize("header", [*CODINGS, "gzip, gzip", "br, br", "zstd, zstd, zstd", "gzip, br"])
def test_a_bomb_of_our_own_does_too(header: str, tmp_path: Path) -> None:
    bomb = tmp_path / "bomb"
    bomb.write_bytes(packed(header, b"\0" * 64 * MIB))
    outcome, extra_mib, took_s = measured(bomb, header)
    assert outcome == "larger than 10 MiB"
    assert extra_mib <= 20  # 10 of them are what was decoded
    assert took_s <= 2
