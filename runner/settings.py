"""What an operator decides about one process, read from ``SYNCODE_*`` once at its start."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from runner.errors import SettingsError
from sandboxes.slots import MOST_SLOTS


def _default_home() -> Path:
    return Path("/var/lib/syncode") if os.geteuid() == 0 else Path("~/.local/share/syncode").expanduser()


def _default_slots() -> int:
    return min(len(os.sched_getaffinity(0)), MOST_SLOTS)


class SandboxKind(StrEnum):
    """What there is to run programs in."""

    NSJAIL = "nsjail"
    DOCKER = "docker"


class Settings(BaseSettings):
    """Settings of one process. Nothing else of ours reads the environment.

    ``home``          directory of images, the built init and running state (``SYNCODE_HOME``; ``/var/lib/syncode``
                      for root, ``~/.local/share/syncode`` otherwise)
    ``slots``         runs that may go on at once (``SYNCODE_SLOTS``; the processors this process may use)
    ``allow_degraded_isolation``  run although a required layer of isolation is missing; every result then says so
    ``sandbox``       what programs run in: ``nsjail``, or ``docker`` where that cannot run (``SYNCODE_SANDBOX``)
    ``docker_host``   address of the Docker engine, ``unix://…``; ``None``: where it is by default
    ``docker_runtime``  what the engine runs containers with, such as ``runsc``; ``None``: its default
    ``compile_cache_mb``  MiB that the compile cache may take (``SYNCODE_COMPILE_CACHE_MB``); 0: no compile cache
    ``warm_jails``    jails of each language to keep ready in a service (``SYNCODE_WARM_JAILS``)
    ``warm_memory_mb``  MiB that all of them may use while they wait (``SYNCODE_WARM_MEMORY_MB``); 0: none waits
    ``image_mirror``  address of a Debian mirror to build images from; ``None``: the distribution's default
    ``redis_url``     address of the Redis that services and workers share (``SYNCODE_REDIS_URL``); ``None``: a service
                      does jobs itself
    ``blobs_url``     where services and workers share large data of tests, ``s3://bucket/prefix`` and its like
                      (obstore; ``SYNCODE_BLOBS_URL``); ``None``: in that Redis
    ``circuit_failures``, ``circuit_seconds``, ``circuit_successes``  a circuit opens after so many failures in a row,
                      tries again after so long, closes after so many successes
    ``reserved_slots``  slots that only interactive runs may use; ``None``: one, if there are two or more
    ``debug``         file to which errors are written with their traceback (``SYNCODE_DEBUG``); ``None``: nowhere
    """

    model_config = SettingsConfigDict(env_prefix="SYNCODE_", frozen=True, env_ignore_empty=True)

    home: Path = Field(default_factory=_default_home)
    slots: Annotated[int, Field(ge=1, le=MOST_SLOTS)] = Field(default_factory=_default_slots)
    allow_degraded_isolation: bool = False
    sandbox: SandboxKind = SandboxKind.NSJAIL
    docker_host: str | None = None
    docker_runtime: str | None = None
    compile_cache_mb: Annotated[int, Field(ge=0)] = 1024
    warm_jails: Annotated[int, Field(ge=0, le=32)] = 1
    warm_memory_mb: Annotated[int, Field(ge=0)] = 512
    image_mirror: str | None = None
    redis_url: Annotated[str | None, Field(repr=False)] = None
    blobs_url: Annotated[str | None, Field(repr=False)] = None
    circuit_failures: Annotated[int, Field(ge=1)] = 5
    circuit_seconds: Annotated[float, Field(gt=0)] = 20
    circuit_successes: Annotated[int, Field(ge=1)] = 2
    reserved_slots: Annotated[int, Field(ge=0)] | None = None
    debug: Path | None = None

    @property
    def reserved(self) -> int:
        """Slots that only interactive runs may use; never all of them."""
        wanted = 1 if self.reserved_slots is None else self.reserved_slots
        return min(wanted, self.slots - 1)


def load_settings() -> Settings:
    """Read the environment. Raises :class:`SettingsError`."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        variable = "SYNCODE_" + "_".join(str(part) for part in first["loc"]).upper()
        raise SettingsError(f"{variable}: {first['msg']} (is {first['input']!r})") from error
