"""``python -m lucid``."""

from lucid.cli import main

main()
