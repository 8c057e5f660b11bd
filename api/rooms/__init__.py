"""Rooms: who is in them, in which role and phase, and what they may do there."""
