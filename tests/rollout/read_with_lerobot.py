"""Read a dataset with LeRobot, in an environment of LeRobot's own: read_with_lerobot.py FOLDER."""

import sys

from lerobot.datasets.lerobot_dataset import LeRobotDataset

dataset = LeRobotDataset("lucid/walks", root=sys.argv[1], video_backend="pyav")
