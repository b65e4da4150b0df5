"""The start pictures that ship with Lucid."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from lucid import DeclarationError, start_pictures
from lucid.conditioning import read_picture

SETS = {"places": (1024, 576), "tables": (640, 480), "blocks": (640, 384)}


@pytest.mark.parametrize("kind", SETS)
def test_a_set_has_six_to_twelve_pictures_of_one_size(kind: Any) -> None:
    paths = sorted(start_pictures(kind).iterdir())
    assert 6 <= len(paths) <= 12
    for path in paths:
        with Image.open(path) as picture:
            assert picture.size == SETS[kind]
            assert np.asarray(picture).std() > 10  # no plain colour


def test_all_sets_are_small() -> None:
    folders = [start_pictures(kind) for kind in ("places", "tables", "blocks")]
    assert sum(path.stat().st_size for folder in folders for path in folder.iterdir()) < 3_000_000


def test_an_unknown_set_names_the_known_ones() -> None:
    with pytest.raises(DeclarationError, match="places, tables or blocks"):
        start_pictures("oceans")  # type: ignore[arg-type]  # what a typo passes


def test_a_picture_is_cropped_to_the_model_s_size(tmp_path: Path) -> None:
    wide = np.zeros((20, 80, 3), np.uint8)
    wide[:, 30:50] = (255, 0, 0)  # the middle quarter
    Image.fromarray(wide).save(tmp_path / "wide.png")
    assert (read_picture(tmp_path / "wide.png", (20, 20)) == (255, 0, 0)).all()
