"""Problems as rows. Test data is bytes: it is kept byte for byte."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Float, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api.database import Base, Id, Json, UtcDateTime

# Sorted by code points everywhere, as SQLite does: not by the rules of whatever place the server was set up in.
_SORTED = String(600).with_variant(String(600, collation="C"), "postgresql")


class Problem(Base):
    """A problem. Small columns come first: where rows are long, SQLite finds those behind by reading all before them.

    ``title_key``     the title, folded (``columns.folded``): unique among those not deleted, then ``None``
    ``tags``          its tags in their order (``problem_tags`` is for finding problems by them)
    ``test_count``, ``hidden_test_count``  how many tests it has, how many of them are hidden
    ``time_limit_ms``, ``memory_limit_mib``  ``None``: the defaults
    ``checker``, ``interactor``, ``scoring``, ``examples``, ``starter_code``, ``language_limits``  as on the wire; text
                      of programs as ``programs.keep`` makes it
    ``includes``      files that submissions get: language -> path -> text as ``programs.keep`` makes it
    ``input_validators``  programs that look at tests' inputs, each with its path in the package and its arguments
    ``package_uuid``  that of the package it came from or goes to; ``package_key``: the same, unique among those not
                      deleted, then ``None``
    ``package``       what else a package said of it, for the next package that is made of it
    ``tests_id``      changes whenever its tests are replaced; ``tests_bytes``: how large their data are, all together
    ``search_text``   what a search looks through, folded: no database folds all of Unicode as another does
    """

    __tablename__ = "problems"
    __table_args__ = (Index("ix_problems_created_at_id", "created_at", "id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    title_key: Mapped[str | None] = mapped_column(_SORTED, unique=True)
    difficulty: Mapped[str] = mapped_column(String(10))
    company: Mapped[str | None] = mapped_column(String(100))
    tags: Mapped[list[str]] = mapped_column(Json, default=list)
    is_published: Mapped[bool]
    total_submissions: Mapped[int] = mapped_column(default=0)
    accepted_submissions: Mapped[int] = mapped_column(default=0)
    test_count: Mapped[int] = mapped_column(default=0)
    hidden_test_count: Mapped[int] = mapped_column(default=0)
    tests_id: Mapped[str | None] = mapped_column(Id)
    tests_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    kind: Mapped[str] = mapped_column(String(20))
    time_limit_ms: Mapped[int | None]
    memory_limit_mib: Mapped[int | None]
    output_limit_mib: Mapped[int]
    stop_on_first_failure: Mapped[bool]
    allowed_languages: Mapped[list[str] | None] = mapped_column(Json)
    language_limits: Mapped[dict[str, Any]] = mapped_column(Json)
    scoring: Mapped[dict[str, Any]] = mapped_column(Json)
    checker: Mapped[dict[str, Any]] = mapped_column(Json)
    interactor: Mapped[dict[str, Any] | None] = mapped_column(Json)
    package_uuid: Mapped[str | None] = mapped_column(String(100))
    package_key: Mapped[str | None] = mapped_column(String(100), unique=True)
    package: Mapped[dict[str, Any] | None] = mapped_column(Json)
    includes: Mapped[dict[str, dict[str, str]]] = mapped_column(Json, default=dict)
    input_validators: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    constraints: Mapped[str | None] = mapped_column(Text)
    examples: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    starter_code: Mapped[dict[str, Any] | None] = mapped_column(Json)
    description: Mapped[str] = mapped_column(Text)
    search_text: Mapped[str] = mapped_column(Text, default="")


class Tag(Base):
    """A tag. Made when a problem first has it."""

    __tablename__ = "tags"

    slug: Mapped[str] = mapped_column(String(50), primary_key=True)
    name: Mapped[str] = mapped_column(String(50))


class ProblemTag(Base):
    """A problem has a tag; ``position``: its place in the problem's list."""

    __tablename__ = "problem_tags"

    problem_id: Mapped[str] = mapped_column(ForeignKey("problems.id", ondelete="CASCADE"), primary_key=True)
    slug: Mapped[str] = mapped_column(ForeignKey("tags.slug"), primary_key=True, index=True)
    position: Mapped[int]


