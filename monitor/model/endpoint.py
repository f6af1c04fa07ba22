"""Endpoints: services of others that are asked over HTTP, as OpenAI's interface has it."""

from dataclasses import dataclass, field

from monitor.model.embedding import Scale


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a service is asked, and for which model. `key` is a secret: never logged, never stored."""

    url: str  # the base, such as https://api.example.org/v1
    model: str
    key: str = field(default="", repr=False)  # "": it asks for none
    allow_private: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbedderEndpoint:
    """An endpoint that turns sentences into vectors, as watches name it."""

    name: str
    endpoint: Endpoint
    scale: Scale
