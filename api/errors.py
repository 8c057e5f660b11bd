"""Every error a caller may get, by the code that clients branch on.

ApiError
├── BadRequestError 400       ValidationFailedError, RoomInvalidCodeError
├── UnauthorizedError 401     TokenExpiredError, TokenRevokedError, InvalidCredentialsError
├── ForbiddenError 403        UserBannedError, NotParticipantError, …
├── NotFoundError 404         one for each resource
├── ConflictError 409         one for each rule that the state may break
├── UnprocessableError 422    NoTestCasesError, PackageInvalidError, LanguageUnavailableError
├── TooManyError 429          RateLimitError and those of endpoints
└── 405, 413, 415, 500, 503, 504

Each class is one code and one status. ``message`` is for people and tells nothing internal; ``details`` is what API.md
gives for the code. The mapping to HTTP is in ``failures.py``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

Details = Mapping[str, Any]
_SOON_S: Final = "2"


class ApiError(Exception):
    """An answer that is not 2xx. ``headers`` are added to the response.

    ``sample`` is what the details of a class (not of those below it) may look like, for its documentation.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "INTERNAL_ERROR"
    text: ClassVar[str] = "Something went wrong on our side"
    sample: ClassVar[Details | None] = None

    def __init__(
        self, message: str | None = None, *, details: Details | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message or self.text)
        self.message = message or self.text
        self.details = details
        self.headers = dict(headers or {})


class InternalError(ApiError):
    """We failed, and nobody expected it."""


# 400


class BadRequestError(ApiError):
    """What was sent cannot be understood."""

    status = 400
    code = "VALIDATION_FAILED"
    text = "The request is not valid"


class ValidationFailedError(BadRequestError):
    """Body, query or header break their rules. ``details``: dotted path of a field to the reason."""

    sample: ClassVar[Details | None] = {"config.maxParticipants": "must be at most 8"}

    @classmethod
    def of(cls, field: str, reason: str) -> ValidationFailedError:
        """One field that is not as it should be."""
        return cls(f"{field}: {reason}", details={field: reason})


class RoomInvalidCodeError(BadRequestError):
    """The invite code is missing, malformed, not this room's, or has expired."""

    code = "ROOM_INVALID_CODE"
    text = "The room code is not valid"


# 401


class UnauthorizedError(ApiError):
    """No credentials that can be read and believed."""

    status = 401
    code = "UNAUTHORIZED"
    text = "Sign in first"


class InvalidCredentialsError(UnauthorizedError):
    """Name or password do not match."""

    code = "AUTH_INVALID_CREDENTIALS"
    text = "Name or password is wrong"


class TokenExpiredError(UnauthorizedError):
    """The token is past its lifetime."""

    code = "AUTH_TOKEN_EXPIRED"
    text = "The token has expired"


class TokenRevokedError(UnauthorizedError):
    """The token was used up, replaced or taken back."""

    code = "AUTH_TOKEN_REVOKED"
    text = "The token is not valid any more"


# 403


class ForbiddenError(ApiError):
    """The caller's account may not do this."""

    status = 403
    code = "FORBIDDEN"
    text = "Your account may not do this"
    sample: ClassVar[Details | None] = {"capability": "problem:create"}


class UserBannedError(ForbiddenError):
    """The account is banned."""

    code = "USER_BANNED"
    text = "This account is banned"


class NotParticipantError(ForbiddenError):
    """The caller has not joined this room, or is not active in it."""

    code = "ROOM_NOT_PARTICIPANT"
    text = "You are not in this room"


class PermissionDeniedError(ForbiddenError):
    """The caller's role in the room lacks a capability, which ``details`` names."""

    code = "ROOM_PERMISSION_DENIED"
    text = "Your role in this room does not allow this"
    sample: ClassVar[Details | None] = {"capability": "room:change-phase"}


class ParticipantRemovedError(ForbiddenError):
    """A person who was removed tries to come back."""

    code = "ROOM_PARTICIPANT_REMOVED"
    text = "You were removed from this room"


# 404


class NotFoundError(ApiError):
    """There is nothing there, or nothing the caller may see."""

    status = 404
    code = "NOT_FOUND"
    text = "There is nothing here"


class UserNotFoundError(NotFoundError):
    """No such user, or deleted."""

    code = "USER_NOT_FOUND"
    text = "There is no such user"


class RoomNotFoundError(NotFoundError):
    """No such room."""

    code = "ROOM_NOT_FOUND"
    text = "There is no such room"


class RoleSwapNotFoundError(NotFoundError):
    """No such request in this room."""

    code = "ROLE_SWAP_NOT_FOUND"
    text = "There is no such role swap in this room"


class ParticipantNotFoundError(NotFoundError):
    """The person meant is not (actively) in the room."""

    code = "PARTICIPANT_NOT_FOUND"
    text = "That person is not in this room"


class ProblemNotFoundError(NotFoundError):
    """Unknown, deleted or unpublished; or none is selected."""

    code = "PROBLEM_NOT_FOUND"
    text = "There is no such problem"


