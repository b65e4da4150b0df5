from __future__ import annotations

import pytest

from lucid.hub.facts import RepoFile
from lucid.hub.snapshot import (
    MAX_CONFIG_BYTES,
    MAX_CONFIG_FILES,
    config_paths,
    is_safe_path,
    keep_files,
)


def listed(*paths: str, size_bytes: int | None = 100) -> list[RepoFile]:
    return [RepoFile(path=path, size_bytes=size_bytes) for path in paths]


def test_configs_and_the_card_are_worth_reading_those_near_the_top_first() -> None:
    files = listed(
        "transformer/config.json", "README.md", "config.yaml", "model_index.json",
        "modular_model_index.json", "csgo/config/agent/csgo.yaml", "model.safetensors",
    )  # fmt: skip
    assert config_paths(files) == [
        "README.md",
        "model_index.json",
        "config.yaml",
        "modular_model_index.json",
        "transformer/config.json",
        "csgo/config/agent/csgo.yaml",
    ]


def test_code_weights_hidden_files_and_other_cards_are_not_read() -> None:
    files = listed(
        "model.py", "model.pt", "tokenizer.json", "vocab.json", ".github/ci.yml", "docs/README.md",
        "model.safetensors.index.json", "odd\x1b[2J/config.json",
    )  # fmt: skip
    assert config_paths(files) == []


def test_a_large_config_is_not_read_and_a_long_card_is() -> None:
    assert config_paths(listed("config.json", size_bytes=MAX_CONFIG_BYTES)) == ["config.json"]
    assert config_paths(listed("config.json", size_bytes=MAX_CONFIG_BYTES + 1)) == []
    assert config_paths(listed("README.md", size_bytes=10**9)) == ["README.md"]
    assert config_paths(listed("config.json", size_bytes=None)) == ["config.json"]


def test_configs_of_encoders_and_tokenizers_are_not_read() -> None:
    files = listed(
        "tokenizer/tokenizer_config.json", "text_encoder/config.json", "generation_config.json",
        "scheduler/scheduler_config.json", "vae/config.json",
    )  # fmt: skip
    assert config_paths(files) == ["vae/config.json"]


def test_few_configs_are_read_of_very_many() -> None:
    files = listed(*(f"part{number:03}/config.json" for number in range(500)), "config.yaml")
    assert len(config_paths(files)) == MAX_CONFIG_FILES
    assert config_paths(files)[0] == "config.yaml"


@pytest.mark.parametrize(
    "path", ["", "/etc/passwd", "../x", "a/../b", "a//b", "a\\b", "C:/x", "./a", "a/.", "a\0b"]
)
def test_a_path_that_leaves_the_repo_is_no_file_of_it(path: str) -> None:
    assert not is_safe_path(path)
    assert keep_files(listed(path, "a/b..c")) == (tuple(listed("a/b..c")), 0)
