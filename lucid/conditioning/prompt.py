"""A prompt that may change during a rollout. A change applies to the next chunk."""

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class LivePrompt(Generic[T]):
    """A prompt and its embedding. Encoding is slow, so it runs only if the text changes."""

    def __init__(self, encode: Callable[[str], T], prompt: str = "") -> None:
        self._encode = encode
        self._prompt = prompt
        self.encoded = encode(prompt)

    def set(self, prompt: str) -> bool:
        """Set the prompt; return whether it changed.

        If it did, the port must recompute caches that depend on the prompt.
        """
        if prompt == self._prompt:
            return False
        self.encoded = self._encode(prompt)
        self._prompt = prompt
        return True
