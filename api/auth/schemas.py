"""Accounts on the wire."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, Field, JsonValue, Strict

from api.schemas import Body, Plain, Trimmed, View
from api.users.schemas import Username, UserProfile

_LONGEST_EMAIL: Final = 255
_EMAIL: Final = "ada@example.com"
_PASSWORD: Final = "correct horse battery staple"  # noqa: S105 - an example
_TOKEN: Final = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiI…"  # noqa: S105 - an example


class TokenTransport(StrEnum):
    """How a client keeps its refresh token: in a cookie, or by itself."""

    COOKIE = "cookie"
    BODY = "body"


def email_address(text: str) -> str:
    """The address in its normal form, in lowercase. Raises :class:`ValueError` for what is none."""
    try:
        # Whether it can be reached is not our question; ``.test`` is a domain like others.
        found = validate_email(text, check_deliverability=False, strict=True, test_environment=True)
    except EmailNotValidError as error:
        raise ValueError("must be an e-mail address") from error
    if "." not in found.domain:
        raise ValueError("must be an e-mail address with a whole domain")
    return found.normalized.lower()


Email = Annotated[
    Trimmed,
    Field(min_length=3, max_length=_LONGEST_EMAIL, examples=[_EMAIL], json_schema_extra={"format": "email"}),
    AfterValidator(email_address),
]
_SECRET: Final[dict[str, JsonValue]] = {"format": "password"}
NewPassword = Annotated[str, Field(min_length=8, max_length=128, examples=[_PASSWORD], json_schema_extra=_SECRET)]
KnownPassword = Annotated[str, Field(min_length=1, max_length=128, examples=[_PASSWORD], json_schema_extra=_SECRET)]
TransportIn = Annotated[
    TokenTransport, Strict(strict=False), Field(description="`body`: for clients that are no browsers")
]


class Registration(Body):
    """A new account."""

    username: Username
    email: Email
    password: NewPassword
    token_transport: TransportIn = TokenTransport.COOKIE


class Login(Body):
    """A name and what proves it."""

    identifier: Annotated[
        Plain, Field(min_length=1, max_length=255, description="E-mail or username", examples=["ada"])
    ]
    password: KnownPassword
    token_transport: TransportIn = TokenTransport.COOKIE


class RefreshTokenIn(Body):
    """A refresh token, from clients that keep it themselves."""

    refresh_token: Annotated[str, Field(max_length=4096, examples=[_TOKEN])] = ""


class PasswordChange(Body):
    """The password as it is and as it shall be."""

    current_password: KnownPassword
    new_password: NewPassword


class ResetRequest(Body):
    """Where to send a token to."""

    email: Email


class PasswordReset(Body):
    """The token from the mail, and the password as it shall be."""

    token: Annotated[str, Field(min_length=1, max_length=256, examples=["q8Yk3mJx0uS9nVb2Lr7TfZcW1aEoHdPi5GgKyN4XtQs"])]
    new_password: NewPassword


def _absent(value: object) -> bool:
    return value is None


class Tokens(View):
    """What a client goes on with."""

    access_token: str = Field(examples=[_TOKEN])
    expires_in: int = Field(description="Seconds that the access token is good for", examples=[900])
    refresh_token: str | None = Field(
        default=None, exclude_if=_absent, description="Only with `tokenTransport: body`", examples=[_TOKEN]
    )


class SignedIn(Tokens):
    """What a client goes on with, and whose it is."""

    user: UserProfile


class Accepted(View):
    """It will be seen to."""

    accepted: bool = Field(examples=[True])
