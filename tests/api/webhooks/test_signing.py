"""Signatures, and the programs in the documents that verify them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from pydantic import SecretStr

from api.keys import Secrets
from api.settings import ServiceSettings
from api.webhooks.signing import PREFIX, Signer, new_salt, signature
from judge import Source, Verdict
from languages import Language
from runner import Engine, RunRequest

SECRET: Final = "whsec_one"
OTHER: Final = "whsec_other"
BODY: Final = '{"id":"é","data":{"a":1}}'.encode()
AT_S: Final = 1_772_539_200
GOOD: Final = signature([SECRET], BODY, at_s=AT_S)
BOTH: Final = signature([OTHER, SECRET], BODY, at_s=AT_S)

CASES: Final = [
    ("as it was sent", SECRET, GOOD, BODY, AT_S, True),
    ("a little late", SECRET, GOOD, BODY, AT_S + 300, True),
    ("from a clock that is ahead", SECRET, GOOD, BODY, AT_S - 300, True),
    ("the new secret of two", OTHER, BOTH, BODY, AT_S, True),
    ("the old secret of two", SECRET, BOTH, BODY, AT_S, True),
    ("too old", SECRET, GOOD, BODY, AT_S + 301, False),
    ("of the future", SECRET, GOOD, BODY, AT_S - 301, False),
    ("another secret", OTHER, GOOD, BODY, AT_S, False),
    ("another body", SECRET, GOOD, BODY + b" ", AT_S, False),
    ("no body", SECRET, GOOD, b"", AT_S, False),
    ("another moment", SECRET, GOOD.replace(str(AT_S), str(AT_S + 1)), BODY, AT_S, False),
    ("no moment", SECRET, GOOD.split(",")[1], BODY, AT_S, False),
    ("a moment that is none", SECRET, GOOD.replace(str(AT_S), "soon"), BODY, AT_S, False),
    ("no signature", SECRET, GOOD.split(",")[0], BODY, AT_S, False),
    ("another version", SECRET, GOOD.replace("v1", "v2"), BODY, AT_S, False),
    ("cut off", SECRET, GOOD[:-2], BODY, AT_S, False),
    ("no hexadecimal", SECRET, f"t={AT_S},v1=zz", BODY, AT_S, False),
    ("a name alone", SECRET, f"t={AT_S},v1", BODY, AT_S, False),
    ("nothing", SECRET, "", BODY, AT_S, False),
    ("commas", SECRET, ",,,", BODY, AT_S, False),
]


def documented(language: str) -> str:
    """The program in the document."""
    text = (Path(__file__).parents[3] / "docs" / "webhooks.md").read_text()
    (found,) = re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)
    return str(found)


@pytest.mark.parametrize(
    ("secret", "header", "body", "now", "genuine"), [pytest.param(*case[1:], id=case[0]) for case in CASES]
)
def test_the_python_of_the_documents_tells_them_apart(
    secret: str, header: str, body: bytes, now: int, genuine: bool
) -> None:
    names: dict[str, Any] = {}
    exec(documented("python"), names)  # noqa: S102 - it is what receivers would run
    is_genuine: Callable[..., bool] = names["is_genuine"]
    assert is_genuine(secret, header, body, now) is genuine


def test_the_javascript_of_the_documents_tells_them_apart(
    engine: Engine, languages: Mapping[str, Language], image: Callable[[str], Path]
) -> None:
    image("javascript")
    main = """
import { isGenuine } from "./verify.mjs";
import { readFileSync } from "node:fs";
const judge = ([secret, header, body, now]) => isGenuine(secret, header, Buffer.from(body), now);
console.log(JSON.stringify(JSON.parse(readFileSync(0)).map(judge)));
"""
    cases = [[secret, header, body.decode(), now] for _, secret, header, body, now, _ in CASES]
    verify = {"verify.mjs": documented("js").encode()}
    source = Source.of(languages["javascript"], main.encode(), entrypoint="main.mjs", files=verify)
    result = engine.run(RunRequest(source, stdin=json.dumps(cases).encode()))
    assert result.outcome is not None
    assert result.verdict is Verdict.ACCEPTED, result.outcome.stderr
    assert json.loads(result.outcome.stdout) == [genuine for *_, genuine in CASES]


def test_secrets_come_of_salt_and_key_alone() -> None:
    signer, other = Signer(b"k" * 40), Signer(b"l" * 40)
    salts = [new_salt() for _ in range(50)]
    made = [signer.secret(salt) for salt in salts]
    assert len({*salts}) == len({*made}) == 50
    assert made == [Signer(b"k" * 40).secret(salt) for salt in salts]
    assert not {*made} & {other.secret(salt) for salt in salts}
    for secret, salt in zip(made, salts, strict=True):
        assert re.fullmatch(rf"{PREFIX}[A-Za-z0-9_-]{{43}}", secret)
        assert salt not in secret


def test_the_key_is_the_one_that_is_named_or_else_the_internal_secret() -> None:
    own = Secrets("a" * 40, "b" * 40, "c" * 40, "d" * 40, "e" * 40)
    salt = new_salt()
    assert Signer.of(ServiceSettings(), own).secret(salt) == Signer(b"d" * 40).secret(salt)
    named = ServiceSettings(webhook_secret=SecretStr("w" * 40))
    assert Signer.of(named, own).secret(salt) == Signer(b"w" * 40).secret(salt)
