"""``python -m tests.check.pages`` writes docs/rules.md anew."""

from pathlib import Path

from lucid.check.pages import document

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "rules.md"

if __name__ == "__main__":
    DOCUMENT.write_text(document(), "utf-8")
