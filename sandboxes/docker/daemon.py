"""A Docker engine of this host, asked through its SDK: every way in which it fails is one of ours."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import requests
from docker import APIClient
from docker.errors import APIError, DockerException, NotFound
from docker.types import CancellableStream

from sandboxes.errors import IsolationError, SetupError

DEFAULT_ADDRESS: Final = "unix:///var/run/docker.sock"
_SCHEME: Final = "unix://"
_ANSWER_S: Final = 60
_GONE: Final = {404, 409}  # no such container; its removal is under way


@dataclass(frozen=True, slots=True)
class EngineFacts:
    """What the engine says of itself. ``security``: its layers by name (``seccomp``, ``userns``, ``rootless``, …)."""

    version: str
    runtimes: tuple[str, ...]
    default_runtime: str
    cgroup_driver: str
    cgroup_version: str
    storage: str
    security: frozenset[str]


class Daemon:
    """Asks one engine. Safe to use from several threads. Methods raise :class:`SetupError` where they say nothing."""

    def __init__(self, client: APIClient) -> None:
        self._client = client

    @classmethod
    def connect(cls, address: str | None = None) -> Daemon:
        """The engine at ``address`` (``unix://…``; ``None``: where engines are by default).

        It has to be on this host: its containers are reached through sockets and control groups. Raises
        :class:`IsolationError`.
        """
        address = address or DEFAULT_ADDRESS
        if not address.startswith(_SCHEME):
            raise IsolationError(f"the Docker engine must be one of this host (unix://…), not {address}")
        try:
            with socket.socket(socket.AF_UNIX) as probe:  # the client would say less, and leave its own open
                probe.connect(address.removeprefix(_SCHEME))
            return cls(APIClient(base_url=address, version="auto", timeout=_ANSWER_S))
        except (DockerException, requests.RequestException, OSError) as error:
            raise IsolationError(f"there is no Docker engine at {address}: {error}") from error

    def facts(self) -> EngineFacts:
        """What it is."""
        with _translated("describe itself"):
            said = self._client.info()
            return EngineFacts(
                version=said["ServerVersion"],
                runtimes=tuple(sorted(said["Runtimes"])),
                default_runtime=said["DefaultRuntime"],
                cgroup_driver=said["CgroupDriver"],
                cgroup_version=said.get("CgroupVersion", "1"),
                storage=said["Driver"],
                security=frozenset(_option(entry) for entry in said.get("SecurityOptions") or ()),
            )

    # ---- images

    def has_image(self, name: str) -> bool:
        """Whether there is an image of that name."""
        with _translated(f"look for the image {name}"):
            try:
                self._client.inspect_image(name)  # type: ignore[no-untyped-call]  # its stub has no types
            except NotFound:
                return False
            return True

    def import_image(self, archive: Iterable[bytes], name: str, *, labels: Mapping[str, str]) -> None:
        """Make an image of a file system: a tar archive, piece by piece."""
        repository, _, tag = name.partition(":")
        changes = [f"LABEL {key}={value}" for key, value in labels.items()]
        with _translated(f"take in the image {name}"):
            said = self._client.import_image_from_data(archive, repository=repository, tag=tag, changes=changes)
            # it answers before it has begun, and says in its last line how it went
            if failure := json.loads(said.strip().splitlines()[-1]).get("error"):
                raise DockerException(failure)

    def images(self, repository: str, *, label: str) -> tuple[str, ...]:
        """Names of the images of a repository that have the label (``key=value``)."""
        with _translated("list its images"):
            found = self._client.images(name=repository, filters={"label": label})
            return tuple(tag for image in found for tag in image["RepoTags"] or () if tag.startswith(f"{repository}:"))

    def remove_image(self, name: str) -> bool:
        """Remove an image; false if it is in use, or gone already."""
        with _translated(f"remove the image {name}"):
            try:
                self._client.remove_image(name)
            except APIError as error:
                if error.status_code in _GONE:
                    return False
                raise
            return True

    # ---- containers

    def start(self, config: Mapping[str, Any]) -> str:
        """Start a container of what ``POST /containers/create`` takes; its id. None is left when that fails."""
        with _translated("start a container"):
            made: str = self._client.create_container_from_config(dict(config))["Id"]  # type: ignore[no-untyped-call]  # same
            try:
                self._client.start(made)
            except BaseException:
                self.remove(made)
                raise
            return made

    def execute(self, container: str, argv: Sequence[str]) -> str:
        """Start a process of root's in a running container, and leave it to itself; its id."""
        with _translated("start a process in a container"):
            made: str = self._client.exec_create(container, list(argv), stdout=False, stderr=False, user="0:0")["Id"]
            self._client.exec_start(made, detach=True)
            return made

    def read(self, container: str, argv: Sequence[str], *, user: str, most_bytes: int) -> bytes | None:
        """What a program of ``user`` (``uid:gid``) writes to its standard output, in a running container.

        ``None``: it is more than ``most_bytes``. Fails when the program does.
        """
        with _translated(f"run {argv[0]} in a container"):
            made: str = self._client.exec_create(container, list(argv), stderr=False, user=user)["Id"]
            said = bytearray()
            stream = self._client.exec_start(made, stream=True)
            try:
                for chunk in stream:
                    said += chunk
                    if len(said) > most_bytes:
                        return None
            finally:
                _close(stream)
            if status := self._client.exec_inspect(made)["ExitCode"]:
                raise DockerException(f"exit status {status}")
            return bytes(said)

    def remove(self, container: str) -> None:
        """Kill a container and everything in it, and remove it, if it is still there."""
        with _translated(f"remove the container {container[:12]}"):
            try:
                self._client.remove_container(container, force=True, v=True)
            except APIError as error:
                if error.status_code not in _GONE:
                    raise

    def is_there(self, container: str) -> bool:
        """Whether there is such a container, running or not."""
        with _translated(f"look for the container {container[:12]}"):
            try:
                self._client.inspect_container(container)
            except NotFound:
                return False
            return True

    def containers(self, *, label: str) -> tuple[str, ...]:
        """Ids of all containers that have the label (``key=value``), running or not."""
        with _translated("list its containers"):
            return tuple(found["Id"] for found in self._client.containers(all=True, filters={"label": label}))

    def close(self) -> None:
        """Hang up."""
        self._client.close()


def _close(stream: CancellableStream[bytes]) -> None:
    """Close a stream with its connection, which the client only shuts down."""
    stream.close()
    connection = stream._response.raw._connection  # type: ignore[attr-defined]  # noqa: SLF001  there is no other way
    if connection is not None:
        connection.close()


def _option(entry: str) -> str:
    """``seccomp`` of ``name=seccomp,profile=default``."""
    return entry.split(",", maxsplit=1)[0].removeprefix("name=")


@contextlib.contextmanager
def _translated(what: str) -> Iterator[None]:
    try:
        yield
    except (DockerException, requests.RequestException, OSError, KeyError, ValueError) as error:
        raise SetupError(f"the Docker engine could not {what}: {_words(error)}") from error


def _words(error: Exception) -> str:
    return str(error.explanation or error) if isinstance(error, APIError) else str(error) or type(error).__name__
