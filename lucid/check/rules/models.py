"""Rules about how models start, load, and make sessions."""

from collections.abc import Iterator

import libcst as cst

from lucid.authoring.calls import MODEL_CALLS, SESSION_CALLS
from lucid.check.diagnostics import Fix
from lucid.check.downloads import is_weight_load
from lucid.check.inputs import own_inputs
from lucid.check.module import Class, Function
from lucid.check.nodes import any_of, below, code, docstring_of, dotted, is_literal
from lucid.check.port import Port
from lucid.check.rule import Findings, fixed, rule


@rule(
    "LUC407",
    message="this `__init__` replaces Lucid's: write `super().__init__({arguments})` as its first "
    "line",
    why="Without this call `self.model`, `self.ctx` or `self.config` is missing, and the first "
    "step ends the session with an error.",
)
def no_super_init(port: Port) -> Findings:
    for cls in (*port.sessions, *port.models):
        wanted = ("model", "ctx") if cls in port.sessions else ("config",)
        for method in cls.methods:
            if method.name == "__init__" and not _reads_attribute(method, "__init__"):
                arguments = ", ".join(wanted)
                yield no_super_init.of(method, _call_of_base(method, wanted), arguments=arguments)


def _call_of_base(method: Function, wanted: tuple[str, ...]) -> Fix | None:
    """Return a fix that calls it in the first line, if the parameters have the right names."""
    given = {param.name.value for param in method.node.params.params}
    body = method.node.body
    if not given.issuperset(wanted) or docstring_of(method.node):
        return None
    if not isinstance(body, cst.IndentedBlock):
        return None
    call = f"super().__init__({', '.join(wanted)})"
    return fixed("Call it first", method.module.insert_line(body.body[0], call), is_safe=True)


@rule(
    "LUC414",
    message="Lucid calls `{name}({arguments})`, which does not fit these parameters: write "
    "`{write}`",
    why="The call raises an error, so the model does not load, or no session starts or ends.",
)
def wrong_signature(port: Port) -> Findings:
    for cls in (*port.sessions, *port.models):
        calls = SESSION_CALLS if cls in port.sessions else MODEL_CALLS
        for method in cls.methods:
            arguments = calls.get(method.name)
            if arguments is None or method.node.decorators or _takes(method, len(arguments)):
                continue
            prefix = "async def" if method.is_async else "def"
            write = f"{prefix} {method.name}({', '.join(('self', *arguments))})"
            yield wrong_signature.of(
                method, name=method.name, arguments=", ".join(arguments), write=write
            )


def _takes(method: Function, count: int) -> bool:
    """Return whether a method takes ``count`` arguments by position, after ``self``."""
    params = method.node.params
    by_place = [*params.posonly_params, *params.params]
    required = sum(param.default is None for param in by_place)
    if any(param.default is None for param in params.kwonly_params):
        return False
    has_room = isinstance(params.star_arg, cst.Param) or len(by_place) > count
    return required <= count + 1 and has_room


_KEPT = {"model": "the loaded model", "ctx": "the session's connection to Lucid"}
_KEPT_BY_MODEL = {"config": "the port's configuration", "logger": "the port's logger"}


@rule(
    "LUC415",
    message="`{name}` hides {what}: write another name",
    why="The first step or the first input ends the session with an error such as \"'function' "
    "object has no attribute 'draw'\".",
)
def hides_name(port: Port) -> Findings:
    for cls in (*port.sessions, *port.models):
        is_session = cls in port.sessions
        kept = _KEPT if is_session else _KEPT_BY_MODEL
        calls = SESSION_CALLS if is_session else MODEL_CALLS
        called = {name: f"the method `{name}`, which Lucid calls itself" for name in calls}
        inputs = {declared.name for declared in own_inputs(port, cls)}
        for method in cls.methods:
            what = kept.get(method.name) or called.get(method.name if method.name in inputs else "")
            if what:
                yield hides_name.of(method, name=method.name, what=what)
            for node, name in _plainly_set(method) if method.name != "close" else ():
                if hidden := (_KEPT if is_session else {}).get(name) or called.get(name):
                    yield hides_name.at(method.module, node, name=f"self.{name}", what=hidden)


