"""Sending and reading objects that lie in our own directory."""
