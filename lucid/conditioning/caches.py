"""Clear caches at a reset: a cache that survives would mix the old rollout into the new one."""


def clear_caches(owner: object, *names: str) -> None:
    """Set each named attribute of ``owner`` to None, so that upstream code creates the cache again.

    Raises:
        AttributeError: the attribute does not exist, for example because upstream renamed it.
    """
    for name in names:
        if not hasattr(owner, name):
            raise AttributeError(
                f"{type(owner).__name__} has no {name}: this is another version of the upstream "
                "code, and a reset would leave its caches as they are"
            )
        setattr(owner, name, None)
