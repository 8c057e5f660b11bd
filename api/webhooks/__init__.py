"""Webhooks: somebody's own address that hears of what they had done."""
