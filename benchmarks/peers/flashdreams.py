"""The benchmark's world as a FlashDreams application: `python -m peers.flashdreams TCP_PORT`.

It needs a checkout of FlashDreams (v2) on the path, because the wheel on PyPI has no server. The
application paces itself: FlashDreams queues all the frames of a faster one.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence

import torch
from flashdreams.api_v2.application import IApplication
from flashdreams.api_v2.session import ISession
from flashdreams.runtime_v2.application_runner import ApplicationRunner
from flashdreams.runtime_v2.client_window_factory import create_client_window
from flashdreams.runtime_v2.session_desc import SessionDesc
from flashdreams.runtime_v2.step_result import StepResult
from flashdreams.runtime_v2.user_input_event import KeyboardUserInputEventData
from flashdreams.runtime_v2.user_input_events import UserInputEvents
from flashdreams.runtime_v2.video_tensor import VideoTensorLayout

from peers.world import FPS, HEIGHT, WIDTH, World

SHAPE = SessionDesc(
    output_layout=VideoTensorLayout.bcthw,
    frames_per_second_for_ui=FPS,
    frames_per_second_for_step=FPS,
    video_width=WIDTH,
    video_height=HEIGHT,
)


class BenchSession(ISession):
    def init(self) -> None:
        self.world, self.number, self.due_s = World(), 0, 0.0

    def reset(self) -> None:
        self.init()

    @property
    def session_desc(self) -> SessionDesc:
        return SHAPE

    def step(self, step_index: int, events: UserInputEvents) -> StepResult:
        for event in events.get_events():
            data = event.get_event_data()
            if isinstance(data, KeyboardUserInputEventData):
                self.number = int(data.key)  # the page sends the number as the name of a key
        self.due_s = max(self.due_s + 1 / FPS, time.perf_counter() - 1 / FPS)
        time.sleep(max(0.0, self.due_s - time.perf_counter()))
        frame = torch.from_numpy(self.world.frame(self.number)).permute(2, 0, 1)[None, :, None]
        return StepResult(
            step_index=step_index,
            output=frame.float() / 127.5 - 1,
            frame_count=1,
            output_layout=VideoTensorLayout.bcthw,
        )


class BenchApplication(IApplication):
    def init(self, commandline_args: Sequence[str]) -> None:
        pass

    def create_session(self, session_desc: SessionDesc) -> ISession:
        return BenchSession()


if __name__ == "__main__":
    options = argparse.Namespace(
        mode="webrtc", host="127.0.0.1", port=int(sys.argv[1]), width=WIDTH, height=HEIGHT, fps=FPS
    )
    ApplicationRunner(BenchApplication(), create_client_window(options)).run(SHAPE, [])
