"""Feeds: one poll of one feed over HTTP, no further up the ladder than it must go.

In:  a Feed, what its last poll left, the client, the workers.
Out: NotModified, or a ParsedFeed with the validators to keep once its entries are stored.
Not here: when to poll (cadence.py), storing (store/), what an entry means (analysis/).

The ladder: status -> body hash -> entry hashes -> delta parse -> full parse; the last three inside a worker (parse.py).
"""

import base64
import hashlib
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from yarl import URL

from monitor.errors import FetchError, ParseError, WorkerError
from monitor.model.feed import Feed, FeedMemory, NotModified, ParsedFeed, Polled, Rung, Validators, Visit
from monitor.sources.freshness import fresh_for_s
from monitor.sources.guard import public_form
from monitor.sources.http import Client, Response
from monitor.sources.jobs import parse_feed
from monitor.sources.quarantine import isolate
from monitor.sources.workers import Workers
from monitor.text.urls import host_key

MAX_FEED_BYTES: Final = 10 * 1024 * 1024
FETCH_DEADLINE_S: Final = 20.0
PARSE_TIMEOUT_S: Final = 2.0  # the largest feeds take as long; what takes longer is read in parts (quarantine.py)
MAX_VALIDATOR_CHARS: Final = 1_024
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_ACCEPT: Final = (
    "application/rss+xml, application/atom+xml, application/feed+json, application/rdf+xml, application/xml;q=0.9, "
    "text/xml;q=0.9, application/json;q=0.8, */*;q=0.5"
)
_ASKING: Final = {"Accept": _ACCEPT, "A-IM": "feed"}  # RFC 3229: what is new may come alone


async def poll_feed(feed: Feed, memory: FeedMemory, *, client: Client, workers: Workers) -> Polled:
    """Return what the feed lists now, or NotModified where its host or its bytes say that nothing changed.

    feed: one with a URL; a user and password in it are sent as a header, and to no other host.
    memory: its validators are sent back byte for byte, to the URL that gave them; those returned are the answer's own.
    Raises FetchError (BlockedAddressError), ParseError with the feed's URL in its text, WorkerError.
    """
    url, credentials = _address(feed, memory.url)
    answer = await client.get(
        url,
        headers=_ASKING | credentials if credentials else _ASKING,
        conditions=memory.validators,
        max_bytes=MAX_FEED_BYTES,
        deadline_s=FETCH_DEADLINE_S,
        allow_private=feed.allow_private,
        is_urgent=True,
    )
    visit = Visit(
        moved_to=None if answer.permanent_url == url else answer.permanent_url,
        fresh_for_s=fresh_for_s(answer.headers, now=datetime.now(UTC)),
        is_partial=answer.status == 226,
    )
    if answer.status == 304:
        return NotModified(validators=_refreshed(memory.validators, answer), visit=visit)
    validators = _validators(answer)
    if validators.body_hash is not None and validators.body_hash == memory.validators.body_hash:
        return NotModified(validators=validators, visit=visit, rung=Rung.SAME_BODY)
    parsed = await _parse(answer, memory, workers)
    if parsed.is_incomplete:  # what was not read must come again: no host may say that it has not changed
        validators = Validators()
    return replace(parsed, validators=validators, visit=visit)


async def older_page(feed: Feed, url: str, *, client: Client, workers: Workers) -> ParsedFeed:
    """Return a page of a feed's earlier entries (RFC 5005). Raises SourceError."""
    _, credentials = _address(feed, None)
    answer = await client.get(
        url,
        headers={"Accept": _ACCEPT, **(credentials if _is_as_safe(url, feed.url or "") else {})},
        max_bytes=MAX_FEED_BYTES,
        deadline_s=FETCH_DEADLINE_S,
        allow_private=feed.allow_private,
        is_urgent=True,
    )
    return await _parse(answer, FeedMemory(), workers)


async def _parse(answer: Response, memory: FeedMemory, workers: Workers) -> ParsedFeed:
    body, content_type = answer.body, answer.headers.get("Content-Type")
    try:
        try:
            return await workers.run(parse_feed, body, answer.url, content_type, memory, timeout_s=PARSE_TIMEOUT_S)
        except WorkerError as exc:
            return await isolate(body, answer.url, content_type, memory, workers=workers, failure=exc)
    except (ParseError, WorkerError) as exc:
        raise type(exc)(f"{public_form(answer.url)}: {exc}") from exc


def _address(feed: Feed, moved_to: str | None) -> tuple[str, dict[str, str]]:
    """Return where a feed is polled, and the header with its user and password if that is where they belong."""
    own, credentials = _without_credentials(feed.url or "")
    if moved_to is None:
        return own, credentials
    return moved_to, credentials if _is_as_safe(moved_to, own) else {}


def _is_as_safe(url: str, own: str) -> bool:
    """Return whether a user and password meant for one URL may go to another: same host and port, no less encrypted."""
    try:
        target, meant = URL(url), URL(own)
        is_same_port = target.raw_host == meant.raw_host and target.port == meant.port
    except (ValueError, IndexError):  # a stranger's; the client will refuse it
        return False
    if target.scheme == meant.scheme:
        return is_same_port
    return (meant.scheme, target.scheme) == ("http", "https") and host_key(url) == host_key(own)


def _without_credentials(url: str) -> tuple[str, dict[str, str]]:
    if "@" not in url:
        return url, {}
    try:
        parsed = URL(url)
        if parsed.raw_user is None:
            return url, {}
        pair = f"{parsed.user}:{parsed.password or ''}".encode()
        return str(parsed.with_user(None)), {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
    except (ValueError, IndexError) as exc:
        raise FetchError("is not a readable web address", url=public_form(url), transient=False) from exc


def _validators(answer: Response) -> Validators:
    return Validators(
        etag=validator(answer, "ETag"),
        last_modified=validator(answer, "Last-Modified"),
        body_hash=hashlib.blake2b(answer.body, digest_size=16).hexdigest() if answer.status != 226 else None,
        url=answer.url,
    )


def _refreshed(validators: Validators, answer: Response) -> Validators:
    return Validators(
        etag=validator(answer, "ETag") or validators.etag,
        last_modified=validator(answer, "Last-Modified") or validators.last_modified,
        body_hash=validators.body_hash,
        url=answer.url,
    )


def validator(answer: Response, name: str) -> str | None:
    """Return a validator as it came, each byte a letter of ISO 8859-1; None where it cannot go into a header again."""
    value = answer.headers.get(name)
    return value if value and len(value) <= MAX_VALIDATOR_CHARS and not _CONTROL.search(value) else None
