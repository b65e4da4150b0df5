"""What LUC508 leaves alone, and what it finds."""

from tests.check.case import Invalid, Valid

_LOCK = {
    "source": {"repo": "org/name", "commit": "1" * 40},
    "needed": [{"repo": "org/base", "commit": "3" * 40}],
}
_BASE = """
    from lucid import download_weights

    def load():
        download_weights("org/base", "%s", ["*"])
        download_weights("org/more", "%s", ["*"])
    """

VALID = (
    Valid(
        "from huggingface_hub import snapshot_download\n"
        f"def load():\n    snapshot_download('org/name', revision='{'1' * 40}')\n"
        f"    snapshot_download('org/other', revision='{'2' * 40}')",
        _LOCK,
    ),
    Valid(_BASE % ("3" * 40, "4" * 40), _LOCK),
    Valid(_BASE % ("not pinned", "4" * 40), _LOCK),
)
INVALID = (
    Invalid(
        "from huggingface_hub import snapshot_download\n"
        f"COMMIT = '{'2' * 40}'\n"
        "def load():\n    snapshot_download('org/name', revision=COMMIT)",
        line=2,
        column=10,
        lock=_LOCK,
    ),
    Invalid(_BASE % ("2" * 40, "4" * 40), line=4, column=34, lock=_LOCK),
)
