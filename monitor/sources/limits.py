"""Limits that are kept where bytes come in and again where they are read.

In:  nothing.
Out: sizes in bytes.
Not here: limits that one module alone keeps.
"""

from typing import Final

MAX_PAGE_BYTES: Final = 5 * 1024 * 1024
WINDOW_RECORD_BYTES: Final = 20  # an entry in model.feed.FeedMemory.window, as spans.window_of writes it
MAX_WINDOW_BYTES: Final = 2_000 * WINDOW_RECORD_BYTES  # as many entries as are read of one answer
