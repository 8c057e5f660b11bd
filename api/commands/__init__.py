"""The commands of ``syncode``: each parses, asks the engine, and prints."""