class SolutionNotFoundError(NotFoundError):
    """No such reference solution of this problem."""

    code = "PROBLEM_SOLUTION_NOT_FOUND"
    text = "There is no such reference solution"


class ValidationNotFoundError(NotFoundError):
    """No such validation of this problem."""

    code = "PROBLEM_VALIDATION_NOT_FOUND"
    text = "There is no such validation"


class JobNotFoundError(NotFoundError):
    """Unknown, expired, or not the caller's to see."""

    code = "EXECUTION_JOB_NOT_FOUND"
    text = "There is no such job"


class BatchNotFoundError(NotFoundError):
    """Unknown, expired, or not the caller's to see."""

    code = "EXECUTION_BATCH_NOT_FOUND"
    text = "There is no such batch"


class SubmissionNotFoundError(NotFoundError):
    """Unknown, or not the caller's to see."""

    code = "SUBMISSION_NOT_FOUND"
    text = "There is no such submission"


class WebhookNotFoundError(NotFoundError):
    """Unknown, or another user's."""

    code = "WEBHOOK_NOT_FOUND"
    text = "There is no such webhook"


class MethodNotAllowedError(ApiError):
    """The path is there, not for this method."""

    status = 405
    code = "METHOD_NOT_ALLOWED"
    text = "This method is not offered here"


# 409


class ConflictError(ApiError):
    """The state of things does not allow it."""

    status = 409
    code = "CONFLICT"
    text = "The current state does not allow this"


class EmailTakenError(ConflictError):
    """Somebody has this address."""

    code = "AUTH_EMAIL_TAKEN"
    text = "This e-mail address is taken"


class UsernameTakenError(ConflictError):
    """Somebody has this name (at registration)."""

    code = "AUTH_USERNAME_TAKEN"
    text = "This username is taken"


class ProfileUsernameTakenError(ConflictError):
    """Somebody has this name (at a change of the profile)."""

    code = "USER_USERNAME_TAKEN"
    text = "This username is taken"


class RoomFullError(ConflictError):
    """No seat is left."""

    code = "ROOM_FULL"
    text = "The room is full"
    sample: ClassVar[Details | None] = {"maxParticipants": 2}


class AlreadyJoinedError(ConflictError):
    """The caller is active in the room."""

    code = "ROOM_ALREADY_JOINED"
    text = "You are in this room already"


class RoomFinishedError(ConflictError):
    """The room is over."""

    code = "ROOM_FINISHED"
    text = "This room is finished"


class InvalidTransitionError(ConflictError):
    """The phase does not allow it."""

    code = "ROOM_INVALID_TRANSITION"
    text = "The room's phase does not allow this"


class EditorLockedError(ConflictError):
    """Nothing may be edited, run or submitted now."""

    code = "ROOM_EDITOR_LOCKED"
    text = "The editor is locked"


class EditorNotLockedError(ConflictError):
    """There is nothing to unlock."""

    code = "ROOM_EDITOR_NOT_LOCKED"
    text = "The editor is not locked"


class NotPeerModeError(ConflictError):
    """Only rooms of two people have this."""

    code = "ROOM_NOT_PEER_MODE"
    text = "This is only for peer rooms"


class RoleSwapExpiredError(ConflictError):
    """The request was answered, or is too old."""

    code = "ROLE_SWAP_EXPIRED"
    text = "The role swap cannot be answered any more"


class CannotChangeRoleError(ConflictError):
    """Roles are fixed in this phase."""

    code = "PARTICIPANT_CANNOT_CHANGE_ROLE"
    text = "Roles cannot be changed in this phase"


class CannotTransferOwnershipError(ConflictError):
    """The one meant is oneself, or is not there."""

    code = "PARTICIPANT_CANNOT_TRANSFER_OWNERSHIP"
    text = "The room cannot be handed to that person"


class RoleUnavailableError(ConflictError):
    """The role asked for is taken."""

    code = "ROOM_ROLE_UNAVAILABLE"
    text = "That role is taken"


class RoleConstraintError(ConflictError):
    """Too many, or too few, people in a role."""

    code = "ROOM_ROLE_CONSTRAINT_VIOLATION"
    text = "The roles in this room do not allow this"


class NotReadyError(ConflictError):
    """Somebody is not ready."""

    code = "ROOM_PARTICIPANTS_NOT_READY"
    text = "Not everybody is ready"


class DuplicateTitleError(ConflictError):
    """A problem has this title."""

    code = "PROBLEM_DUPLICATE_TITLE"
    text = "There is a problem with this title"


class ProblemInUseError(ConflictError):
    """A room or session that is not over uses it."""

    code = "PROBLEM_IN_USE"
    text = "The problem is in use"


class AlreadyFinishedError(ConflictError):
    """There is nothing to cancel any more."""

    code = "EXECUTION_ALREADY_FINISHED"
    text = "It has finished already"


