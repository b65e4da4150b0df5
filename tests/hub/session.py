"""The HTTP client that huggingface_hub keeps, which tests must make anew for other settings."""

from __future__ import annotations

from typing import Any

import huggingface_hub.utils

from lucid.hub.http import uses_requests


def forget_session() -> None:
    hub: Any = huggingface_hub
    if uses_requests():
        hub.utils.reset_sessions()
    else:
        hub.close_session()
