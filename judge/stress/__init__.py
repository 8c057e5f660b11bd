"""Looking for an input on which two programs differ, and making it small."""

from judge.stress.shrinking import Shrunk, shrink

__all__ = ["Shrunk", "shrink"]