def _plainly_set(method: Function) -> Iterator[tuple[cst.CSTNode, str]]:
    """Yield each ``self.name = value`` whose value is certainly a literal or a collection."""
    for node in method.own_nodes:
        if isinstance(node, cst.Assign):
            targets = [each.target for each in node.targets]
        elif isinstance(node, cst.AnnAssign):
            targets = [node.target]
        else:
            continue
        plain = cst.List, cst.Dict, cst.Set, cst.Tuple, cst.ListComp, cst.DictComp, cst.SetComp
        if is_literal(node.value) or isinstance(node.value, plain):
            for target in targets:
                owner, _, name = (dotted(target) or "").rpartition(".")
                if owner == "self":
                    yield target, name


_STEP = "gen_frame"


@rule(
    "LUC408",
    message="the model's context ends after {steps} steps and nothing starts a new one: after "
    "{before} steps keep the last frame, reset, append that frame and continue",
    why="Beyond the context the picture falls apart, some seconds into the play.",
)
def context_end(port: Port) -> Findings:
    steps = port.lock.answer("context_steps") if port.lock else None
    if not isinstance(steps, int) or port.lock is None or port.lock.family != "waypoint":
        return
    for call in port.played_calls:
        method, cls = call.function, call.inside
        if not (call.callee.endswith(f".{_STEP}") and method and cls and method.owner is cls):
            continue
        if not _starts_anew(port, cls, method):
            yield context_end.of(call, steps=str(steps), before=str(steps - 2))


def _starts_anew(port: Port, cls: Class, method: Function) -> bool:
    """Return whether a condition before the step, here or in a caller, leads to a reset."""
    callers = [
        other for other in cls.methods if other is method or _reads_attribute(other, method.name)
    ]
    return any(
        isinstance(node, cst.If | cst.IfExp) and _leads_to_reset(port, cls, node)
        for caller in callers
        for node in caller.all_nodes
    ) or any(_checks_outside(port, cls, caller.name) for caller in callers)


def _leads_to_reset(port: Port, cls: Class, branch: cst.CSTNode, hops: int = 3) -> bool:
    for node in below(branch):
        name = node.attr.value if isinstance(node, cst.Attribute) else ""
        if "reset" in name or "restart" in name or "append_frame" in name:
            return True
        called = port.method(cls, name) if name and hops else None
        if called and _leads_to_reset(port, cls, called.node, hops - 1):
            return True
    return False


def _reads_attribute(method: Function, name: str) -> bool:
    """Return whether a method reads an attribute of this name, of any object."""
    return any(isinstance(node, cst.Attribute) and node.attr.value == name
               for node in method.all_nodes)  # fmt: skip


def _checks_outside(port: Port, cls: Class, name: str) -> bool:
    """Return whether another class that calls the step counts steps and resets there."""
    return any(
        isinstance(node, cst.If) and any_of(below(node.test), cst.Comparison)
        for module in port.played
        for function in module.functions
        if function.owner is not cls and _reads_attribute(function, name)
        for node in function.all_nodes
    )


@rule(
    "LUC409",
    message="`create_session` makes a {made} and session_cls is {session}: make a {session}, or "
    "declare the other",
    why="The page shows the inputs of session_cls, but the session that plays has others. So "
    "controls do nothing or raise errors.",
)
def other_session(port: Port) -> Findings:
    for model in port.served_models:
        session, create = port.session_of(model), port.method(model, "create_session")
        if session is None or create is None:
            continue
        for returned in map(create.module.at, create.returned):
            made = port.made_class(returned)
            if made in port.sessions and session not in port.lineage(made).classes:
                yield other_session.of(returned, made=made.name, session=session.name)


@rule(
    "LUC410",
    message="`{call}` runs {when}: move it into `load` of the model",
    why="The page shows nothing while it runs, and the weights belong to another thread than the "
    "one that steps the model.",
)
def loads_early(port: Port) -> Findings:
    for call in port.played_calls:
        function = call.function
        is_early = function is None or (function.name == "__init__" and call.inside in port.models)
        if is_early and is_weight_load(port, call):
            when = "when the port is imported" if function is None else "in `__init__`"
            yield loads_early.of(call, call=code(call.node.func), when=when)
