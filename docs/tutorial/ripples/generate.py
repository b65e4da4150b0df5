"""Predict two seconds of a pond into which a stone falls, and write them to ripples.gif."""

from model import HEIGHT, WIDTH, Ripples, drop, picture
from PIL import Image


def main() -> None:
    """Write ripples.gif."""
    model = Ripples.load()
    stone, nothing = drop(WIDTH / 2, HEIGHT / 2, 6), drop(0, 0, 1) * 0
    frames = [Image.fromarray(picture(model.step(stone if t == 0 else nothing))) for t in range(60)]
    frames[0].save("ripples.gif", save_all=True, append_images=frames[1:], duration=33, loop=0)
    print("wrote 60 frames to ripples.gif")


if __name__ == "__main__":
    main()
