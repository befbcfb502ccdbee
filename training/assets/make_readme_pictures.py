"""Makes `before_after.jpg` and `styles.jpg` in `docs/images` with a built `vizard`; `window.png` is a
screenshot of `vizard live --style oil_dabs --region head` at 1280x800.

    python training/assets/make_readme_pictures.py target/release/vizard [docs/images [NAME ...]]
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
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


    def still(self, style: str) -> Image.Image:
        """The same frame as a picture of its own."""
        still, out = self.folder / "still.png", self.folder / f"{style}.png"
        if not still.exists():
            pick = f"select=eq(n\\,{FRAME})"
            self.run("ffmpeg", "-y", "-loglevel", "error", "-i", self.clip, "-vf", pick, "-frames:v", "1", still)
        self.run(self.vizard, "render", "--input", still, "--style", style, "--output", out)
        return Image.open(out).convert("RGB")


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
    plain = studio.frame("ink_wash", "--strength", "0")
    styled = [studio.frame(style) for style in ("oil_dabs", "woodcut", "oil_portrait")]
    return sheet([[small(picture, 480) for picture in row] for row in ([plain, styled[0]], styled[1:])])


def styles(studio: Studio) -> Image.Image:
    """All references, and what each makes of the same frame; three pairs a row."""
    pairs = []
    for path in sorted((ROOT / "assets" / "styles").glob("*.jpg")):
        reference = Image.open(path).convert("RGB")
        side = min(reference.size)
        square = reference.crop((0, 0, side, side)).resize((220, 220), Image.LANCZOS)
        frame = studio.still(path.stem).crop((340, 40, 980, 680))
        pairs.append([square, small(frame, 220)])
    pairs = pairs[: len(pairs) // 3 * 3]
    return sheet([sum(pairs[i : i + 3], []) for i in range(0, len(pairs), 3)], 0)


def main() -> None:
    output = Path(sys.argv[2]) if len(sys.argv) > 2 else ROOT / "docs" / "images"
    makers = {"before_after": before_after, "styles": styles}
    makers = {name: makers[name] for name in sys.argv[3:] or makers}
    for name, make in makers.items():
        with tempfile.TemporaryDirectory() as folder:
            picture = make(Studio(sys.argv[1], Path(folder)))
        picture.save(output / f"{name}.jpg", quality=88)
        print(name, picture.size)


if __name__ == "__main__":
    main()
