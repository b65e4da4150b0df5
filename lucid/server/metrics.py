"""Metrics of the server, for Prometheus and as a line in the log."""

import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, partial
from statistics import median
from typing import get_args

import numpy as np
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Metric,
    generate_latest,
)
from prometheus_client.registry import Collector

from lucid._text import counted
from lucid.machine import Gpu
from lucid.media.codecs import Codec
from lucid.media.video import EncodedFrame
from lucid.runtime.host import Host, HostState
from lucid.runtime.messages import Frame, FrameInfo

EXPOSITION_TYPE = CONTENT_TYPE_LATEST
MAX_KEPT = 10_000
"""Maximum number of values per log line and metric; about a minute of four sessions."""
STEPS_KEPT = 512
"""The number of frames from which the quantiles of the step time are computed."""
QUANTILES = (0.5, 0.95)
_BUCKETS_S = (0.001, 0.002, 0.004, 0.008, 0.016, 0.033, 0.066, 0.133, 0.25, 0.5, 1, 2, 5)


class Metrics:
    """Counters and times of one server. Use it on the server's event loop only."""

    def __init__(self, labels: Mapping[str, str] | None = None) -> None:
        """``labels`` are added to each metric, such as the model's name."""
        self.viewers = 0
        self._players: Callable[[], int] = lambda: 0
        self._labels = dict(labels or {})
        self._steps_ms: deque[float] = deque(maxlen=STEPS_KEPT)
        self._recent: dict[str, list[float]] = defaultdict(list)
        self._since_s = time.monotonic()
        to = self.registry = CollectorRegistry()
        sessions = Gauge("lucid_sessions", "Players, playing or waiting.", registry=to)
        sessions.set_function(lambda: self._players())
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
        quantiles = Gauge(
            "lucid_step_quantile_seconds",
            f"The same, of the last {STEPS_KEPT} frames.",
            ["quantile"],
            registry=to,
        )
        for quantile in QUANTILES:
            quantiles.labels(quantile).set_function(partial(self._step_s, quantile))
        self._gpu_used = _of_gpu("lucid_gpu_memory_used_bytes", "Used memory of the GPU.", to)
        self._gpu_total = _of_gpu("lucid_gpu_memory_bytes", "Memory of the GPU.", to)
        self._gpu_load = _of_gpu(
            "lucid_gpu_load_ratio", "Share of the time in which the GPU computes.", to
        )
        self._encode = _times("lucid_encode_seconds", "Time of the encoder per frame.", to)
        self._age = _times(
            "lucid_publish_to_socket_seconds", "Time from a frame's due time to the socket.", to
        )
        self._action = _times(
            "lucid_action_latency_seconds",
            "Time from an input's arrival until its first frame is handed to the socket.",
            to,
        )

    def watch(self, host: Host) -> None:
        """Show the state of a host."""
        to, since_s = self.registry, time.monotonic()
        self._players = lambda: host.playing + host.waiting
        slots = Gauge("lucid_slots", "Players who can play at once.", registry=to)
        slots.set_function(lambda: host.manifest.model.max_sessions)
        queue = Gauge("lucid_queue", "Players who wait for others to end.", registry=to)
        queue.set_function(lambda: host.waiting)
        uptime = Gauge("lucid_uptime_seconds", "Time since the server started.", registry=to)
        uptime.set_function(lambda: time.monotonic() - since_s)
        states = Gauge("lucid_state", "1 for the server's state, else 0.", ["state"], registry=to)
        for state in get_args(HostState):
            states.labels(state).set_function(partial(_is, host, state))

    def gpus(self, gpus: Sequence[tuple[int, Gpu]]) -> None:
        """Record what the driver says of each GPU, by its index."""
        for index, gpu in gpus:
            self._gpu_used.labels(index).set(gpu.used_bytes)
            self._gpu_total.labels(index).set(gpu.total_bytes)
            if gpu.load is not None:
                self._gpu_load.labels(index).set(gpu.load)

    def frame(self, frame: Frame) -> None:
        """Count a frame that is due."""
        self._frames_of(frame.output).inc()
        self._step.observe(frame.inference_ms / 1000)
        self._steps_ms.append(frame.inference_ms)
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
        return generate_latest(_Labelled(self.registry, self._labels))

    def line(self, now_s: float) -> str | None:
        """Return a summary of the time since the last line; None if no frame was due."""
        span_s, self._since_s = now_s - self._since_s, now_s
        recent, self._recent = self._recent, defaultdict(list)
        shown = len(recent["step"])
        self._fps.set(shown / span_s if span_s > 0 else 0)
        if not shown:
            return None
        parts = [
            counted(self._players(), "session"),
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

    def _step_s(self, quantile: float) -> float:
        return float(np.quantile(self._steps_ms, quantile)) / 1000 if self._steps_ms else 0.0

    def _keep(self, name: str, value: float) -> None:
        values = self._recent[name]
        if len(values) < MAX_KEPT:
            values.append(value)


def _times(name: str, help_text: str, registry: CollectorRegistry) -> Histogram:
    return Histogram(name, help_text, registry=registry, buckets=_BUCKETS_S)


def _of_gpu(name: str, help_text: str, registry: CollectorRegistry) -> Gauge:
    return Gauge(name, help_text, ["gpu"], registry=registry)


def _is(host: Host, state: HostState) -> float:
    return host.state == state


class _Labelled(Collector):
    """The metrics of a registry, each with further labels."""

    def __init__(self, registry: CollectorRegistry, labels: Mapping[str, str]) -> None:
        self._registry, self._labels = registry, labels

    def collect(self) -> Iterable[Metric]:
        for metric in self._registry.collect():
            metric.samples = [
                sample._replace(labels={**self._labels, **sample.labels})
                for sample in metric.samples
            ]
            yield metric
