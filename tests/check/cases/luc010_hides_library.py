"""What LUC010 leaves alone, and what it finds."""

from lucid.check.project import Project
from tests.check.case import Invalid, Valid

_SOURCE = """
    from lucid import use_upstream

    class Engine:
        def load(self, ctx):
            use_upstream(__file__, "src")
            import diffusers
    """
_NEEDS = ("diffusers", "lucid-runtime")

VALID = (
    Valid(_SOURCE, project=Project("world", None, ("port",), ("src/port",))),
    Valid(_SOURCE, project=Project("world", _NEEDS, ("port",), ("diffusers", "port", "src/utils"))),
    Valid(_SOURCE, project=Project("world", ("lucid-runtime",), ("port",), ("src/diffusers",))),
    Valid("import einops", project=Project("helios", ("einops", "lucid-runtime"), ("port", "wan"))),
)
INVALID = (
    Invalid(
        _SOURCE, line=6, column=9, project=Project("world", _NEEDS, ("port",), ("src/diffusers",))
    ),
    Invalid(
        _SOURCE, line=5, column=9, project=Project("world", None, ("port",), ("src/port",), True)
    ),
    Invalid("", line=2, column=8, project=Project("diffusers", _NEEDS, ("port",))),
    Invalid("", line=2, column=8, project=Project("world", _NEEDS, ("PIL", "port"))),
)
