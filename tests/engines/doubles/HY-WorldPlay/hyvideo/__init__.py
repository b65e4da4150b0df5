"""As Tencent-Hunyuan/HY-WorldPlay at da2d0c2, hyvideo/__init__.py: what torchrun would set."""

import os
import socket


def find_free_port() -> int:
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.bind(("localhost", 0))
    port: int = sock.getsockname()[1]
    sock.close()
    return port


def _init_dist_env() -> None:
    for name, value in {"RANK": "0", "WORLD_SIZE": "1", "LOCAL_RANK": "0"}.items():
        os.environ.setdefault(name, value)
    os.environ.setdefault("MASTER_ADDR", "localhost")
    os.environ.setdefault("MASTER_PORT", str(find_free_port()))


_init_dist_env()
