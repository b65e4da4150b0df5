"""Track how full the context of a model is."""


class Context:
    """Counts the steps in a model's context, so that a port can restart before it is full.

    Beyond its context, a model fails or its frames degrade. When ``ended`` is True, keep the last
    frame, reset everything and continue with that frame as the seed frame.
    """

    def __init__(self, steps: int) -> None:
        if steps < 1:
            raise ValueError(f"a context of {steps} steps is too small: at least 1 is needed")
        self._steps = steps
        self._filled = 0

    def fill(self, steps: int = 1) -> None:
        """Count ``steps`` steps, or a seed frame that takes the same room."""
        self._filled += steps

    def reset(self) -> None:
        """Start again with an empty context."""
        self._filled = 0

    @property
    def steps(self) -> int:
        """The number of steps that fit."""
        return self._steps

    @property
    def filled(self) -> int:
        """The number of steps in the context."""
        return self._filled

    @property
    def ended(self) -> bool:
        """Whether no further step fits."""
        return self._filled >= self._steps


def clear_caches(owner: object, *names: str) -> None:
    """Set each named attribute of ``owner`` to None, so that upstream code creates the cache again.

    Raises:
        AttributeError: An attribute does not exist, for example because upstream renamed it.
    """
    for name in names:
        if not hasattr(owner, name):
            raise AttributeError(
                f"{type(owner).__name__} has no {name}: this is another version of the upstream "
                "code, and a reset would leave its caches as they are"
            )
        setattr(owner, name, None)
