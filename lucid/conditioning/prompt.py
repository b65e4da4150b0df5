"""A prompt that changes while the world plays, and takes effect with the next chunk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class LivePrompt(Generic[T]):
    """Text, encoded only where it is another: encoding it before every chunk would cost seconds."""

    def __init__(self, encode: Callable[[str], T], prompt: str = "") -> None:
        self._encode = encode
        self._prompt = prompt
        self.encoded = encode(prompt)

    def set(self, prompt: str) -> bool:
        """Whether it is another prompt: caches made for the old one must then be made again."""
        if prompt == self._prompt:
            return False
        self.encoded = self._encode(prompt)
        self._prompt = prompt
        return True
