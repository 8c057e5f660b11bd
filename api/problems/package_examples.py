"""Examples of a problem from the samples of its package."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from judge import Data, TestCase

Json = dict[str, Any]

_MOST: Final = 20
_MOST_BYTES: Final = 20_000


def examples_of(samples: Sequence[TestCase], files: Mapping[str, Data]) -> list[Json]:
    """The first samples that can be shown: conversations where there are some, else inputs with their outputs.

    ``files``: of the package, by path; ``data/sample/1.interaction`` is a conversation.
    """
    talks = [data for path, data in sorted(files.items()) if _is_conversation(path) and data.size_bytes <= _MOST_BYTES]
    if talks:
        return [_conversation(_text(data)) for data in talks[:_MOST]]
    small = [case for case in samples if max(case.input.size_bytes, case.expected.size_bytes) <= _MOST_BYTES]
    return [{"input": _text(case.input), "output": _text(case.expected)} for case in small[:_MOST]]


def _is_conversation(path: str) -> bool:
    return path.startswith("data/sample/") and path.endswith(".interaction")


def _conversation(text: str) -> Json:
    """Lines that begin with ``<`` are what the program reads, those with ``>`` what it writes."""
    said: dict[str, list[str]] = {"<": [], ">": []}
    for line in text.splitlines():
        if line[:1] in said:
            said[line[0]].append(line[1:])
    return {"input": "".join(f"{line}\n" for line in said["<"]), "output": "".join(f"{line}\n" for line in said[">"])}


def _text(data: Data) -> str:
    return data.read().decode("utf-8", "replace")
