"""What is written down about a compilation: what its result needs to be given again, and how to know it untouched."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import asdict, dataclass

from judge.compilation import CompileResult
from judge.diagnostics import Severity, parse_diagnostics
from judge.source import Source
from sandboxes import Ending, Outcome


@dataclass(frozen=True, slots=True)
class Record:
    """One finished compilation.

    ``key``            digest of its :class:`judge.cache.key.CacheKey`
    ``charge_bytes``   what the entry counts for in the cache
    ``seal``           digest of the artefact; ``None``: the compiler refused, there is none
    ``content_bytes``  all files of the artefact together
    and the fields of :class:`CompileResult` that cannot be told from these and the source.
    """

    key: str
    charge_bytes: int
    seal: str | None
    content_bytes: int
    message: str | None
    exit_code: int | None
    stdout: bytes
    stderr: bytes
    wall_ms: float
    cpu_ms: float | None
    memory_bytes: int | None
    output_truncated: bool

    @classmethod
    def of(
        cls, compilation: CompileResult, *, key: str, charge_bytes: int, seal: str | None, content_bytes: int
    ) -> Record:
        """The record of a compilation that :func:`may_be_kept`."""
        return cls(
            key=key,
            charge_bytes=charge_bytes,
            seal=seal,
            content_bytes=content_bytes,
            message=compilation.message,
            exit_code=compilation.exit_code,
            stdout=compilation.stdout,
            stderr=compilation.stderr,
            wall_ms=compilation.wall_ms,
            cpu_ms=compilation.cpu_ms,
            memory_bytes=compilation.memory_bytes,
            output_truncated=compilation.output_truncated,
        )

    def compilation(self, source: Source) -> CompileResult:
        """The result as it was then, with diagnostics by the patterns of now."""
        texts = (self.stderr, self.stdout)
        return CompileResult(
            ok=self.seal is not None,
            message=self.message,
            exit_code=self.exit_code,
            stdout=self.stdout,
            stderr=self.stderr,
            wall_ms=self.wall_ms,
            cpu_ms=self.cpu_ms,
            memory_bytes=self.memory_bytes,
            timed_out=False,
            output_truncated=self.output_truncated,
            limit=None,
            evidence=None,
            diagnostics=parse_diagnostics(source.language.diagnostics, texts, files=source.files.keys()),
            cached=True,
        )

    def encode(self) -> bytes:
        """A line with the digest of the rest, and the rest as JSON."""
        texts = {name: base64.b64encode(getattr(self, name)).decode() for name in ("stdout", "stderr")}
        body = json.dumps(asdict(self) | texts).encode()
        return hashlib.sha256(body).hexdigest().encode() + b"\n" + body

    @classmethod
    def decode(cls, content: bytes) -> Record:
        """The opposite of :meth:`encode`. Raises ``ValueError`` for anything that it did not make."""
        digest, _, body = content.partition(b"\n")
        if hashlib.sha256(body).hexdigest().encode() != digest:
            raise ValueError("the record is damaged")
        try:
            values = json.loads(body)
            return cls(**values | {name: base64.b64decode(values[name]) for name in ("stdout", "stderr")})
        except (TypeError, KeyError) as error:
            raise ValueError("the record is of another kind") from error


def may_be_kept(source: Source, outcome: Outcome, compilation: CompileResult) -> bool:
    """Whether compiling ``source`` again would end in the same way, as far as anybody can tell.

    Not when a limit, a signal or a cancellation had any part in it, nor when the jail lacked a layer. A refusal must
    name a place in the submitted files as well: a compiler that could not start a thread also ends with status 1.
    """
    undisturbed = outcome.ending is Ending.EXITED and outcome.limit is None and not outcome.usage.oom_kills
    if not undisturbed or outcome.isolation.missing:
        return False
    if compilation.ok:
        return True
    errors = (found for found in compilation.diagnostics if found.severity is Severity.ERROR)
    return outcome.exit_code in range(1, 128) and any(found.file in source.files for found in errors)
