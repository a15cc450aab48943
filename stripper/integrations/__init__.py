"""Stripper inside other tools: thin adapters."""
