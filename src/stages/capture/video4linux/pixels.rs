//! [`Layout`]: the byte layout of a pixel format. [`Unpacked`]: conversion of raw pixels to a picture.
//!
//! Webcams encode luma and chroma by BT.601, in the range that the format states. The conversion is
//! exact to the last of 8 bits, with factors of 14 bits.

use crate::domain::frame::{Picture, Size};
use crate::stages::capture::video4linux::node::{Agreed, Fourcc};

/// The byte layout of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// One JPEG per picture.
    Jpeg,
    /// Four bytes for two pixels, with the offsets of both lumas, U and V.
    Packed {
        luma: [usize; 2],
        u: usize,
        v: usize,
    },
    /// A luma plane, then interleaved U and V, one pair for four pixels; `v` is V's offset in a pair.
    SemiPlanar { v: usize },
    /// A luma plane, then two chroma planes; `v_first` states whether V is the first.
    Planar { v_first: bool },
    /// Three bytes per pixel; `red` is red's offset.
    Rgb { red: usize },
}

/// Supported formats in order of preference: compressed pictures reach full rates over
/// USB 2.
const LAYOUTS: [(Fourcc, Layout); 13] = [
    (*b"MJPG", Layout::Jpeg),
    (*b"JPEG", Layout::Jpeg),
    (*b"YUYV", packed([0, 2], 1, 3)),
    (*b"UYVY", packed([1, 3], 0, 2)),
    (*b"YVYU", packed([0, 2], 3, 1)),
    (*b"VYUY", packed([1, 3], 2, 0)),
    (*b"NV12", Layout::SemiPlanar { v: 1 }),
    (*b"NV21", Layout::SemiPlanar { v: 0 }),
    (*b"YU12", Layout::Planar { v_first: false }),
    (*b"YV12", Layout::Planar { v_first: true }),
    (*b"RGB3", Layout::Rgb { red: 0 }),
    (*b"BGR3", Layout::Rgb { red: 2 }),
    // The name of YUYV in some old drivers.
    (*b"YUY2", packed([0, 2], 1, 3)),
];

const fn packed(luma: [usize; 2], u: usize, v: usize) -> Layout {
    Layout::Packed { luma, u, v }
}

impl Layout {
    /// Returns the layout of a format; `None` if unsupported.
    pub(super) fn of(fourcc: Fourcc) -> Option<Self> {
        let known = LAYOUTS.iter().find(|(known, _)| *known == fourcc);
        known.map(|(_, layout)| *layout)
    }

    /// Returns the rank in the order of preference.
    pub(super) fn rank(fourcc: Fourcc) -> usize {
        let known = LAYOUTS.iter().position(|(known, _)| *known == fourcc);
        known.unwrap_or(LAYOUTS.len())
    }
}

/// Fixed-point precision: 1 is 2^14.
const BITS: u32 = 14;

/// Fixed-point matrix from YUV to RGB.
#[derive(Debug, Clone, Copy)]
struct Matrix {
    /// The luma of black.
    black: i32,
    luma: i32,
    red_of_v: i32,
    green_of_u: i32,
    green_of_v: i32,
    blue_of_u: i32,
}

impl Matrix {
    /// BT.601 with luma in 16 to 235 and chroma in 16 to 240.
    const LIMITED: Self = Self::bt601(16, 255.0 / 219.0, 255.0 / 224.0);
    /// BT.601 with all components in 0 to 255.
    const FULL: Self = Self::bt601(0, 1.0, 1.0);

    const fn bt601(black: i32, luma: f64, colour: f64) -> Self {
        const RED: f64 = 0.299;
        const GREEN: f64 = 0.587;
        const BLUE: f64 = 0.114;
        const fn fixed(factor: f64) -> i32 {
            (factor * (1 << BITS) as f64 + 0.5) as i32
        }
        Self {
            black,
            luma: fixed(luma),
            red_of_v: fixed(2.0 * (1.0 - RED) * colour),
            green_of_u: fixed(2.0 * (1.0 - BLUE) * BLUE / GREEN * colour),
            green_of_v: fixed(2.0 * (1.0 - RED) * RED / GREEN * colour),
            blue_of_u: fixed(2.0 * (1.0 - BLUE) * colour),
        }
    }

    /// Returns the chroma's contribution to red, green and blue.
    fn colour(&self, u: u8, v: u8) -> [i32; 3] {
        let (u, v) = (i32::from(u) - 128, i32::from(v) - 128);
        [
            self.red_of_v * v,
            -self.green_of_u * u - self.green_of_v * v,
            self.blue_of_u * u,
        ]
    }

