"""The Docker backend of the sandbox, for hosts where nsjail cannot run."""

from sandboxes.docker.backend import DockerSandbox

__all__ = ["DockerSandbox"]
