"""Makes `assets/demo.mp4`: six seconds of a face under a simulated hand-held camera.

The face is the NASA portrait of Eileen Collins (public domain), `skimage.data.astronaut()`.
It is upscaled, continued a little beyond its edges by reflection, and filmed by a virtual
webcam: pan, zoom, roll, hand tremor, drifting light, motion blur, sensor noise. Every motion
is a sum of sines that fit a whole number of times into the clip, so it loops.

    python training/assets/make_demo.py [OUTPUT.mp4]
"""

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import skimage.data

WIDTH, HEIGHT, FPS, SECONDS = 1280, 720, 30, 6
FRAMES = FPS * SECONDS
UPSCALE = 2.5
PAD_TOP, PAD_SIDE = 14, 64  # pixels of the source, mirrored
FACE = np.array([224.0, 128.0])  # where the camera points, in source pixels
SHUTTER = 0.45  # the share of a frame's time during which light is gathered
SUBFRAMES = 4
OUTPUT = Path(__file__).resolve().parents[2] / "assets" / "demo.mp4"


def backdrop() -> np.ndarray:
    """The portrait, continued by reflection, upscaled and a little sharpened."""
    source = skimage.data.astronaut().astype(np.float32) / 255.0
    source = cv2.copyMakeBorder(source, PAD_TOP, 0, PAD_SIDE, PAD_SIDE, cv2.BORDER_REFLECT_101)
    large = cv2.resize(source, None, fx=UPSCALE, fy=UPSCALE, interpolation=cv2.INTER_LANCZOS4)
    soft = cv2.GaussianBlur(large, (0, 0), 2.0)
    return np.clip(large + 0.5 * (large - soft), 0.0, 1.0)


def wave(time: float, *terms: tuple[float, int, float]) -> float:
    """A sum of sines: (amplitude, whole cycles per clip, phase in turns)."""
    return sum(a * np.sin(2 * np.pi * (n * time + phase)) for a, n, phase in terms)


def pose(time: float) -> np.ndarray:
    """The 2x3 matrix from backdrop to frame at `time` (0..1 of the clip)."""
    zoom = 2.62 * (1 + wave(time, (0.085, 1, -0.25), (0.012, 2, 0.1), (0.002, 13, 0.3)))
    roll = wave(time, (2.6, 1, 0.12), (0.9, 3, 0.4), (0.12, 17, 0.7))
    slack = np.clip((zoom - 2.2) / 0.6, 0.3, 1.0)  # less panning when there is less margin
    pan_x = slack * wave(time, (24.0, 1, 0.0), (7.0, 2, 0.35)) + wave(
        time, (0.5, 11, 0.2), (0.3, 23, 0.6)
    )
    pan_y = wave(time, (4.0, 2, 0.2), (1.6, 3, 0.55), (0.45, 13, 0.1), (0.25, 19, 0.4))
    aim = (FACE + [pan_x, pan_y] + [PAD_SIDE, PAD_TOP]) * UPSCALE
    matrix = cv2.getRotationMatrix2D(tuple(aim), roll, zoom / UPSCALE)
    matrix[:, 2] += np.array([WIDTH / 2, HEIGHT / 2 + 10]) - aim
    return matrix


def shoot(picture: np.ndarray, index: int) -> np.ndarray:
    """One frame's light, gathered over the time the shutter is open."""
    total = np.zeros((HEIGHT, WIDTH, 3), np.float32)
    for sub in range(SUBFRAMES):
        time = (index + SHUTTER * (sub / (SUBFRAMES - 1) - 0.5)) / FRAMES
        total += cv2.warpAffine(
            picture,
            pose(time),
            (WIDTH, HEIGHT),
            flags=cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_REFLECT_101,
        )
    return total / SUBFRAMES


def relight(frame: np.ndarray, time: float) -> np.ndarray:
    """Drifting exposure and warmth, a side light that wanders, and the lens's vignette."""
    x = np.linspace(-1, 1, WIDTH, dtype=np.float32)[None, :]
    y = np.linspace(-1, 1, HEIGHT, dtype=np.float32)[:, None]
    exposure = 0.94 + wave(time, (0.10, 1, 0.3), (0.03, 3, 0.0))
    side = wave(time, (0.16, 1, 0.75), (0.05, 2, 0.2))
    warmth = wave(time, (0.035, 1, 0.1), (0.012, 2, 0.6))
    vignette = 1.0 - 0.12 * (x * x + y * y)
    light = exposure * vignette * (1.0 + side * x)
    tint = np.array([1 + warmth, 1.0, 1 - warmth], np.float32)
    lit = frame * light[..., None] * tint
    return lit / (1.0 + np.maximum(lit - 0.8, 0.0) * 0.6)  # a soft shoulder instead of clipping


def expose(frame: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Adds sensor noise (finer in luma than in colour) and makes bytes."""
    luma = rng.normal(0.0, 1.0, (HEIGHT, WIDTH, 1)).astype(np.float32)
    colour = rng.normal(0.0, 1.0, (HEIGHT // 2, WIDTH // 2, 3)).astype(np.float32)
    colour = cv2.resize(colour, (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR)
    level = np.sqrt(np.clip(frame, 0.02, 1.0))
    noisy = frame + level * (0.011 * luma + 0.006 * colour)
    return (np.clip(noisy, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)


def encoder(output: Path) -> subprocess.Popen:
    """ffmpeg, taking raw RGB frames: plain H.264 that the simplest decoders read."""
    command = ["ffmpeg", "-y", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgb24"]
    command += ["-s", f"{WIDTH}x{HEIGHT}", "-r", str(FPS), "-i", "-", "-an"]
    command += ["-vf", "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p"]
    command += ["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"]
    command += ["-c:v", "libx264", "-profile:v", "baseline", "-level", "3.1", "-preset", "slow"]
    command += ["-bf", "0", "-g", "60", "-crf", "23", "-maxrate", "3800k", "-bufsize", "3800k"]
    command += ["-threads", "1", "-fflags", "+bitexact", "-flags:v", "+bitexact"]
    command += ["-movflags", "+faststart", str(output)]
    return subprocess.Popen(command, stdin=subprocess.PIPE)


def main() -> None:
    cv2.setNumThreads(1)
    output = Path(sys.argv[1]) if len(sys.argv) > 1 else OUTPUT
    rng = np.random.default_rng(1)
    picture = backdrop()
    process = encoder(output)
    for index in range(FRAMES):
        frame = relight(shoot(picture, index), index / FRAMES)
        process.stdin.write(expose(frame, rng).tobytes())
    process.stdin.close()
    if process.wait() != 0:
        raise SystemExit("ffmpeg failed")
    print(f"{output.name}: {output.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
