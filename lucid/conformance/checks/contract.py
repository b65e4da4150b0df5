"""C: the port's code, before anything is loaded."""

from lucid.conformance.imported import imported
from lucid.conformance.lab import Lab
from lucid.conformance.promise import Measured, promise


@promise(
    "C01",
    asserts="The manifest is the same in every process.",
    felt="Controls change places or vanish from one visit to the next.",
    cause="A declaration depends on the order of a set or on the machine.",
    remedy="Declare inputs, choices and outputs with tuples and constants.",
    needs=(),
)
async def manifest_stable(lab: Lab) -> Measured:
    facts = await imported(lab)
    limit = "equal in two processes"
    if facts.error:
        return Measured(False, "no manifest", limit, facts.error)
    here = lab.manifest.model_dump_json()
    if facts.manifest == here:
        return Measured(True, "equal", limit)
    change = _first_change(here, facts.manifest)
    return Measured(False, "different", limit, f"another process declares {change}")


@promise(
    "C02",
    asserts="Importing the port's module opens no network connection and writes no file.",
    felt="`lucid check` and `lucid serve` hang or fail without a network.",
    cause="A download or a network client at module level.",
    remedy="Move it into load().",
    needs=("C01",),
)
async def import_offline(lab: Lab) -> Measured:
    return Measured.none((await imported(lab)).events, "connections and writes")


@promise(
    "C03",
    asserts="Importing the port's module takes under 2 s of processor time, without the libraries "
    "that it imports, and does not start CUDA.",
    felt="Every command that names the port starts slowly.",
    cause="Weights, tables or a CUDA context are created at module level.",
    remedy="Move the work into load().",
    needs=("C01",),
)
async def import_light(lab: Lab) -> Measured:
    facts = await imported(lab)
    limit_s = lab.target.limits.import_s
    ok = facts.own_s <= limit_s and not facts.cuda
    detail = "the import initialises CUDA" if facts.cuda else ""
    return Measured(ok, f"{facts.own_s:.2f} s", f"{limit_s:g} s, no CUDA", detail)


@promise(
    "C04",
    asserts="Every field of the port's configuration has a default.",
    felt="`lucid serve` ends with an error before anything loads.",
    cause="A field of config_cls without a default.",
    remedy="Give every field of config_cls a default.",
    needs=(),
)
async def config_default(lab: Lab) -> Measured:
    fields = lab.model_cls.config_cls.model_fields
    missing = [name for name, field in fields.items() if field.is_required()]
    return Measured.none(missing, "fields without a default")


def _first_change(a: str, b: str) -> str:
    at = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), len(a))
    return f"...{b[max(0, at - 30) : at + 40]}..."
