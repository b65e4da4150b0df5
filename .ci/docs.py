"""MkDocs hook that points links to files outside of docs/ to the repository."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

LINK = re.compile(r"\[([^\]]*)\]\((\.\./[^)#\s]+)\)")


def on_page_markdown(markdown: str, *, config: Any, **_: Any) -> str:
    """Point each such link to the repository; keep only its text if there is no repository URL."""
    root = Path(config.config_file_path).parent

    def link(match: re.Match[str]) -> str:
        words, target = match.groups()
        place = (Path(config.docs_dir) / target).resolve()
        if not place.exists():
            raise FileNotFoundError(f"a page links to {target}, which is not in the repository")
        if not config.repo_url:
            return words
        kind = "tree" if place.is_dir() else "blob"
        return f"[{words}]({config.repo_url}/{kind}/main/{place.relative_to(root)})"

    return LINK.sub(link, markdown)
