"""On feedparser's own test files a delta parse gives what a full parse gives, whichever entries are known.

The files come with feedparser's source distribution: FEEDPARSER_TESTS or tests/.corpus names an unpacked one, else it
is fetched once through pip into the user's cache. Without all that these tests are skipped and say so.
"""

import contextlib
import importlib.metadata
import os
import random
import re
import subprocess
import sys
import tarfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.errors import ParseError
from monitor.model.feed import FeedMemory, ParsedFeed, Rung
from monitor.sources.markup import decode
from monitor.sources.parse import parse_feed
from monitor.sources.spans import known_in, spans_of, window_of

URL = "http://base.test/folder/feed.xml"
SUBSETS = 4  # of the known entries, a file
MIXTURES = 300
FALLBACK = 0.02  # of the files that could have been parsed by delta
VERSION = importlib.metadata.version("feedparser")
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "news-monitor" / f"feedparser-{VERSION}"
_NEIGHBOUR = (
    "<{p}{n}><{p}title>Neighbour {i}</{p}title><{p}guid>neighbour {i}</{p}guid><{p}id>neighbour {i}</{p}id></{p}{n}>"
)


def corpus() -> list[Path]:
    named = [Path(os.environ["FEEDPARSER_TESTS"])] if os.environ.get("FEEDPARSER_TESTS") else []
    for folder in (*named, Path(__file__).parents[1] / ".corpus", CACHE):
        if found := sorted(folder.rglob("*.xml")):
            return found
    return sorted(fetched().rglob("*.xml"))


def fetched() -> Path:
    ask = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", "feedparser"]
    ask += ["--retries", "0", "--timeout", "10", "--dest", str(CACHE), f"feedparser=={VERSION}"]
    try:
        subprocess.run(ask, check=True, capture_output=True, timeout=90)
    except (subprocess.SubprocessError, OSError) as exc:
        pytest.skip(f"feedparser's source distribution could not be had ({type(exc).__name__}); set FEEDPARSER_TESTS")
    with tarfile.open(next(CACHE.glob("*.tar.gz"))) as archive:
        archive.extractall(CACHE, filter="data")
    return CACHE


@pytest.fixture(scope="module")
def bodies() -> dict[str, bytes]:
    """Every file that feedparser or this program takes for a feed, and each again with two entries more."""
    found = {}
    for path in corpus():
        body = path.read_bytes()
        with contextlib.suppress(ParseError):
            if parse_feed(body, URL, None).entries:
                name = str(path.relative_to(path.parents[1]))
                found[name] = body
                if joined := with_neighbours(body):
                    found[f"{name} and neighbours"] = joined
    assert len(found) > 900
    return found


def with_neighbours(body: bytes) -> bytes | None:
    """Return the feed with an entry before the first of its own and one behind the last."""
    spans, text = spans_of(body, None), decode(body, None).text
    if not spans:
        return None
    prefix, name = re.match(r"<([^\s<>/]*:)?(\w+)", spans[0].raw).groups(default="")
    before, behind = (_NEIGHBOUR.format(p=prefix, n=name, i=number) for number in (1, 2))
    start = text.index(spans[0].raw)
    end = text.rindex(spans[-1].raw) + len(spans[-1].raw)
    joined = f"{text[:start]}{before}\n{text[start:end]}{behind}{text[end:]}"
    return re.sub(r"^\s*<\?xml[^>]*\?>", "", joined).encode("utf-8-sig", "replace")


def subsets(parsed: ParsedFeed, dice: random.Random) -> Iterator[bytes]:
    """Give windows that remember some of the entries, and one that remembers all."""
    known = known_in(parsed.window)
    yield parsed.window
    for _ in range(SUBSETS):
        some = [span for span in known if dice.random() < 0.5]
        if some:
            yield window_of(some, [known[span] for span in some])


