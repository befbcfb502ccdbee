//! Sampling of a rotated, scaled window of a picture.

use crate::domain::frame::Picture;
use crate::domain::geometry::{Point, Transform};
use crate::pictures::shrink::{Grid, Shrunk};

/// Values outside the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outside {
    /// Opaque black.
    Black,
    /// The nearest edge pixel.
    Edge,
}

/// Scale (source pixels per target pixel) above which the source is shrunk first; below it bilinear
/// sampling does not alias.
pub(super) const FINE_ENOUGH: f32 = 2.0;

/// Samples windows of pictures; reuses its buffers.
#[derive(Debug, Default)]
pub struct Warper {
    shrunk: Shrunk,
    reader: Reader,
}

impl Warper {
    /// Fills `target` from `source`: `source_from_target` maps each target pixel's centre to the source,
    /// which is sampled bilinearly. If the target is coarser, the visible part of the source is first
    /// reduced by an integer factor with area averaging, which prevents aliasing. Values are mixed in
    /// their sRGB encoding, as in the networks' training.
    pub fn warp<S, T>(
        &mut self,
        source: &Picture,
        source_from_target: &Transform<S, T>,
        outside: Outside,
        target: &mut Picture,
    ) {
        let scale = source_from_target.scale();
        let grid = match part_seen(source, source_from_target, target) {
            Some((from, to))
                if scale > FINE_ENOUGH && self.shrunk.fill(source, scale as u32, from, to) =>
            {
                self.shrunk.grid()
            }
            _ => Grid::of(source),
        };
        self.reader.read(&grid, source_from_target, outside, target);
    }
}

/// Returns the corners of the visible part of `source`, with a margin for bilinear samples; `None` if it
/// is not visible or the map is invalid.
pub(super) fn part_seen<S, T>(
    source: &Picture,
    source_from_target: &Transform<S, T>,
    target: &Picture,
) -> Option<([u32; 2], [u32; 2])> {
    let (width, height) = (target.size().width as f32, target.size().height as f32);
    let corners = [(0.0, 0.0), (width, 0.0), (0.0, height), (width, height)]
        .map(|(x, y)| *source_from_target * Point::new(x, y));
    let margin = 2.0 * source_from_target.scale();
    let range = |at: fn(&Point<S>) -> f32, most: u32| {
        let low = corners.iter().map(at).fold(f32::INFINITY, f32::min) - margin;
        let high = corners.iter().map(at).fold(f32::NEG_INFINITY, f32::max) + margin;
        // The casts saturate.
        let (low, high) = (low.max(0.0) as u32, (high.ceil() as u32).min(most));
        (low < high).then_some((low, high))
    };
    let (left, right) = range(|p| p.x, source.size().width)?;
    let (top, bottom) = range(|p| p.y, source.size().height)?;
    corners
        .iter()
        .all(|p| p.x.is_finite() && p.y.is_finite())
        .then_some(([left, top], [right, bottom]))
}

/// Samples windows of pictures, or of reduced parts of them.
#[derive(Debug, Default)]
pub(super) struct Reader {
    /// For an unrotated window: two interpolated rows of the picture, channel by channel.
    row: Vec<u8>,
    /// The position of each window column in it.
    columns: Vec<Column>,
}

/// A window column between two picture columns.
#[derive(Debug, Clone, Copy)]
struct Column {
    /// Offset of the left pixel; beyond the row if one of the two lies outside.
    at: usize,
    /// The right one's weight of 256, and above it in the word the left one's.
    weights: u64,
}

impl Reader {
    /// Fills `target` with one bilinear sample per pixel.
    pub(super) fn read<S, T>(
        &mut self,
        grid: &Grid<'_>,
        source_from_target: &Transform<S, T>,
        outside: Outside,
        target: &mut Picture,
    ) {
        let by = grid.factor as f32;
        let [x, y] = grid.origin.map(|at| at as f32);
        let [[a, b, tx], [c, d, ty]] = source_from_target.rows();
        let grid_from_target = Transform::<S, T>::from_rows([
            [a / by, b / by, (tx - x) / by],
            [c / by, d / by, (ty - y) / by],
        ]);
        let sampler = Sampler {
            pixels: grid.pixels,
            width: i64::from(grid.size.width),
            height: i64::from(grid.size.height),
            outside,
        };
        let turned = [b, c].map(|turn| steps_of(turn / by)) != [0, 0];
        if turned {
            fill(&sampler, &grid_from_target, target);
        } else {
            self.fill_upright(&sampler, &grid_from_target, target);
        }
    }

