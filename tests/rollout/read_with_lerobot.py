"""Print what LeRobot reads from the dataset in a folder. LeRobot's own Python runs this file."""

import json
import sys

from lerobot.datasets.lerobot_dataset import LeRobotDataset

dataset = LeRobotDataset("lucid/test", root=sys.argv[1], video_backend="pyav")
items = [dataset[index] for index in range(len(dataset))]
shown = [(255 * item["observation.images.main"]).round().int().tolist() for item in items]
numbers = ("action", "timestamp", "frame_index", "episode_index", "index", "task_index")
print(json.dumps({
    "episodes": dataset.num_episodes,
    "tasks": [item["task"] for item in items],
    "shown": shown,
    **{name: [item[name].tolist() for item in items] for name in numbers},
    "mean": dataset.meta.stats["observation.images.main"]["mean"].tolist(),
}))  # fmt: skip
