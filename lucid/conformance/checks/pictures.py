"""O08 to O10: what the frames show."""

import math
import statistics
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lucid.authoring.manifest import InputSpec
from lucid.authoring.parameters import files_of, images_of
from lucid.conditioning import read_picture
from lucid.conformance.lab import Lab, Rollout
from lucid.conformance.promise import Measured, NotApplicable, promise
from lucid.conformance.samples import FrameFact, averaged
from lucid.conformance.script import Script, Send, is_held, press, variants
from lucid.conformance.uploads import landscape, png

SEEN_STEPS = 2
"""Steps after a seed frame whose frames are compared with it."""
ALIKE = 0.5
"""The least correlation of a frame with its seed frame."""
CLEARLY = 0.8
"""Another version of the seed frame is closer only if its distance is below this fraction."""
ORDERED = 0.7
"""Frames run backwards if the jump between the far ends of two chunks is below this fraction of
the jump between their near ends."""
STILL = 0.25
"""A smaller jump, in levels of 255, is no motion."""
MIN_JUMPS = 4
HELD_STEPS = 12
_YUV_TO_RGB = np.array([[1.164, 0, 1.596], [1.164, -0.392, -0.813], [1.164, 2.017, 0]])
_YUV_ZERO = np.array([16, 128, 128])


@promise(
    "O08",
    asserts="The pixels use the declared range: uint8 exceeds 1, [0,1] has values below 0.5 and "
    "above 2/255, [-1,1] has values on both sides of 0.",
    felt="A black screen, or a picture without any dark colour.",
    cause='Values in 0..1 are cast to uint8 or published as "[-1,1]", or a range is applied twice.',
    remedy="Print the minimum and maximum of what the decoder returns, declare that range, and "
    "publish the frames unchanged.",
    needs=("R00", "O06"),
)
async def range_used(lab: Lab) -> Measured:
    samples = (await lab.baseline()).trace.samples
    wrong = []
    for output in lab.outputs("video"):
        lows = [s.low for s in samples if s.output == output.name]
        highs = [s.high for s in samples if s.output == output.name]
        darkest, brightest = _bounds(output.pixel_range)
        if lows and not (min(lows) < darkest and max(highs) > brightest):
            wrong.append(f"{output.name}: {min(lows):g}..{max(highs):g}, {output.pixel_range}")
    return Measured.none(wrong, "outputs use a part of it")


def _bounds(pixel_range: str) -> tuple[float, float]:
    """Return the value that some pixel is below, and the value that some pixel is above."""
    return {"uint8": (math.inf, 1), "[0,1]": (0.5, 2 / 255), "[-1,1]": (0, -1 + 4 / 255)}[
        pixel_range
    ]


@promise(
    "O09",
    asserts="The frames of a chunk come in the order of time.",
    felt="The picture trembles: it runs backwards within each chunk, and jumps between chunks.",
    cause="The time axis is reversed, or frames are inserted at the front of a list.",
    remedy="Publish the chunk as the decoder returns it, with the earliest frame first.",
    needs=("R00", "O07", "O05"),
)
async def frames_in_order(lab: Lab) -> Measured:
    lab.video()
    held = [press(spec) for spec in lab.manifest.inputs if is_held(spec)][:1]
    rollouts = [
        await lab.baseline(),
        await lab.neutral(HELD_STEPS),
        await lab.rollout("held on", Script({1: tuple(held)}, HELD_STEPS)),
    ]
    chunks = [list(pairwise(_chunks(rollout))) for rollout in rollouts]
    if all(len(chunk) < 2 for pairs in chunks for chunk, _ in pairs):
        raise NotApplicable("a step makes one frame")
    near = [_jump(a[-1], b[0]) for pairs in chunks for a, b in pairs]
    far = [_jump(a[0], b[-1]) for pairs in chunks for a, b in pairs]
    moving = [(n, f) for n, f in zip(near, far, strict=True) if max(n, f) > STILL]
    if len(moving) < MIN_JUMPS:
        raise NotApplicable("the picture hardly moves")
    ratio = statistics.median(f / n if n else math.inf for n, f in moving)
    detail = (
        f"between chunks the picture jumps by {statistics.median(n for n, _ in moving):.2f} levels"
        f", with each chunk reversed by {statistics.median(f for _, f in moving):.2f}"
    )
    return Measured(ratio >= ORDERED, f"{ratio:.2f}", f"at least {ORDERED:g}", detail)


