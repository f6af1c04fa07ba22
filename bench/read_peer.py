"""The peer of reading: raw trafilatura in one process, with the options that read news best.

In:  orders on stdin: which pages, read them all.
Out: how long it took; what it found, in a file, for our side to start from.
Not here: measuring (read_pages.py).
"""

import json
import time
from pathlib import Path
from typing import Any, Final

import trafilatura
from trafilatura.meta import reset_caches
from trafilatura.settings import Document

from bench.read_child import serve, stay_on_one_core
from bench.read_corpus import PageFile, made_pages, shared_pages

NO_TITLE: Final = "Untitled"


class _Program:
    """Some pages, and trafilatura."""

    def __init__(self) -> None:
        stay_on_one_core()
        self._pages: tuple[PageFile, ...] = ()

    def obey(self, op: str, order: dict[str, Any]) -> dict[str, Any]:
        match op:
            case "open":
                made = made_pages(order["made"]) if order["made"] else shared_pages()
                self._pages = made[: order["most"]]
                self._write_found(Path(order["found"]))
                return {"pages": len(self._pages), "bytes": sorted(len(page.html) for page in self._pages)}
            case "forget":
                reset_caches()  # nobody reads the same pages twice: what is kept of them would be no figure of its
                return {}
            case "read":
                began = time.monotonic()
                empty = sum(not _read(page).text for page in self._pages)
                return {"wall_s": time.monotonic() - began, "pages": len(self._pages), "empty": empty}
            case _:
                return {"failed": f"unknown order {op!r}"}

    def _write_found(self, path: Path) -> None:
        """Read everything once, which warms it up, and say what was found."""
        found = [(page.url, _read(page)) for page in self._pages]
        told = [{"url": url, "title": each.title or NO_TITLE, "text": each.text or ""} for url, each in found]
        path.write_text(json.dumps(told))


def _read(page: PageFile) -> Document:
    found = trafilatura.bare_extraction(
        page.html, url=page.url, favor_precision=True, include_comments=False, with_metadata=True
    )
    return found if isinstance(found, Document) else Document()


def main() -> None:
    """Obey until stdin ends."""
    serve(_Program().obey)


if __name__ == "__main__":
    main()
