//! Cutting a turned, scaled window out of a picture.

use crate::domain::frame::Picture;
use crate::domain::geometry::{Point, Transform};
use crate::pictures::shrink::Shrunk;

/// What lies outside the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outside {
    /// Opaque black.
    Black,
    /// The nearest pixel of the edge.
    Edge,
}

/// From this scale on (source pixels a target pixel), the source is shrunk by a whole number first.
const SHRINK_ABOVE: f32 = 2.0;

/// Cuts windows out of pictures; keeps its memory between cuts.
#[derive(Debug, Default)]
pub struct Warper {
    shrunk: Shrunk,
}

impl Warper {
    /// Fills `target` from `source`: each target pixel's centre is taken to the source by
    /// `source_from_target` and read bilinearly. Where the target is the coarser grid, the part of
    /// the source that is seen is shrunk by a whole number first, each small pixel the mean of a
    /// square, so that nothing aliases. Values are mixed as they stand (sRGB-encoded, as the
    /// networks were trained).
    pub fn warp<S, T>(
        &mut self,
        source: &Picture,
        source_from_target: &Transform<S, T>,
        outside: Outside,
        target: &mut Picture,
    ) {
        let scale = source_from_target.scale();
        let seen = part_seen(source, source_from_target, target);
        if scale > SHRINK_ABOVE
            && let Some((from, to)) = seen
            && self.shrunk.fill(source, scale as u32, from, to)
        {
            read_shrunk(&self.shrunk, source_from_target, outside, target);
        } else {
            fill(&Sampler::new(source, outside), source_from_target, target);
        }
    }
}

/// Fills `target` from a shrunk part of the source.
pub(super) fn read_shrunk<S, T>(
    shrunk: &Shrunk,
    source_from_target: &Transform<S, T>,
    outside: Outside,
    target: &mut Picture,
) {
    let by = shrunk.factor() as f32;
    let [x, y] = shrunk.origin().map(|at| at as f32);
    let [[a, b, tx], [c, d, ty]] = source_from_target.rows();
    let small_from_target = Transform::<S, T>::from_rows([
        [a / by, b / by, (tx - x) / by],
        [c / by, d / by, (ty - y) / by],
    ]);
    let sampler = Sampler {
        pixels: shrunk.pixels(),
        width: i64::from(shrunk.size().width),
        height: i64::from(shrunk.size().height),
        outside,
    };
    fill(&sampler, &small_from_target, target);
}

/// The corners of the part of `source` that `target` shows, with a margin for the samples between
/// pixels; nothing where it shows none of it, or the map is no map.
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

/// Reads one bilinear sample for each target pixel.
fn fill<S, T>(sampler: &Sampler<'_>, source_from_target: &Transform<S, T>, target: &mut Picture) {
    let width = target.size().width as usize;
    let [[a, _, _], [c, _, _]] = source_from_target.rows();
    let (right, down) = (steps_of(a), steps_of(c));
    for (y, row) in target.rgba_mut().chunks_exact_mut(width * 4).enumerate() {
        let first: Point<S> = *source_from_target * Point::new(0.5, y as f32 + 0.5);
        let (mut x, mut y) = (steps_of(first.x - 0.5), steps_of(first.y - 0.5));
        let upright = (down == 0).then(|| sampler.rows_at(y)).flatten();
        if let Some(rows) = upright {
            for pixel in row.as_chunks_mut::<4>().0 {
                let (even, odd) = sampler.between(rows, x, y);
                *pixel = (even | odd << 8).to_le_bytes();
                x += right;
            }
            continue;
        }
        for pixel in row.as_chunks_mut::<4>().0 {
            let (even, odd) = sampler.at(x, y);
            *pixel = (even | odd << 8).to_le_bytes();
            (x, y) = (x + right, y + down);
        }
    }
}

/// Positions are counted in steps of 1/65536 pixel.
const STEP_BITS: u32 = 16;

/// A length in steps. Far away is as good as a little outside, and NaN becomes 0, so that sums
/// over a row never overflow.
fn steps_of(pixels: f32) -> i64 {
    const FAR: i64 = 1 << 40;
    ((pixels * (1 << STEP_BITS) as f32) as i64).clamp(-FAR, FAR)
}

/// The part of a position beyond its pixel, in 256ths.
fn fraction(steps: i64) -> u32 {
    ((steps >> (STEP_BITS - 8)) & 255) as u32
}

/// Reads a picture between its pixels.
struct Sampler<'a> {
    pixels: &'a [[u8; 4]],
    width: i64,
    height: i64,
    outside: Outside,
}

impl<'a> Sampler<'a> {
    fn new(source: &'a Picture, outside: Outside) -> Self {
        let size = source.size();
        Self {
            pixels: source.rgba().as_chunks::<4>().0,
            width: i64::from(size.width),
            height: i64::from(size.height),
            outside,
        }
    }

    /// The rows of pixels above and below a height in steps, where both are inside.
    fn rows_at(&self, y: i64) -> Option<[&'a [[u8; 4]]; 2]> {
        let (width, top) = (
            usize::try_from(self.width).ok()?,
            usize::try_from(y >> STEP_BITS).ok()?,
        );
        let below = self.pixels.get(top.checked_mul(width)?..)?;
        (below.len() >= 2 * width).then(|| {
            let (above, below) = below.split_at(width);
            [above, &below[..width]]
        })
    }

    /// As [`Sampler::at`], in two rows that are known: where the window is not turned.
    #[inline]
    fn between(&self, [above, below]: [&[[u8; 4]]; 2], x: i64, y: i64) -> (u32, u32) {
        let Ok(left) = usize::try_from(x >> STEP_BITS) else {
            return self.at(x, y);
        };
        match (above.get(left..left + 2), below.get(left..left + 2)) {
            (Some(&[a, b]), Some(&[c, d])) => mix(
                [a, b, c, d].map(u32::from_le_bytes),
                fraction(x),
                fraction(y),
            ),
            _ => self.at(x, y),
        }
    }

    /// The bilinear sample at a position in steps, relative to pixel centres: red and blue, green
    /// and alpha, two channels a word.
    #[inline]
    fn at(&self, x: i64, y: i64) -> (u32, u32) {
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

/// Mixes four packed pixels (top left, top right, bottom left, bottom right); `fx`, `fy` in
/// `[0, 255]` of 256. Two channels travel in one word.
#[inline]
fn mix(corners: [u32; 4], fx: u32, fy: u32) -> (u32, u32) {
    const LANES: u32 = 0x00FF_00FF;
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
    ((even >> 8) & LANES, (odd >> 8) & LANES)
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
                // A step down a row of 40 pixels is too little to reach another 256th.
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
