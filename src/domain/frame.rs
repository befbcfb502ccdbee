//! [`Picture`]: pixels. [`Frame`]: a picture of a camera or clip, with its number and timestamps.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;

/// Extent of a picture in pixels.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Size {
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
}

impl Size {
    /// Creates an extent of `width` × `height` pixels.
    pub const fn new(width: u32, height: u32) -> Self {
        Self { width, height }
    }

    /// Number of pixels.
    pub const fn pixels(self) -> usize {
        self.width as usize * self.height as usize
    }
}

impl std::fmt::Display for Size {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

/// The number of bytes does not match the size of the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a {size} picture needs {} bytes, not {bytes}", size.pixels() * 4)]
pub struct PictureSizeError {
    /// The requested size.
    pub size: Size,
    /// The number of bytes given.
    pub bytes: usize,
}

/// Pixels: tightly packed RGBA8, sRGB-encoded, straight alpha, top row first.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    size: Size,
    rgba: Vec<u8>,
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Picture({})", self.size)
    }
}

impl Picture {
    /// Takes ownership of `rgba`: `width * height * 4` bytes.
    pub fn from_rgba(size: Size, rgba: Vec<u8>) -> Result<Self, PictureSizeError> {
        if rgba.len() == size.pixels() * 4 {
            Ok(Self { size, rgba })
        } else {
            Err(PictureSizeError {
                size,
                bytes: rgba.len(),
            })
        }
    }

    /// Creates a picture of one colour.
    pub fn filled(size: Size, colour: [u8; 4]) -> Self {
        Self {
            size,
            rgba: colour.repeat(size.pixels()),
        }
    }

    /// Width and height.
    pub const fn size(&self) -> Size {
        self.size
    }

    /// All bytes: `height` rows of `width` RGBA pixels.
    pub fn rgba(&self) -> &[u8] {
        &self.rgba
    }

    /// All bytes, mutable.
    pub fn rgba_mut(&mut self) -> &mut [u8] {
        &mut self.rgba
    }

    /// The smallest ranges of columns and rows that hold every pixel with at least this alpha; `None` if
    /// there is no such pixel.
    pub fn extent_of_alpha(&self, least: u8) -> Option<[Range<u32>; 2]> {
        let mut found: Option<[Range<u32>; 2]> = None;
        let rows = self
            .rgba
            .chunks_exact((self.size.width as usize * 4).max(4));
        for (y, row) in (0..).zip(rows) {
            let pixels = row.as_chunks::<4>().0;
            let shows = |pixel: &[u8; 4]| pixel[3] >= least;
            let Some(first) = pixels.iter().position(shows) else {
                continue;
            };
            let last = pixels.iter().rposition(shows).unwrap_or(first);
            let (first, end) = (first as u32, last as u32 + 1);
            found = Some(match found {
                Some([columns, rows]) => [
                    columns.start.min(first)..columns.end.max(end),
                    rows.start..y + 1,
                ],
                None => [first..end, y..y + 1],
            });
        }
        found
    }

    /// Returns the bytes and consumes the picture.
    pub fn into_rgba(self) -> Vec<u8> {
        self.rgba
    }

    /// The pixel at `(x, y)`; outside the picture, the nearest edge pixel.
    pub fn pixel_clamped(&self, x: i64, y: i64) -> [u8; 4] {
        let x = x.clamp(0, i64::from(self.size.width) - 1) as usize;
        let y = y.clamp(0, i64::from(self.size.height) - 1) as usize;
        let at = (y * self.size.width as usize + x) * 4;
        self.rgba
            .get(at..at + 4)
            .and_then(|p| p.try_into().ok())
            .unwrap_or_default()
    }
}

/// Sequence number of a frame since its source was opened; the first is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FrameId(pub u64);

/// A time on the pipeline's [`Clock`](crate::domain::timing::Clock), since its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct FrameTime(pub Duration);

impl FrameTime {
    /// Time since `earlier`; zero if `earlier` is in the future.
    pub fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }

    /// Seconds since the clock's start.
    pub fn secs(self) -> f64 {
        self.0.as_secs_f64()
    }
}

/// One picture of a source: immutable, shared, timestamped at capture.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Sequence number.
    pub id: FrameId,
    /// Presentation time on the source's own clock: the capture time of a camera, the presentation time in
    /// a clip. Recordings use this.
    pub shown_at: FrameTime,
    /// When the frame entered this program, on the pipeline's clock. Latency is measured from here.
    pub captured_at: FrameTime,
    /// The pixels; alpha is 255 everywhere.
    pub picture: Arc<Picture>,
}

impl Frame {
    /// Width and height.
    pub fn size(&self) -> Size {
        self.picture.size()
    }
}
