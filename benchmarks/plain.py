"""What a person types into a shell to compile and run one file, per language: the plain toolchain, nothing of ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from judge import Source


@dataclass(frozen=True, slots=True)
class Plain:
    """Commands typed one after the other in the directory of the file; ``{source}`` is its name, ``{main}`` its stem.

    Options are those that decide what comes out (standard, optimisation, strictness), the same as the engine's.
    """

    steps: tuple[tuple[str, ...], ...]
    environment: Mapping[str, str] = field(default_factory=dict)

    def commands(self, source: Source) -> Sequence[Sequence[str]]:
        """The commands for a source."""
        name = source.entrypoint
        words = {"source": name, "main": name.rpartition(".")[0]}
        return [[word.format_map(words) for word in step] for step in self.steps]


PLAIN: Final[Mapping[str, Plain]] = {
    "python": Plain((("python3", "{source}"),)),
    "javascript": Plain((("node", "{source}"),)),
    "typescript": Plain(
        (
            (
                "/usr/lib/typescript/lib/tsc", "--ignoreConfig", "--noEmit", "--strict", "false", "--target", "esnext",
                "--lib", "esnext", "--module", "preserve", "--types", "node", "--typeRoots",
                "/usr/lib/node_modules/@types", "--skipLibCheck", "{source}",
            ),
            (
                "/usr/lib/esbuild/bin/esbuild", "--bundle", "--format=esm", "--platform=node", "--log-level=error",
                "--outfile=main.mjs", "{source}",
            ),
            ("node", "main.mjs"),
        )
    ),
    "java": Plain((("javac", "{source}"), ("java", "{main}"))),
    "cpp": Plain((("g++", "-std=gnu++20", "-O2", "-o", "main", "{source}"), ("./main",))),
    "c": Plain((("gcc", "-std=gnu17", "-O2", "-o", "main", "{source}", "-lm"), ("./main",))),
    "go": Plain(
        (("go", "build", "-o", "main", "{source}"), ("./main",)),
        # the compiled standard library, as it would lie in the person's own cache
        {"GOCACHE": "/tmp/go-cache", "CGO_ENABLED": "0", "GOPROXY": "off", "GOTOOLCHAIN": "local"},  # noqa: S108 - a mount of its own
    ),
    "rust": Plain((("rustc", "--edition=2021", "-Copt-level=2", "-o", "main", "{source}"), ("./main",))),
}  # fmt: skip
PREPARE: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "go": (("cp", "-r", "/usr/lib/syncode/go-cache", "/tmp/go-cache"),),  # noqa: S108 - the same
}
