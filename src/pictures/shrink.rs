//! [`Shrunk`]: a part of a picture, reduced by an integer factor.

use crate::domain::frame::{Picture, Size};

/// Largest factor: a column's sum of this many bytes fits into 16 bits, and no caller needs more.
const MOST: u32 = 64;

/// Largest factor for which the sum of a square fits into 16 bits, and the mean needs no division.
const MOST_AT_ONCE: u32 = 15;

/// Pixels with a position in a picture: the picture's own, or a reduced part of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grid<'a> {
    /// RGBA, row-major.
    pub pixels: &'a [[u8; 4]],
    /// Columns and rows.
    pub size: Size,
    /// Picture pixels per pixel, along each axis.
    pub factor: u32,
    /// Position of the first pixel in the picture, x and y in pixels.
    pub origin: [u32; 2],
}

impl<'a> Grid<'a> {
    /// Returns the grid of a whole picture.
    pub(super) fn of(picture: &'a Picture) -> Self {
        Self {
            pixels: picture.rgba().as_chunks().0,
            size: picture.size(),
            factor: 1,
            origin: [0, 0],
        }
    }
}

/// A part of a picture whose pixels are means of squares. The squares lie on a grid that is fixed to
/// the picture, and a moving window therefore samples the same squares.
#[derive(Debug, Default)]
pub(super) struct Shrunk {
    pixels: Vec<[u8; 4]>,
    /// Column sums of one row of squares, per channel.
    sums: Vec<u16>,
    size: Size,
    factor: u32,
    origin: [u32; 2],
}

impl Shrunk {
    /// Reduces the part of `source` between the corners `from` and `to` (x, y, in pixels) by `factor`, at
    /// most 64. Returns whether the part exists.
    pub(super) fn fill(
        &mut self,
        source: &Picture,
        factor: u32,
        from: [u32; 2],
        to: [u32; 2],
    ) -> bool {
        let factor = factor.clamp(1, MOST);
        let most = [source.size().width, source.size().height];
        let begin = from.map(|at| at / factor);
        let mut end = [0; 2];
        for axis in 0..2 {
            end[axis] = to[axis].min(most[axis]).div_ceil(factor);
            if begin[axis] >= end[axis] {
                return false;
            }
        }
        self.factor = factor;
        self.origin = begin.map(|at| at * factor);
        self.size = Size::new(end[0] - begin[0], end[1] - begin[1]);
        self.pixels.resize(self.size.pixels(), [0; 4]);

        let columns = (
            self.origin[0] as usize,
            (end[0] * factor).min(most[0]) as usize,
        );
        let rows = source.rgba().as_chunks::<4>().0;
        let rows = rows.chunks_exact(most[0] as usize);
        let rows = rows.skip(self.origin[1] as usize);
        let mut rows = rows.map(|row| row.get(columns.0..columns.1).unwrap_or(&[]));
        for target in self.pixels.chunks_exact_mut(self.size.width as usize) {
            if factor == 2 {
                let Some(above) = rows.next() else { break };
                halve(above, rows.next().unwrap_or(above), target);
            } else {
                let count = add_up(rows.by_ref().take(factor as usize), &mut self.sums);
                means(&self.sums, factor, count, target);
            }
        }
        true
    }

    /// Returns whether this contains the part between two corners (x, y, in source pixels).
    pub(super) fn covers(&self, from: [u32; 2], to: [u32; 2]) -> bool {
        let sides = [self.size.width, self.size.height];
        (0..2).all(|axis| {
            let begin = self.origin[axis];
            begin <= from[axis] && to[axis] <= begin + sides[axis] * self.factor
        })
    }

    /// Returns the source pixels per reduced pixel, along each axis.
    pub(super) fn factor(&self) -> u32 {
        self.factor
    }

    /// Returns the reduced pixels and their position.
    pub(super) fn grid(&self) -> Grid<'_> {
        Grid {
            pixels: &self.pixels,
            size: self.size,
            factor: self.factor,
            origin: self.origin,
        }
    }
}

