"""docs/models.md: the table of known models, made from the facts behind the scaffolds."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from lucid.hub.facts import RepoFacts
from lucid.scaffold.render import UNWRITTEN, engine_template

MODELS = Path(__file__).resolve().parent.parent.parent / "docs" / "models.md"
TREE = "../scaffolds/"
START, END = "<!-- catalogue: python -m tests.scaffold.golden -->\n", "<!-- /catalogue -->\n"
_REAL = "golden test in CI, against {upstream}"
_BY_HAND = "golden test by hand on 2026-12-01, against {upstream}"
_EQUAL = f"a double in CI; {_BY_HAND}"
_SGF = (
    "golden test by hand on 2026-11-30, against a public copy of upstream's code of 2026-07-24, "
    "whose repo could not be fetched"
)
VERIFIED = {
    "causal-forcing": _BY_HAND,
    "causal-forcing-2-steps": _BY_HAND,
    "causal-forcing-framewise": _BY_HAND,
    "causal-forcing-long": _BY_HAND,
    "rolling-forcing": _BY_HAND,
    "self-gradient-forcing": _SGF,
    "self-gradient-forcing-framewise": _SGF,
    "sgf-plus": (
        "golden test by hand on 2026-11-30, against a shortened copy of upstream's inference at "
        "14cda9b, whose repo could not be fetched"
    ),
    "cosmos_predict2.pipelines.video2world_action.Video2WorldActionConditionedPipeline": (
        "a double in CI"
    ),
    "diffusers.Cosmos3OmniPipeline": _REAL,
    "diffusers.HeliosPyramidPipeline": _REAL,
    "diffusers.SanaWMPipeline": _REAL,
    "dit.DiT_models": _EQUAL,
    "agent.Agent": _EQUAL,
    "hymm_sp.sample_inference.HunyuanVideoSampler": "a double in CI",
    "hyvideo.pipelines.worldplay_video_pipeline.HunyuanVideo_1_5_Pipeline": _EQUAL,
    "lvm.LlamaLVM": _EQUAL,
    "fastvideo.StreamingVideoGenerator": "a double in CI",
    "pipeline.CausalInferencePipeline": _EQUAL,
    "pipeline.CausalInferenceStreamingPipeline": (
        "a double in CI; golden test by hand on 2026-12-01, against Matrix-Game at 3ceb311, not "
        "the pinned 756776d, which could not be fetched whole"
    ),
    "pipeline.pipeline_causal_camera.CausalCameraInferencePipeline": _BY_HAND,
    "pipeline.causal_inference.CausalInferencePipeline": _BY_HAND,
    "pipeline.MatrixGame3Pipeline": (
        "a double in CI; golden test by hand on 2026-12-01, against a public fork of Matrix-Game "
        "at bf7230f, not the pinned d915452, which could not be fetched whole"
    ),
    "release_server.GenerationSession": _EQUAL,
    "wan.WanI2V": _EQUAL,
    "wan.WanI2VCausal": _BY_HAND,
    "wan.WanI2VFast": _EQUAL,
    "wan23.Yume": _EQUAL,
    "zing_v0_5.pipeline.InferencePipeline": (
        "golden test by hand on 2026-11-30, against a public fork of zing-world-model at 43a37e0, "
        "not the pinned 8dd4467"
    ),
    "waypoint-1": (
        "a double in CI; golden test by hand on 2026-12-01, against world_engine at 208c909, not "
        "the pinned 1.5.6"
    ),
    "world_engine.WorldEngine": (
        "a double in CI; golden test by hand on 2026-11-30, against world_engine at 208c909, not "
        "the pinned 1.5.6, with a shortened copy of a later commit's autoencoder"
    ),
}
"""How far each generated engine has run, by the port or its entry point; none with published
weights."""
_INPUTS = {
    "keyboard": "keys",
    "mouse": "mouse",
    "scroll": "wheel",
    "prompt": "prompt",
    "image": "start picture",
    "video": "start video",
    "camera_pose": "camera keys",
    "action_vector": "robot axes",
}


def table(ports: Mapping[str, RepoFacts], kept: Collection[str]) -> str:
    """Return the table, with one row for each port; those in ``kept`` have a folder."""
    lines = [
        "| model | inputs | GPU memory | licence of the weights | how far it was tested |",
        "| --- | --- | --- | --- | --- |",
    ]
    lines += [_row(folder, facts, is_kept=folder in kept) for folder, facts in ports.items()]
    return "\n".join(lines) + "\n"


def with_table(page: str, text: str) -> str:
    """Return the page with this table between its marks."""
    before, rest = page.split(START)
    return before + START + text + END + rest.split(END)[1]


def _row(folder: str, facts: RepoFacts, *, is_kept: bool) -> str:
    memory = facts.facts.get("vram_gb")
    chosen = f" {facts.variants[0].name}" if len(facts.variants) == 1 else ""
    name = f"{facts.repo}{chosen}"
    cells = (
        f"[{name}]({TREE}{folder})" if is_kept else name,
        ", ".join(_INPUTS.get(given.kind, given.kind) for given in facts.inputs),
        f"{memory.value} GB" if memory else "not stated",
        facts.licence.value if facts.licence else "none named",
        _tried(folder, facts),
    )
    return f"| {' | '.join(cells)} |"


def _tried(folder: str, facts: RepoFacts) -> str:
    engine = facts.engine.value if facts.engine else None
    if engine is None or engine_template(facts) == UNWRITTEN:
        return "stub only: `engine.py` is yours to write"
    tried = VERIFIED.get(folder) or VERIFIED.get(engine.entry)
    if tried is None:
        return "stub only: `engine.py` has not run"
    return tried.format(upstream=engine.requirement or _commit(engine.source or ""))


def _commit(source: str) -> str:
    """Return ``open-oasis at f59deef`` for ``git+https://github.com/etched-ai/open-oasis@f59deef...``."""
    url, _, commit = source.rpartition("@")
    return f"{url.rpartition('/')[2].removesuffix('.git')} at {commit[:7]}"
