"""Limits and commands refuse what makes no sense."""

from __future__ import annotations

import dataclasses

import pytest

from sandboxes import Command, Limits


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(Limits)])
@pytest.mark.parametrize("value", [0, -1])
def test_every_limit_must_be_positive(name: str, value: int) -> None:
    with pytest.raises(ValueError, match=name):
        Limits(**{name: value})


@pytest.mark.parametrize("steps", [(), ((),), (("true",), ())])
def test_a_command_has_steps_and_each_a_program(steps: tuple[tuple[str, ...], ...]) -> None:
    with pytest.raises(ValueError, match="step"):
        Command(steps=steps)
