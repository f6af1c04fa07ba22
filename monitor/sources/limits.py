"""Limits that are kept where bytes come in and again where they are read.

In:  nothing.
Out: sizes in bytes.
Not here: limits that one module alone keeps.
"""

from typing import Final

MAX_PAGE_BYTES: Final = 5 * 1024 * 1024
