"""Metrics of the server, for Prometheus and as a line in the log."""

import time
from collections import defaultdict
from functools import cache
from statistics import median

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)

from lucid._text import counted
from lucid.media.codecs import Codec
from lucid.media.video import EncodedFrame
from lucid.runtime.messages import Frame, FrameInfo

EXPOSITION_TYPE = CONTENT_TYPE_LATEST
MAX_KEPT = 10_000
"""Maximum number of values per log line and metric; about a minute of four sessions."""
_BUCKETS_S = (0.001, 0.002, 0.004, 0.008, 0.016, 0.033, 0.066, 0.133, 0.25, 0.5, 1, 2, 5)


class Metrics:
    """Counters and times of one server. Use it on the server's event loop only."""

    def __init__(self) -> None:
        self.sessions = self.viewers = 0
        self._recent: dict[str, list[float]] = defaultdict(list)
        self._since_s = time.monotonic()
        to = self.registry = CollectorRegistry()
        sessions = Gauge("lucid_sessions", "Players, playing or waiting.", registry=to)
        sessions.set_function(lambda: self.sessions)
        viewers = Gauge("lucid_viewers", "Connected players and spectators.", registry=to)
        viewers.set_function(lambda: self.viewers)
        self._fps = Gauge("lucid_fps", "Frames per second, over all sessions.", registry=to)
        self._bitrate = Gauge(
            "lucid_bitrate_bps",
            "Target bitrate of the encoder, in the session where it changed last.",
            ["output", "codec"],
            registry=to,
        )
        self._frames = Counter("lucid_frames", "Frames that were due.", ["output"], registry=to)
        self._encoded = Counter(
            "lucid_frames_encoded", "Frames encoded.", ["output", "codec"], registry=to
        )
        # labels() is slow compared to inc(), and there are few labels.
        self._frames_of = cache(self._frames.labels)
        self._encoded_of = cache(self._encoded.labels)
        self._dropped = Counter(
            "lucid_frames_dropped",
            "Frames dropped because the encoder or a viewer was too slow.",
            ["output", "by"],
            registry=to,
        )
        self._bytes = Counter("lucid_sent_bytes", "Bytes of video sent to viewers.", registry=to)
        self._step = _times("lucid_step_seconds", "Time of the model per frame.", to)
        self._encode = _times("lucid_encode_seconds", "Time of the encoder per frame.", to)
        self._age = _times(
            "lucid_publish_to_socket_seconds", "Time from a frame's due time to the socket.", to
        )
        self._action = _times(
            "lucid_action_latency_seconds",
            "Time from an input's arrival until its first frame is handed to the socket.",
            to,
        )

    def frame(self, frame: Frame) -> None:
        """Count a frame that is due."""
        self._frames_of(frame.output).inc()
        self._step.observe(frame.inference_ms / 1000)
        self._keep("step", frame.inference_ms)

    def encoded(self, frame: EncodedFrame[FrameInfo], codec: Codec) -> None:
        """Count an encoded frame."""
        self._encoded_of(frame.source.output, codec).inc()
        self._encode.observe(frame.encode_ms / 1000)
        self._keep("encode", frame.encode_ms)

    def dropped(self, output: str, by: str, count: int) -> None:
        """Count dropped frames; ``by`` is "encoder" or "viewer"."""
        if count:
            self._dropped.labels(output, by).inc(count)
            self._keep("dropped", count)

    def bitrate(self, output: str, codec: Codec, bitrate_bps: int) -> None:
        """Record the new target bitrate of an encoder."""
        self._bitrate.labels(output, codec).set(bitrate_bps)

    def sent(self, size_bytes: int, age_ms: float) -> None:
        """Count a frame that was handed to a viewer's socket."""
        self._bytes.inc(size_bytes)
        self._age.observe(age_ms / 1000)
        self._keep("bits", size_bytes * 8)

    def action(self, latency_ms: float) -> None:
        """Record the time from an input's arrival to its first frame at the socket."""
        self._action.observe(latency_ms / 1000)
        self._keep("action", latency_ms)

    def exposition(self) -> bytes:
        """Return all metrics in the Prometheus text format."""
        return generate_latest(self.registry)

    def line(self, now_s: float) -> str | None:
        """Return a summary of the time since the last line; None if no frame was due."""
        span_s, self._since_s = now_s - self._since_s, now_s
        recent, self._recent = self._recent, defaultdict(list)
        shown = len(recent["step"])
        self._fps.set(shown / span_s if span_s > 0 else 0)
        if not shown:
            return None
        parts = [
            counted(self.sessions, "session"),
            counted(self.viewers, "viewer"),
            f"{shown / span_s:.1f} fps",
            f"step {median(recent['step']):.1f} ms",
        ]
        if recent["encode"]:
            parts.append(f"encode {median(recent['encode']):.1f} ms")
        parts.append(f"{sum(recent['dropped']):.0f} dropped")
        parts.append(f"{sum(recent['bits']) / span_s / 1e6:.1f} Mbit/s")
        if recent["action"]:
            parts.append(f"input to socket {median(recent['action']):.0f} ms")
        return ", ".join(parts)

    def _keep(self, name: str, value: float) -> None:
        values = self._recent[name]
        if len(values) < MAX_KEPT:
            values.append(value)


def _times(name: str, help_text: str, registry: CollectorRegistry) -> Histogram:
    return Histogram(name, help_text, registry=registry, buckets=_BUCKETS_S)
