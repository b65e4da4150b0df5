"""Well-known libraries: the name to import, the distribution to install, and what that requires."""

from collections.abc import Iterable

_RENAMED = {
    "attr": "attrs",
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python opencv-python-headless opencv-contrib-python "
    "opencv-contrib-python-headless",
    "decord": "decord eva-decord",
    "dotenv": "python-dotenv",
    "flash_attn": "flash-attn",
    "hydra": "hydra-core",
    "onnxruntime": "onnxruntime onnxruntime-gpu",
    "PIL": "pillow",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
}
"""The distributions that have a module under another name than their own."""
_SAME = [
    "accelerate", "ale_py", "attrs", "av", "bitsandbytes", "diffusers", "easydict", "einops",
    "ftfy", "gymnasium", "h5py", "huggingface_hub", "imageio", "jax", "kornia",
    "librosa", "loguru", "lpips", "matplotlib", "moviepy", "networkx", "numba", "numpy",
    "omegaconf", "packaging", "pandas", "peft", "psutil", "pydantic", "regex", "requests",
    "rich", "safetensors", "scipy", "sentencepiece", "soundfile", "timm", "tokenizers", "torch",
    "torchaudio", "torchvision", "tqdm", "transformers", "trimesh", "triton",
    "typing_extensions", "wandb", "xformers",
]  # fmt: skip
"""The modules whose distribution has the same name."""
_REQUIRES = {
    "accelerate": "huggingface-hub numpy packaging psutil pyyaml safetensors torch",
    "ale-py": "numpy",
    "beautifulsoup4": "typing-extensions",
    "bitsandbytes": "numpy packaging torch",
    "decord": "numpy",
    "diffusers": "huggingface-hub numpy pillow regex requests safetensors",
    "eva-decord": "numpy",
    "flash-attn": "einops torch",
    "gymnasium": "numpy typing-extensions",
    "h5py": "numpy",
    "huggingface-hub": "packaging pyyaml requests tqdm typing-extensions",
    "hydra-core": "omegaconf packaging",
    "imageio": "numpy pillow",
    "imageio[ffmpeg]": "psutil",
    "jax": "numpy scipy",
    "kornia": "packaging torch",
    "librosa": "numba numpy scikit-learn scipy soundfile typing-extensions",
    "lpips": "numpy scipy torch torchvision tqdm",
    "lucid-runtime": "av huggingface-hub numpy pillow pydantic pyyaml rich",
    "lucid-runtime[demo]": "safetensors torch",
    "matplotlib": "numpy packaging pillow",
    "moviepy": "imageio numpy pillow python-dotenv",
    "numba": "numpy",
    "omegaconf": "pyyaml",
    "onnxruntime": "numpy packaging",
    "onnxruntime-gpu": "numpy packaging",
    "opencv-contrib-python": "numpy",
    "opencv-contrib-python-headless": "numpy",
    "opencv-python": "numpy",
    "opencv-python-headless": "numpy",
    "pandas": "numpy",
    "peft": "accelerate huggingface-hub numpy packaging psutil pyyaml safetensors torch tqdm "
    "transformers",
    "pydantic": "typing-extensions",
    "qwen-vl-utils": "av packaging pillow requests",
    "scikit-image": "imageio networkx numpy packaging pillow scipy",
    "scikit-learn": "numpy scipy",
    "scipy": "numpy",
    "soundfile": "numpy",
    "timm": "huggingface-hub pyyaml safetensors torch torchvision",
    "tokenizers": "huggingface-hub",
    "torch": "networkx triton typing-extensions",
    "torchaudio": "torch",
    "torcheval": "typing-extensions",
    "torchvision": "numpy pillow torch",
    "transformers": "huggingface-hub numpy packaging pyyaml regex requests safetensors tokenizers "
    "tqdm",
    "trimesh": "numpy",
    "wandb": "packaging psutil pydantic pyyaml requests typing-extensions",
    "xformers": "numpy torch",
}
"""What a distribution brings with it, as far as ports import it."""
DISTRIBUTIONS = {name: tuple(text.split()) for name, text in _RENAMED.items()} | {
    name: (name.replace("_", "-"),) for name in _SAME
}
"""The distributions that offer a module, by the module's name."""
_OTHERS = {
    "fastapi",
    "msgpack",
    "mypy",
    "ninja",
    "pygame",
    "pytest",
    "ruff",
    "sageattention",
    "setuptools",
    "uvicorn",
}
_KNOWN = {*_REQUIRES, *_OTHERS, *(each for found in DISTRIBUTIONS.values() for each in found)}


def are_known(requirements: Iterable[str]) -> bool:
    """Whether the table says what each distribution requires; another one may bring anything."""
    return _KNOWN.issuperset(name.partition("[")[0] for name in requirements)


def installed(requirements: Iterable[str]) -> frozenset[str]:
    """Return these distributions and what they are known to require."""
    found = set(requirements)
    todo = list(found)
    while todo:
        new = set(_REQUIRES.get(todo.pop(), "").split()) - found
        found |= new
        todo += new
    return frozenset(found)