    fn pixel(&self, luma: u8, colour: [i32; 3]) -> [u8; 4] {
        let luma = (i32::from(luma) - self.black) * self.luma + (1 << (BITS - 1));
        let [red, green, blue] = colour.map(|part| ((luma + part) >> BITS).clamp(0, 255) as u8);
        [red, green, blue, 255]
    }
}

/// Converts the raw bytes of one negotiated format.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unpacked {
    layout: Layout,
    size: Size,
    /// Bytes per row including padding.
    stride: usize,
    matrix: Matrix,
}

impl Unpacked {
    /// Creates a converter; `None` if the format has no supported pixel rows.
    pub(super) fn new(agreed: &Agreed) -> Option<Self> {
        let layout = Layout::of(agreed.fourcc)?;
        let row = row_bytes(layout, agreed.size)?;
        let matrix = if agreed.full_range {
            Matrix::FULL
        } else {
            Matrix::LIMITED
        };
        Some(Self {
            layout,
            size: agreed.size,
            stride: row.max(agreed.bytes_per_line as usize),
            matrix,
        })
    }

    /// Converts a buffer; `None` if it is too short or was never filled.
    pub(super) fn picture(&self, bytes: &[u8]) -> Option<Picture> {
        let (width, height) = (self.size.width as usize, self.size.height as usize);
        let mut rgba = vec![0; self.size.pixels() * 4];
        let rows = rgba.chunks_exact_mut((width * 4).max(1));
        if bytes.iter().all(|byte| *byte == 0) {
            return None;
        }
        match self.layout {
            Layout::Jpeg => return None,
            Layout::Packed { luma, u, .. } => {
                // A separate loop per byte order lets the compiler optimise each one.
                let unpack = match (luma[0], u) {
                    (0, 1) => Self::packed_row::<0, 1, 2, 3>,
                    (0, _) => Self::packed_row::<0, 3, 2, 1>,
                    (_, 0) => Self::packed_row::<1, 0, 3, 2>,
                    _ => Self::packed_row::<1, 2, 3, 0>,
                };
                let lines = self.lines(bytes, height, self.stride)?;
                for (line, row) in lines.zip(rows) {
                    unpack(self, line, row);
                }
            }
            Layout::Rgb { red } => {
                let lines = self.lines(bytes, height, self.stride)?;
                for (line, row) in lines.zip(rows) {
                    let pixels = row.as_chunks_mut::<4>().0;
                    for (three, pixel) in line.as_chunks::<3>().0.iter().zip(pixels) {
                        *pixel = [three[red], three[1], three[2 - red], 255];
                    }
                }
            }
            Layout::SemiPlanar { v } => {
                let (luma, colour) = bytes.split_at_checked(self.stride * height)?;
                let mut colours = self.lines(colour, height.div_ceil(2), self.stride)?;
                let pairs = luma.chunks(self.stride * 2).zip(rgba.chunks_mut(width * 8));
                for (lines, rows) in pairs {
                    let colour = colours.next()?.as_chunks::<2>().0;
                    let colour = colour.iter().map(|pair| (pair[1 - v], pair[v]));
                    self.two_rows(lines, &colour, rows);
                }
            }
            Layout::Planar { v_first } => {
                let stride = self.stride.div_ceil(2);
                let (luma, colour) = bytes.split_at_checked(self.stride * height)?;
                let (first, second) = colour.split_at_checked(stride * height.div_ceil(2))?;
                let (u, v) = if v_first {
                    (second, first)
                } else {
                    (first, second)
                };
                let mut us = self.lines(u, height.div_ceil(2), stride)?;
                let mut vs = self.lines(v, height.div_ceil(2), stride)?;
                let pairs = luma.chunks(self.stride * 2).zip(rgba.chunks_mut(width * 8));
                for (lines, rows) in pairs {
                    let colour = us.next()?.iter().copied().zip(vs.next()?.iter().copied());
                    self.two_rows(lines, &colour, rows);
                }
            }
        }
        Picture::from_rgba(self.size, rgba).ok()
    }

