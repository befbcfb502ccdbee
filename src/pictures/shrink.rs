//! [`Shrunk`]: a part of a picture, shrunk by a whole number.

use crate::domain::frame::{Picture, Size};

/// Sums of so many bytes fit into 16 bits, and more is never needed at once.
const MOST: u32 = 64;

/// Up to this factor all bytes of a square add up to 16 bits, and their mean needs no division.
const MOST_AT_ONCE: u32 = 15;

/// Pixels that lie somewhere in a picture: all of its own, or a part of it that was shrunk.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grid<'a> {
    /// RGBA, row by row.
    pub pixels: &'a [[u8; 4]],
    /// How many there are.
    pub size: Size,
    /// How many pixels of the picture a side make one of these.
    pub factor: u32,
    /// Where the first one begins in the picture, x and y in pixels.
    pub origin: [u32; 2],
}

impl<'a> Grid<'a> {
    /// All of a picture.
    pub(super) fn of(picture: &'a Picture) -> Self {
        Self {
            pixels: picture.rgba().as_chunks().0,
            size: picture.size(),
            factor: 1,
            origin: [0, 0],
        }
    }
}

/// A part of a picture whose pixels are the means of squares. The squares lie on a grid that is
/// fixed to the picture, so that a window that wanders over it sees the same squares.
#[derive(Debug, Default)]
pub(super) struct Shrunk {
    pixels: Vec<[u8; 4]>,
    /// Of one row of squares: the sums of its columns, a channel each.
    sums: Vec<u16>,
    size: Size,
    factor: u32,
    origin: [u32; 2],
}

impl Shrunk {
    /// Shrinks the part of `source` between the corners `from` and `to` (x, y, in pixels) by
    /// `factor`, at most 64. Says whether there is such a part.
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

    /// Whether the part between two corners (x, y, in source pixels) lies in this one.
    pub(super) fn covers(&self, from: [u32; 2], to: [u32; 2]) -> bool {
        let sides = [self.size.width, self.size.height];
        (0..2).all(|axis| {
            let begin = self.origin[axis];
            begin <= from[axis] && to[axis] <= begin + sides[axis] * self.factor
        })
    }

    /// How many source pixels a side make one small pixel.
    pub(super) fn factor(&self) -> u32 {
        self.factor
    }

    /// The small pixels, and where they lie.
    pub(super) fn grid(&self) -> Grid<'_> {
        Grid {
            pixels: &self.pixels,
            size: self.size,
            factor: self.factor,
            origin: self.origin,
        }
    }
}

/// Two rows of pixels as one of half as many, without sums in memory: the most frequent case.
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

/// The mean of two pairs of pixels, a half upwards. Two channels travel in each half of a word, with
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

/// Adds rows of bytes; says how many there were.
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

/// The means of squares of `factor` pixels a side in a row of sums of `count` bytes, a half upwards.
/// The last square may be narrower.
fn means(sums: &[u16], factor: u32, count: u32, target: &mut [[u8; 4]]) {
    let squares = sums.len() / (4 * factor as usize);
    let (whole, narrower) = sums.split_at(squares * 4 * factor as usize);
    let (target, last) = target.split_at_mut(squares.min(target.len()));
    match factor {
        // Known when this is compiled, they are faster by a fifth.
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

/// The same, four channels in a word, for factors up to [`MOST_AT_ONCE`].
#[inline]
fn means_at_once(sums: &[u16], factor: u32, count: u32, target: &mut [[u8; 4]]) {
    const EVEN: u64 = 0x0000_FFFF_0000_FFFF;
    const BYTES: u64 = 0x0000_00FF_0000_00FF;
    /// A reciprocal with so many bits is off by less than an area in 2^24, which takes no sum of 256
    /// areas over a whole number, and such a sum times it has 32 bits.
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

/// The sum of each channel.
fn sums_of(square: &[u16]) -> [u32; 4] {
    let mut total = [0; 4];
    for part in square.as_chunks::<4>().0 {
        for (sum, &value) in total.iter_mut().zip(part) {
            *sum += u32::from(value);
        }
    }
    total
}

/// Each sum of so many values as their mean, a half upwards.
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
                // Spread over the columns; the largest of them still fits a row of sums.
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

    /// The mean of what there is of a square.
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
