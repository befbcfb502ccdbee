//! [`Appearance`]: a colour descriptor that re-identifies a person after an absence or an occlusion.
//! It consists of three histograms: hair, face and clothes.
//!
//! Histogram axes are chromaticity and brightness relative to the whole crop, which makes the
//! descriptor robust to a change of illumination.

use crate::domain::face::BoundingBox;
use crate::domain::frame::{Picture, Size};
use crate::domain::geometry::{FramePx, Transform};
use crate::pictures::warp::{Outside, Warper};

/// Columns and rows of the sampled crop.
const COLUMNS: u32 = 24;
const ROWS: u32 = 36;

/// End rows of the hair, face and clothes strips.
const STRIPS: [u32; 3] = [9, 22, ROWS];

/// Bins per chromaticity axis, and for brightness.
const CHROMA: usize = 6;
const LIGHT: usize = 4;
const BINS: usize = CHROMA * CHROMA * LIGHT;

/// Normalised colour histograms, one per strip; each sums to 1.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Appearance {
    strips: [[f32; BINS]; STRIPS.len()],
}

/// Weight of each strip. The face weighs most because two people may wear similar clothes.
const COUNTS: [f32; STRIPS.len()] = [0.25, 0.5, 0.25];

/// Coordinate space of the sampled crop.
enum Grid {}

/// Returns the bin of `value`, which lies in `[0, 1]`.
fn bin(value: f32, bins: usize) -> usize {
    ((value * bins as f32) as usize).min(bins - 1)
}

/// Returns the bin of a chromaticity relative to grey, stretched to spread skin, hair and cloth over
/// the bins.
fn chroma(part: f32, sum: f32) -> usize {
    bin(
        (0.5 + 2.5 * (part / sum - 1.0 / 3.0)).clamp(0.0, 1.0),
        CHROMA,
    )
}

impl Appearance {
    /// Describes the head, face and shoulders of the person with face box `bounds` in `picture`.
    pub(super) fn of(picture: &Picture, bounds: &BoundingBox) -> Self {
        let cut = cut_out(picture, bounds);
        let pixels = cut.rgba().as_chunks::<4>().0;
        let sum = |p: &[u8; 4]| f32::from(p[0]) + f32::from(p[1]) + f32::from(p[2]) + 3.0;
        let rows = |from: u32, to: u32| {
            let columns = COLUMNS as usize;
            pixels
                .iter()
                .take(to as usize * columns)
                .skip(from as usize * columns)
        };
        let mean = rows(0, ROWS).map(sum).sum::<f32>() / (COLUMNS * ROWS) as f32;
        let mut strips = [[0.0; BINS]; STRIPS.len()];
        let mut first = 0;
        for (strip, end) in strips.iter_mut().zip(STRIPS) {
            let share = 1.0 / (COLUMNS * (end - first)) as f32;
            for pixel in rows(first, end) {
                let sum = sum(pixel);
                let (red, green) = (f32::from(pixel[0]) + 1.0, f32::from(pixel[1]) + 1.0);
                let light = bin((sum / mean / 2.0).clamp(0.0, 1.0), LIGHT);
                let at = (chroma(red, sum) * CHROMA + chroma(green, sum)) * LIGHT + light;
                if let Some(part) = strip.get_mut(at) {
                    *part += share;
                }
            }
            first = end;
        }
        Self { strips }
    }

    /// Returns the distance from 0 (identical) to 1 (disjoint): one minus the weighted mean of the
    /// strips' Bhattacharyya coefficients.
    pub(super) fn distance(&self, other: &Self) -> f32 {
        let strips = self.strips.iter().zip(&other.strips);
        let alike = strips.map(|(a, b)| a.iter().zip(b).map(|(a, b)| (a * b).sqrt()).sum::<f32>());
        let all: f32 = alike
            .zip(COUNTS)
            .map(|(alike, counts)| alike * counts)
            .sum();
        (1.0 - all).clamp(0.0, 1.0)
    }

    /// Moves the histograms by the fraction `part` towards `now`.
    pub(super) fn learn(&mut self, now: &Self, part: f32) {
        let shares = self.strips.iter_mut().flatten();
        for (share, seen) in shares.zip(now.strips.iter().flatten()) {
            *share += (seen - *share) * part;
        }
    }
}

/// Crops head, face and shoulders. A column spans 0.075 of the box's width, a row 0.068 of its height.
fn cut_out(picture: &Picture, bounds: &BoundingBox) -> Picture {
    let step = [
        1.8 * bounds.width / COLUMNS as f32,
        2.45 * bounds.height / ROWS as f32,
    ];
    let picture_from_grid: Transform<FramePx, Grid> = Transform::scale_then_move(
        step[0],
        step[1],
        bounds.centre().x - 0.9 * bounds.width,
        bounds.y - 0.45 * bounds.height,
    );
    let mut cut = Picture::filled(Size::new(COLUMNS, ROWS), [0, 0, 0, 255]);
    Warper::default().warp(picture, &picture_from_grid, Outside::Edge, &mut cut);
    cut
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::geometry::Rect;

    /// Draws a face of one colour above clothes of another, scaled by `light`.
    fn person(face: [u8; 3], clothes: [u8; 3], light: f32) -> Picture {
        let size = Size::new(120, 160);
        let mut picture = Picture::filled(size, [90, 90, 90, 255]);
        for (i, pixel) in picture
            .rgba_mut()
            .as_chunks_mut::<4>()
            .0
            .iter_mut()
            .enumerate()
        {
            let colour = if i / 120 < 80 { face } else { clothes };
            for (channel, value) in pixel.iter_mut().zip(colour) {
                *channel = (f32::from(value) * light) as u8;
            }
        }
        picture
    }

    const PLACE: BoundingBox = Rect::new(40.0, 30.0, 40.0, 48.0);

    #[test]
    fn a_person_in_other_light_is_nearer_than_a_stranger() {
        let known = Appearance::of(&person([200, 150, 120], [30, 60, 160], 1.0), &PLACE);
        let darker = Appearance::of(&person([200, 150, 120], [30, 60, 160], 0.6), &PLACE);
        let stranger = Appearance::of(&person([200, 150, 120], [170, 40, 30], 1.0), &PLACE);

        assert!(known.distance(&known) < 1e-4);
        assert!(known.distance(&darker) < 0.1, "{}", known.distance(&darker));
        assert!(
            known.distance(&stranger) > 0.2,
            "{}",
            known.distance(&stranger)
        );
    }
}
