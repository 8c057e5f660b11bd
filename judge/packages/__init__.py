"""Reading problem packages in the Kattis / ICPC layout."""

from judge.packages.expectation import Expectation
from judge.packages.metadata import Format, Metadata
from judge.packages.package import InputValidator, Package, read_package
from judge.packages.submissions import Submission, TimeRole

__all__ = ["Expectation", "Format", "InputValidator", "Metadata", "Package", "Submission", "TimeRole", "read_package"]
