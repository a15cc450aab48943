"""Tests of the real library; those that need the public pages skip without them."""
