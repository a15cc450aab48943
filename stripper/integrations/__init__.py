"""Thin adapters to the libraries that articles come from and go to; each needs its library only when it is imported."""
