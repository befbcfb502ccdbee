//! [`Target`]: a crop in the form of the field.

use crate::stages::stylize::brush::patch::{Guides, SIDE, mean_of};
use crate::stages::stylize::brush::source::halved_guides;

/// Patch spacing of a field, pixels.
pub(super) const STRIDE: usize = 2;

/// Distance from a patch's first pixel to its last.
const END: usize = SIDE - 1;

/// Target guides of a crop at every second pixel.
#[derive(Debug, Clone, Default)]
pub(super) struct Target {
    /// Guides per row, and rows; the crop has twice as many pixels along each axis.
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) guides: Vec<Guides>,
    /// Mask of the guide bits known to both crop and reference.
    pub(super) counts: Guides,
    /// Importance of eyes, brows and lips, where the likeness must persist.
    pub(super) features: Vec<u8>,
    /// Whether the position is painted.
    pub(super) shown: Vec<bool>,
}

impl Target {
    /// Returns the target at half the size.
    pub(super) fn halved(&self) -> Self {
        let (width, height) = (self.width / 2, self.height / 2);
        let many = |x: usize, y: usize| {
            [0, 1].map(|dy| [0, 1].map(|dx| (2 * y + dy) * self.width + 2 * x + dx))
        };
        let each = (0..width * height).map(|i| many(i % width, i / width));
        Self {
            width,
            height,
            guides: halved_guides(&self.guides, self.width, self.height),
            counts: self.counts,
            features: each
                .clone()
                .map(|four| {
                    mean_of(
                        [four[0][0], four[0][1], four[1][0], four[1][1]].map(|i| self.features[i]),
                    )
                })
                .collect(),
            shown: each
                .map(|four| four.iter().flatten().any(|i| self.shown[*i]))
                .collect(),
        }
    }

    /// Returns whether the patch at a column and row is painted.
    #[inline]
    pub(super) fn shows(&self, i: usize, j: usize) -> bool {
        self.shown[(j + 1) * self.width + i + 1]
    }

    /// Returns patches per row, and rows of patches.
    pub(super) fn patches(&self) -> (usize, usize) {
        patches_of(self.width, self.height)
    }
}

/// Returns patches per row and rows of patches for a grid of guides.
pub(super) fn patches_of(width: usize, height: usize) -> (usize, usize) {
    (width - END / STRIDE, height - END / STRIDE)
}
