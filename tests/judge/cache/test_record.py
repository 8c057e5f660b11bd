"""What is written down about a compilation, and which compilations are."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge import Source
from judge.cache.record import Record, may_be_kept
from judge.compilation import compile_result
from languages import Language
from sandboxes import Ending, Evidence, LimitKind, Outcome

Make = Callable[..., Outcome]

RECORDS = st.builds(
    Record,
    key=st.text(max_size=5),
    charge_bytes=st.integers(0),
    seal=st.none() | st.text(max_size=5),
    content_bytes=st.integers(0),
    message=st.none() | st.text(max_size=20),
    exit_code=st.none() | st.integers(0, 255),
    stdout=st.binary(max_size=50),
    stderr=st.binary(max_size=50),
    wall_ms=st.floats(0, 1e6),
    cpu_ms=st.none() | st.floats(0, 1e6),
    memory_bytes=st.none() | st.integers(0),
    output_truncated=st.booleans(),
)


@pytest.fixture
def source(cpp: Language) -> Source:
    return Source.of(cpp, b"int main() {}")


@given(RECORDS)
def test_what_is_written_is_read(record: Record) -> None:
    assert Record.decode(record.encode()) == record


@given(RECORDS, st.data())
def test_a_record_that_lacks_or_changed_a_byte_is_none(record: Record, data: st.DataObject) -> None:
    content = record.encode()
    at = data.draw(st.integers(0, len(content) - 1))
    changed = content[:at] + bytes([content[at] ^ data.draw(st.integers(1, 255))]) + content[at + 1 :]
    for damaged in (content[:at], changed, content + b"\n"):
        with pytest.raises(ValueError, match="damaged"):
            Record.decode(damaged)


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"stdout": 1, "stderr": 2}', b"nothing", b"\xff"])
def test_a_record_of_another_kind_is_none(body: bytes) -> None:
    content = hashlib.sha256(body).hexdigest().encode() + b"\n" + body
    with pytest.raises(ValueError, match=r"."):
        Record.decode(content)


def test_the_result_is_given_again_as_it_was(source: Source, make_outcome: Make) -> None:
    for outcome in (
        make_outcome(collected={"main": b"\x7fELF"}, stderr=b"/box/main.cpp:1:5: warning: unused\n"),
        make_outcome(exit_code=1, stdout=b"\xff\0", stderr=b"/box/main.cpp:1:5: error: what\n", stderr_bytes=10**6),
    ):
        result = compile_result(source, outcome)
        seal = "s" if result.ok else None
        record = Record.of(result, key="k", charge_bytes=1, seal=seal, content_bytes=0)
        assert Record.decode(record.encode()).compilation(source) == replace(result, cached=True)


class TestMayBeKept:
    @staticmethod
    def kept(source: Source, outcome: Outcome) -> bool:
        return may_be_kept(source, outcome, compile_result(source, outcome))

    def test_a_program_may(self, source: Source, make_outcome: Make) -> None:
        assert self.kept(source, make_outcome(collected={"main": b"x"}))
        assert self.kept(source, make_outcome(collected={"main": b"x"}, oom_kills=None))

    def test_a_refusal_that_names_a_place_may(self, source: Source, make_outcome: Make) -> None:
        assert self.kept(source, make_outcome(exit_code=1, stderr=b"/box/main.cpp:1:5: error: what\n"))

    @pytest.mark.parametrize(
        "stderr",
        [
            b"cc1plus: error: out of memory allocating 65536 bytes\n",
            b"/usr/include/stdio.h:1:5: error: what\n",
            b"main.cpp:1:5: warning: what\n",
            b"Cannot create worker thread\n",
            b"",
        ],
    )
    def test_a_refusal_that_names_none_may_not(self, source: Source, make_outcome: Make, stderr: bytes) -> None:
        assert not self.kept(source, make_outcome(exit_code=1, stderr=stderr))

    def test_nothing_may_in_which_something_else_had_a_part(self, source: Source, make_outcome: Make) -> None:
        evidence = Evidence(LimitKind.PROCESSES, 7, 8, "processes", "a fact")
        error = {"exit_code": 1, "stderr": b"main.cpp:1:5: error: what\n"}
        good = {"collected": {"main": b"x"}}
        for what in (error, good):
            assert self.kept(source, make_outcome(**what))
            for disturbance in (
                {"limit": LimitKind.PROCESSES, "evidence": evidence},
                {"oom_kills": 1},
                {"ending": Ending.SIGNALLED, "signal": 11, "exit_code": 139},
                {"ending": Ending.CANCELLED},
                {"ending": Ending.WALL_LIMIT, "limit": LimitKind.WALL_TIME, "evidence": evidence},
                {"isolation": replace(make_outcome().isolation, missing=("network namespace",))},
            ):
                assert not self.kept(source, make_outcome(**what | disturbance)), disturbance

    def test_a_compiler_that_left_nothing_or_what_cannot_be_used_may_not(
        self, source: Source, make_outcome: Make
    ) -> None:
        text = b"main.cpp:1:5: error: what\n"
        assert not self.kept(source, make_outcome(stderr=text))
        assert not self.kept(source, make_outcome(stderr=text, collected={"a": b""}, refused=("b: a link",)))
        assert not self.kept(source, make_outcome(stderr=text, exit_code=137))
