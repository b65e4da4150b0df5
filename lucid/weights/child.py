"""The process that loads a port without its weights. ``compare.py`` starts it and may kill it."""

from __future__ import annotations

import asyncio
import inspect
import logging
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lucid import conditioning
from lucid._target import LOCAL_WEIGHTS, PortLocation
from lucid.authoring.model import LoadContext, LucidModel
from lucid.authoring.session import LucidSession
from lucid.conformance.audit import AUDIT
from lucid.environment.find import install_hint
from lucid.errors import LucidError, TargetError, WeightsError
from lucid.hub import download
from lucid.hub.header_files import download_headers, link_revision
from lucid.runtime.channel import Channel
from lucid.runtime.loading import load_model_class
from lucid.runtime.messages import ErrorInfo
from lucid.weights.report import Module, StopReason, UnreadTensors

if TYPE_CHECKING:
    from lucid.weights.record import Record

NO_COMMIT = "0" * 40
MOST_CHARACTERS = 300
"""Maximum length of the message of an error that the port raises."""


@dataclass(frozen=True)
class Comparison:
    """The result of a weights check, which the process sends to its parent."""

    modules: tuple[Module, ...]
    unread: tuple[UnreadTensors, ...]
    stopped: StopReason | None


class LoadedError(BaseException):
    """The engine has loaded everything and begins to play. No handler of a port catches this."""


def main(channel: Channel) -> None:
    """Load the port that the parent names, then exit at once, because a port's thread may hang.

    Send the name of each stage, and at the end a Comparison, or an ErrorInfo if nothing was loaded.
    """
    logging.basicConfig(level=logging.CRITICAL)
    try:
        location, folder = channel.receive()
        channel.send(_run(location, folder, channel.send))
    except LucidError as error:
        channel.send(ErrorInfo.of(error))
    except BaseException:  # noqa: BLE001 - the border of the process
        traceback.print_exc()  # the parent shows the last lines
    finally:
        with suppress(ValueError, OSError):
            sys.stdout.flush()
        os._exit(0)


def _run(location: PortLocation, folder: Path, say: Callable[[str], None]) -> Comparison:
    """Load the port and compare it. The empty ``folder`` is for small files and headers."""
    try:
        from lucid.weights import loaders, meta, record
    except ModuleNotFoundError as error:
        raise TargetError(
            install_hint(location.root, error.name or "torch"),
            hint="install the packages of the port's engine: the check builds its modules",
        ) from None
    local = os.environ.get(LOCAL_WEIGHTS)
    weights_files = loaders.WeightsFiles((Path(local), folder) if local else (folder,))
    recorded = record.Record(weights_files, lambda name: say(f"load {name}"))
    loaders.install(weights_files)
    recorded.install()
    _replace_downloads(folder)
    _stop_before_playing()
    meta.install()
    AUDIT.start(location.root, lambda: "load", ignore_this_thread=False)
    say("import")
    with meta.WithoutData():
        model, stopped = _load(location, recorded, say)
        modules = recorded.modules()
        if modules and stopped is None:
            modules += recorded.unfilled(model)
    AUDIT.stop()
    stopped = stopped or _stray_write(location.root)
    if not modules and stopped is None:
        raise TargetError(
            f"{location.entry} loads no weights into a torch module",
            hint="there is nothing to compare: --weights is for ports of torch models",
        )
    return Comparison(modules, recorded.unread(), stopped)


def _load(
    location: PortLocation, recorded: Record, say: Callable[[str], None]
) -> tuple[object, StopReason | None]:
    """Load the port up to its warm-up. Return the model, and why the load stopped before that.

    Raises:
        LucidError: The port loaded nothing.
    """
    model = None
    try:
        model_cls = load_model_class(location)
        _stop_at_engine(location, model_cls)
        model = model_cls()
        ctx = LoadContext(model.logger, lambda stage, fraction: say(stage))
        loading = model.load(ctx)
        if inspect.isawaitable(loading):
            asyncio.new_event_loop().run_until_complete(loading)
    except LoadedError:
        return model, None
    except LucidError as error:
        if not recorded.modules():
            raise
        return model, StopReason(error.message, error.hint or "")
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the border around the port and upstream
        return model, _stopped(location, error)
    return model, None


