"""Looking for an input on which two programs differ, and making it small."""

from judge.stress.finding import Finding, Side, StressReport, differs
from judge.stress.shrinking import Shrunk, shrink

__all__ = ["Finding", "Shrunk", "Side", "StressReport", "differs", "shrink"]
