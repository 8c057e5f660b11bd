"""Packages in other formats, made into packages of the problem package format."""

from judge.packages.formats.conversion import Conversion, PackageFormat
from judge.packages.formats.detect import convert, detect

__all__ = ["Conversion", "PackageFormat", "convert", "detect"]
