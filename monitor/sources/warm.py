"""Warm: what workers share, loaded once in the process that they are forked from.

In:  nothing.
Out: importing this loads the parsers with everything they open on first use, and leaves it to be shared.
Not here: the workers themselves (workers.py), the walls behind which nothing can be opened any more (sandbox.py).

A worker that warms up by itself takes 0.2 s of CPU and keeps 90 MiB of its own; one that is forked warm, a tenth.
What is missing here, a worker cannot have: the module of a job, a codec, a list that a library reads from a file.
"""

import contextlib
import encodings
import gc
import pkgutil
import time
from importlib import import_module
from typing import Final

import protego  # noqa: F401 (like discovery.py: loaded, so that each worker need not)

from monitor.model.feed import FeedMemory
from monitor.sources import discovery, extract, parse, workers  # noqa: F401 (whose jobs workers do)

_URL: Final = "https://www.example.co.uk/"
_ENTRY: Final = b"<item><title>Warm</title><pubDate>Tue, 05 Mar 2024 10:00:00 GMT</pubDate></item>"
_FEEDS: Final = (
    b"<rss version='2.0'><channel><title>Warm</title>" + _ENTRY + b"</channel></rss>",  # well formed
    b"<rss version='2.0'><channel><title>Warm & wet<item>" + _ENTRY + b"</channel>",  # and not
    b'{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "title": "Warm"}]}',
)


def _warm_up() -> None:
    for codec in pkgutil.iter_modules(encodings.__path__, "encodings."):  # a page names the one that it needs
        with contextlib.suppress(ImportError):  # some are for Windows
            import_module(codec.name)
    time.strptime("5", "%d")  # has its code in a module of its own
    extract.warm_up()
    for feed in _FEEDS:
        parse.parse_feed(feed, _URL, None, FeedMemory())


_warm_up()
gc.collect()
gc.set_threshold(20_000, 10, 10)  # a page makes thousands of objects and few circles: a twentieth of its reading
gc.freeze()  # what the collector never looks at is never written to, and stays one copy for all
