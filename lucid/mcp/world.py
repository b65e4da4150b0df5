"""World: the tools that play a port, step by step."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from mcp.server.mcpserver import Image
from pydantic import Field

from lucid._target import find_port
from lucid.authoring.manifest import InputSpec
from lucid.authoring.parameters import files_of, prompt_input, release_args, rng_seed_input
from lucid.authoring.pictures import as_png
from lucid.errors import InputError, SessionError, UnknownInputError, UnknownOutputError
from lucid.mcp.commands import Port
from lucid.runtime.input_files import input_file
from lucid.runtime.stepped_port import Send, Stepped, SteppedPort

Steps = Annotated[int, Field(ge=1, le=1000, description="How many steps to make.")]


class World:
    """At most one open port, and its session. The client reads the docstring of each tool.

    Calls from several threads wait for each other. A tool raises a LucidError if an input or the
    port is wrong, and the port stays open.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._port: SteppedPort | None = None
        self._frames: dict[str, np.ndarray] = {}
        self._releases: list[Send] = []
        """The releases of the pressed keys, which are sent with the next step."""
        self._steps = 0

    def open(self, port: Port = None, stub: bool = False) -> str:
        """Load a port with its code as it is now, start a session, and return its inputs. It takes
        the place of the port that was open. With stub, it plays without weights.
        """
        with self._lock:
            self.close()
            self._port = SteppedPort(find_port(port, Path.cwd()), stub=stub)
            self._session = self._port.session()
            return f"{self._port.manifest.model.name} is open. {self.reset()}\n{self.inputs()}"

    def inputs(self) -> str:
        """List the inputs of the open port with their arguments, and its outputs."""
        manifest = self._opened.manifest
        inputs = [
            {
                "input": spec.name,
                "description": spec.description,
                "kind": spec.binding.kind if spec.binding else "send",
                "arguments": spec.arguments.get("properties", {}),
            }
            for spec in manifest.inputs
        ]
        outputs = [{"output": out.name, "kind": out.kind} for out in manifest.outputs]
        return json.dumps({"inputs": inputs, "outputs": outputs})

    def reset(self, rng_seed: Annotated[int | None, Field(ge=0, lt=2**32)] = None) -> str:
        """Start a new session of the open port."""
        with self._lock:
            found, sends = rng_seed_input(self._opened.manifest), list[Send]()
            if rng_seed is not None and found is not None:
                sends.append((found[0].name, {found[1]: rng_seed}))
            self._releases.clear()
            self._frames.clear()
            self._steps = 0
            return self._note(self._session.begin(sends, rng_seed))

    def press(
        self,
        inputs: Annotated[
            list[str], Field(description="Inputs of kind hold, press or axis, by name.")
        ],
        steps: Steps = 1,
        value: Annotated[float, Field(description="The value of an axis.", ge=-1, le=1)] = 1.0,
    ) -> str:
        """Hold these inputs together for some steps, then release them."""
        presses: list[Send] = []
        releases: list[Send] = []
        args: dict[str, dict[str, Any]]
        args = {"hold": {"pressed": True}, "axis": {"value": value}, "press": {}}
        for name in inputs:
            spec = self._spec(name)
            kind = spec.binding.kind if spec.binding else ""
            if kind not in args:
                raise InputError(f"{name} is not a key", hint="use the tool move or send for it")
            presses.append((name, args[kind]))
            if (release := release_args(spec)) is not None:
                releases.append((name, release))
        with self._lock:
            self._releases = [each for each in self._releases if each[0] not in inputs]
            try:
                return self._play(presses, steps)
            finally:
                self._releases += releases

    def move(self, dx: float, dy: float = 0.0, steps: Steps = 1) -> str:
        """Move the pointer, in CSS pixels: +dx is right, +dy is down. The motion is spread over the
        steps.
        """
        specs = self._opened.manifest.inputs
        name = next((s.name for s in specs if s.binding and s.binding.kind == "pointer"), None)
        if name is None:
            raise InputError("the port takes no pointer", hint="`inputs` lists what it takes")
        with self._lock:
            for _ in range(steps):
                line = self._play([(name, {"dx": dx / steps, "dy": dy / steps})], 1)
            return line

    def send(self, input: str, args: dict[str, Any], steps: Steps = 1) -> str:
        """Send any input with its arguments, and make steps. A file argument is the path of a file.
        A hold or an axis keeps its value until you send another one.
        """
        spec = self._spec(input)
        files = {
            parameter: input_file(spec, parameter, args[parameter])
            for parameter in files_of(spec)
            if parameter in args
        }
        return self._play([(input, {**args, **files})], steps)

    def prompt(self, text: str) -> str:
        """Send the port's prompt, and make a step."""
        found = prompt_input(self._opened.manifest)
        if found is None:
            raise InputError("the port takes no prompt", hint="`inputs` lists what it takes")
        return self._play([(found[0].name, {found[1]: text})], 1)

    def step(self, steps: Steps = 1) -> str:
        """Make steps without further inputs."""
        return self._play((), steps)

    def look(self, output: str | None = None) -> Image:
        """Look at the last frame of a video output, by default the first."""
        with self._lock:
            name = output or self._opened.video.name
            if name not in self._frames:
                raise UnknownOutputError(name, self._frames)
            return Image(data=as_png(self._frames[name]), format="png")

    def close(self) -> str:
        """End the open port and free its memory."""
        with self._lock:
            port, self._port = self._port, None
            if port is not None:
                port.close()
            return "No port is open."

    @property
    def _opened(self) -> SteppedPort:
        if self._port is None:
            raise SessionError("no port is open", hint="call the tool open first")
        return self._port

    def _spec(self, name: str) -> InputSpec:
        specs = {spec.name: spec for spec in self._opened.manifest.inputs}
        if name not in specs:
            raise UnknownInputError(name, specs)
        return specs[name]

    def _play(self, sends: Sequence[Send], steps: int) -> str:
        """Send inputs and the releases that are due, make steps, and describe the last one."""
        with self._lock:
            self._opened  # noqa: B018 - it raises if no port is open
            line = self._note(self._session.step([*self._releases, *sends]))
            self._releases.clear()
            for _ in range(steps - 1):
                line = self._note(self._session.step())
            return line

    def _note(self, stepped: Stepped) -> str:
        """Keep the frames of a step; describe it."""
        self._steps += 1
        self._frames |= {name: frames[-1] for name, frames in stepped.frames.items()}
        parts = [f"Step {self._steps}."]
        for name, value in stepped.values.items():
            if not isinstance(value, bytes):
                parts.append(f"{name}: {json.dumps(value)}.")
        if stepped.over:
            parts.append("The session is over: the tool reset starts another one.")
        return " ".join(parts)