    /// Fills an unrotated window. It interpolates whole rows at once, which is several times as fast as
    /// single pixels and serves two neighbours.
    fn fill_upright<S, T>(
        &mut self,
        sampler: &Sampler<'_>,
        source_from_target: &Transform<S, T>,
        target: &mut Picture,
    ) {
        let width = target.size().width;
        let place = |y: usize| {
            let first: Point<S> = *source_from_target * Point::new(0.5, y as f32 + 0.5);
            (steps_of(first.x - 0.5), steps_of(first.y - 0.5))
        };
        let (start, _) = place(0);
        let right = steps_of(source_from_target.rows()[0][0]);
        let x_of = |column: u32| start + right * i64::from(column);
        let ends = [0, width.saturating_sub(1)].map(|column| x_of(column) >> STEP_BITS);
        let (from, to) = (ends[0].min(ends[1]), ends[0].max(ends[1]) + 2);
        let (from, to) = (from.clamp(0, sampler.width), to.clamp(0, sampler.width));
        let column_of = |column: u32| {
            let x = x_of(column);
            let left = usize::try_from((x >> STEP_BITS) - from);
            let (right, most) = (u64::from(fraction(x)), usize::MAX / 8);
            Column {
                at: left.unwrap_or(most).min(most) * 4,
                weights: right | (256 - right) << 32,
            }
        };
        self.columns.clear();
        self.columns.extend((0..width).map(column_of));
        let rows = target.rgba_mut().chunks_exact_mut(width as usize * 4);
        for (y, row) in rows.enumerate() {
            let (_, y) = place(y);
            match sampler.rows_at(y, from, to) {
                Some([above, below]) => self.mix(above, below, fraction(y)),
                None => self.row.clear(),
            }
            let pixels = row.as_chunks_mut::<4>().0.iter_mut();
            for (index, (pixel, column)) in (0..).zip(pixels.zip(&self.columns)) {
                let pair = self.row.get(column.at..column.at + 8);
                *pixel = match pair.and_then(|pair| pair.first_chunk()) {
                    Some(pair) => between(u64::from_le_bytes(*pair), column.weights),
                    None => sampler.at(x_of(index), y),
                };
            }
        }
    }

    /// Interpolates two rows; `down` in `[0, 255]` of 256.
    fn mix(&mut self, above: &[[u8; 4]], below: &[[u8; 4]], down: u32) {
        let down = down as u16;
        let up = 256 - down;
        let mixed = |(&a, &b): (&u8, &u8)| {
            let sum = u16::from(a) * up + u16::from(b) * down;
            ((sum + 128) >> 8) as u8
        };
        let pairs = above.as_flattened().iter().zip(below.as_flattened());
        self.row.clear();
        self.row.extend(pairs.map(mixed));
    }
}

/// Interpolates two neighbours, the left one in the lower half of `pair`, by a column's weights.
#[inline]
fn between(pair: u64, weights: u64) -> [u8; 4] {
    const BOTH: u64 = (LANES as u64) << 32 | LANES as u64;
    const HALF: u32 = 0x0080_0080;
    // The product's upper half is the left value times the left weight plus the right value times the right
    // weight, two channels each; the lower half does not carry into it.
    let mixed = |pair: u64| ((pair & BOTH).wrapping_mul(weights) >> 32) as u32 + HALF;
    let (even, odd) = (mixed(pair), mixed(pair >> 8));
    (((even >> 8) & LANES) | (odd & !LANES)).to_le_bytes()
}