class IdempotencyConflictError(ConflictError):
    """The key is in use. ``details.reason``: ``in_progress`` or ``body_mismatch``."""

    code = "IDEMPOTENCY_CONFLICT"
    text = "This idempotency key is in use"
    sample: ClassVar[Details | None] = {"reason": "in_progress"}


# 413 and 415


class PayloadTooLargeError(ApiError):
    """The body is over its limit."""

    status = 413
    code = "PAYLOAD_TOO_LARGE"
    text = "The request is too large"


class WhiteboardAssetTooLargeError(PayloadTooLargeError):
    """The asset is over the limit of its kind."""

    code = "WHITEBOARD_ASSET_TOO_LARGE"
    text = "The asset is too large"


class UnsupportedMediaTypeError(ApiError):
    """The body is no JSON."""

    status = 415
    code = "UNSUPPORTED_MEDIA_TYPE"
    text = "Send JSON"


# 422


class UnprocessableError(ApiError):
    """Well formed, and still nothing that can be done."""

    status = 422
    code = "UNPROCESSABLE"
    text = "This cannot be processed"


class NoTestCasesError(UnprocessableError):
    """The problem has no tests."""

    code = "PROBLEM_NO_TEST_CASES"
    text = "The problem has no test cases"


class PackageInvalidError(UnprocessableError):
    """The archive is no problem package that can be taken over. ``details``: ``errors``, a sentence each."""

    code = "PROBLEM_PACKAGE_INVALID"
    text = "The problem package is not valid"
    sample: ClassVar[Details | None] = {"errors": ["data/secret/2.in: has no answer file 2.ans"]}

    @classmethod
    def of(cls, errors: Sequence[str]) -> PackageInvalidError:
        """What is wrong with it, at least one sentence."""
        return cls(f"{cls.text}: {errors[0]}", details={"errors": list(errors)})


class LanguageUnavailableError(UnprocessableError):
    """Not installed here, or not allowed by the problem."""

    code = "EXECUTION_LANGUAGE_UNAVAILABLE"
    text = "This language or version is not available"


# 429


def _reached(scope: str, limit: int, *, window_s: int = 60, retry_after_s: int = 12) -> Details:
    return {"scope": scope, "limit": limit, "windowSeconds": window_s, "retryAfterSeconds": retry_after_s}


class TooManyError(ApiError):
    """A limit is reached. ``details``: ``scope``, ``limit``, ``windowSeconds``, ``retryAfterSeconds``."""

    status = 429
    code = "RATE_LIMIT_EXCEEDED"
    text = "Too many requests"

    @classmethod
    def of(cls, scope: str, *, limit: int, window_s: int, retry_after_s: float) -> TooManyError:
        """The limit ``scope`` is reached; trying again makes sense after ``retry_after_s``."""
        seconds = max(1, math.ceil(retry_after_s))
        details = _reached(scope, limit, window_s=window_s, retry_after_s=seconds)
        return cls(f"{cls.text}: try again in {seconds} s", details=details, headers={"Retry-After": str(seconds)})


class RateLimitError(TooManyError):
    """The global limit, or one without a code of its own."""

    sample: ClassVar[Details | None] = _reached("requests", 100)


class ExecutionRateLimitError(TooManyError):
    """Runs per minute, per day, or in flight."""

    code = "EXECUTION_RATE_LIMIT"
    text = "Too many runs"
    sample: ClassVar[Details | None] = _reached("runs", 10)


class SubmissionRateLimitError(TooManyError):
    """Submissions per minute, per day, or in flight."""

    code = "SUBMISSION_RATE_LIMIT"
    text = "Too many submissions"
    sample: ClassVar[Details | None] = _reached("submissions", 5)


# 503 and 504


class UnavailableError(ApiError):
    """Something we need is not there now; the answer says when to try again."""

    status = 503
    code = "SERVICE_UNAVAILABLE"
    text = "Try again later"

    def __init__(
        self, message: str | None = None, *, details: Details | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message, details=details, headers={"Retry-After": _SOON_S, **(headers or {})})


class ExecutionUnavailableError(UnavailableError):
    """Nothing can be executed now. ``details``: ``circuit``, ``retryAfterSeconds``."""

    code = "EXECUTION_SERVICE_UNAVAILABLE"
    text = "Nothing can be executed at the moment"
    sample: ClassVar[Details | None] = {"circuit": "queue", "retryAfterSeconds": 20}

    @classmethod
    def of(cls, circuit: str, *, retry_after_s: int) -> ExecutionUnavailableError:
        """``circuit`` takes nothing for ``retry_after_s``."""
        details = {"circuit": circuit, "retryAfterSeconds": retry_after_s}
        return cls(details=details, headers={"Retry-After": str(retry_after_s)})


class ExecutionTimeoutError(UnavailableError):
    """The queue did not answer in time."""

    status = 504
    code = "EXECUTION_SERVICE_TIMEOUT"
    text = "The execution queue did not answer in time"


class CollabUnavailableError(UnavailableError):
    """The shared document cannot be reached."""

    code = "COLLAB_SERVICE_UNAVAILABLE"
    text = "The shared editor cannot be reached"
