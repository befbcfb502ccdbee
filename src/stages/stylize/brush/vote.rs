//! Patch voting: overlapping patches determine the pixels that they cover.

use crate::stages::stylize::brush::field::Field;
use crate::stages::stylize::brush::patch::{Pixels, SIDE};
use crate::stages::stylize::brush::source::Source;
use crate::stages::stylize::brush::target::{STRIDE, Target};

/// Vote weights from a patch's first pixel to its last, along each axis.
const NEAR: [f32; SIDE] = [0.55, 0.85, 1.0, 0.85, 0.55];

impl Field {
    /// Computes each pixel as the weighted mean of the patches that cover it; better matches weigh more.
    /// Pixels without a visible patch stay unchanged, as do rows without `new` patches. The last column
    /// and row, which no patch covers, copy those before them.
    pub(super) fn vote(
        &self,
        source: &Source,
        target: &Target,
        soft: u32,
        new: impl Fn(usize) -> bool,
        painted: &mut Pixels,
    ) {
        let worth = |(at, cost): (usize, &u32)| {
            if target.shows(at % self.columns, at / self.columns) {
                (1000.0 / (soft as f32 + *cost as f32)).powi(2)
            } else {
                0.0
            }
        };
        let worths: Vec<f32> = self.costs.iter().enumerate().map(worth).collect();
        let is_new: Vec<bool> = (0..self.rows).map(new).collect();
        let width = painted.width;
        let mut sums = vec![[0.0_f32; 4]; width];
        for (y, row) in painted.pixels_mut().chunks_exact_mut(width).enumerate() {
            let first = (y + STRIDE).saturating_sub(SIDE) / STRIDE;
            let patches = first..(y / STRIDE + 1).min(self.rows);
            if !patches.clone().any(|j| is_new[j] && y - j * STRIDE < SIDE) {
                continue;
            }
            sums.fill([0.0; 4]);
            for j in patches.filter(|j| y - j * STRIDE < SIDE) {
                let worths = &worths[j * self.columns..][..self.columns];
                self.add_row(source, (j, y - j * STRIDE), worths, &mut sums);
            }
            for (pixel, [r, g, b, weight]) in row.iter_mut().zip(&sums) {
                if *weight > 0.0 {
                    *pixel = [r, g, b].map(|sum| (sum / weight + 0.5) as u8);
                }
            }
        }
        painted.end_as_before();
    }

    /// Adds the votes of row `dy` of the patches of row `j`.
    fn add_row(
        &self,
        source: &Source,
        (j, dy): (usize, usize),
        worths: &[f32],
        sums: &mut [[f32; 4]],
    ) {
        let places = &self.places[j * self.columns..][..self.columns];
        for (i, (place, worth)) in places.iter().zip(worths).enumerate() {
            if *worth <= 0.0 {
                continue;
            }
            let from = (usize::from(place.y) + dy) * source.pixels.width + usize::from(place.x);
            let given = source.pixels.pixels()[from..].first_chunk::<SIDE>();
            let to = sums[i * STRIDE..].first_chunk_mut::<SIDE>();
            let (Some(given), Some(to)) = (given, to) else {
                continue;
            };
            let loud = worth * NEAR[dy];
            for dx in 0..SIDE {
                let [r, g, b] = given[dx].map(f32::from);
                let weight = loud * NEAR[dx];
                let vote = [r * weight, g * weight, b * weight, weight];
                for c in 0..4 {
                    to[dx][c] += vote[c];
                }
            }
        }
    }
}
