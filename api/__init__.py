"""The façade: what people and programs outside talk to."""

from api.cli import execute, main

__all__ = ["execute", "main"]