/// Reduces two rows of pixels to one of half the length without sums in memory: the most frequent case.
fn halve(above: &[[u8; 4]], below: &[[u8; 4]], target: &mut [[u8; 4]]) {
    let squares = above.as_flattened().as_chunks().0.iter();
    let squares = squares.zip(below.as_flattened().as_chunks().0);
    for ((a, b), pixel) in squares.zip(target.iter_mut()) {
        *pixel = mean_of_pairs(u64::from_le_bytes(*a), u64::from_le_bytes(*b));
    }
    if above.len() % 2 == 1
        && let (Some(a), Some(b), Some(pixel)) = (above.last(), below.last(), target.last_mut())
    {
        let twice = |pixel: &[u8; 4]| u64::from(u32::from_le_bytes(*pixel)) * 0x1_0000_0001;
        *pixel = mean_of_pairs(twice(a), twice(b));
    }
}

/// Returns the mean of two pairs of pixels; halves round up. Each half of a word holds two channels, with
/// room for their sums.
fn mean_of_pairs(above: u64, below: u64) -> [u8; 4] {
    const LANES: u64 = 0x00FF_00FF_00FF_00FF;
    const HALF: u32 = 0x0002_0002;
    let mean = |by: u32| {
        let both = ((above >> by) & LANES) + ((below >> by) & LANES);
        (((both + (both >> 32)) as u32 + HALF) >> 2) & LANES as u32
    };
    (mean(0) | mean(8) << 8).to_le_bytes()
}

/// Sums rows of bytes; returns the number of rows.
fn add_up<'a>(rows: impl Iterator<Item = &'a [[u8; 4]]>, sums: &mut Vec<u16>) -> u32 {
    let mut count = 0;
    for row in rows {
        let row = row.as_flattened();
        if count == 0 {
            sums.clear();
            sums.extend(row.iter().map(|&value| u16::from(value)));
        } else {
            for (sum, &value) in sums.iter_mut().zip(row) {
                *sum += u16::from(value);
            }
        }
        count += 1;
    }
    count
}

/// Computes the means of squares of `factor` pixels per side from a row of sums over `count` rows; halves
/// round up. The last square may be narrower.
fn means(sums: &[u16], factor: u32, count: u32, target: &mut [[u8; 4]]) {
    let squares = sums.len() / (4 * factor as usize);
    let (whole, narrower) = sums.split_at(squares * 4 * factor as usize);
    let (target, last) = target.split_at_mut(squares.min(target.len()));
    match factor {
        // A constant factor is faster by a fifth.
        3 => means_at_once(whole, 3, count, target),
        4 => means_at_once(whole, 4, count, target),
        5..=MOST_AT_ONCE => means_at_once(whole, factor, count, target),
        _ => {
            for (square, pixel) in whole.chunks_exact(4 * factor as usize).zip(target) {
                *pixel = mean(sums_of(square), factor * count);
            }
        }
    }
    if let Some(pixel) = last.first_mut() {
        *pixel = mean(sums_of(narrower), narrower.len() as u32 / 4 * count);
    }
}

/// Computes the same with four channels per word, for factors up to [`MOST_AT_ONCE`].
#[inline]
fn means_at_once(sums: &[u16], factor: u32, count: u32, target: &mut [[u8; 4]]) {
    const EVEN: u64 = 0x0000_FFFF_0000_FFFF;
    const BYTES: u64 = 0x0000_00FF_0000_00FF;
    /// Precision of the reciprocal. Its error is below an area in 2^24, which carries no sum of 256 areas
    /// over an integer, and the product with such a sum has 32 bits.
    const BITS: u32 = 24;
    let area = factor * count.clamp(1, factor);
    let reciprocal = u64::from((1_u32 << BITS).div_ceil(area));
    let half = u64::from(area / 2) * 0x1_0000_0001;
    for (square, pixel) in sums.chunks_exact(4 * factor as usize).zip(target) {
        let sums = square.as_chunks().0.iter().map(|&[a, b, c, d]| {
            u64::from(a) | u64::from(b) << 16 | u64::from(c) << 32 | u64::from(d) << 48
        });
        let sums: u64 = sums.sum();
        let mean = |sums: u64| ((((sums & EVEN) + half) * reciprocal) >> BITS) & BYTES;
        let pairs = mean(sums) | mean(sums >> 16) << 8;
        *pixel = ((pairs | pairs >> 16) as u32).to_le_bytes();
    }
}

/// Returns the sum of each channel.
fn sums_of(square: &[u16]) -> [u32; 4] {
    let mut total = [0; 4];
    for part in square.as_chunks::<4>().0 {
        for (sum, &value) in total.iter_mut().zip(part) {
            *sum += u32::from(value);
        }
    }
    total
}

