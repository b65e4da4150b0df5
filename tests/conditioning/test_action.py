"""Keys, mouse and camera: what a player does, as models take it."""

from __future__ import annotations

import numpy as np
import pytest

from lucid.conditioning import (
    CameraPose,
    CameraSpeed,
    Mouse,
    MouseScale,
    framewise,
    multi_hot,
    pulls,
)

SPEED = CameraSpeed(walk=0.5, turn_rad=np.pi / 2)


def test_held_keys_are_ones_at_their_places() -> None:
    vector = multi_hot([1, 3], 4)
    assert vector.dtype == np.float32
    assert vector.tolist() == [0, 1, 0, 1]


@pytest.mark.parametrize("key", [-1, 4])
def test_a_key_without_a_place_is_refused(key: int) -> None:
    with pytest.raises(ValueError, match=f"index {key}, outside a vector of 4"):
        multi_hot([key], 4)


def test_motion_is_summed_scaled_and_counts_once() -> None:
    mouse = Mouse(MouseScale(per_pixel=0.01, limit=1))
    mouse.move(3, 4)
    mouse.move(-1, 2)
    assert mouse.drain() == pytest.approx((0.02, 0.06))
    assert mouse.drain() == (0, 0)


def test_motion_stays_within_what_the_model_knows() -> None:
    assert MouseScale(per_pixel=0.01, limit=0.4)(500, -500) == (0.4, -0.4)


def test_pitch_first_and_up_positive_is_the_order_of_models_with_a_camera() -> None:
    scale = MouseScale(per_pixel=0.01, limit=0.1, order="yx", up=1)
    assert scale.axes(scale(0, -5)) == pytest.approx((0.05, 0))  # up
    assert scale.axes(scale(5, 0)) == pytest.approx((0, 0.05))  # right


def test_as_a_page_counts_is_the_order_of_models_with_a_velocity() -> None:
    scale = MouseScale(per_pixel=0.01, limit=1)
    assert scale.axes(scale(3, 4)) == pytest.approx((0.03, 0.04))


def test_a_model_that_knows_steps_gets_steps_and_a_slow_motion_adds_up() -> None:
    scale = MouseScale(per_pixel=0.0075, limit=1, steps=40)
    assert scale(40, -2) == (0.3, -0.025)
    mouse = Mouse(scale)
    drained = []
    for _ in range(10):
        mouse.move(1, 0)
        drained.append(mouse.drain()[0])
    assert set(drained) == {0.0, 0.025}
    assert sum(drained) == pytest.approx(0.075)


def test_of_a_motion_that_is_cut_off_nothing_is_left_for_later() -> None:
    mouse = Mouse(MouseScale(per_pixel=0.0075, limit=1, steps=40))
    mouse.move(4000, 0)
    assert [mouse.drain(), mouse.drain()] == [(1, 0), (0, 0)]


def test_a_still_mouse_is_no_negative_zero() -> None:
    assert str(MouseScale(1, 1, up=1).axes((0.0, 0.0))) == "(0.0, 0.0)"


def test_a_camera_starts_at_the_identity_and_comes_back_to_it() -> None:
    pose = CameraPose(SPEED)
    assert pose.matrix.tolist() == np.eye(4).tolist()
    pose.move(3, forward=1, yaw=0.3, pitch=0.2)
    pose.reset()
    assert pose.matrix.tolist() == np.eye(4).tolist()


def test_forward_is_z_and_each_pose_goes_on_from_the_last() -> None:
    path = CameraPose(SPEED).move(2, forward=1)
    assert path[:, :3, 3].tolist() == [[0, 0, 0.5], [0, 0, 1.0]]
    assert np.array_equal(path[1, :3, :3], np.eye(3))


def test_after_a_right_turn_forward_is_x() -> None:
    pose = CameraPose(SPEED)
    pose.move(1, yaw=1)
    assert pose.matrix[:3, 2] == pytest.approx([1, 0, 0])  # the view
    assert pose.move(1, forward=1)[0, :3, 3] == pytest.approx([0.5, 0, 0])


def test_a_pitch_up_lifts_the_view_and_not_the_walk() -> None:
    pose = CameraPose(CameraSpeed(walk=1, turn_rad=0.5))
    raised = pose.move(1, pitch=1, forward=1)[0]
    assert raised[1, 2] == pytest.approx(-np.sin(0.5))  # y points down
    assert raised[:3, 3] == pytest.approx([0, 0, 1])


