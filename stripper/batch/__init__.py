"""Batch cleaning: files, archives and tables in, files out."""