def _chunks(rollout: Rollout) -> list[list[FrameFact]]:
    """Return the frames of each step after the first, if it made some."""
    chunks = [rollout.frames[start:end] for start, end in pairwise(rollout.ends)]
    return [chunk for chunk in chunks if chunk]


def _jump(a: FrameFact, b: FrameFact) -> float:
    """Return how far two pictures are apart, in levels of 255."""
    return float(np.abs(a.coarse - b.coarse).mean())


@promise(
    "O10",
    asserts="The first frames after a seed frame resemble it.",
    felt="The world starts with wrong colours, upside down, or somewhere else.",
    cause="The picture is given as BGR, mirrored, or in another range than the encoder takes.",
    remedy="Give the encoder what `lucid.conditioning.seed_clip` returns, with the axes and the "
    "pixel_range that upstream uses.",
    needs=("R08", "I04", "I05", "O08", "S08"),
    full_only=True,
)
async def seed_frame_shows(lab: Lab) -> Measured:
    video = lab.video()
    results = []
    for spec in lab.inputs(_takes_seed_frame, "no input takes a seed frame"):
        name, file = next(iter(images_of(spec).items()))
        shown = _seed_picture(spec, name, file.size or (video.width, video.height))
        send = Send(spec.name, {**next(variants(spec)).args, name: png(shown)})
        rollout = await lab.play(Script({1: (send,)}, 1 + SEEN_STEPS))
        results.append(_resemblance(shown, rollout.frames[rollout.ends[1] :]))
    return next((result for result in results if not result.ok), results[0])


def _takes_seed_frame(spec: InputSpec) -> bool:
    says = f"{spec.name} {spec.description}".lower()
    return bool(images_of(spec)) and any(word in says for word in ("seed", "start", "first frame"))


def _seed_picture(spec: InputSpec, name: str, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Return the first picture of the input's gallery, or a landscape: (H, W, 3)."""
    folder = spec.galleries.get(name)
    offered = files_of(spec)[name].gallery
    if folder is not None and offered:
        return read_picture(Path(folder) / offered[0], size)
    return landscape(size)


def _resemblance(picture: NDArray[np.uint8], frames: list[FrameFact]) -> Measured:
    """Compare frames with a seed frame (H, W, 3), and with what common faults make of it."""
    seed = np.stack([averaged(picture[..., channel]) for channel in range(3)], -1)
    shown = [((frame.coarse - _YUV_ZERO) @ _YUV_TO_RGB.T).clip(0, 255) for frame in frames]
    versions = {
        "itself": seed,
        "it with red and blue swapped": seed[..., ::-1],
        "its mirror image": seed[:, ::-1],
        "it upside down": seed[::-1],
        "its negative": 255 - seed,
        "it washed out: [0,1] in place of [-1,1]": 127.5 + seed / 2,
        "it too dark: [-1,1] in place of [0,1]": (2 * seed - 255).clip(0, 255),
    }
    limit = f"correlation at least {ALIKE:g}, closest to the picture itself"
    if not shown:
        return Measured(False, "no frame", limit)
    away = {
        name: min(float(np.sqrt(((frame - version) ** 2).mean())) for frame in shown)
        for name, version in versions.items()
    }
    correlation = max(_correlation(frame, seed) for frame in shown)
    closest = min(away, key=lambda name: away[name])
    closest = closest if away[closest] < CLEARLY * away["itself"] else "itself"
    detail = f"the frames look most like {closest}"
    ok = correlation >= ALIKE and closest == "itself"
    return Measured(
        ok, f"correlation {correlation:.2f}, like {closest}", limit, "" if ok else detail
    )


def _correlation(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    """Return the correlation of two pictures; 0 if one of them has only one colour."""
    a, b = a.ravel() - a.mean(), b.ravel() - b.mean()
    size = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / size if size else 0.0
