"""Methods in a form in which they could never do their work are refused when a model is built."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import pytest

from lucid import (
    DeclarationError,
    LucidModel,
    LucidSession,
    build_model_definition,
    input,
    press,
    publish,
)

RUN = "run must be `async def` without yield: publish each frame with `await self.ctx.publish"


def model(session: dict[str, Any], **members: Any) -> Any:
    async def run(self: Any) -> None: ...

    session_cls = type("S", (LucidSession,), {"run": run, **session})
    outputs = (publish.video(name="v", width=16, height=16),)
    return type("M", (LucidModel,), {"name": "m", "session_cls": session_cls, "outputs": outputs,
                                     **members})  # fmt: skip


def plain(self: Any) -> None: ...


def generator(self: Any) -> Any:
    yield


async def coroutine(self: Any) -> None: ...


async def async_generator(self: Any) -> Any:
    yield


def logged(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def call(*args: Any) -> Any:
        return method(*args)

    return call


def with_one(self: Any, one: Any) -> None: ...


async def awaited_with_one(self: Any, one: Any) -> None: ...


def with_any(self: Any, *args: Any) -> None: ...


@pytest.mark.parametrize(
    ("session", "members", "said"),
    [
        ({}, {"load": plain}, r"M: Lucid calls load\(ctx\)"),
        ({}, {"unload": with_one}, r"M: Lucid calls unload\(\)"),
        ({}, {"create_session": plain}, r"M: Lucid calls create_session\(ctx\)"),
        ({"close": with_one}, {}, r"S: Lucid calls close\(\)"),
        ({"__init__": with_one}, {}, r"S: Lucid calls __init__\(model, ctx\)"),
        ({}, {"__init__": plain}, r"M: Lucid calls __init__\(config\)"),
    ],
)
def test_a_method_that_lucid_cannot_call_is_refused(
    session: dict[str, Any], members: dict[str, Any], said: str
) -> None:
    with pytest.raises(DeclarationError, match=said) as caught:
        build_model_definition(model(session, **members))
    assert (caught.value.hint or "").startswith("write def ")


def test_a_method_may_have_further_parameters_with_defaults() -> None:
    build_model_definition(model({"close": with_any, "__init__": with_any}, load=with_any))


@pytest.mark.parametrize(
    "run", [plain, generator, async_generator, logged(plain), logged(async_generator), None, 3]
)
def test_a_run_that_can_never_play_is_refused(run: Any) -> None:
    with pytest.raises(DeclarationError, match="S: run must be") as caught:
        build_model_definition(model({"run": run}))
    assert RUN in caught.value.message


@pytest.mark.parametrize("run", [coroutine, logged(coroutine)])
def test_a_run_that_is_awaited_may_be_wrapped(run: Any) -> None:
    build_model_definition(model({"run": run}))


@pytest.mark.parametrize("yields", [generator, async_generator, logged(generator)])
@pytest.mark.parametrize("name", ["close", "load", "unload", "create_session", "jump"])
def test_another_method_that_yields_is_refused(yields: Any, name: str) -> None:
    member = input(binding=press(keys=("KeyJ",)))(yields) if name == "jump" else yields
    on_session = name in ("close", "jump")
    made = model({name: member}) if on_session else model({}, **{name: member})
    with pytest.raises(DeclarationError, match=f": {name} must be"):
        build_model_definition(made)


def test_create_session_is_not_async() -> None:
    with pytest.raises(DeclarationError, match="M: create_session must be `def`"):
        build_model_definition(model({}, create_session=coroutine))


def test_load_unload_close_and_handlers_may_be_async_or_not() -> None:
    class Sync(LucidSession[Any]):
        @input(binding=press(keys=("KeyJ",)))
        def jump(self) -> None: ...

        async def run(self) -> None: ...

        def close(self) -> None: ...

    class Async(LucidSession[Any]):
        @input(binding=press(keys=("KeyJ",)))
        async def jump(self) -> None: ...

        async def run(self) -> None: ...

        async def close(self) -> None: ...

    build_model_definition(model({}, session_cls=Sync, load=with_one, unload=plain))
    build_model_definition(model({}, session_cls=Async, load=awaited_with_one, unload=coroutine))
