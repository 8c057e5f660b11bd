"""What an operator decides about the service, read from ``SYNCODE_*`` once at its start."""

from __future__ import annotations

import re
import ssl
from datetime import timedelta
from enum import StrEnum
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Final, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, IPvAnyNetwork, SecretStr, ValidationError
from pydantic_settings import NoDecode, SettingsConfigDict

from runner import Settings, SettingsError

SHORTEST_SECRET: Final = 32
_ORIGIN: Final = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#@*\s]+")


Kind = TypeVar("Kind", bound=Settings)


class Environment(StrEnum):
    """Where the service runs: in production it refuses defaults that are only good on one's own machine."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


def _words(value: object) -> object:
    return [word.strip() for word in value.split(",") if word.strip()] if isinstance(value, str) else value


def _origin(text: str) -> str:
    """As browsers write it. Any page would be trusted by a ``*``, and none by an origin with a path."""
    origin = text.lower().removesuffix("/")
    if (
        not _ORIGIN.fullmatch(origin) or urlsplit(origin).hostname is None
    ):  # it raises ValueError for brackets left open
        raise ValueError("must be a scheme and a host, as in https://app.example")
    return origin


def _network(text: str) -> str:
    """What the server makes nothing of it would take for a name, and believe nobody."""
    return str(ip_network(text))


def _of_browsers(origin: str) -> str:
    if not origin.startswith(("http://", "https://")):
        raise ValueError("must be http:// or https:// and a host, without a path")
    return origin


Origin = Annotated[str, AfterValidator(_origin)]
WebOrigin = Annotated[Origin, AfterValidator(_of_browsers)]
Origins = Annotated[tuple[Origin, ...], NoDecode, BeforeValidator(_words)]
Proxies = Annotated[tuple[Annotated[str, AfterValidator(_network)], ...], NoDecode, BeforeValidator(_words)]


def _certificates(path: Path) -> Path:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except OSError as error:  # of which all of the library's are
        raise ValueError(f"{path} holds no certificates that can be read") from error
    return path


CertificateFile = Annotated[Path, AfterValidator(_certificates)]
Networks = Annotated[tuple[IPvAnyNetwork, ...], NoDecode, BeforeValidator(_words)]
Secret = Annotated[SecretStr, Field(min_length=SHORTEST_SECRET)]
Count = Annotated[int, Field(ge=1)]


class ServiceSettings(Settings):
    """Settings of one service process; those of the engine (``runner.Settings``) are among them.

    ``environment``       ``production`` refuses to start without secrets of its own
    ``commit``            what the service was built from, for metrics
    ``host``, ``port``    where to listen
    ``public_url``        how browsers reach the service, without a path; ``None``: ``http://host:port``
    ``database_url``      SQLAlchemy address, ``sqlite:///PATH`` or ``postgresql://…``; ``None``: a file in the home
    ``access_token_secret`` and its like  at least 32 characters; ``None``: made at the first start and kept in the home
    ``admin_username``, ``admin_email``, ``admin_password``  the account made at the first start; without a password
                          one is made up and printed once
    ``cors_origins``      origins of browsers that may call with credentials, comma-separated
    ``trusted_proxies``   addresses or networks whose forwarded client addresses are believed, comma-separated
    ``mail_url``          ``smtp://user:password@host:port`` or ``smtps://…``; ``None``: mails go to an outbox folder
    ``mail_from``         sender of mails
    ``storage_url``       ``s3://bucket/prefix`` and its like (obstore); ``None``: files below the home
    ``webhook_secret``    what webhooks' secrets are made from; ``None``: the internal secret
    ``webhook_allowed_networks``  networks that webhooks may lead to although they are not public, comma-separated
    ``webhook_ca_file``   certificates (PEM) of authorities that webhooks' receivers may have beside the usual ones
    ``webhook_log_days``  how long attempts at deliveries are remembered
    ``password_memory_kib``, ``password_passes``  cost of one password hash (argon2id)
    ``queue_limit``       jobs that may wait before new ones are refused
    ``enqueue_seconds``   how long putting a job into the queue may take
    ``…_per_minute`` and its like  limits of API.md 18, named by what they count
    """

    model_config = SettingsConfigDict(
        env_prefix="SYNCODE_", frozen=True, env_ignore_empty=True, hide_input_in_errors=True
    )

    environment: Environment = Environment.DEVELOPMENT
    commit: Annotated[str, Field(pattern=r"^(unknown|[0-9a-f]{7,64})$")] = "unknown"
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535)] = 8000
    public_url: WebOrigin | None = None
    database_url: Annotated[str | None, Field(repr=False)] = None
    database_connections: Count = 10
    access_token_secret: Secret | None = None
    refresh_token_secret: Secret | None = None
    collab_token_secret: Secret | None = None
    internal_secret: Secret | None = None
    upload_secret: Secret | None = None
    admin_username: str = "admin"
    admin_email: str = "admin@localhost.localdomain"
    admin_password: SecretStr | None = None
    cors_origins: Origins = ()
    trusted_proxies: Proxies = ()
    mail_url: SecretStr | None = None
    mail_from: str = "SynCode <syncode@localhost.localdomain>"
    storage_url: Annotated[str | None, Field(repr=False)] = None
    webhook_secret: Secret | None = None
    webhook_allowed_networks: Networks = ()
    webhook_ca_file: CertificateFile | None = None
    webhook_log_days: Count = 30
    password_memory_kib: Annotated[int, Field(ge=8)] = 19_456
    password_passes: Count = 2

    queue_limit: Count = 1000
    enqueue_seconds: Annotated[float, Field(gt=0)] = 10
    result_retention_hours: Count = 24

    access_token_minutes: Count = 15
    refresh_token_days: Count = 7
    reset_token_minutes: Count = 60
    collab_token_hours: Count = 24
    upload_url_minutes: Count = 10
    idempotency_key_hours: Count = 24

    requests_per_minute: Count = 100
    logins_per_minute: Count = 20
    password_mails_per_hour: Count = 5
    runs_per_minute: Count = 10
    submissions_per_minute: Count = 5
    unfinished_jobs: Count = 10
    executing_jobs: Count = 3
    joins_per_minute: Count = 5
    webhook_calls_per_minute: Count = 10
    executions_per_day: Count = 100
    ai_actions_per_day: Count = 100
    rooms_hosted: Count = 100
    observers: Annotated[int, Field(ge=0)] = 5
    idle_room_minutes: Count = 10
    presence_seconds: Count = 120
    role_swap_seconds: Count = 30
    streams_per_user: Count = 5
    waits_per_user: Count = 64
    stream_seconds: Count = 300
    body_mib: Count = 8
    package_mib: Count = 256

    @property
    def production(self) -> bool:
        """Whether this is a deployment that must not run on defaults."""
        return self.environment is Environment.PRODUCTION

    @property
    def origin(self) -> str:
        """How browsers reach the service, without a path and a slash at the end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url or f"http://{host}:{self.port}"

    @property
    def database(self) -> str:
        """Address of the database."""
        return self.database_url or f"sqlite:///{self.home / 'syncode.db'}"

    @property
    def embedded(self) -> bool:
        """Whether the database is a file of this machine."""
        return self.database.startswith("sqlite")

    @property
    def idempotency_keys_kept(self) -> timedelta:
        """How long the answer to a request with a key is repeated."""
        return timedelta(hours=self.idempotency_key_hours)

    @property
    def objects(self) -> Path:
        """Where uploads lie without a store of their own."""
        return self.home / "objects"

    @property
    def tests(self) -> Path:
        """Where the data of large tests lie while they are needed."""
        return self.home / "tests"

    @property
    def outbox(self) -> Path:
        """Where mails lie without a mail server."""
        return self.home / "outbox"


def load_service_settings() -> ServiceSettings:
    """Read the environment. Raises :class:`runner.SettingsError`, which never quotes a secret."""
    return read_settings(ServiceSettings)


def read_settings(kind: type[Kind]) -> Kind:
    """As :func:`load_service_settings`, for a process that has more to be decided about."""
    try:
        return kind()
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        variable = f"SYNCODE_{first['loc'][0]}".upper()  # what follows it is a place in a list
        raise SettingsError(f"{variable}: {first['msg']}") from error
