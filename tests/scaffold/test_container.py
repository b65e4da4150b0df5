"""The Dockerfile of each port, read as text: no Docker daemon builds it here."""

from __future__ import annotations

import json
import re
import tomllib
from fnmatch import fnmatch

import pytest

from tests.scaffold.golden import GOLDEN, SCAFFOLDS

INSTRUCTIONS = {"CMD", "COPY", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "RUN", "USER", "VOLUME",
                "WORKDIR"}  # fmt: skip


def instructions(dockerfile: str) -> list[tuple[str, str]]:
    """Return each instruction and its arguments, with continued lines joined."""
    lines = [line for line in dockerfile.splitlines() if not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [
        (word, " ".join(rest.split()))
        for word, _, rest in (line.partition(" ") for line in joined.splitlines() if line)
    ]


@pytest.mark.parametrize("folder", GOLDEN)
def test_a_port_builds_an_image_that_runs_as_a_space(folder: str) -> None:
    port = SCAFFOLDS / folder
    files = {path.name: path.read_text("utf-8") for path in port.iterdir() if path.is_file()}
    found = instructions(files["Dockerfile"])
    one = {word: rest for word, rest in found}

    assert set(one) == INSTRUCTIONS
    assert re.fullmatch(
        r"nvidia/cuda:12\.8\.1-(base|devel)-ubuntu24\.04@sha256:\w{64}", one["FROM"]
    )
    engine = str(
        tomllib.loads(files["pyproject.toml"])["project"]["optional-dependencies"]["engine"]
    )
    assert ("devel" in one["FROM"]) == ("flash-attn" in engine)
    assert ("libgl1" in files["Dockerfile"]) == ("'opencv-python>" in engine)

    words = [word for word, _ in found]
    assert words.count("USER") == 1 and one["USER"] == "ubuntu"
    assert words.index("USER") < words.index("COPY")  # only system packages are installed as root
    assert not re.search(r"token|password|secret|api_key", files["Dockerfile"], re.I)

    ignored = files[".dockerignore"].split()
    for copied in (rest for word, rest in found if word == "COPY"):
        flag, *sources, target = copied.split()
        assert (flag, target[0]) == ("--chown=ubuntu", ".")
        for source in sources:
            assert source in (".", "*.whl") or source in files
            assert not any(fnmatch(source, pattern) for pattern in ignored)

    _, front_matter, _ = files["README.md"].split("---\n", 2)
    space = dict(line.split(": ") for line in front_matter.splitlines())
    assert space["sdk"] == "docker"
    tcp_port = space["app_port"]
    assert one["EXPOSE"] == tcp_port
    assert one["CMD"].startswith(f"exec lucid serve . --host 0.0.0.0 --port {tcp_port} ")
    check = json.loads(one["HEALTHCHECK"].partition("CMD ")[2])
    assert f"http://127.0.0.1:{tcp_port}/healthz" in check[-1]
    compile(check[-1], "HEALTHCHECK", "exec")
    assert f"HF_HOME={one['VOLUME']}/" in one["ENV"]
