"""Accounts: registration, login sessions, tokens, passwords."""