/// Returns the mean of each sum of `area` values; halves round up.
fn mean(sums: [u32; 4], area: u32) -> [u8; 4] {
    sums.map(|sum| ((sum + area / 2) / area.max(1)) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(width: u32, height: u32) -> Picture {
        let pixel = |i: u32| {
            [
                (i * 7 % 256) as u8,
                (i * 13 % 256) as u8,
                (i % 256) as u8,
                255,
            ]
        };
        let bytes = (0..width * height).flat_map(pixel).collect();
        Picture::from_rgba(Size::new(width, height), bytes).unwrap()
    }

    #[test]
    fn every_small_pixel_is_the_rounded_mean_of_its_square() {
        for (width, height) in [(24, 32), (23, 17), (71, 64)] {
            let source = picture(width, height);
            for factor in 1..=18 {
                let mut small = Shrunk::default();

                assert!(small.fill(&source, factor, [5, 3], [22, height]));

                let grid = small.grid();
                assert_eq!(grid.factor, factor);
                assert!(small.covers([5, 3], [22, height]));
                for (i, pixel) in grid.pixels.iter().enumerate() {
                    let i = i as u32;
                    let along = [i % grid.size.width, i / grid.size.width];
                    let from = [0, 1].map(|axis| grid.origin[axis] + along[axis] * factor);
                    assert_eq!(
                        *pixel,
                        mean_between(&source, from, factor),
                        "{factor} {from:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_half_is_rounded_upwards_and_less_is_not_in_every_area() {
        for (factor, count) in (3..=MOST_AT_ONCE).flat_map(|a| (1..=a).map(move |b| (a, b))) {
            for value in 0..255 {
                let half = ((2 * value + 1) * factor * count).div_ceil(2);
                // Distributes the sum over the columns; the largest share still fits a row of sums.
                let spread = |sum: u32| {
                    let column = |i| (sum / factor + u32::from(i < sum % factor)) as u16;
                    (0..factor).flat_map(|i| [column(i); 4]).collect::<Vec<_>>()
                };
                for (sum, wanted) in [(half, value + 1), (half - 1, value)] {
                    let mut found = [[0; 4]];
                    means(&spread(sum), factor, count, &mut found);
                    assert_eq!(found, [[wanted as u8; 4]], "{factor} {count} {sum}");
                }
            }
        }
    }

    /// Returns the mean of the existing pixels of a square.
    fn mean_between(source: &Picture, from: [u32; 2], side: u32) -> [u8; 4] {
        let (mut sums, mut count) = ([0_u32; 4], 0);
        for y in from[1]..(from[1] + side).min(source.size().height) {
            for x in from[0]..(from[0] + side).min(source.size().width) {
                let value = source.pixel_clamped(i64::from(x), i64::from(y));
                (0..4).for_each(|c| sums[c] += u32::from(value[c]));
                count += 1;
            }
        }
        sums.map(|sum| ((sum + count / 2) / count) as u8)
    }

    #[test]
    fn every_mean_of_four_is_rounded_a_half_upwards() {
        for sum in 0..=4 * 255_u32 {
            let parts = [0, 1, 2, 3].map(|more| (sum + more) / 4);
            let pixels = parts.map(|value| u64::from(value * 0x0101_0101));

            let found = mean_of_pairs(pixels[0] | pixels[1] << 32, pixels[2] | pixels[3] << 32);

            assert_eq!(found, [((sum + 2) / 4) as u8; 4]);
        }
    }

    #[test]
    fn the_brightest_picture_stays_the_brightest_however_far_it_is_shrunk() {
        let source = Picture::filled(Size::new(130, 140), [255; 4]);
        for factor in [1, 2, 3, 4, 15, 16, 63, 64, 999] {
            let mut small = Shrunk::default();

            assert!(small.fill(&source, factor, [0, 0], [130, 140]));

            assert!(small.grid().pixels.iter().all(|pixel| *pixel == [255; 4]));
        }
    }

    #[test]
    fn a_part_that_is_not_there_is_refused() {
        let mut small = Shrunk::default();

        assert!(!small.fill(&picture(8, 8), 4, [8, 0], [9, 8]));
        assert!(!small.fill(&picture(8, 8), 3, [6, 6], [3, 3]));
    }
}
