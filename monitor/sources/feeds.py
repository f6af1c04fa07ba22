"""Feeds: one poll of one feed over HTTP.

In:  a Feed, the validators of its last poll, the client, the workers.
Out: NotModified, or a ParsedFeed with the validators to keep once its entries are stored.
Not here: when to poll (service/), storing (store/), what an entry means (analysis/).
"""

import base64
import hashlib
from dataclasses import replace
from typing import Final

from yarl import URL

from monitor.errors import FetchError, ParseError, WorkerError
from monitor.model.feed import Feed, NotModified, Polled, Validators
from monitor.sources.guard import public_form
from monitor.sources.http import Client, Response
from monitor.sources.parse import parse_feed
from monitor.sources.workers import Workers

MAX_FEED_BYTES: Final = 10 * 1024 * 1024
FETCH_DEADLINE_S: Final = 20.0
PARSE_TIMEOUT_S: Final = 4.0  # the largest feed that is read whole takes 2 s
MAX_VALIDATOR_CHARS: Final = 1_024
_ACCEPT: Final = (
    "application/rss+xml, application/atom+xml, application/rdf+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5"
)


async def poll_feed(feed: Feed, validators: Validators, *, client: Client, workers: Workers) -> Polled:
    """Return what the feed lists now, or NotModified where its host or its bytes say that nothing changed.

    feed: one with a URL; a user and password in it are sent as a header, and to no other host.
    validators: sent back byte for byte; those returned are the answer's own.
    Raises FetchError (BlockedAddressError), ParseError with the feed's URL in its text, WorkerError.
    """
    url, credentials = _without_credentials(feed.url or "")
    answer = await client.get(
        url,
        headers={"Accept": _ACCEPT, **credentials, **_conditions(validators)},
        max_bytes=MAX_FEED_BYTES,
        deadline_s=FETCH_DEADLINE_S,
        allow_private=feed.allow_private,
    )
    if answer.status == 304:
        return NotModified(validators=_refreshed(validators, answer))
    fresh = _validators(answer)
    if fresh.body_hash == validators.body_hash:
        return NotModified(validators=fresh)
    try:
        parsed = await workers.run(
            parse_feed, answer.body, answer.url, answer.headers.get("Content-Type"), timeout_s=PARSE_TIMEOUT_S
        )
    except (ParseError, WorkerError) as exc:
        raise type(exc)(f"{public_form(answer.url)}: {exc}") from exc
    return replace(parsed, validators=fresh)


def _without_credentials(url: str) -> tuple[str, dict[str, str]]:
    try:
        parsed = URL(url)
        if parsed.raw_user is None:
            return url, {}
        pair = f"{parsed.user}:{parsed.password or ''}".encode()
        return str(parsed.with_user(None)), {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
    except ValueError as exc:
        raise FetchError("is not a readable web address", url=public_form(url), transient=False) from exc


def _conditions(validators: Validators) -> dict[str, str]:
    named = {"If-None-Match": validators.etag, "If-Modified-Since": validators.last_modified}
    return {name: value for name, value in named.items() if value}


def _validators(answer: Response) -> Validators:
    return Validators(
        etag=_validator(answer, "ETag"),
        last_modified=_validator(answer, "Last-Modified"),
        body_hash=hashlib.blake2b(answer.body, digest_size=16).hexdigest(),
    )


def _refreshed(validators: Validators, answer: Response) -> Validators:
    return Validators(
        etag=_validator(answer, "ETag") or validators.etag,
        last_modified=_validator(answer, "Last-Modified") or validators.last_modified,
        body_hash=validators.body_hash,
    )


def _validator(answer: Response, name: str) -> str | None:
    value = answer.headers.get(name)
    return value if value and len(value) <= MAX_VALIDATOR_CHARS and value.isprintable() else None
