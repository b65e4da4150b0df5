"""Dataset: a folder in the format of LeRobot, version 3.0, to which episodes are added.

Each episode has a video of its own, and its ``.lucid`` file in ``capsules/``. The rows of up to 100
episodes share a file, which is replaced when one is added. ``meta/info.json`` is replaced last: if
the process is killed at any point, the folder still reads as the dataset before this episode.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lucid.capsule.port import check_port
from lucid.capsule.read import read_capsule
from lucid.capsule.schema import Capsule, PlayedInput
from lucid.errors import DatasetError, SessionError, TargetError, reason
from lucid.gym.actions import Actions
from lucid.media.movie import DEFAULT_FPS, Movie
from lucid.rollout.policies import Play, head_of
from lucid.runtime.stepped_port import SteppedPort

INFO, STATS, TASKS = "meta/info.json", "meta/stats.json", "meta/tasks.parquet"
FILE = "chunk-{chunk_index:03d}/file-{file_index:03d}"
DATA, EPISODES = f"data/{FILE}.parquet", f"meta/episodes/{FILE}.parquet"
VIDEOS = f"videos/{{video_key}}/{FILE}.mp4"
CAPSULES = "capsules/episode-{:06d}.lucid"
VIDEO = "observation.images.main"
EPISODES_PER_FILE, FILES_PER_CHUNK = 100, 1000
QUANTILES = (0.01, 0.1, 0.5, 0.9, 0.99)
SAMPLED_FRAMES, SAMPLED_PIXELS = 100, 8
"""The statistics of an episode's video use about this many frames, and every eighth row and
column."""
_UNREADABLE = (OSError, ValueError, LookupError, TypeError)
"""What json and pyarrow raise on broken files."""
_NUMBERS = {"shape": [1], "names": None}

Stats = dict[str, Any]


class Dataset:
    """The dataset of a port in a folder."""

    def __init__(self, folder: Path, port: SteppedPort) -> None:
        """Create the folder, or continue the dataset in it.

        Raises:
            DatasetError: the folder holds something else or a dataset of another port, or it
                cannot be read or written.
            CapsuleError: the port has changed since the first episode.
            TargetError: no input of the port has an action.
        """
        self._folder, self._port = folder, port
        self._actions = Actions(port.manifest)
        if not self._actions.columns:
            raise TargetError(
                f"no input of {port.location.entry} can be an action",
                hint="docs/agents.md lists the inputs that can: a hold, an axis, a number, ...",
            )
        self._fps = port.video.fps or DEFAULT_FPS
        self._rows: list[Stats] = []
        """The rows of ``meta/episodes``."""
        self._tables: list[pa.Table] = []
        """The rows of the episodes in the last data file."""
        try:
            if (folder / INFO).is_file():
                self._continue()
            elif folder.is_dir() and any(folder.iterdir()):
                raise DatasetError(f"{folder} holds something else", hint="name another folder")
            else:
                self._write_json(INFO, self._info())
        except _UNREADABLE as error:
            raise DatasetError(
                f"{folder} cannot be used: {reason(error)}", hint="name another folder"
            ) from None

    @property
    def episodes(self) -> int:
        """How many episodes it has."""
        return len(self._rows)

    @property
    def frames(self) -> int:
        """How many frames they have together."""
        return self._rows[-1]["dataset_to_index"] if self._rows else 0

    def add(self, play: Play, most: int, on_frame: Callable[[], None]) -> None:
        """Play an episode of at most so many frames, and write it.

        Raises:
            DatasetError, MachineError: it cannot be written. The episodes before it are complete.
            PolicyError: the policy raised, or returned no action.
            LucidError: the port failed.
        """
        number = self.episodes
        video = self._folder / video_of(number)
        saved = self._folder / CAPSULES.format(number)
        try:
            for path in (video, saved):
                path.parent.mkdir(parents=True, exist_ok=True)
            with Movie(video, self._port.video, self._port.manifest.model) as movie:
                actions, lines, pixels = self._play(play, most, movie, on_frame)
            head = head_of(self._port, play.rng_seed, len(actions))
            with saved.open("wb") as file:
                Capsule(head, lines, play.files, {}).write(file)
            self._write_episode(actions, pixels)
        except BaseException as error:
            if self._saved_episodes() <= number:  # Ctrl-C may come after the last file was replaced
                for path in (video, saved):
                    path.unlink(missing_ok=True)
            if isinstance(error, OSError):
                raise DatasetError(
                    f"the episode could not be written: {reason(error)}",
                    hint="make room, and run the command again: it goes on with this episode",
                ) from None
            raise

    def _play(
        self, play: Play, most: int, movie: Movie, on_frame: Callable[[], None]
    ) -> tuple[np.ndarray, list[PlayedInput], np.ndarray]:
        """Return the action after each frame (N, columns), the inputs, and some pixels (M, 3)."""
        most = int(min(most, play.frames))
        self._actions.reset()
        rows, lines, pixels = list[list[float]](), list[PlayedInput](), list[np.ndarray]()
        for sent, stepped in play.steps:
            lines += sent
            row = self._actions.row((line.name, line.args) for line in sent)
            for frame in stepped.frames.get(self._port.video.name, []):
                rows.append(row)
                if len(rows) > most:
                    break
                movie.add(frame)
                if (len(rows) - 1) % max(1, most // SAMPLED_FRAMES) == 0:
                    pixels.append(frame[::SAMPLED_PIXELS, ::SAMPLED_PIXELS].reshape(-1, 3))
                on_frame()
            if len(rows) > most:
                break
        if not rows:
            raise SessionError(
                "the port's run() returned before its first frame",
                hint="run `lucid check PORT --conformance`",
            )
        actions = (rows[1:] + rows[-1:])[:most]
        return np.array(actions, np.float32), lines, np.array(pixels) / 255

    def _write_episode(self, actions: np.ndarray, pixels: np.ndarray) -> None:
        episode, first, length = self.episodes, self.frames, len(actions)
        counted = np.arange(length)
        columns = {
            "action": actions,
            "timestamp": (counted / self._fps).astype(np.float32),
            "frame_index": counted,
            "episode_index": np.full(length, episode),
            "index": first + counted,
            "task_index": np.zeros(length, np.int64),
        }
        stats = {name: stats_of(values.reshape(length, -1)) for name, values in columns.items()}
        stats[VIDEO] = {  # LeRobot has channels as (3, 1, 1), and counts frames
            name: [[[channel]] for channel in values] if name != "count" else [len(pixels)]
            for name, values in stats_of(pixels.reshape(-1, 3)).items()
        }
        at = {"data": _place(episode // EPISODES_PER_FILE), f"videos/{VIDEO}": _place(episode)}
        at["meta/episodes"] = at["data"]
        row = {
            "episode_index": episode,
            "tasks": [self._task],
            "length": length,
            "dataset_from_index": first,
            "dataset_to_index": first + length,
            f"videos/{VIDEO}/from_timestamp": 0.0,
            f"videos/{VIDEO}/to_timestamp": length / self._fps,
            **{f"{part}/{name}": number for part in at for name, number in at[part].items()},
            **{
                f"stats/{feature}/{name}": value
                for feature, values in stats.items()
                for name, value in values.items()
            },
        }
        start = episode - episode % EPISODES_PER_FILE
        tables = [*(self._tables if episode > start else ()), _table(columns)]
        rows = [*self._rows, row]
        self._write_tables(DATA.format(**at["data"]), tables)
        self._write_tables(EPISODES.format(**at["data"]), [pa.Table.from_pylist(rows[start:])])
        self._write_tables(TASKS, [_tasks(self._task)])
        self._write_json(STATS, {feature: _pooled(rows, feature) for feature in stats})
        self._rows, self._tables = rows, tables
        self._write_json(INFO, self._info())

    # --- the files --------------------------------------------------------------------------

    @property
    def _task(self) -> str:
        model = self._port.manifest.model
        return model.description or f"Play {model.name}"

    def _info(self) -> dict[str, Any]:
        video, columns = self._port.video, self._actions.columns
        indexes = ("frame_index", "episode_index", "index", "task_index")
        return {
            "codebase_version": "v3.0",
            "robot_type": self._port.manifest.model.name,
            "total_episodes": self.episodes,
            "total_frames": self.frames,
            "total_tasks": min(1, self.episodes),
            "chunks_size": FILES_PER_CHUNK,
            "data_files_size_in_mb": 100,
            "video_files_size_in_mb": 200,
            "fps": int(self._fps) if self._fps == int(self._fps) else self._fps,
            "splits": {"train": f"0:{self.episodes}"},
            "data_path": DATA,
            "video_path": VIDEOS,
            "features": {
                VIDEO: {
                    "dtype": "video",
                    "shape": [video.height, video.width, 3],
                    "names": ["height", "width", "channels"],
                },
                "action": {"dtype": "float32", "shape": [len(columns)], "names": columns},
                "timestamp": {"dtype": "float32", **_NUMBERS},
                **{name: {"dtype": "int64", **_NUMBERS} for name in indexes},
            },
        }

    def _continue(self) -> None:
        """Read the dataset in the folder.

        Raises:
            DatasetError, CapsuleError: it is of another port.
            OSError, ValueError, LookupError, TypeError: it cannot be read.
        """
        info, wanted = json.loads((self._folder / INFO).read_text("utf-8")), self._info()
        for what in ("codebase_version", "robot_type", "fps", "features"):
            if info[what] != wanted[what]:
                raise DatasetError(
                    f"{self._folder} holds a dataset of another port or size: in {INFO}, {what} "
                    f"is {json.dumps(info[what]):.300}",
                    hint="name another folder",
                )
        total = int(info["total_episodes"])
        for number in range(-(-total // EPISODES_PER_FILE)):
            path = self._folder / EPISODES.format(**_place(number))
            self._rows += pq.read_table(path).to_pylist()
        del self._rows[total:]
        if self.episodes < total or self.frames != info["total_frames"]:
            raise ValueError(f"{INFO} and meta/episodes disagree")
        if not total:
            return
        last = _place((total - 1) // EPISODES_PER_FILE)
        with pq.ParquetFile(self._folder / DATA.format(**last)) as file:
            groups = range((total - 1) % EPISODES_PER_FILE + 1)
            self._tables = [file.read_row_group(group) for group in groups]
        played = read_capsule(self._folder / CAPSULES.format(0)).head.port
        check_port(played, head_of(self._port, None, 0).port, "name another folder")

    def _saved_episodes(self) -> int:
        path = self._folder / INFO
        return int(json.loads(path.read_text("utf-8"))["total_episodes"]) if path.exists() else 0

    def _write_json(self, name: str, data: object) -> None:
        text = json.dumps(data, indent=4, ensure_ascii=False)
        self._replace(name, lambda part: part.write_text(text, "utf-8"))

    def _write_tables(self, name: str, tables: Sequence[pa.Table]) -> None:
        """Write each table as a row group."""

        def write(part: Path) -> None:
            with pq.ParquetWriter(part, tables[0].schema) as writer:
                for table in tables:
                    writer.write_table(table)

        self._replace(name, write)

    def _replace(self, name: str, write: Callable[[Path], object]) -> None:
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.part")
        try:
            write(part)
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise


def video_of(episode: int) -> str:
    """Return the path of an episode's video in the folder."""
    return VIDEOS.format(video_key=VIDEO, **_place(episode))


