"""As Tencent-Hunyuan/HY-WorldPlay at da2d0c2, hyvideo/commons/infer_state.py."""

from types import SimpleNamespace
from typing import Any

__infer_state: Any = None


def parse_range(value: str) -> list[int]:
    first, last = value.split("-")
    return list(range(int(first), int(last) + 1))


def initialize_infer_state(args: Any) -> Any:
    global __infer_state
    __infer_state = SimpleNamespace(
        enable_sageattn=getattr(args, "use_sageattn", False),
        sage_blocks_range=parse_range(args.sage_blocks_range),
        enable_torch_compile=args.enable_torch_compile,
        use_fp8_gemm=args.use_fp8_gemm,
        quant_type=args.quant_type,
        include_patterns=getattr(args, "include_patterns", "double_blocks").split(","),
        use_vae_parallel=args.use_vae_parallel,
    )
    return __infer_state


def get_infer_state() -> Any:
    return __infer_state
