"""What makes two compilations the same one."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge.cache.key import CacheKey, _plain
from languages import CompileOptions, Optimization
from sandboxes import Command, Limits

# Few letters, so that what is different is nearly the same.
WORDS = st.text("ab/\0\"'é", max_size=3)
BYTES = st.binary(max_size=3)

OPTIONS = st.builds(
    CompileOptions,
    optimization=st.sampled_from(Optimization),
    standard=st.none() | WORDS,
    warnings=st.booleans(),
    flags=st.lists(WORDS, max_size=3).map(tuple),
)
STEP = st.lists(WORDS, min_size=1, max_size=3).map(tuple)
COMMANDS = st.builds(
    Command,
    steps=st.lists(STEP, min_size=1, max_size=2).map(tuple),
    environment=st.dictionaries(WORDS, WORDS, max_size=2),
    files=st.dictionaries(WORDS, BYTES, max_size=3),
    collect=st.none() | WORDS,
)
KEYS = st.builds(
    CacheKey,
    image=WORDS,
    version=WORDS,
    options=OPTIONS,
    entrypoint=WORDS,
    command=COMMANDS,
    limits=st.builds(Limits, cpu_ms=st.integers(1, 3), memory_bytes=st.integers(1, 3)),
)


@given(KEYS, KEYS)
def test_different_keys_never_share_a_digest(one: CacheKey, other: CacheKey) -> None:
    assert (one.digest == other.digest) is (one == other)


@given(KEYS, st.data())
def test_every_part_counts(key: CacheKey, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from([field.name for field in fields(key)]))
    other = replace(key, **{name: getattr(data.draw(KEYS), name)})
    assert (key.digest == other.digest) is (key == other)


@given(KEYS, st.randoms())
def test_the_order_of_files_and_variables_does_not_count(key: CacheKey, random: Any) -> None:
    def shuffled(mapping: Any) -> dict[str, Any]:
        items = list(mapping.items())
        random.shuffle(items)
        return dict(items)

    command = key.command
    other = replace(command, files=shuffled(command.files), environment=shuffled(command.environment))
    assert replace(key, command=other).digest == key.digest


def test_a_name_that_moves_into_the_content_is_another_key() -> None:
    files = ({"a": b"b", "c": b""}, {"a": b"bc", "": b""}, {"ab": b"", "c": b""}, {"a": b"b"})
    keys = [CacheKey("i", "v", CompileOptions(), "a", Command((("cc",),), files=each), Limits()) for each in files]
    assert len({key.digest for key in keys}) == len(files)


@pytest.mark.parametrize("field", [field.name for field in fields(Limits)])
def test_every_limit_counts(field: str) -> None:
    key = CacheKey("i", "v", CompileOptions(), "a", Command((("cc",),)), Limits())
    assert replace(key, limits=replace(key.limits, **{field: 1})).digest != key.digest


def test_what_nobody_thought_of_is_refused_and_not_left_out() -> None:
    with pytest.raises(TypeError, match="no place in a cache key"):
        _plain({"a": object()})
