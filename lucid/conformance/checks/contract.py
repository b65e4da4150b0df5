"""C: what the port's code is before anything is loaded."""

from __future__ import annotations

from lucid.conformance.imported import imported
from lucid.conformance.lab import Lab
from lucid.conformance.promise import Measured, promise


@promise(
    "C01",
    "manifest-stable",
    asserts="The manifest is the same in every process.",
    felt="Controls change places or vanish from one visit to the next.",
    cause="A set or the machine's state decides the order or the values of a declaration.",
    remedy="Declare inputs, choices and outputs with tuples and constants.",
)
async def manifest_stable(lab: Lab) -> Measured:
    facts = await imported(lab)
    if facts.error:
        return Measured(False, "no manifest", "equal in two processes", facts.error)
    here = lab.manifest.model_dump_json()
    same = facts.manifest == here
    where = "" if same else f"another process says {_first_change(here, facts.manifest)}"
    return Measured(same, "equal" if same else "different", "equal in two processes", where)


@promise(
    "C02",
    "import-offline",
    asserts="Importing the port's module talks to nobody and writes nothing.",
    felt="`lucid check` and `serve` hang or fail on a train.",
    cause="A download or a client at module level.",
    remedy="Move it into load().",
    needs=("C01",),
)
async def import_offline(lab: Lab) -> Measured:
    facts = await imported(lab)
    return Measured(not facts.deeds, f"{len(facts.deeds)} deeds", "0", "; ".join(facts.deeds[:3]))


@promise(
    "C03",
    "import-light",
    asserts="Importing the port's module costs under 2 s of processor time besides the libraries "
    "it imports, and does not start CUDA.",
    felt="Every command that names the port is slow before it begins.",
    cause="Weights, tables or a CUDA context made at module level.",
    remedy="Move the work into load().",
    needs=("C01",),
)
async def import_light(lab: Lab) -> Measured:
    facts = await imported(lab)
    limit_s = lab.target.limits.import_s
    ok = facts.own_s <= limit_s and not facts.cuda
    detail = "CUDA is initialised by the import" if facts.cuda else ""
    return Measured(ok, f"{facts.own_s:.2f} s", f"{limit_s:g} s, no CUDA", detail)


@promise(
    "C04",
    "config-default",
    asserts="The port's configuration needs no values to be given.",
    felt="`lucid serve` ends with an error before anything loads.",
    cause="A field of config_cls without a default.",
    remedy="Give every field of config_cls a default.",
)
async def config_default(lab: Lab) -> Measured:
    missing = [
        name for name, field in lab.model_cls.config_cls.model_fields.items() if field.is_required()
    ]
    detail = f"no default: {', '.join(missing)}" if missing else ""
    return Measured(not missing, f"{len(missing)} required fields", "0", detail)


def _first_change(a: str, b: str) -> str:
    at = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), len(a))
    return f"...{b[max(0, at - 30) : at + 40]}..."
