"""Which driver this host builds images with."""

from __future__ import annotations

from sandboxes.errors import ImageError
from sandboxes.images.dockerfile import DockerfileDriver
from sandboxes.images.driver import Driver
from sandboxes.images.mmdebstrap import MmdebstrapDriver


def choose_driver(*, mirror: str | None = None, base: str | None = None) -> Driver:
    """The first driver that can work here: mmdebstrap as root, else a Docker engine that answers.

    ``mirror`` is a Debian mirror for the first, ``base`` a base image for the second; ``None``: their own defaults.
    Raises :class:`ImageError` saying what each of them lacks.
    """
    drivers: tuple[Driver, ...] = (MmdebstrapDriver(mirror), DockerfileDriver(base))
    lacking: list[str] = []
    for driver in drivers:
        try:
            driver.check()
        except ImageError as error:
            lacking.append(str(error))
        else:
            return driver
    raise ImageError(f"images cannot be built on this host. {'. Or: '.join(lacking)}")
