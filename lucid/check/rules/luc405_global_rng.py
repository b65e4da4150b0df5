"""LUC405: a session seeds the random numbers of everybody."""

from lucid.check.nodes import code
from lucid.check.port import Port
from lucid.check.rule import Findings, rule

_SEEDERS = {
    "numpy.random.seed": "self.rng = np.random.default_rng(rng_seed)",
    "random.seed": "self.rng = random.Random(rng_seed)",
    "torch.cuda.manual_seed": "self.rng = torch.Generator(device).manual_seed(rng_seed)",
    "torch.cuda.manual_seed_all": "self.rng = torch.Generator(device).manual_seed(rng_seed)",
    "torch.manual_seed": "self.rng = torch.Generator(device).manual_seed(rng_seed)",
}


@rule(
    "LUC405",
    message="`{name}` seeds every session's random numbers: write for example `{write}`",
    why="Another player's world jumps when this one is reset, and no two plays of one rng seed are "
    "alike.",
)
def global_rng(port: Port) -> Findings:
    for call, foreign in port.foreign_calls.items():
        if foreign.name in _SEEDERS and call.inside in port.sessions:
            name = code(call.node.func)
            write = _SEEDERS[foreign.name]
            yield global_rng.of(foreign.value, name=name, write=write)
