"""Training and evaluation: an optional part that needs the ``train`` extra (scikit-learn)."""