    /// Returns `count` rows of `stride` bytes; `None` if there are fewer. The last row may lack its
    /// padding.
    fn lines<'a>(
        &self,
        bytes: &'a [u8],
        count: usize,
        stride: usize,
    ) -> Option<impl Iterator<Item = &'a [u8]> + use<'a>> {
        let row = match self.layout {
            Layout::Planar { .. } => (self.size.width as usize).div_ceil(2),
            layout => row_bytes(layout, self.size)?,
        };
        let needed = stride * count.checked_sub(1)? + row;
        Some(bytes.get(..needed)?.chunks(stride))
    }

    fn packed_row<const Y0: usize, const U: usize, const Y1: usize, const V: usize>(
        &self,
        line: &[u8],
        row: &mut [u8],
    ) {
        let two_pixels = |four: &[u8; 4]| {
            let colour = self.matrix.colour(four[U], four[V]);
            [four[Y0], four[Y1]].map(|luma| self.matrix.pixel(luma, colour))
        };
        let fours = line.as_chunks::<4>().0;
        let (pairs, odd) = row.as_chunks_mut::<8>();
        for (four, pair) in fours.iter().zip(pairs.iter_mut()) {
            let [first, second] = two_pixels(four);
            pair[..4].copy_from_slice(&first);
            pair[4..].copy_from_slice(&second);
        }
        if let (Some(odd), Some(four)) = (odd.first_chunk_mut::<4>(), fours.get(pairs.len())) {
            [*odd, _] = two_pixels(four);
        }
    }

    /// Converts two rows that share their chroma, or the last row alone.
    fn two_rows(
        &self,
        lines: &[u8],
        colours: &(impl Iterator<Item = (u8, u8)> + Clone),
        rows: &mut [u8],
    ) {
        let width = self.size.width as usize;
        let rows = rows.chunks_exact_mut(width * 4);
        for (line, row) in lines.chunks(self.stride).zip(rows) {
            let pairs = line.chunks(2).zip(row.chunks_mut(8));
            for ((lumas, pixels), (u, v)) in pairs.zip(colours.clone()) {
                let colour = self.matrix.colour(u, v);
                for (luma, pixel) in lumas.iter().zip(pixels.as_chunks_mut::<4>().0) {
                    *pixel = self.matrix.pixel(*luma, colour);
                }
            }
        }
    }
}