/// Fills `target` with one bilinear sample per pixel.
fn fill<S, T>(sampler: &Sampler<'_>, source_from_target: &Transform<S, T>, target: &mut Picture) {
    let width = target.size().width as usize;
    let [[a, _, _], [c, _, _]] = source_from_target.rows();
    let (right, down) = (steps_of(a), steps_of(c));
    for (y, row) in target.rgba_mut().chunks_exact_mut(width * 4).enumerate() {
        let first: Point<S> = *source_from_target * Point::new(0.5, y as f32 + 0.5);
        let (mut x, mut y) = (steps_of(first.x - 0.5), steps_of(first.y - 0.5));
        for pixel in row.as_chunks_mut::<4>().0 {
            *pixel = sampler.at(x, y);
            (x, y) = (x + right, y + down);
        }
    }
}

/// Mask of two channels in one word, with room for their sums.
const LANES: u32 = 0x00FF_00FF;

/// Fixed-point precision of positions: 1/65536 pixel.
const STEP_BITS: u32 = 16;

/// Converts a length to steps. Clamping far positions, and NaN becoming 0, prevent an overflow of sums over
/// a row.
fn steps_of(pixels: f32) -> i64 {
    const FAR: i64 = 1 << 40;
    ((pixels * (1 << STEP_BITS) as f32) as i64).clamp(-FAR, FAR)
}

/// Returns the fraction of a position within its pixel, in 256ths.
fn fraction(steps: i64) -> u32 {
    ((steps >> (STEP_BITS - 8)) & 255) as u32
}

/// Bilinear sampler of a picture.
struct Sampler<'a> {
    pixels: &'a [[u8; 4]],
    width: i64,
    height: i64,
    outside: Outside,
}

impl<'a> Sampler<'a> {
    /// Returns the pixel rows above and below a height in steps, between two columns, if both are inside.
    fn rows_at(&self, y: i64, from: i64, to: i64) -> Option<[&'a [[u8; 4]]; 2]> {
        let top = y >> STEP_BITS;
        let row = |y: i64| {
            let at = |x: i64| usize::try_from(y * self.width + x).ok();
            let inside = (0..self.height).contains(&y);
            inside
                .then(|| self.pixels.get(at(from)?..at(to)?))
                .flatten()
        };
        Some([row(top)?, row(top + 1)?])
    }

    /// Returns the bilinear sample at a position in steps, relative to pixel centres.
    #[inline]
    fn at(&self, x: i64, y: i64) -> [u8; 4] {
        let (left, top) = (x >> STEP_BITS, y >> STEP_BITS);
        let inside = left >= 0 && top >= 0 && left + 1 < self.width && top + 1 < self.height;
        let corners = if inside {
            let at = (top * self.width + left) as usize;
            let below = at + self.width as usize;
            match (
                self.pixels.get(at..at + 2),
                self.pixels.get(below..below + 2),
            ) {
                (Some(&[a, b]), Some(&[c, d])) => [a, b, c, d].map(u32::from_le_bytes),
                _ => [0; 4],
            }
        } else {
            [
                self.corner(left, top),
                self.corner(left + 1, top),
                self.corner(left, top + 1),
                self.corner(left + 1, top + 1),
            ]
        };
        mix(corners, fraction(x), fraction(y))
    }

    #[cold]
    fn corner(&self, x: i64, y: i64) -> u32 {
        let (right, bottom) = (self.width - 1, self.height - 1);
        let (cx, cy) = (x.clamp(0, right.max(0)), y.clamp(0, bottom.max(0)));
        if self.outside == Outside::Black && (cx, cy) != (x, y) {
            return u32::from_le_bytes([0, 0, 0, 255]);
        }
        let at = (cy * self.width + cx) as usize;
        self.pixels
            .get(at)
            .map_or(0, |pixel| u32::from_le_bytes(*pixel))
    }
}

