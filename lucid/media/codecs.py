"""Which video encoders the installed codec library has."""

from __future__ import annotations

_ENCODERS = ("libvpx", "libx264")


def video_encoders() -> list[str]:
    """Those that a browser can play over WebRTC; empty where there is no codec library."""
    try:
        from av.codec import Codec
    except ImportError:
        return []
    found = []
    for name in _ENCODERS:
        try:
            Codec(name, "w")
        except ValueError:  # UnknownCodecError is one
            continue
        found.append(name)
    return found
