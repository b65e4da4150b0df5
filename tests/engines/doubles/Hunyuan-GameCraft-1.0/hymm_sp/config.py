"""As Tencent-Hunyuan/Hunyuan-GameCraft-1.0 at 07afcd4, hymm_sp/config.py: of its options, some."""

import argparse
from typing import Any


def add_extra_args(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("--vae", type=str, default="884-16c-hy0801")
    parser.add_argument("--latent-channels", type=str, default=None)
    parser.add_argument("--ckpt", type=str)
    parser.add_argument("--load-key", type=str, default="module", choices=["module", "ema"])
    parser.add_argument("--cpu-offload", action="store_true")
    parser.add_argument("--use-fp8", action="store_true")
    parser.add_argument("--video-size", type=int, nargs="+", default=512)
    parser.add_argument("--image-start", action="store_true")
    return parser


def sanity_check_args(args: Any) -> Any:
    channels = int(args.vae.split("-")[1][:-1])
    if args.latent_channels is None:
        args.latent_channels = channels
    if channels != args.latent_channels:
        raise ValueError(f"Latent channels must match the VAE channels ({channels}).")
    return args


def parse_args(namespace: Any = None) -> Any:
    parser = add_extra_args(argparse.ArgumentParser())
    return sanity_check_args(parser.parse_args(namespace=namespace))