/// Interpolates four packed pixels (top left, top right, bottom left, bottom right); `fx`, `fy` in
/// `[0, 255]` of 256.
#[inline]
fn mix(corners: [u32; 4], fx: u32, fy: u32) -> [u8; 4] {
    let bottom_right = (fx * fy) >> 8;
    let (top_right, bottom_left) = (fx - bottom_right, fy - bottom_right);
    let weights = [
        256 + bottom_right - fx - fy,
        top_right,
        bottom_left,
        bottom_right,
    ];
    let (mut even, mut odd) = (0_u32, 0_u32);
    for (corner, weight) in corners.into_iter().zip(weights) {
        even += (corner & LANES) * weight;
        odd += ((corner >> 8) & LANES) * weight;
    }
    (((even >> 8) & LANES) | (odd & !LANES)).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::frame::Size;
    use crate::domain::geometry::{CropPx, FramePx};

    type Map = Transform<FramePx, CropPx>;

    fn ramp(width: u32, height: u32) -> Picture {
        let pixel = |i: u32| [(i % width * 4) as u8, (i / width * 4) as u8, 7, 255];
        let bytes = (0..width * height).flat_map(pixel).collect();
        Picture::from_rgba(Size::new(width, height), bytes).unwrap()
    }

    #[test]
    fn the_identity_copies_every_pixel() {
        let source = ramp(32, 24);
        let mut target = Picture::filled(source.size(), [0; 4]);

        Warper::default().warp(
            &source,
            &Map::scale_then_move(1.0, 1.0, 0.0, 0.0),
            Outside::Black,
            &mut target,
        );

        assert_eq!(target, source);
    }

    #[test]
    fn a_shrunk_checkerboard_becomes_grey_and_not_black_or_white() {
        let pixel = |i: u32| {
            if (i + i / 64).is_multiple_of(2) {
                [0, 0, 0, 255]
            } else {
                [255; 4]
            }
        };
        let source =
            Picture::from_rgba(Size::new(64, 64), (0..64 * 64).flat_map(pixel).collect()).unwrap();
        let mut target = Picture::filled(Size::new(16, 16), [0; 4]);

        Warper::default().warp(
            &source,
            &Map::scale_then_move(4.0, 4.0, 0.0, 0.0),
            Outside::Black,
            &mut target,
        );

        assert!(
            target
                .rgba()
                .chunks_exact(4)
                .all(|p| (120..=135).contains(&p[0]))
        );
    }

    #[test]
    fn an_upright_window_is_read_as_one_that_is_turned_by_next_to_nothing() {
        let source = ramp(31, 23);
        let [mut upright, mut turned] = [0; 2].map(|_| Picture::filled(Size::new(40, 40), [9; 4]));
        for outside in [Outside::Black, Outside::Edge] {
            for by in [0.6, 1.0, 1.7] {
                let map = |down| Map::from_rows([[by, 0.0, -3.3], [down, by, -2.6]]);
                // A step down a row of 40 pixels is too small to reach another 256th.
                let step = 1.5 / (1 << STEP_BITS) as f32;

                Warper::default().warp(&source, &map(0.0), outside, &mut upright);
                Warper::default().warp(&source, &map(step), outside, &mut turned);

                let worst = upright.rgba().iter().zip(turned.rgba());
                let worst = worst.map(|(a, b)| a.abs_diff(*b)).max();
                assert!(worst <= Some(1), "{outside:?} {by}: {worst:?}");
            }
        }
    }

    #[test]
    fn outside_is_black_or_the_edge_as_asked() {
        let source = Picture::filled(Size::new(4, 4), [200, 100, 50, 255]);
        let far = Map::scale_then_move(1.0, 1.0, 1e9, -1e9);
        let mut target = Picture::filled(Size::new(2, 2), [0; 4]);

        Warper::default().warp(&source, &far, Outside::Black, &mut target);
        assert_eq!(target.pixel_clamped(0, 0), [0, 0, 0, 255]);
        Warper::default().warp(&source, &far, Outside::Edge, &mut target);
        assert_eq!(target.pixel_clamped(0, 0), [200, 100, 50, 255]);
    }

    #[test]
    fn a_map_of_nonsense_does_not_panic() {
        let source = ramp(8, 8);
        let mut target = Picture::filled(Size::new(4, 4), [0; 4]);
        for value in [f32::NAN, f32::INFINITY, f32::MAX, f32::MIN] {
            let map = Map::from_rows([[value, 0.0, value], [0.0, value, value]]);
            Warper::default().warp(&source, &map, Outside::Edge, &mut target);
        }

        assert_eq!(target.rgba().len(), 64);
    }
}
