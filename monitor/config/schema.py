"""The shape of the configuration file: which keys there are, and what their values must look like.

In:  plain values as YAML gives them.
Out: frozen pydantic models, one a section; never used outside config/.
Not here: places in the file (document.py), what names and paths refer to (load.py).
"""

import re
from datetime import timedelta
from typing import Annotated, Any, ClassVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StrictStr
from pydantic_core import PydanticCustomError

from monitor.config.urls import endpoint_fault
from monitor.model.delivery import ChannelKind, OnUnknown
from monitor.model.embedding import CROSS_LANGUAGE, SAME_LANGUAGE
from monitor.model.feed import FirstPoll
from monitor.model.watch import IfSingle

_DURATION = re.compile(
    r"(?:(?P<days>\d{1,6})d)?(?:(?P<hours>\d{1,6})h)?(?:(?P<minutes>\d{1,6})m)?(?:(?P<seconds>\d{1,6})s)?"
)
_NAME = re.compile(r"\w[\w.-]{0,63}")
_RATE = re.compile(r"(?P<count>\d{1,4})/(?P<per>[smh])")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_MOST_WORDS = 10_000
_LEAST_APART = 0.05  # a model that tells known from new by less decides nothing
_MOST_OUTLETS = 20
_MAX_EVERY = timedelta(days=366)


def duration(value: object) -> timedelta:
    """Return the time that words such as 30s or 1h30m name. Raises ValueError."""
    match = _DURATION.fullmatch(value) if isinstance(value, str) and value else None
    if match is None:
        raise ValueError(f"{value!r} is no duration; write a number and a unit, such as 30s, 5m, 1h30m or 2d")
    return timedelta(**{unit: int(amount) for unit, amount in match.groupdict().items() if amount})


def _interval(value: timedelta) -> timedelta:
    if not timedelta(seconds=1) <= value <= _MAX_EVERY:
        raise ValueError("must lie between 1s and 366d")
    return value


def _gap(value: timedelta) -> timedelta:
    if value > timedelta(minutes=1):
        raise ValueError("must lie between 0s and 1m")
    return value


def _listen(value: object) -> tuple[str, int]:
    host, _, port = value.rpartition(":") if isinstance(value, str) else ("", "", "")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port[:6]) < 65_536:
        raise ValueError(f"{value!r:.80} is no address to listen at; write host:port, such as 127.0.0.1:9464")
    return host, int(port)


def _flag(value: object) -> object:
    return value == "true" if value in ("true", "false") else value  # as ${NAME:-false} gives it


def _name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise ValueError(f"{value[:80]!r} cannot be a name; use up to 64 letters, digits, '.', '_' and '-'")
    return value


def _label(value: str) -> str:
    if value != value.strip() or not value or not value.isprintable() or len(value) > 100:
        raise ValueError("must be 1 to 100 printable characters without blanks around them")
    return value


def _language(value: str) -> str:
    if not _LANGUAGE.fullmatch(value):
        raise ValueError(f"{value[:80]!r} is no language; use ISO 639-1 codes such as en, fr or ar")
    return value


def time_zone(value: str) -> str:
    """Return the name of a time zone. Raises ValueError."""
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
        raise ValueError(f"{value[:80]!r} is no time zone; use a name such as UTC or Europe/Paris") from exc
    return value


def _spelling(value: str) -> str:
    if not value.strip() or not value.strip("* "):
        raise ValueError("must hold at least one word")
    if "*" in value[:-1]:
        raise ValueError("'*' may stand at the end only")
    return value


def _path(value: str) -> str:
    if not value.strip() or "\x00" in value:
        raise ValueError("must be a path")
    return value


def share(value: object) -> float:
    """Return a value as a number in [0, 1]. Raises ValueError."""
    try:
        number = float(value) if isinstance(value, (int, float, str)) and not isinstance(value, bool) else None
    except ValueError:
        number = None
    if number is None:
        raise ValueError(f"{value!r} is no number; it must lie in [0, 1]")
    if not 0.0 <= number <= 1.0:  # also refuses nan
        raise ValueError(f"{number:g} must lie in [0, 1]")
    return number


def _pair(value: object) -> tuple[float, float]:
    """Return the likenesses of sentences of other and of equal sense."""
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError("must be two numbers: the mean likeness of sentences that differ, and of those that agree")
    low, high = share(value[0]), share(value[1])
    if high - low < _LEAST_APART:
        raise ValueError(f"the second number must be larger than the first, by {_LEAST_APART:g} at least")
    return low, high


