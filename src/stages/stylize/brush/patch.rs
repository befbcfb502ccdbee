//! Distances between square patches: sums of absolute differences of bytes.
//!
//! The code processes sixteen bytes at a time and vectorises on every processor.

/// Side of a patch, pixels.
pub(super) const SIDE: usize = 5;

/// Bytes compared per row: five pixels of three bytes, and one byte of the next pixel.
const ROW: usize = 16;

/// Guides of one pixel: eight broad ones, then eight fine ones.
pub(super) type Guides = [u8; 16];

/// Packed RGB rows, padded for a sixteen-byte read of the last row of a patch.
#[derive(Debug, Clone, Default)]
pub(super) struct Pixels {
    pub(super) width: usize,
    pub(super) height: usize,
    rgb: Vec<u8>,
}

impl Pixels {
    /// Creates a black picture of this size.
    pub(super) fn new(width: usize, height: usize) -> Self {
        Self {
            width,
            height,
            rgb: vec![0; width * height * 3 + ROW],
        }
    }

    /// Converts row-major RGBA pixels.
    pub(super) fn of(rgba: &[[u8; 4]], [width, height]: [usize; 2]) -> Self {
        let mut pixels = Self::new(width, height);
        for (pixel, [r, g, b, _]) in pixels.pixels_mut().iter_mut().zip(rgba) {
            *pixel = [*r, *g, *b];
        }
        pixels
    }

    /// Returns all pixels, row-major.
    pub(super) fn pixels(&self) -> &[[u8; 3]] {
        &self.rgb.as_chunks::<3>().0[..self.width * self.height]
    }

    /// Returns all pixels for writing, row-major.
    pub(super) fn pixels_mut(&mut self) -> &mut [[u8; 3]] {
        &mut self.rgb.as_chunks_mut::<3>().0[..self.width * self.height]
    }

    /// Returns sixteen bytes from a pixel on.
    #[inline]
    fn row(&self, x: usize, y: usize) -> &[u8; ROW] {
        let at = (y * self.width + x) * 3;
        let bytes = &self.rgb[at..at + ROW];
        bytes.first_chunk().unwrap_or(&[0; ROW])
    }

    /// Copies the last but one column and row to the last ones.
    pub(super) fn end_as_before(&mut self) {
        let (width, height) = (self.width, self.height);
        let pixels = self.pixels_mut();
        for row in pixels.chunks_exact_mut(width) {
            row[width - 1] = row[width - 2];
        }
        pixels.copy_within(
            (height - 2) * width..(height - 1) * width,
            (height - 1) * width,
        );
    }

    /// Returns the means of 2×2 pixels.
    pub(super) fn halved(&self) -> Self {
        let mut half = Self::new((self.width / 2).max(1), (self.height / 2).max(1));
        let (width, last) = (half.width, (self.width - 1, self.height - 1));
        for (i, pixel) in half.pixels_mut().iter_mut().enumerate() {
            let (x, y) = (i % width * 2, i / width * 2);
            let at = |x: usize, y: usize| self.pixels()[y.min(last.1) * self.width + x.min(last.0)];
            let four = [at(x, y), at(x + 1, y), at(x, y + 1), at(x + 1, y + 1)];
            *pixel = std::array::from_fn(|c| mean_of(four.map(|pixel| pixel[c])));
        }
        half
    }
}

/// Returns the rounded mean of four bytes.
pub(super) fn mean_of(four: [u8; 4]) -> u8 {
    let sum: u16 = four.iter().map(|byte| u16::from(*byte)).sum();
    ((sum + 2) / 4) as u8
}

/// Returns the sum of absolute differences.
#[inline]
fn difference<const N: usize>(a: &[u8; N], b: &[u8; N]) -> u32 {
    let mut sum = 0;
    for i in 0..N {
        sum += u32::from(a[i].abs_diff(b[i]));
    }
    sum
}

/// Returns the distance between the patches with these first pixels.
#[inline]
pub(super) fn pixel_distance(
    a: &Pixels,
    [ax, ay]: [usize; 2],
    b: &Pixels,
    [bx, by]: [usize; 2],
) -> u32 {
    (0..SIDE)
        .map(|row| difference(a.row(ax, ay + row), b.row(bx, by + row)))
        .sum()
}

/// Returns broad and fine distance of two pixels' guides, restricted to the bits in `counts`.
#[inline]
pub(super) fn guide_distance(a: &Guides, b: &Guides, counts: &Guides) -> [u32; 2] {
    let mut sums = [0; 2];
    for i in 0..8 {
        sums[0] += u32::from((a[i] & counts[i]).abs_diff(b[i] & counts[i]));
        let k = i + 8;
        sums[1] += u32::from((a[k] & counts[k]).abs_diff(b[k] & counts[k]));
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn distances_are_sums_of_differences(
            a in proptest::collection::vec(any::<u8>(), 9 * 7 * 3),
            b in proptest::collection::vec(any::<u8>(), 9 * 7 * 3),
            at in [0_usize..4, 0_usize..3],
        ) {
            let of = |bytes: &[u8]| {
                let mut pixels = Pixels::new(9, 7);
                pixels.pixels_mut().copy_from_slice(bytes.as_chunks::<3>().0);
                pixels
            };
            // Five pixels and the first byte of the sixth; past the end, zeros.
            let byte = |bytes: &[u8], x: usize, y: usize, i: usize| {
                bytes.get((y * 9 + x) * 3 + i).copied().unwrap_or(0)
            };
            let sum: u32 = (0..SIDE)
                .flat_map(|y| (0..16).map(move |i| (y, i)))
                .map(|(y, i)| {
                    let first = byte(&a, at[0], at[1] + y, i);
                    u32::from(first.abs_diff(byte(&b, 4 - at[0], 2 - at[1] + y, i)))
                })
                .sum();

            let other = [4 - at[0], 2 - at[1]];
            prop_assert_eq!(pixel_distance(&of(&a), at, &of(&b), other), sum);
        }

        #[test]
        fn guides_have_two_halves(a in any::<[u8; 16]>(), b in any::<[u8; 16]>()) {
            let sum = |range: std::ops::Range<usize>| -> u32 {
                range.map(|i| u32::from(a[i].abs_diff(b[i]))).sum()
            };

            prop_assert_eq!(guide_distance(&a, &b, &[255; 16]), [sum(0..8), sum(8..16)]);
            prop_assert_eq!(guide_distance(&a, &b, &[0; 16]), [0, 0]);
        }
    }
}
