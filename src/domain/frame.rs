//! [`Picture`]: pixels. [`Frame`]: a picture of a camera or clip, with its number and its time.

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
    /// An extent of `width` × `height` pixels.
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

/// The bytes do not fill the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a {size} picture needs {} bytes, not {bytes}", size.pixels() * 4)]
pub struct PictureSizeError {
    /// The size that was asked for.
    pub size: Size,
    /// The bytes that were given.
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
    /// Takes over `rgba`: `width * height * 4` bytes.
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

    /// A picture of one colour.
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

    /// All bytes, to be written.
    pub fn rgba_mut(&mut self) -> &mut [u8] {
        &mut self.rgba
    }

    /// The columns and the rows within which some pixel has at least this alpha, if any has.
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

    /// Gives the bytes away.
    pub fn into_rgba(self) -> Vec<u8> {
        self.rgba
    }

    /// The pixel at `(x, y)`; outside the picture, the nearest one on its edge.
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

/// Running number of a frame since its source was opened; the first is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FrameId(pub u64);

/// A moment on the pipeline's [`Clock`](crate::domain::timing::Clock), since its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct FrameTime(pub Duration);

impl FrameTime {
    /// Time since `earlier`; zero where that lies in the future.
    pub fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }

    /// Seconds since the clock's start.
    pub fn secs(self) -> f64 {
        self.0.as_secs_f64()
    }
}

/// One picture of a source: immutable, shared, stamped when it was captured.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Running number.
    pub id: FrameId,
    /// When the frame is to be shown, on the source's own clock: the capture time of a camera,
    /// the presentation time in a clip. Recordings use this.
    pub shown_at: FrameTime,
    /// When the frame came into this program, on the pipeline's clock. Latency counts from here.
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
