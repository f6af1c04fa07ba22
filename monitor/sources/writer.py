"""The optional writer: a chat endpoint that puts an alert's sentences into words of its own.

In:  a brief.
Out: what it answered, unchecked; FetchError or ParseError where there is no answer.
Not here: what it is told (alerting/brief.py), what of its answer is believed (alerting/vouch.py).
"""

from typing import Any, Final

from monitor.errors import ParseError
from monitor.model.endpoint import Endpoint
from monitor.model.writing import Brief
from monitor.sources.endpoint import EndpointClient

DEADLINE_S: Final = 20.0  # for everything; the alert waits for it
MAX_BYTES: Final = 256 * 1024


class ChatWriter:
    """Asks an OpenAI-compatible `/chat/completions`, once, without tools. `deadline_s` is shorter in tests only."""

    def __init__(self, endpoint: Endpoint, *, deadline_s: float = DEADLINE_S) -> None:
        self.model = endpoint.model
        self._client = EndpointClient(endpoint, "/chat/completions")
        self._deadline_s = deadline_s

    async def write(self, brief: Brief) -> str:
        """Return the answer as it came. Raises FetchError, ParseError."""
        # No temperature and no limit of tokens: some models refuse them. Deadline and cap hold all the same.
        asked = {
            "model": self.model,
            "messages": [{"role": "system", "content": brief.order}, {"role": "user", "content": brief.material}],
        }
        said = _said(await self._client.ask(asked, max_bytes=MAX_BYTES, deadline_s=self._deadline_s))
        if said is None:
            raise ParseError(f"{self._client.shown}: answered without a message")
        if self._client.is_leaked(said):
            raise ParseError(f"{self._client.shown}: answered with the key that it was sent")
        return said


def _said(answer: Any) -> str | None:
    """Return the text of the first choice; None where there is none."""
    try:
        said = answer["choices"][0]["message"]["content"]
    except (KeyError, IndexError, TypeError):
        return None
    return said if isinstance(said, str) else None