def _stopped(location: PortLocation, error: BaseException) -> StopReason:
    """Return the error of the port or of upstream, and the next step."""
    if isinstance(error.__cause__, OSError):
        error = error.__cause__  # it names the file
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not Path(frame.filename).is_relative_to(Path(__file__).parent)
    ]
    own = [frame for frame in frames if Path(frame.filename).is_relative_to(location.root)]
    lines = [(frame.filename, frame.lineno) for frame in (*own[-1:], *frames[-1:])]
    if isinstance(error, SyntaxError) and error.filename:
        lines[1:] = [(error.filename, error.lineno)]
    places = list(dict.fromkeys(_place(location, *line) for line in lines))
    first_line = str(error).partition("\n")[0][:MOST_CHARACTERS]
    message = f"loading stopped at {', in '.join(places)}: {type(error).__name__}: {first_line}"
    text = f"{first_line} {frames[-1].line}".lower()
    if isinstance(error, ModuleNotFoundError):
        hint = install_hint(location.root, error.name or "")
    elif isinstance(error, SyntaxError | ImportError):
        python = f"{sys.version_info.major}.{sys.version_info.minor}"
        hint = (
            f"this code may be written for another Python than {python}, or for another version "
            "of that package: change requires-python or the requirement in pyproject.toml, and run "
            f"`lucid sync {location.root}`"
        )
    elif "meta" in text:
        hint = (
            "the code computes with weights while it loads, and this check has none; "
            "modules that are loaded later were not compared"
        )
    elif any(word in text for word in ("cuda", "nvidia", "gpu")):
        hint = "this code needs a GPU to be imported or loaded: run the check on a machine with one"
    elif isinstance(error, OSError):
        step = (
            "put it into the folder of --weights, as ORG/NAME/PATH"
            if os.environ.get(LOCAL_WEIGHTS)
            else "name it in download_weights in Engine.load, or put it where the message says"
        )
        hint = f"the port reads this file whole while it loads: {step}"
    else:
        hint = "run `lucid serve` on the port to see whether it loads with its weights"
    return StopReason(message, hint)


def _place(location: PortLocation, file: str, line: int | None) -> str:
    path = Path(file)
    if path.is_relative_to(location.root):
        path = path.relative_to(location.root)
    return f"{path}:{line}"


def _replace_downloads(folder: Path) -> None:
    """Replace the download functions of Lucid and huggingface_hub, to fetch only headers."""
    import huggingface_hub
    from huggingface_hub import constants
    from huggingface_hub.errors import EntryNotFoundError

    local = os.environ.get(LOCAL_WEIGHTS)
    constants.HF_HUB_CACHE = str(folder)  # libraries look there for earlier downloads

    def headers(repo: str, revision: str | None, files: Sequence[str]) -> Path:
        if local and (Path(local) / repo).is_dir():
            linked = link_revision(folder, repo, revision or "main", NO_COMMIT)
            if not linked.exists():
                linked.symlink_to(Path(local) / repo)
            return linked
        return download_headers(folder, repo, revision or "main", [], files)

    def download_weights(
        repo: str, commit: str, files: Sequence[str], *, pickles: Sequence[str] = (), **_: Any
    ) -> Path:
        return download_headers(folder, repo, commit, files, pickles)

    def snapshot_download(
        repo_id: str,
        *,
        revision: str | None = None,
        allow_patterns: Sequence[str] | str | None = None,
        **_: Any,
    ) -> str:
        wanted = [allow_patterns] if isinstance(allow_patterns, str) else allow_patterns
        return str(headers(repo_id, revision, list(wanted or ["*"])))

    def hf_hub_download(
        repo_id: str,
        filename: str,
        *,
        subfolder: str | None = None,
        revision: str | None = None,
        **_: Any,
    ) -> str:
        path = f"{subfolder}/{filename}" if subfolder else filename
        try:
            return str(headers(repo_id, revision, [path]) / path)
        except WeightsError as error:  # libraries ask for files that a repo may lack
            raise EntryNotFoundError(error.message) from None

    if not local:
        download.download_weights = download_weights
    huggingface_hub.snapshot_download = snapshot_download  # type: ignore[assignment]
    huggingface_hub.hf_hub_download = hf_hub_download  # type: ignore[assignment]


def _stop(*_: object, **__: object) -> None:
    raise LoadedError


def _stop_before_playing() -> None:
    """End the load before the engine begins to play, and encode no prompt until then."""

    def keep_prompt(self: Any, encode: Any, prompt: str = "") -> None:
        self._encode, self._prompt, self.encoded = encode, prompt, None

    conditioning.warm_up = _stop
    conditioning.LivePrompt.__init__ = keep_prompt  # type: ignore[method-assign] # as in the doc


def _stop_at_engine(location: PortLocation, model_cls: type[LucidModel[Any]]) -> None:
    """End the load when it calls ``reset``, ``step`` or ``set_prompt`` of the engine."""
    package = location.module.partition(".")[0]
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] != package:
            continue
        for cls in vars(module).values():
            if not isinstance(cls, type) or issubclass(cls, LucidModel | LucidSession):
                continue
            if cls.__module__ == name and hasattr(cls, "load") and hasattr(cls, "step"):
                for method in ("reset", "step", "set_prompt"):
                    if hasattr(cls, method):
                        setattr(cls, method, _stop)


def _stray_write(root: Path) -> StopReason | None:
    stray = [event for event in AUDIT.of("write") if str(root) not in event.text]
    if not stray:
        return None
    return StopReason(
        f"the port or upstream writes outside the port's folder: {stray[0]}",
        "read that line; if it is harmless, set the program's cache folder to one in ~/.cache",
    )
