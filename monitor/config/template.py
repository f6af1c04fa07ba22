"""The file that `monitor init` starts a user off with.

In:  feeds to put in, if the user has some.
Out: the text of a commented configuration that passes `monitor check`.
Not here: writing it (cli/init.py).
"""

import json
import re
from collections.abc import Sequence
from importlib.resources import files

_EXAMPLE_FEEDS = re.compile(r"(?<=^feeds:\n)(?:  - .*\n)+", re.MULTILINE)


def template(feeds: Sequence[tuple[str, str]] = ()) -> str:
    """Return the commented configuration; `feeds` (name, url) take the place of the examples where there are any."""
    text = (files("monitor.config") / "template.yaml").read_text(encoding="utf-8")
    if not feeds:
        return text
    lines = "".join(f"  - {{ name: {_quoted(name)}, url: {_quoted(url)} }}\n" for name, url in feeds)
    return _EXAMPLE_FEEDS.sub(lambda _: lines, text)


def _quoted(text: str) -> str:
    """Return `text` as a YAML string that means exactly itself: JSON's quotes, and no variable in it."""
    return json.dumps(text.replace("${", "$${"), ensure_ascii=False)
