//! [`Shrunk`]: a part of a picture, shrunk by a whole number.

use crate::domain::frame::{Picture, Size};

/// Sums of so many bytes fit into 16 bits, and more is never needed at once.
const MOST: u32 = 64;

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

        let stride = most[0] as usize * 4;
        let columns = (
            self.origin[0] as usize,
            (end[0] * factor).min(most[0]) as usize,
        );
        let rows = source
            .rgba()
            .chunks_exact(stride)
            .skip(self.origin[1] as usize);
        let mut rows = rows.map(|row| row.get(columns.0 * 4..columns.1 * 4).unwrap_or(&[]));
        for target in self.pixels.chunks_exact_mut(self.size.width as usize) {
            let count = add_up(rows.by_ref().take(factor as usize), &mut self.sums);
            means(&self.sums, factor, count, target);
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

    /// The small pixels, RGBA, row by row.
    pub(super) fn pixels(&self) -> &[[u8; 4]] {
        &self.pixels
    }

    /// How many small pixels there are.
    pub(super) fn size(&self) -> Size {
        self.size
    }

    /// How many source pixels a side make one small pixel.
    pub(super) fn factor(&self) -> u32 {
        self.factor
    }

    /// Where the first square begins in the source, x and y in pixels.
    pub(super) fn origin(&self) -> [u32; 2] {
        self.origin
    }
}

/// Adds rows of bytes; says how many there were.
fn add_up<'a>(rows: impl Iterator<Item = &'a [u8]>, sums: &mut Vec<u16>) -> u32 {
    let mut count = 0;
    for row in rows {
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

/// The means of `factor` neighbours in a row of sums of `count` bytes; the last square may be
/// narrower.
fn means(sums: &[u16], factor: u32, count: u32, target: &mut [[u8; 4]]) {
    let squares = sums.chunks_exact(factor as usize * 4);
    let narrower = squares.remainder();
    let mut pixels = target.iter_mut();
    if factor == 2 && count == 2 {
        // The most frequent one: without floats three times as fast.
        for (square, pixel) in sums.as_chunks().0.iter().zip(pixels.by_ref()) {
            *pixel = mean_of_four(square);
        }
    } else {
        let share = share_of(factor * count);
        for (square, pixel) in squares.zip(pixels.by_ref()) {
            *pixel = mean(square, share);
        }
    }
    if let Some(pixel) = pixels.next() {
        *pixel = mean(narrower, share_of(narrower.len() as u32 / 4 * count));
    }
}

fn share_of(area: u32) -> f32 {
    1.0 / area.max(1) as f32
}

/// The mean of each channel of two sums of two.
fn mean_of_four(square: &[u16; 8]) -> [u8; 4] {
    std::array::from_fn(|channel| ((square[channel] + square[channel + 4] + 2) >> 2) as u8)
}

/// The mean of each channel.
fn mean(square: &[u16], share: f32) -> [u8; 4] {
    let mut total = [0_i32; 4];
    for part in square.as_chunks::<4>().0 {
        for (sum, &value) in total.iter_mut().zip(part) {
            *sum += i32::from(value);
        }
    }
    total.map(|sum| rounded(sum, share))
}

/// A sum over an area as a mean, a half upwards.
fn rounded(sum: i32, share: f32) -> u8 {
    /// From 2^23 to 2^24 floats are whole numbers, and the lowest bits hold what was added.
    const TO_WHOLE: f32 = 8_388_608.0;
    /// Takes a half over the edge, and is too little to matter otherwise: areas are at most 64².
    const UPWARDS: f32 = 0.25;
    ((sum as f32 + UPWARDS) * share + TO_WHOLE).to_bits() as u8
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
        let source = picture(23, 17);
        for factor in 1..9 {
            let mut small = Shrunk::default();

            assert!(small.fill(&source, factor, [5, 3], [22, 17]));

            let [x0, y0] = small.origin();
            for (i, pixel) in small.pixels().iter().enumerate() {
                let (column, row) = (i as u32 % small.size().width, i as u32 / small.size().width);
                let (mut sums, mut count) = ([0_u32; 4], 0);
                for y in 0..factor {
                    for x in 0..factor {
                        let (x, y) = (x0 + column * factor + x, y0 + row * factor + y);
                        if x < 23 && y < 17 {
                            let value = source.pixel_clamped(i64::from(x), i64::from(y));
                            (0..4).for_each(|c| sums[c] += u32::from(value[c]));
                            count += 1;
                        }
                    }
                }
                assert_eq!(*pixel, sums.map(|sum| ((sum + count / 2) / count) as u8));
            }
        }
    }

    #[test]
    fn a_half_is_rounded_upwards_and_less_is_not_in_every_area() {
        for area in (1..=MOST).flat_map(|a| (1..=MOST).map(move |b| a * b)) {
            for value in 0..255 {
                let half = ((2 * value + 1) * area).div_ceil(2).cast_signed();
                assert_eq!(rounded(half, share_of(area)), value as u8 + 1);
                assert_eq!(rounded(half - 1, share_of(area)), value as u8);
            }
        }
    }

    #[test]
    fn a_part_that_is_not_there_is_refused() {
        let mut small = Shrunk::default();

        assert!(!small.fill(&picture(8, 8), 4, [8, 0], [9, 8]));
        assert!(!small.fill(&picture(8, 8), 3, [6, 6], [3, 3]));
    }
}
