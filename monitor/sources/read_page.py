"""What reading a page gave.

In:  nothing.
Out: ReadPage.
Not here: asking for pages (pages.py), what is text on them (extract.py).
"""

from dataclasses import dataclass, field

from monitor.model.article import Page
from monitor.model.feed import Validators


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPage:
    """A page as it was read, and what makes the next request for it conditional."""

    page: Page
    canonical_key: str | None = None  # text.urls.canonical of Page.canonical
    problem: str | None = None  # why a lesser reader had to do
    validators: Validators = field(default_factory=Validators)  # bound to the address that answered