def _endpoint_url(value: str) -> str:
    fault = endpoint_fault(value)
    if fault:
        raise ValueError(fault)
    return value


def _word_count(value: object) -> int:
    number = int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value
    if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= _MOST_WORDS:
        raise ValueError(f"{value!r:.40} is no number of words; it must lie in 1 to {_MOST_WORDS:,}")
    return number


def _outlets(value: object) -> int:
    number = int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value
    if isinstance(number, bool) or not isinstance(number, int) or not 2 <= number <= _MOST_OUTLETS:
        raise ValueError(f"{value!r:.40} is no number of outlets; it must lie in 2 to {_MOST_OUTLETS}")
    return number


def _not_built(_: object) -> object:
    raise PydanticCustomError("not_built", "not built yet in this version; leave it out")


def _database(value: str) -> str:
    if value == "sqlite":
        return value
    if value.startswith("sqlite"):
        raise ValueError("SQLite lives in the state folder; leave `database` out and set `state`")
    raise ValueError("only SQLite is built in this version; leave `database` out")


def _version(value: object) -> int:
    if value != 1 or isinstance(value, bool):
        raise ValueError("this program reads version 1")
    return 1


def _kind(value: object) -> object:
    kinds = [str(kind) for kind in ChannelKind]
    if value not in kinds:
        raise ValueError(f"{value!r:.80} is no kind of channel; it must be one of {', '.join(kinds)}")
    return value


def _on_unknown(value: object) -> object:
    if value not in [str(each) for each in OnUnknown]:
        raise ValueError(f"{value!r:.80} is neither 'resend' nor 'hold'")
    return value


def _rate(value: object) -> timedelta:
    """Return the time between two messages that a rate such as 20/m allows."""
    match = _RATE.fullmatch(value) if isinstance(value, str) else None
    if match is None or not int(match["count"]):
        raise ValueError(f"{value!r:.40} is no rate; write a number and a time, such as 1/s, 20/m or 100/h")
    return {"s": timedelta(seconds=1), "m": timedelta(minutes=1), "h": timedelta(hours=1)}[match["per"]] / int(
        match["count"]
    )


def _words(value: object) -> object:
    """Accept a query, or a list of words; a union would put its branches' names into error paths."""
    if isinstance(value, str) and value.strip():
        return value
    if isinstance(value, list) and value and all(isinstance(word, str) and word.strip(" *") for word in value):
        return tuple(value)
    raise ValueError("must be a query, or a list of words and phrases (numbers in quotes)")


def _rule(value: object) -> object:
    """Accept what `_words` does, and the same list under `any`."""
    return _words(value["any"] if isinstance(value, dict) and set(value) == {"any"} else value)


Duration = Annotated[timedelta, BeforeValidator(duration), AfterValidator(_interval)]
Flag = Annotated[StrictBool, BeforeValidator(_flag)]
Name = Annotated[StrictStr, AfterValidator(_name)]
LabelText = Annotated[StrictStr, AfterValidator(_label)]
PathText = Annotated[StrictStr, AfterValidator(_path)]
Likenesses = Annotated[tuple[float, float], BeforeValidator(_pair)]
Spelling = Annotated[StrictStr, AfterValidator(_spelling)]
Language = Annotated[StrictStr, AfterValidator(_language)]
NotBuilt = Annotated[Any, BeforeValidator(_not_built)]


class Section(BaseModel):
    """What all sections share: unknown keys are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    # Stand in for required keys that are faulty, so that the other keys of the section can still be checked.
    STAND_INS: ClassVar[dict[str, Any]] = {}


class RootIn(Section):
    """The file's top level; sections are checked one by one, so that a fault in one hides none in another."""

    version: Annotated[int, BeforeValidator(_version)]
    state: PathText = "state"
    database: Annotated[StrictStr, AfterValidator(_database)] = "sqlite"
    defaults: dict[str, Any] = Field(default_factory=dict)
    feeds: list[Any]
    terms: dict[str, Any] = Field(default_factory=dict)
    watches: list[Any]
    channels: list[Any] = Field(default_factory=list)
    route: dict[str, Any] = Field(default_factory=dict)
    fetch: dict[str, Any] = Field(default_factory=dict)
    metrics: dict[str, Any] = Field(default_factory=dict)
    quiet: list[Any] = Field(default_factory=list)
    digests: list[Any] = Field(default_factory=list)
    retention: NotBuilt = None
    writer: dict[str, Any] = Field(default_factory=dict)
    embedders: list[Any] = Field(default_factory=list)


