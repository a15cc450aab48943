"""What can go wrong that a user can do something about."""

from __future__ import annotations


class StripperError(Exception):
    """What was asked for cannot be done; says why in one sentence."""
