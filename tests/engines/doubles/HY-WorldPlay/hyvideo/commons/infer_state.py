"""As Tencent-Hunyuan/HY-WorldPlay at da2d0c2, hyvideo/commons/infer_state.py."""

from types import SimpleNamespace
from typing import Any

_state: Any = None


def initialize_infer_state(args: Any) -> Any:
    global _state
    first, last = args.sage_blocks_range.split("-")
    _state = SimpleNamespace(
        enable_sageattn=args.use_sageattn,
        sage_blocks_range=range(int(first), int(last) + 1),
        enable_torch_compile=args.enable_torch_compile,
        use_fp8_gemm=args.use_fp8_gemm,
        quant_type=args.quant_type,
        include_patterns=args.include_patterns.split(","),
        use_vae_parallel=args.use_vae_parallel,
    )
    return _state


def get_infer_state() -> Any:
    return _state
