//! [`Source`]: a reference in the form of the field.

use crate::stages::stylize::brush::patch::{Guides, Pixels, SIDE, mean_of};

/// The first pixel of a reference patch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Place {
    pub(super) x: u16,
    pub(super) y: u16,
}

/// Pixels and guides of one reference at one scale, or of two stacked vertically.
#[derive(Debug, Clone, Default)]
pub(super) struct Source {
    pub(super) pixels: Pixels,
    pub(super) guides: Vec<Guides>,
    /// The position of each picture.
    parts: Vec<Part>,
}

/// The position of a picture in a [`Source`].
#[derive(Debug, Clone, Copy)]
struct Part {
    top: usize,
    width: usize,
    height: usize,
}

impl Source {
    /// Creates a source from one picture.
    pub(super) fn new(pixels: Pixels, guides: Vec<Guides>) -> Self {
        let part = Part {
            top: 0,
            width: pixels.width,
            height: pixels.height,
        };
        Self {
            pixels,
            guides,
            parts: vec![part],
        }
    }

    /// Stacks this above another.
    pub(super) fn above(&self, other: &Self) -> Self {
        let width = self.pixels.width.max(other.pixels.width);
        let mut all = Self::new(
            Pixels::new(width, self.pixels.height + other.pixels.height),
            vec![[0; 16]; width * (self.pixels.height + other.pixels.height)],
        );
        all.parts.clear();
        let mut top = 0;
        for source in [self, other] {
            let Pixels {
                width: wide,
                height,
                ..
            } = source.pixels;
            for row in 0..height {
                let (from, to) = (row * wide..(row + 1) * wide, (top + row) * width);
                all.pixels.pixels_mut()[to..to + wide]
                    .copy_from_slice(&source.pixels.pixels()[from.clone()]);
                all.guides[to..to + wide].copy_from_slice(&source.guides[from]);
            }
            all.parts.push(Part {
                top,
                width: wide,
                height,
            });
            top += height;
        }
        all
    }

    /// Returns the first row of the second picture, or 0.
    pub(super) fn second_top(&self) -> i32 {
        self.parts.get(1).map_or(0, |part| part.top as i32)
    }

    /// Returns the source at half the size; for one picture only.
    pub(super) fn halved(&self) -> Self {
        let (width, height) = (self.pixels.width, self.pixels.height);
        Self::new(
            self.pixels.halved(),
            halved_guides(&self.guides, width, height),
        )
    }

    /// Returns the index of the picture that contains a row.
    #[inline]
    pub(super) fn part_at(&self, y: i32) -> usize {
        usize::from(self.parts.len() > 1 && y >= self.parts[1].top as i32)
    }

    /// Returns the valid patch position nearest to these pixel coordinates.
    #[inline]
    pub(super) fn inside(&self, x: i32, y: i32) -> Place {
        let part = self.parts[self.part_at(y)];
        let limit = |at: i32, low: usize, length: usize| {
            at.clamp(low as i32, (low + length - SIDE) as i32) as u16
        };
        Place {
            x: limit(x, 0, part.width),
            y: limit(y, part.top, part.height),
        }
    }
}

/// Returns the means of 2×2 pixels' guides.
pub(super) fn halved_guides(guides: &[Guides], width: usize, height: usize) -> Vec<Guides> {
    let (half_width, half_height) = ((width / 2).max(1), (height / 2).max(1));
    let at = |x: usize, y: usize| guides[y.min(height - 1) * width + x.min(width - 1)];
    (0..half_width * half_height)
        .map(|i| {
            let (x, y) = (i % half_width * 2, i / half_width * 2);
            let four = [at(x, y), at(x + 1, y), at(x, y + 1), at(x + 1, y + 1)];
            std::array::from_fn(|c| mean_of(four.map(|guides| guides[c])))
        })
        .collect()
}
