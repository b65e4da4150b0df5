"""As gymnasium 1.4, utils/ezpickle.py."""

from typing import Any


class EzPickle:
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._ezpickle_args, self._ezpickle_kwargs = args, kwargs
