//! [`Target`]: what a crop wants, as the field sees it.

use crate::stages::stylize::brush::patch::{Guides, SIDE, mean_of};
use crate::stages::stylize::brush::source::halved_guides;

/// Pixels between patches of a field.
pub(super) const STRIDE: usize = 2;

/// Distance from a patch's first pixel to its last.
const END: usize = SIDE - 1;

/// What a crop wants: guides at every second pixel.
#[derive(Debug, Clone, Default)]
pub(super) struct Target {
    /// Guides a row, and rows; a crop has twice as many pixels.
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) guides: Vec<Guides>,
    /// The bits of them that count: none of those that crop or reference do not know.
    pub(super) counts: Guides,
    /// How much each place is an eye, a brow, lips: where the person must stay.
    pub(super) features: Vec<u8>,
    /// Whether the place is painted.
    pub(super) shown: Vec<bool>,
}

impl Target {
    /// Half as large.
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

    /// Whether the patch at a column and row is painted.
    #[inline]
    pub(super) fn shows(&self, i: usize, j: usize) -> bool {
        self.shown[(j + 1) * self.width + i + 1]
    }

    /// Patches a row, and rows of them.
    pub(super) fn patches(&self) -> (usize, usize) {
        patches_of(self.width, self.height)
    }
}

/// Patches a row, and rows of patches, of a grid of guides.
pub(super) fn patches_of(width: usize, height: usize) -> (usize, usize) {
    (width - END / STRIDE, height - END / STRIDE)
}
