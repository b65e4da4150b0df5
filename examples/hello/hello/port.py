"""A minimal port: a meadow drawn with numpy, with keys, a prompt and a seed frame."""

import colorsys
import zlib

import numpy as np

from lucid import (
    InputFile,
    LoadContext,
    LucidModel,
    LucidSession,
    SessionContext,
    hold,
    image_input,
    input,
    publish,
)
from lucid.conditioning import Held

WIDTH, HEIGHT, FPS = 640, 360, 30
HORIZON = 150  # first row of the ground
STEP_M = 0.12  # meters per step
HUES = {"meadow": 0.29, "desert": 0.11, "sunset": 0.03, "ocean": 0.55, "night": 0.66, "candy": 0.9}


class HelloSession(LucidSession["HelloModel"]):
    def __init__(self, model: "HelloModel", ctx: SessionContext) -> None:
        super().__init__(model, ctx)
        self.prompt = "meadow"
        self.held = Held[str]()
        self.seed_frame: np.ndarray | None = None
        self.place_m = np.zeros(2)  # right, forward

    @input(description="Sky from an image", paused=True)
    def set_seed_frame(self, image: InputFile = image_input(size=(WIDTH, HEIGHT))) -> None:
        self.seed_frame = image.rgb((WIDTH, HEIGHT))

    @input(description="Mood: meadow, desert, sunset, ocean, night, candy, or any words")
    def set_prompt(self, prompt: str) -> None:
        self.prompt = prompt

    @input(description="Forward", binding=hold(keys=("KeyW", "ArrowUp")))
    def move_fwd(self, pressed: bool) -> None:
        self.held.hold("fwd", pressed)

    @input(description="Back", binding=hold(keys=("KeyS", "ArrowDown")))
    def move_back(self, pressed: bool) -> None:
        self.held.hold("back", pressed)

    @input(description="Left", binding=hold(keys=("KeyA", "ArrowLeft")))
    def move_left(self, pressed: bool) -> None:
        self.held.hold("left", pressed)

    @input(description="Right", binding=hold(keys=("KeyD", "ArrowRight")))
    def move_right(self, pressed: bool) -> None:
        self.held.hold("right", pressed)

    async def run(self) -> None:
        while self.ctx.running:
            on = self.held.drain()
            self.place_m[0] += STEP_M * (("right" in on) - ("left" in on))
            self.place_m[1] += STEP_M * (("fwd" in on) - ("back" in on))
            frame = self.model.render_frame(self.prompt, self.place_m, self.seed_frame)
            await self.ctx.publish("main_video", frame)


class HelloModel(LucidModel):
    name = "hello"
    description = "A meadow drawn with numpy: no weights, any machine"
    session_cls = HelloSession
    outputs = (publish.video(name="main_video", width=WIDTH, height=HEIGHT, fps=FPS),)

    def load(self, ctx: LoadContext) -> None:
        self.rows = np.arange(HEIGHT - HORIZON)[:, None]
        columns = np.arange(WIDTH, dtype=np.float32)[None] - WIDTH / 2
        # distance of each ground row; the eye is at 1.5 m
        self.depth_m = 120 / (1 + self.rows.astype(np.float32))
        self.side_m = columns * self.depth_m / 260
        self.fog = np.clip(self.depth_m / 30, 0, 1)[..., None]
        self.sky_fade = np.linspace(0, 1, HORIZON, dtype=np.float32)[:, None, None]

    def create_session(self, ctx: SessionContext) -> HelloSession:
        return HelloSession(self, ctx)

    def render_frame(
        self, prompt: str, place_m: np.ndarray, seed_frame: np.ndarray | None
    ) -> np.ndarray:
        """Return a frame (H, W, 3) uint8: tiles under a sky, seen from ``place_m``."""
        *tiles, high, low = palette(prompt)
        right = np.floor(self.side_m + place_m[0]).astype(np.int32)
        ahead = np.floor(self.depth_m + place_m[1]).astype(np.int32)
        shades = (tiles + (low - tiles) * self.fog).astype(np.uint8)  # of both tiles in each row
        frame = np.empty((HEIGHT, WIDTH, 3), np.uint8)
        frame[HORIZON:] = shades[self.rows, (right + ahead) & 1]
        frame[:HORIZON] = high + (low - high) * self.sky_fade
        if seed_frame is not None:
            frame[:HORIZON] = seed_frame[:HORIZON]
        return frame


def palette(prompt: str) -> np.ndarray:
    """Return colours (4, 3) float32: light tiles, dark tiles, high sky, low sky."""
    words = prompt.lower().split()
    known = [HUES[word] for word in words if word in HUES]
    hue = known[0] if known else zlib.crc32(prompt.encode()) % 1000 / 1000
    day = 0.35 if "night" in words else 1.0
    shades = [(hue, 0.5, 0.72), (hue, 0.65, 0.52), (hue + 0.3, 0.45, 0.8), (hue + 0.2, 0.12, 0.95)]
    return np.array(
        [colorsys.hsv_to_rgb(h % 1, s, v * day) for h, s, v in shades], np.float32
    ) * np.float32(255)
