"""Problem packages in the Kattis / ICPC layout: reading and writing them."""

from judge.packages.content import PackageContent, Statement, StatementKind, content_of, shortname
from judge.packages.expectation import Expectation
from judge.packages.inputs import InputValidator
from judge.packages.metadata import Format, Metadata
from judge.packages.package import Package, read_package
from judge.packages.promises import TimeRole
from judge.packages.submissions import Submission
from judge.packages.writer import write_package

__all__ = [
    "Expectation",
    "Format",
    "InputValidator",
    "Metadata",
    "Package",
    "PackageContent",
    "Statement",
    "StatementKind",
    "Submission",
    "TimeRole",
    "content_of",
    "read_package",
    "shortname",
    "write_package",
]