def test_a_delta_parse_gives_what_a_full_one_gives(
    bodies: dict[str, bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    count: Counter[str] = Counter()
    for name, body in bodies.items():
        full = parse_feed(body, URL, None)
        if full.is_malformed:
            count["not well-formed"] += 1
            continue
        count["comparable"] += 1
        if not full.window:
            count["falls back"] += 1
            continue
        spans = spans_of(body, None)
        newest_last = dict(zip([span.hash for span in reversed(spans)], full.entries, strict=True))
        for window in subsets(full, random.Random(name)):
            delta = parse_feed(body, URL, None, FeedMemory(window=window), shadow=False)
            known = known_in(window)
            new = tuple(entry for span, entry in newest_last.items() if span not in known)
            assert delta.rung is (Rung.DELTA if new else Rung.SAME_ENTRIES), name
            assert delta.entries == new, name
            assert (delta.window, delta.hints, delta.listed) == (full.window, full.hints, len(spans)), name
            count["delta parses"] += bool(new)
    with capsys.disabled():
        print(f"\nfeedparser {VERSION}: {dict(count)}")  # noqa: T201
    assert count["delta parses"] > 500
    assert count["falls back"] <= FALLBACK * count["comparable"]


def test_entries_of_different_feeds_in_one_do_not_touch_each_other(bodies: dict[str, bytes]) -> None:
    """Entries that use the format in the oddest ways, four of them from four files, in the frame of a fifth."""
    dice = random.Random(VERSION)
    frames: dict[str, list[tuple[str, str]]] = defaultdict(list)
    raws: dict[str, list[str]] = defaultdict(list)
    for body in bodies.values():
        spans, text = spans_of(body, None), decode(body, None).text
        if spans and not text.lstrip().startswith("<!DOCTYPE"):
            kind = re.split(r"[\s/>]", spans[0].raw, maxsplit=1)[0]
            frame = text.partition(spans[0].raw)[0], text.rpartition(spans[-1].raw)[2]
            frames[kind].append(frame)
            raws[kind] += [span.raw for span in spans]
    count: Counter[str] = Counter()
    for _ in range(MIXTURES):
        kind = dice.choice(("<item", "<item", "<entry"))
        before, behind = dice.choice(frames[kind])
        before = re.sub(r"<\?xml[^>]*\?>", "", before)
        body = (before + "".join(dice.choices(raws[kind], k=4)) + behind).encode("utf-8-sig", "replace")
        try:
            full = parse_feed(body, URL, None)
        except ParseError:
            continue
        if full.window:
            for at in range(0, len(full.window), 20):
                delta = parse_feed(body, URL, None, FeedMemory(window=full.window[at : at + 20]), shadow=True)
                assert (delta.rung, delta.is_delta_wrong, delta.window) == (Rung.DELTA, False, full.window), body
            count["compared"] += 1
        else:
            count["malformed" if full.is_malformed else "falls back"] += 1
    assert count["compared"] > MIXTURES / 4, count


def test_a_sampled_full_parse_never_differs(bodies: dict[str, bytes]) -> None:
    for name, body in bodies.items():
        window = parse_feed(body, URL, None).window
        some = FeedMemory(window=window[:20])
        if len(window) > 20:
            delta = parse_feed(body, URL, None, some, shadow=True)
            assert (delta.rung, delta.is_delta_wrong) == (Rung.DELTA, False), name


def test_every_entry_can_be_parsed_alone(bodies: dict[str, bytes]) -> None:
    """What finding a poisonous entry rests on: the entries one by one are the entries together."""
    for name, body in bodies.items():
        full = parse_feed(body, URL, None)
        if not full.window:
            continue
        spans = spans_of(body, None)
        alone = [parse_feed(body, URL, None, FeedMemory(), frozenset({span.hash})) for span in reversed(spans)]
        assert tuple(entry for one in alone for entry in one.entries) == full.entries, name
        assert {one.window for one in alone} == {b""}, name
