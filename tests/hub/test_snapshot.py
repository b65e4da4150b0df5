from __future__ import annotations

from lucid.hub.facts import RepoFile
from lucid.hub.snapshot import MAX_CONFIG_BYTES, MAX_CONFIG_FILES, config_paths


def listed(*paths: str, size_bytes: int | None = 100) -> list[RepoFile]:
    return [RepoFile(path=path, size_bytes=size_bytes) for path in paths]


def test_configs_and_the_card_are_worth_reading_those_near_the_top_first() -> None:
    files = listed(
        "transformer/config.json", "README.md", "config.yaml", "model_index.json",
        "modular_model_index.json", "csgo/config/agent/csgo.yaml", "model.safetensors",
    )  # fmt: skip
    assert config_paths(files) == [
        "README.md",
        "config.yaml",
        "model_index.json",
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


def test_a_large_file_or_one_of_unknown_size_is_not_read() -> None:
    assert config_paths(listed("config.json", size_bytes=MAX_CONFIG_BYTES)) == ["config.json"]
    assert config_paths(listed("config.json", size_bytes=MAX_CONFIG_BYTES + 1)) == []
    assert config_paths(listed("config.json", size_bytes=None)) == []


def test_at_most_twenty_files_are_read() -> None:
    files = listed(*(f"part{number:03}/config.json" for number in range(500)), "config.yaml")
    assert len(config_paths(files)) == MAX_CONFIG_FILES
    assert config_paths(files)[0] == "config.yaml"