class DefaultsIn(Section):
    """What holds for every feed that does not say otherwise."""

    every: Duration = timedelta(minutes=15)
    timezone: Annotated[StrictStr, AfterValidator(time_zone)] = "UTC"
    contact: Annotated[StrictStr, AfterValidator(_label)] | None = None


class FeedIn(Section):
    """One source: exactly one of `url`, `folder` and `opml`."""

    name: LabelText | None = None
    url: StrictStr | None = None
    folder: PathText | None = None
    opml: PathText | None = None
    outlet: LabelText | None = None
    every: Duration | None = None
    languages: tuple[Language, ...] = ()
    first_poll: FirstPoll = FirstPoll.LEARN
    allow_private: Flag | None = None


class CompanyIn(Section):
    """What must stand near an ambiguous word."""

    STAND_INS = {"any": ["x"]}

    any: Annotated[tuple[Spelling, ...], Field(min_length=1)]
    within: Annotated[int, BeforeValidator(_word_count)] | None = None


class TermIn(Section):
    """A named thing: its spellings, and the mentions that do not count."""

    STAND_INS = {"any": ["x"]}

    any: Annotated[tuple[Spelling, ...], Field(min_length=1)]
    never: tuple[Spelling, ...] = ()
    case: Flag = False
    company: CompanyIn | None = None
    closeness: Annotated[float, BeforeValidator(share)] | None = None


class NoveltyIn(Section):
    """How new a sentence must be."""

    min: Annotated[float, BeforeValidator(share)] | None = None
    embedder: StrictStr = "auto"


class ConfirmIn(Section):
    """How many independent sources an alert needs, and what becomes of one that has fewer."""

    outlets: Annotated[int, BeforeValidator(_outlets)] = 2
    wait: Duration = timedelta(minutes=30)
    if_single: IfSingle = IfSingle.SEND_MARKED


class SeverityIn(Section):
    """Which new sentences make an alert matter more, or less: a query each, or a list of words."""

    critical: Annotated[Any, BeforeValidator(_rule)] | None = None
    high: Annotated[Any, BeforeValidator(_rule)] | None = None
    low: Annotated[Any, BeforeValidator(_rule)] | None = None


class WatchIn(Section):
    """What a reader follows."""

    STAND_INS = {"name": "_", "match": "*:*"}

    name: Name
    match: Annotated[Any, BeforeValidator(_words)]
    baseline: tuple[PathText, ...] = ()
    novelty: NoveltyIn = NoveltyIn()
    confirm: ConfirmIn | None = None
    severity: SeverityIn = SeverityIn()


class ChannelIn(Section):
    """A way to reach people: one of `url` and `url_file`."""

    STAND_INS = {"name": "_"}

    name: Name
    url: StrictStr | None = Field(default=None, repr=False)
    url_file: PathText | None = None
    kind: Annotated[ChannelKind, BeforeValidator(_kind)] = ChannelKind.APPRISE
    allow_private: Flag = False
    hmac_file: PathText | None = None
    rate: Annotated[timedelta, BeforeValidator(_rate)] = timedelta(0)
    on_unknown: Annotated[OnUnknown, BeforeValidator(_on_unknown)] = OnUnknown.RESEND


class MetricsIn(Section):
    """Where Prometheus may ask what was counted."""

    listen: Annotated[tuple[str, int], BeforeValidator(_listen)] | None = None


class FetchIn(Section):
    """How feeds and pages are asked for."""

    allow_private: Flag = False
    robots: Flag = True
    host_gap: Annotated[timedelta, BeforeValidator(duration), AfterValidator(_gap)] = timedelta(seconds=1)


class EndpointIn(Section):
    """A service of others that is asked over HTTP."""

    STAND_INS = {"url": "https://localhost", "model": "_"}

    url: Annotated[StrictStr, AfterValidator(_endpoint_url)]
    model: LabelText
    key_file: PathText | None = None
    allow_private: Flag = False


class EmbedderIn(EndpointIn):
    """An endpoint that turns sentences into vectors."""

    STAND_INS = EndpointIn.STAND_INS | {"name": "_"}

    name: Name
    same_language: Likenesses = SAME_LANGUAGE
    cross_language: Likenesses = CROSS_LANGUAGE