def test_a_view_never_tips_over() -> None:
    for degrees, steepest in ((2, 84), (1.2, 84), (5, 85), (90, 0)):
        pose = CameraPose(CameraSpeed(walk=1, turn_rad=np.deg2rad(degrees)))
        for pitch in (1, -1):
            turned = pose.move(200, pitch=pitch)[-1]
            assert turned[1, 2] == pytest.approx(-pitch * np.sin(np.deg2rad(steepest)))


def test_a_camera_that_flies_goes_where_it_looks_and_turns_about_itself() -> None:
    pose = CameraPose(CameraSpeed(walk=1, turn_rad=np.deg2rad(30), flies=True))
    flown = pose.move(3, pitch=1)[-1]
    assert flown[:3, 2] == pytest.approx([0, -1, 0])  # straight up
    assert pose.move(1, forward=1)[0, :3, 3] == pytest.approx([0, -1, 0])
    assert pose.move(1, pitch=1)[0, :3, 2] == pytest.approx([0, -np.cos(np.pi / 6), -0.5])
    rolled = CameraPose(CameraSpeed(walk=1, turn_rad=np.deg2rad(90), flies=True))
    rolled.move(1, pitch=1)
    assert rolled.move(1, yaw=1)[0, :3, 2] == pytest.approx([1, 0, 0])


def test_every_pose_is_a_rotation() -> None:
    for matrix in CameraPose(CameraSpeed(0.1, 0.3)).move(8, forward=1, right=-1, yaw=1, pitch=0.5):
        turn = matrix[:3, :3]
        assert turn @ turn.T == pytest.approx(np.eye(3))
        assert np.linalg.det(turn) == pytest.approx(1)


def test_keys_that_pull_against_each_other_cancel() -> None:
    held = [("forward", 1), ("right", 1), ("right", -1), ("yaw", -1)]
    rest = {"right": 0, "up": 0, "pitch": 0, "roll": 0}
    assert pulls(held) == {"forward": 1, "yaw": -1, **rest}


def test_a_key_that_pulls_at_no_axis_of_a_camera_is_refused() -> None:
    with pytest.raises(KeyError, match="zoom"):
        pulls([("zoom", 1)])


def test_a_camera_moves_straight_up_while_it_looks_down() -> None:
    pose = CameraPose(CameraSpeed(walk=0.5, turn_rad=np.deg2rad(30)))
    pose.move(2, pitch=-1)
    assert pose.move(1, up=1)[0, :3, 3] == pytest.approx([0, -0.5, 0])  # y points down


def test_a_camera_that_rolls_leans_to_its_right_and_walks_level() -> None:
    pose = CameraPose(SPEED)
    leaning = pose.move(1, roll=1)[0]
    sin, cos = np.sin(SPEED.turn_rad), np.cos(SPEED.turn_rad)
    assert leaning[:3, 0] == pytest.approx([cos, sin, 0])  # its right side is lower
    assert leaning[:3, 2] == pytest.approx([0, 0, 1])
    level, turned = pose.move(1, forward=1)[0], pose.move(1, yaw=1)[0]
    assert level[:3, 3] == pytest.approx([0, 0, SPEED.walk])
    assert turned[1, 2] == pytest.approx(0)  # it looks at the horizon


def test_a_flying_camera_rolls_about_its_own_axis_and_rises_along_it() -> None:
    speed = CameraSpeed(0.5, np.deg2rad(90), flies=True)
    pose = CameraPose(speed)
    pose.move(1, roll=1)
    assert pose.move(1, up=1)[0, :3, 3] == pytest.approx([0.5, 0, 0])


def test_a_path_starts_where_the_camera_is() -> None:
    pose = CameraPose(SPEED)
    first, second = pose.path(2, forward=1), pose.path(2, yaw=1)
    assert np.array_equal(first[0], np.eye(4))
    assert np.array_equal(second[0], first[-1])
    assert len(first) == 3


def test_framewise_a_walk_is_the_same_step_whatever_the_heading() -> None:
    pose = CameraPose(SPEED)
    pose.move(1, yaw=0.3)
    steps = framewise(pose.path(4, forward=1))
    assert steps[:, :3, 3] == pytest.approx(np.array([[0, 0, 0.5]] * 4))
    assert steps[:, :3, :3] == pytest.approx(np.stack([np.eye(3)] * 4))