class TestCaseRow(Base):
    """One test of a problem; an update replaces them all.

    ``name``  in the package it came from (``secret/group1/07``); ``None``: its place says enough
    """

    __test__ = False  # the word of the field, no class of tests
    __tablename__ = "test_cases"

    problem_id: Mapped[str] = mapped_column(ForeignKey("problems.id", ondelete="CASCADE"), primary_key=True)
    index: Mapped[int] = mapped_column("position", primary_key=True)
    name: Mapped[str | None] = mapped_column(Text)
    description: Mapped[str | None] = mapped_column(Text)
    is_hidden: Mapped[bool]
    timeout_ms: Mapped[int | None]
    memory_mib: Mapped[int | None]
    group: Mapped[str | None] = mapped_column("group_name", Text)
    weight: Mapped[float | None] = mapped_column(Float(53))
    args: Mapped[list[str] | None] = mapped_column(Json)
    checker_args: Mapped[list[str] | None] = mapped_column(Json)
    input: Mapped[bytes] = mapped_column(LargeBinary)
    expected_output: Mapped[bytes] = mapped_column(LargeBinary)


class Bookmark(Base):
    """Somebody wants to find a problem again."""

    __tablename__ = "bookmarks"

    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), primary_key=True)
    problem_id: Mapped[str] = mapped_column(ForeignKey("problems.id", ondelete="CASCADE"), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ProblemFile(Base):
    """A file of the package a problem came from that is kept for the next one: attachments, statements."""

    __tablename__ = "problem_files"

    problem_id: Mapped[str] = mapped_column(ForeignKey("problems.id", ondelete="CASCADE"), primary_key=True)
    path: Mapped[str] = mapped_column(String(1000), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class ReferenceSolution(Base):
    """A program that shows what a problem's tests are worth. Programs are bytes: any text may be one.

    ``position``      its place among the problem's solutions
    ``files``         more files beside ``code``, text as ``programs.keep`` makes it
    ``permitted``, ``required``, ``expected_score``  as on the wire
    ``time_role``     what it says about the time limit
    ``package``       what a package said of it that the wire has no words for
    """

    __tablename__ = "reference_solutions"
    __table_args__ = (UniqueConstraint("problem_id", "name"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    problem_id: Mapped[str] = mapped_column(ForeignKey("problems.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(100))
    position: Mapped[int]
    language: Mapped[str] = mapped_column(String(20))
    language_version: Mapped[str | None] = mapped_column(String(100))
    entrypoint: Mapped[str | None] = mapped_column(String(1000))
    permitted: Mapped[list[str]] = mapped_column(Json)
    required: Mapped[list[str]] = mapped_column(Json)
    expected_score: Mapped[float | list[float] | None] = mapped_column(Json)
    is_model: Mapped[bool]
    time_role: Mapped[str] = mapped_column(String(10))
    package: Mapped[dict[str, Any] | None] = mapped_column(Json)
    files: Mapped[list[dict[str, str]]] = mapped_column(Json)
    code: Mapped[bytes] = mapped_column(LargeBinary)


class ProblemValidation(Base):
    """Reference solutions tried on a problem's tests.

    ``solutions``  the solutions it is about, as ``[id, name]`` in their order, whatever becomes of them meanwhile
    ``result``     what came of it, as on the wire; ``None`` until it ends
    """

    __tablename__ = "problem_validations"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    problem_id: Mapped[str] = mapped_column(ForeignKey("problems.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    status: Mapped[str] = mapped_column(String(10))
    ok: Mapped[bool | None]
    solutions: Mapped[list[list[str]]] = mapped_column(Json)
    result: Mapped[dict[str, Any] | None] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