/// Returns the bytes per row without padding; for planar formats, of the luma plane.
fn row_bytes(layout: Layout, size: Size) -> Option<usize> {
    let width = size.width as usize;
    let bytes = match layout {
        Layout::Jpeg => return None,
        Layout::Packed { .. } => width.div_ceil(2) * 4,
        Layout::SemiPlanar { .. } => width.div_ceil(2) * 2,
        Layout::Planar { .. } => width,
        Layout::Rgb { .. } => width * 3,
    };
    (size.pixels() > 0).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agreed(fourcc: Fourcc, size: Size, bytes_per_line: u32) -> Agreed {
        Agreed {
            fourcc,
            size,
            bytes_per_line,
            full_range: false,
        }
    }

    fn unpacked(fourcc: Fourcc, width: u32, height: u32, stride: u32) -> Unpacked {
        Unpacked::new(&agreed(fourcc, Size::new(width, height), stride)).unwrap()
    }

    #[test]
    fn the_numbers_are_those_of_bt601() {
        for full_range in [false, true] {
            let matrix = if full_range {
                Matrix::FULL
            } else {
                Matrix::LIMITED
            };
            for (y, u, v) in [
                (16, 128, 128),
                (81, 90, 240),
                (180, 30, 200),
                (235, 128, 128),
            ] {
                let scaled = |value: u8, base: f64, range: f64| {
                    if full_range {
                        (f64::from(value) - if base > 100.0 { 128.0 } else { 0.0 }) / 255.0
                    } else {
                        (f64::from(value) - base) / range
                    }
                };
                let luma = scaled(y, 16.0, 219.0);
                let (u_part, v_part) = (scaled(u, 128.0, 224.0), scaled(v, 128.0, 224.0));
                let exact = [
                    luma + 1.402 * v_part,
                    luma - 0.344_136_286 * u_part - 0.714_136_286 * v_part,
                    luma + 1.772 * u_part,
                ];

                let pixel = matrix.pixel(y, matrix.colour(u, v));

                for (got, exact) in pixel.iter().zip(exact) {
                    let exact = (exact * 255.0).round().clamp(0.0, 255.0);
                    assert!(
                        (f64::from(*got) - exact).abs() < 1.01,
                        "{got} {exact} {full_range}"
                    );
                }
            }
        }
        assert_eq!(Matrix::LIMITED.pixel(16, [0; 3]), [0, 0, 0, 255]);
        assert_eq!(Matrix::LIMITED.pixel(235, [0; 3]), [255; 4]);
        assert_eq!(Matrix::FULL.pixel(255, [0; 3]), [255; 4]);
    }

    /// A picture of 5 × 3 pixels: two columns are red, the others grey.
    fn colour(x: usize) -> [u8; 3] {
        if x < 2 { [254, 0, 0] } else { [128; 3] }
    }

    fn luma(x: usize) -> u8 {
        if x < 2 { 81 } else { 126 }
    }

    fn u(x: usize) -> u8 {
        if x < 2 { 90 } else { 128 }
    }

    fn v(x: usize) -> u8 {
        if x < 2 { 240 } else { 128 }
    }

    /// Returns one row of that picture with garbage padding; for planar formats, of the luma plane.
    fn row(layout: Layout) -> Vec<u8> {
        let length = match layout {
            Layout::Packed { .. } => 16,
            Layout::Rgb { .. } => 18,
            _ => 8,
        };
        let mut row = vec![7; length];
        for x in 0..5 {
            match layout {
                Layout::Packed {
                    luma: at,
                    u: at_u,
                    v: at_v,
                } => {
                    row[x / 2 * 4 + at[x % 2]] = luma(x);
                    row[x / 2 * 4 + at_u] = u(x);
                    row[x / 2 * 4 + at_v] = v(x);
                }
                Layout::Rgb { red } => {
                    let [r, g, b] = colour(x);
                    row[x * 3 + red] = r;
                    row[x * 3 + 1] = g;
                    row[x * 3 + 2 - red] = b;
                }
                _ => row[x] = luma(x),
            }
        }
        row
    }

    /// Returns the chroma planes of that picture.
    fn planes(layout: Layout) -> Vec<u8> {
        let plane = |value: fn(usize) -> u8| [[value(0), value(2), value(4), 7]; 2].concat();
        match layout {
            Layout::SemiPlanar { v: at } => {
                let mut row = [7; 8];
                for x in [0, 2, 4] {
                    row[x + at] = v(x);
                    row[x + 1 - at] = u(x);
                }
                row.repeat(2)
            }
            Layout::Planar { v_first: true } => [plane(v), plane(u)].concat(),
            Layout::Planar { v_first: false } => [plane(u), plane(v)].concat(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn every_layout_gives_the_same_picture_also_with_wide_rows_and_odd_sizes() {
        for (fourcc, layout) in LAYOUTS.iter().skip(2) {
            let row = row(*layout);
            let bytes = [row.repeat(3), planes(*layout)].concat();
            let name = String::from_utf8_lossy(fourcc);
            let unpacked = unpacked(*fourcc, 5, 3, row.len() as u32);

            let picture = unpacked.picture(&bytes).unwrap();

            assert_eq!(picture.size(), Size::new(5, 3));
            for (at, pixel) in picture.rgba().as_chunks::<4>().0.iter().enumerate() {
                let [r, g, b] = colour(at % 5);
                let far = [
                    pixel[0].abs_diff(r),
                    pixel[1].abs_diff(g),
                    pixel[2].abs_diff(b),
                ];
                assert!(far.iter().all(|far| *far <= 1), "{name} {at}: {pixel:?}");
                assert_eq!(pixel[3], 255);
            }
            assert!(
                unpacked.picture(&bytes[..bytes.len() / 2]).is_none(),
                "{name}"
            );
        }
    }

    #[test]
    fn short_and_empty_buffers_give_no_picture() {
        let yuyv = unpacked(*b"YUYV", 4, 2, 0);

        assert!(yuyv.picture(&[128; 16]).is_some());
        assert!(yuyv.picture(&[128; 20]).is_some(), "rounded up");
        assert!(yuyv.picture(&[128; 15]).is_none(), "short");
        assert!(yuyv.picture(&[0; 16]).is_none(), "never filled");
        assert!(yuyv.picture(&[]).is_none());
        assert!(Unpacked::new(&agreed(*b"GREY", Size::new(4, 2), 4)).is_none());
        assert!(Unpacked::new(&agreed(*b"YUYV", Size::new(0, 2), 4)).is_none());
    }

    #[test]
    fn the_range_of_the_format_is_kept() {
        let mut full = agreed(*b"YUYV", Size::new(2, 1), 0);
        full.full_range = true;
        let full = Unpacked::new(&full).unwrap();

        let grey = |unpacked: &Unpacked| {
            let picture = unpacked.picture(&[200, 128, 16, 128]).unwrap();
            [
                picture.pixel_clamped(0, 0)[0],
                picture.pixel_clamped(1, 0)[0],
            ]
        };
        assert_eq!(grey(&full), [200, 16]);
        assert_eq!(grey(&unpacked(*b"YUYV", 2, 1, 0)), [214, 0]);
    }
}
