"""Makes the README's `before_after.jpg`, `portraits.jpg` and `painting.jpg` in `docs/images` with a built
`vizard`; `window.png` is a screenshot of `vizard live --style oil_portrait` at 1280x800.

    python training/assets/make_readme_pictures.py target/release/vizard [docs/images]
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
# By then strokes are steadied as they are live.
FRAME = 30
GAP = 4


class Studio:
    """Styled frames of the demo clip."""

    def __init__(self, vizard: str, folder: Path):
        self.vizard, self.folder, self.clip = vizard, folder, folder / "demo.mp4"
        demo = ROOT / "assets" / "demo.mp4"
        seconds = str((FRAME + 6) / 30)
        self.run("ffmpeg", "-y", "-loglevel", "error", "-i", demo, "-t", seconds, "-c", "copy", self.clip)

    @staticmethod
    def run(*words) -> None:
        subprocess.run([str(word) for word in words], check=True, stdout=subprocess.DEVNULL)

    def frame(self, style: str, *more: str) -> Image.Image:
        out = self.folder / "-".join([style, *more])
        out.mkdir()
        wish = ["render", "--input", self.clip, "--style", style, "--output", out, *more]
        self.run(self.vizard, *wish)
        return Image.open(sorted(out.glob("*.png"))[FRAME]).convert("RGB")


def sheet(rows: list[list[Image.Image]], gap: int = GAP) -> Image.Image:
    """Rows of pictures of one height each, on white."""
    heights = [row[0].height for row in rows]
    widths = [sum(picture.width for picture in row) + gap * (len(row) - 1) for row in rows]
    whole = Image.new("RGB", (max(widths), sum(heights) + gap * (len(rows) - 1)), "white")
    y = 0
    for row, height in zip(rows, heights):
        x = 0
        for picture in row:
            whole.paste(picture, (x, y))
            x += picture.width + gap
        y += height + gap
    return whole


def small(picture: Image.Image, width: int) -> Image.Image:
    return picture.resize((width, round(picture.height * width / picture.width)), Image.LANCZOS)


def before_after(studio: Studio) -> Image.Image:
    plain = studio.frame("ink_wash", "--strength", "0", "--when-lost", "bare")
    styled = [studio.frame(style) for style in ("ink_wash", "sunset_poster", "oil_dabs")]
    a, b, c, d = (small(picture, 480) for picture in (plain, *styled))
    return sheet([[a, b], [c, d]])


def portraits(studio: Studio) -> Image.Image:
    rows = []
    for style in ("oil_portrait", "chalk_portrait"):
        reference = small(Image.open(ROOT / "assets" / "styles" / f"{style}.jpg").convert("RGB"), 360)
        frame = studio.frame(style).crop((140, 0, 1140, 720))
        rows.append([reference, small(frame, 500)])
    return sheet(rows, 0)


def painting(studio: Studio) -> Image.Image:
    styles = ("oil_portrait", "chalk_portrait", "watercolour")
    return sheet([[small(studio.frame(style, "--region", "painting"), 640) for style in styles]], 0)


def main() -> None:
    output = Path(sys.argv[2]) if len(sys.argv) > 2 else ROOT / "docs" / "images"
    makers = {"before_after": before_after, "portraits": portraits, "painting": painting}
    for name, make in makers.items():
        with tempfile.TemporaryDirectory() as folder:
            picture = make(Studio(sys.argv[1], Path(folder)))
        picture.save(output / f"{name}.jpg", quality=88)
        print(name, picture.size)


if __name__ == "__main__":
    main()
