"""As microsoft/mineworld at b9aebcf, mcdataset.py: the 11 tokens of an action."""

from typing import Any

import numpy as np
import torch

KEYBOARD_BUTTON_MAPPING = {
    "key.keyboard.escape": "ESC",
    "key.keyboard.s": "back",
    "key.keyboard.q": "drop",
    "key.keyboard.w": "forward",
    **{f"key.keyboard.{slot}": f"hotbar.{slot}" for slot in range(1, 10)},
    "key.keyboard.e": "inventory",
    "key.keyboard.space": "jump",
    "key.keyboard.a": "left",
    "key.keyboard.d": "right",
    "key.keyboard.left.shift": "sneak",
    "key.keyboard.left.control": "sprint",
    "key.keyboard.f": "swapHands",
}


class Buttons:
    ALL = [
        *("use", "attack", "forward", "back", "left", "right", "jump", "sneak", "sprint", "drop"),
        *("swapHands", "pickItem", "inventory", "ESC", *(f"hotbar.{i}" for i in range(1, 10))),
    ]


class MCDataset(torch.utils.data.Dataset):
    def __init__(
        self,
        action_length: int = 11,
        camera_binsize: int = 9,
        camera_maxval: int = 90,
        camera_mu: float = 11.4887,
        quantization_scheme: str = "mu_law",
    ) -> None:
        self.action_length = action_length

    def json_action_to_env_action(self, json_action: dict[str, Any]) -> tuple[Any, bool]:
        action: dict[str, Any] = dict.fromkeys(Buttons.ALL, 0)
        mouse = json_action["mouse"]
        held = [KEYBOARD_BUTTON_MAPPING[key] for key in json_action["keyboard"]["keys"]]
        held += [("attack", "use", "pickItem")[number] for number in mouse["buttons"]]
        action |= dict.fromkeys(held, 1)
        pairs = (("forward", "back"), ("left", "right"), ("jump", "sneak"), ("sprint", "sneak"))
        for pair in (*pairs, ("attack", "use")):
            if all(action[name] for name in pair):
                action |= dict.fromkeys(pair, 0)
        action["camera"] = np.array([0, 0])
        action["camera"][:] = [mouse["dy"] * 360 / 2400, mouse["dx"] * 360 / 2400]
        return action, not held and not mouse["dx"] and not mouse["dy"]

    def get_action_index_from_actiondict(
        self, action_dict: dict[str, Any], action_vocab_offset: int = 0, verbose: bool = False
    ) -> list[int]:
        bins, buttons = 21, len(Buttons.ALL)
        bos, null, eos = (buttons + 2 * bins + n for n in range(3))
        camera = action_dict["camera"]
        assert isinstance(camera, np.ndarray) and len(camera) == 2
        assert np.abs(camera).max() <= 90
        curved = np.sign(camera) * np.log(1 + 11.4887 * np.abs(camera) / 90) / np.log(12.4887)
        pitch, yaw = np.round((curved + 1) * 90 / 9).astype(int).tolist()

        def one_of(*names: str) -> int:
            """The button that is held; none if two are, which exclude each other."""
            held = [Buttons.ALL.index(name) for name in names if action_dict[name] == 1]
            return held[0] if len(held) == 1 else null

        hotbar = next((n for n in range(1, 10) if action_dict[f"hotbar.{n}"] == 1), None)
        tokens = [
            bos,
            buttons + pitch,
            buttons + bins + yaw,
            null if hotbar is None else Buttons.ALL.index(f"hotbar.{hotbar}"),
            one_of("forward", "back"),
            one_of("left", "right"),
            one_of("sprint", "sneak"),
            one_of("use", "attack"),
            one_of("jump"),
            one_of("drop", "pickItem"),
            eos,
        ]
        return [action_vocab_offset + token for token in tokens]
