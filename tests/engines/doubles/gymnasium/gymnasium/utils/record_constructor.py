"""As gymnasium 1.4, utils/record_constructor.py."""

from typing import Any


class RecordConstructorArgs:
    def __init__(self, *, _disable_deepcopy: bool = False, **kwargs: Any) -> None:
        self._saved_kwargs = kwargs