def _place(number: int) -> dict[str, int]:
    chunk, file = divmod(number, FILES_PER_CHUNK)
    return {"chunk_index": chunk, "file_index": file}


def _table(columns: Mapping[str, np.ndarray]) -> pa.Table:
    """Return an episode's rows; LeRobot stores several numbers as a list of fixed length."""
    arrays = {}
    for name, values in columns.items():
        array = pa.array(values.reshape(-1))
        if (width := values.size // len(values)) > 1:
            array = pa.FixedSizeListArray.from_arrays(array, width)
        arrays[name] = array
    return pa.table(arrays)


def _tasks(task: str) -> pa.Table:
    """Return the tasks with the metadata by which pandas makes ``task`` the index."""
    index = {"name": "task", "field_name": "task", "pandas_type": "unicode",
             "numpy_type": "object", "metadata": None}  # fmt: skip
    pandas = {"index_columns": ["task"], "column_indexes": [], "columns": [index]}
    table = pa.table({"task_index": [0], "task": [task]})
    return table.replace_schema_metadata({"pandas": json.dumps(pandas)})


def stats_of(values: np.ndarray) -> Stats:
    """Return the statistics of values (N, D), each with D numbers."""
    quantiles = np.quantile(values, QUANTILES, axis=0)
    return {
        "min": values.min(0).tolist(),
        "max": values.max(0).tolist(),
        "mean": values.mean(0, np.float64).tolist(),
        "std": values.std(0, np.float64).tolist(),
        "count": [len(values)],
        **{f"q{100 * q:02.0f}": row.tolist() for q, row in zip(QUANTILES, quantiles, strict=True)},
    }


def _pooled(rows: Sequence[Stats], feature: str) -> Stats:
    """Return the statistics of all episodes; quantiles are the weighted means of theirs."""
    names = [name for name in rows[0] if name.startswith(f"stats/{feature}/")]
    found = {name.rpartition("/")[2]: np.array([row[name] for row in rows]) for name in names}
    count = found.pop("count")
    weights = (count / count.sum()).reshape(-1, *[1] * (found["mean"].ndim - 1))
    pooled = {name: (weights * values).sum(0) for name, values in found.items()}
    apart = found["std"] ** 2 + (found["mean"] - pooled["mean"]) ** 2
    pooled |= {"std": np.sqrt((weights * apart).sum(0)), "min": found["min"].min(0)}
    pooled |= {"max": found["max"].max(0), "count": count.sum(0)}
    return {name: values.tolist() for name, values in pooled.items()}
