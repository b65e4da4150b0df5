"""The calls that Lucid makes of a port, besides its input handlers."""

MODEL_CALLS: dict[str, tuple[str, ...]] = {
    "__init__": ("config",), "load": ("ctx",), "unload": (), "create_session": ("ctx",),
}  # fmt: skip
SESSION_CALLS: dict[str, tuple[str, ...]] = {
    "__init__": ("model", "ctx"), "run": (), "close": (), "snapshot": (), "restore": ("snapshot",),
}  # fmt: skip
"""The arguments of each, after ``self``."""
