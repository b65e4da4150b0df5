"""Compare `engine.py` with upstream's own loop on tiny random weights; run with `pytest`.

All other tests and checks pass even if left and right or red and blue are swapped, or if a cache is
never cleared. This one does not. Write the two functions below, then delete the line that skips the
test. `help(lucid.golden)` describes what you can use.
"""

from collections.abc import Sequence
from pathlib import Path

import pytest
from lucid.golden import Frames, Rollout, check, tiny_port


@pytest.mark.skip(reason="save_weights and upstream in tests/test_engine.py are not written yet")
def test_the_engine_makes_the_frames_of_upstream_s_loop(tmp_path: Path) -> None:
    save_weights(tmp_path)
    # Make WIDTH and HEIGHT as small as the network allows, but not equal: then the test takes
    # seconds, and finds it if they are swapped.
    with tiny_port("lingbot", tmp_path, WIDTH=96, HEIGHT=64) as port:
        # Play more chunks than the model's context holds, to test what happens at its end.
        check(port.LingbotModel, upstream, chunks=4, tolerance=1.0)


def save_weights(folder: Path) -> None:
    """Save upstream's networks with small sizes and random weights, with the file names of the repo.

    Call `torch.manual_seed` first, and give every weight a random value: new networks often have
    layers of zeros, and then an input changes nothing. If the repo holds two versions of a network,
    such as a generator and its EMA, give them different values. If upstream's code is not here,
    skip with the reason: `pytest.skip("run `lucid sync .`")`.
    """
    raise NotImplementedError


def upstream(steps: Rollout) -> Sequence[Frames]:
    """Return the frames of each step from upstream's own loop: (T, H, W, 3), uint8 or 0 to 1.

    Call the function of upstream's inference script that has the loop, not a copy of it. If it needs
    a GPU, patch that here and say so. `steps[0]` follows a reset. A step holds the player's inputs by
    name, such as `{"forward": True, "look": (40.0, 0.0)}`. Translate them to upstream's actions with
    upstream's own names and functions, not with those of `engine.py`. Start the random generator
    with the same value as the engine does at a reset.
    """
    raise NotImplementedError
