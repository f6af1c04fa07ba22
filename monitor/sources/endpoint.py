"""Endpoint: asks a service of others over HTTP, in JSON, through the guarded client.

In:  a configured endpoint, the path behind its base, what to ask.
Out: the value that the answer's JSON holds; FetchError or ParseError.
Not here: what is asked and what an answer means (writer.py, remote_embedder.py).
"""

import json
import time
from typing import Any, Final

from monitor.errors import FetchError, ParseError
from monitor.model.endpoint import Endpoint
from monitor.sources.guard import public_form
from monitor.sources.http import Client

REST_S: Final = 60.0  # after a failure that may pass: what comes meanwhile does without, and waits for nobody
LONGEST_REST_S: Final = 3_600.0  # whatever an endpoint asks for
_SECRET_CHARS: Final = 8  # fewer are a word that servers without keys are given ("none", "ollama")
_TOLD_CHARS: Final = 12  # of a key that may not be told either: messages cut off what they quote


class EndpointClient:
    """Asks one endpoint. After a failure that may pass it is left alone for a minute, or for as long as it asked."""

    def __init__(self, endpoint: Endpoint, path: str) -> None:
        self._endpoint = endpoint
        self._url = endpoint.url.rstrip("/") + path
        self._rests_until = 0.0

    @property
    def shown(self) -> str:
        """The address, as it may be logged and stored."""
        return public_form(self._url)

    async def ask(self, asked: object, *, max_bytes: int, deadline_s: float) -> Any:
        """Return what a POST is answered, as plain values. Raises FetchError, ParseError.

        A client each time: an endpoint is asked from whichever event loop has the question, and seldom.
        """
        left_s = self._rests_until - time.monotonic()
        if left_s > 0:
            raise FetchError(f"failed lately; it is asked again in {left_s:.0f} s", url=self.shown)
        try:
            async with Client(gap_s=0) as client:
                answer = await client.post(
                    self._url,
                    content=json.dumps(asked, ensure_ascii=False).encode("utf-8", "replace"),
                    headers=self._headers(),
                    max_bytes=max_bytes,
                    deadline_s=deadline_s,
                    allow_private=self._endpoint.allow_private,
                )
        except FetchError as exc:
            if exc.transient:
                pause_s = min(LONGEST_REST_S, max(REST_S, exc.retry_after_s or 0.0))
                self._rests_until = time.monotonic() + pause_s
            if self.is_leaked(str(exc)):
                raise FetchError("sent back the key that it was sent", url=self.shown) from None
            raise
        return self._read(answer.body)

    def is_leaked(self, text: str) -> bool:
        """Whether a text holds the key, or how it begins: an endpoint may send back what it was sent."""
        begins = self._endpoint.key.casefold()[:_TOLD_CHARS]
        return len(begins) >= _SECRET_CHARS and begins in text.casefold()

    def _headers(self) -> dict[str, str]:
        key = self._endpoint.key
        return {"Content-Type": "application/json", "Accept": "application/json"} | (
            {"Authorization": f"Bearer {key}"} if key else {}
        )

    def _read(self, body: bytes) -> Any:
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            raise ParseError(f"{self.shown}: answered with something else than JSON") from None
