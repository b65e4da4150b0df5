"""As SkyworkAI/Matrix-Game at 6146d7a, Matrix-Game-2/wan/vae/wrapper.py: no module."""

from typing import Any


class VAEWrapper:
    def __init__(self, vae: Any) -> None:
        self.vae = vae

    def __getattr__(self, name: str) -> Any:
        if name in self.__dict__:
            return self.__dict__[name]
        return getattr(self.vae, name)

    def encode(self, x: Any) -> Any:
        raise NotImplementedError
