from __future__ import annotations

import pytest
import typer

from api.commands.exits import ExitCode, exit_code, sentence
from judge import ArtefactError, CheckerError, PackageError, SourceError
from languages import LanguageError, OptionError
from runner import SettingsError, UnknownLanguageError
from sandboxes import ImageError, IsolationError, SetupError


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UnknownLanguageError("perl", ["python"]), ExitCode.BAD_REQUEST),
        (SettingsError("SYNCODE_SLOTS: is none"), ExitCode.BAD_REQUEST),
        (SourceError("main.py is blank"), ExitCode.BAD_REQUEST),
        (PackageError("problem.yaml", "limits", "is no table"), ExitCode.BAD_REQUEST),
        (CheckerError("no such flag"), ExitCode.BAD_REQUEST),
        (ArtefactError("the disk is full"), ExitCode.FAILED),
        (OptionError("no such flag"), ExitCode.BAD_REQUEST),
        (typer.BadParameter("no such option"), ExitCode.BAD_REQUEST),
        (LanguageError("languages/c.toml", "id", "is missing"), ExitCode.FAILED),
        (ImageError("the image is not built"), ExitCode.FAILED),
        (IsolationError("no root"), ExitCode.FAILED),
        (SetupError("nsjail cannot be started"), ExitCode.FAILED),
        (ZeroDivisionError(), None),
    ],
    ids=lambda value: type(value).__name__,
)
def test_every_kind_of_error_has_its_code(error: Exception, code: ExitCode | None) -> None:
    assert exit_code(error) is code


def test_a_sentence_is_one_line() -> None:
    assert sentence(ImageError("it broke:\n  in two\n\n lines.")) == "it broke: in two lines"
