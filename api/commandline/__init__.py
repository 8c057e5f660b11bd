"""The commands of ``syncode``, a module for what is needed together: only what is asked for is loaded."""
