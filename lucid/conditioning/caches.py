"""A reset clears every cache: one that is forgotten mixes an old world into the new one."""

from __future__ import annotations


def clear_caches(owner: object, *names: str) -> None:
    """Set each named attribute of ``owner`` to None, which upstream code reads as "make it anew".

    Raises:
        AttributeError: there is no such attribute: upstream has renamed it, and it would stay.
    """
    for name in names:
        if not hasattr(owner, name):
            raise AttributeError(
                f"{type(owner).__name__} has no {name}: this is another version of the upstream "
                "code, and a reset would leave its caches as they are"
            )
        setattr(owner, name, None)
