from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lucid import (
    CameraFrame,
    DeclarationError,
    InvalidInputError,
    LucidModel,
    LucidSession,
    MicrophoneSound,
    build_model_definition,
    camera_input,
    hold,
    input,
    microphone_input,
    publish,
)
from lucid.authoring.captures import MicrophoneSpec, merged
from tests.ports import HEIGHT, WIDTH, CapturesModel


def test_the_manifest_declares_cameras_and_microphones() -> None:
    definition = build_model_definition(CapturesModel)
    see, hear = definition.manifest.model_dump(mode="json")["inputs"]
    assert (see["paused"], see["binding"]) == (True, None)
    assert see["arguments"]["properties"]["frame"] == {
        "type": "null",
        "format": "lucid-capture",
        "capture": {"kind": "camera", "size": [WIDTH, HEIGHT], "layout": "HWC"},
    }
    assert see["arguments"]["required"] == ["frame"]
    assert hear["arguments"]["properties"]["sound"]["capture"] == {
        "kind": "microphone",
        "sample_rate_hz": 8000,
    }


@pytest.mark.parametrize(
    "value", ["a", 1, CameraFrame(np.zeros((WIDTH, HEIGHT, 3), np.uint8), 0.0),
              CameraFrame(np.zeros((HEIGHT, WIDTH, 3), np.float32), 0.0)]
)  # fmt: skip
def test_a_handler_gets_only_what_it_declares(value: Any) -> None:
    see = build_model_definition(CapturesModel).inputs["see"]
    frame = CameraFrame(np.zeros((HEIGHT, WIDTH, 3), np.uint8), 5.0)
    assert see.validate({"frame": frame}) == {"frame": frame}
    assert see.validate({"frame": None}) == {"frame": None}
    with pytest.raises(InvalidInputError, match="frame: only a camera can fill it"):
        see.validate({"frame": value})


def test_sound_that_waits_for_a_step_is_joined_and_the_oldest_is_dropped() -> None:
    spec = MicrophoneSpec(sample_rate_hz=100)
    early = MicrophoneSound(np.arange(80, dtype=np.float32), 1000.0)
    late = MicrophoneSound(np.arange(80, 120, dtype=np.float32), 1800.0)
    joined = merged(early, late, spec)
    assert isinstance(joined, MicrophoneSound)
    assert joined.samples.tolist() == list(range(20, 120))
    assert joined.ts_ms == 1200.0


def of_handler(handler: Any, **options: Any) -> type[LucidModel[Any]]:
    session = type("MySession", (LucidSession,), {"see": input(**options)(handler)})
    outputs = (publish.video(name="v", width=64, height=48),)
    return type("M", (LucidModel,), {"name": "m", "session_cls": session, "outputs": outputs})


@pytest.mark.parametrize(
    ("handler", "said"),
    [
        (lambda: camera_input(size=(4, 4)), "size must be (width, height), each 16 to 1920 pixels"),
        (lambda: camera_input(size=(64, 48), layout="HCW"), "layout is 'HCW'"),  # type: ignore[arg-type]  # the error under test
    ],
)
def test_a_wrong_camera_says_where_and_what_is_allowed(handler: Any, said: str) -> None:
    default = handler()

    def see(self: Any, frame: CameraFrame | None = default) -> None: ...

    with pytest.raises(DeclarationError) as raised:
        build_model_definition(of_handler(see))
    assert str(raised.value).startswith("MySession.see: parameter 'frame': camera_input()")
    assert said in str(raised.value)


def test_a_capture_that_is_declared_wrongly_says_what_to_write() -> None:
    def never_none(self: Any, frame: CameraFrame = camera_input(size=(64, 48))) -> None: ...

    def other_rate(
        self: Any, sound: MicrophoneSound | None = microphone_input(sample_rate_hz=7)
    ) -> None: ...

    def two(
        self: Any, x: float, frame: CameraFrame | None = camera_input(size=(64, 48))
    ) -> None: ...

    def bound(self: Any, frame: CameraFrame | None = camera_input(size=(64, 48))) -> None: ...

    def said(handler: Any, **options: Any) -> str:
        with pytest.raises(DeclarationError) as raised:
            build_model_definition(of_handler(handler, **options))
        return str(raised.value)

    assert "write `: CameraFrame | None = camera_input(...)`" in said(never_none)
    assert "sample_rate_hz is 7" in said(other_rate)
    assert "must be the only parameter" in said(two)
    assert "must be the only parameter" in said(bound, binding=hold(keys=("KeyW",)))
