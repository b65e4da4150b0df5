"""What LUC901 leaves alone, and what it finds."""

from tests.check.case import Invalid

VALID = ("# TODO: mine\nx = '# TODO(lucid): in a string'",)
INVALID = (Invalid("x = 1\ny = 2  # TODO(lucid): how many frames per step?", line=2, column=8),)
