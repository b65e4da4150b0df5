"""What LUC501 leaves alone, and what it finds."""

from tests.check.case import Invalid

_LOCK = {"source": {"repo": "org/name", "commit": "c0735f86ba7453dfcb5aaea660f32d1b86dc4a98"}}

VALID = (
    """
        from huggingface_hub import hf_hub_download, snapshot_download
        from transformers import AutoModel

        COMMIT = "c0735f86ba7453dfcb5aaea660f32d1b86dc4a98"

        def load(path):
            snapshot_download("org/name", revision=COMMIT)
            hf_hub_download("org/name", "weights.pt", **OPTIONS)
            AutoModel.from_pretrained(path)
            AutoModel.from_pretrained("./weights")
            AutoModel.from_pretrained("org/name", revision=pick())
        """,
)
INVALID = (
    Invalid(
        """
            from huggingface_hub import snapshot_download

            def load():
                return snapshot_download(
                    "org/name",
                    allow_patterns=["*.safetensors"],  # not the rest
                )
            """,
        line=4,
        column=12,
        fix=(
            '["*.safetensors"],  #',
            '["*.safetensors"], revision="c0735f86ba7453dfcb5aaea660f32d1b86dc4a98",  #',
        ),
        lock=_LOCK,
    ),
    Invalid(
        """
            from transformers import AutoModel

            REPO = "org/name"

            def load():
                return AutoModel.from_pretrained(REPO, revision="main")
            """,
        line=6,
        column=53,
        fix=('"main"', '"c0735f86ba7453dfcb5aaea660f32d1b86dc4a98"'),
        lock=_LOCK,
    ),
    Invalid(
        """
            import huggingface_hub as hub

            def load(repo):
                return hub.hf_hub_download(repo_id=repo, filename="weights.pt")
            """,
        line=4,
        column=12,
    ),
)
