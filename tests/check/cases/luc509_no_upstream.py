"""What LUC509 leaves alone, and what it finds."""

from tests.check.case import Invalid, Valid

_SOURCE = """
    from lucid import use_upstream

    class Engine:
        def load(self, ctx) -> None:
            use_upstream(__file__)
    """
_CODE = {"url": "https://github.com/org/code", "commit": "1" * 40}

VALID = (
    Valid(_SOURCE, {"family": "waypoint", "upstream": _CODE}),
    _SOURCE,
)
INVALID = (Invalid(_SOURCE, line=5, column=9, lock={"family": "waypoint", "upstream": None}),)
