"""Reading problem packages in the Kattis / ICPC layout."""

from judge.packages.expectation import Expectation
from judge.packages.metadata import Format, Metadata
from judge.packages.package import Package, read_package
from judge.packages.submissions import Submission

__all__ = ["Expectation", "Format", "Metadata", "Package", "Submission", "read_package"]
