"""Makes a network between two runs of `train_faces.py`: more style costs calm and clear eyes, and a point between suits most.

usage: mix_faces.py training/runs/stylizer_faces training/runs/stylizer_faces2 --share 0.5 --out training/runs/stylizer_mix
"""

import argparse
from pathlib import Path

from train_faces import mixed_run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("first", type=Path)
    parser.add_argument("second", type=Path, help="a run that began with the weights of the first")
    parser.add_argument("--share", type=float, default=0.5, help="of the second")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    mixed_run(options.first, options.second, options.share, options.out)


if __name__ == "__main__":
    main()
