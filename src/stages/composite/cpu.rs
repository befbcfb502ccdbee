//! [`CpuCompositor`]: the compositor on the CPU. It is the reference for tests, and the live path without
//! a GPU.

use crate::domain::composition::Composition;
use crate::domain::frame::Picture;
use crate::pictures::light::LightTables;
use crate::stages::composite::placement::{Placement, placements};

/// One crop texel: red, green, blue in linear light `[0, WHITE]`, premultiplied by the mask; then the
/// mask in `[0, 1]`.
type Texel = [f32; 4];

/// One in the fixed-point format of crop positions: 32 fractional bits keep the drift over a row below a
/// millionth of a texel.
const ONE: f64 = 4_294_967_296.0;

/// Blends layers onto frames; reuses its buffers.
#[derive(Debug, Default)]
pub struct CpuCompositor {
    tables: LightTables,
    /// The crop in linear light with a border of one repeated texel: `(width + 2) × (height + 2)`.
    texels: Vec<Texel>,
    /// A row interpolated between two of them.
    line: Vec<Texel>,
}

impl CpuCompositor {
    /// Draws `composition` into `out`, which takes the frame's size. Allocates only if a frame or crop is
    /// larger than all previous ones.
    pub fn compose(&mut self, composition: &Composition, out: &mut Picture) {
        let frame = &composition.frame.picture;
        if out.size() == frame.size() {
            out.rgba_mut().copy_from_slice(frame.rgba());
        } else {
            out.clone_from(frame);
        }
        for placement in placements(composition) {
            self.load(&placement);
            self.blend(&placement, out);
        }
    }

    /// Fills `texels` from the crop.
    fn load(&mut self, placement: &Placement<'_>) {
        let size = placement.picture.size();
        let (width, height) = (size.width as usize, size.height as usize);
        let stride = width + 2;
        self.texels.resize(stride * (height + 2), [0.0; 4]);
        let mask_unit = placement.opacity / 255.0;
        let (tables, rows) = (
            &self.tables,
            placement.picture.rgba().chunks_exact(width * 4),
        );
        for (row, to) in rows.zip(self.texels.chunks_exact_mut(stride).skip(1)) {
            let (pixels, _) = row.as_chunks::<4>();
            let [first, inner @ .., last] = to else {
                return;
            };
            for (&[r, g, b, a], texel) in pixels.iter().zip(inner.iter_mut()) {
                let mask = f32::from(a) * mask_unit;
                let light = |byte| tables.decode(byte) * mask;
                *texel = [light(r), light(g), light(b), mask];
            }
            *first = inner.first().copied().unwrap_or_default();
            *last = inner.last().copied().unwrap_or_default();
        }
        self.texels.copy_within(stride..2 * stride, 0);
        let last_row = height * stride;
        self.texels
            .copy_within(last_row..last_row + stride, last_row + stride);
    }

    /// Blends the loaded crop onto `out`.
    fn blend(&mut self, placement: &Placement<'_>, out: &mut Picture) {
        let crop_size = placement.picture.size();
        let stride = crop_size.width as usize + 2;
        let frame_width = out.size().width as usize;
        let [[a, b, tx], [c, d, ty]] = placement.crop_from_frame.rows().map(|r| r.map(f64::from));
        let reach = placement.reach;
        let rows = out.rgba_mut().chunks_exact_mut(frame_width * 4);
        let rows = rows.zip(0..reach.bottom).skip(reach.top as usize);
        for (row, y) in rows {
            let y = f64::from(y) + 0.5;
            // Crop coordinates at the centre of column 0.
            let (u, v) = (a * 0.5 + b * y + tx, c * 0.5 + d * y + ty);
            let mut span = (f64::from(reach.left), f64::from(reach.right - 1));
            narrow(&mut span, u, a, f64::from(crop_size.width));
            narrow(&mut span, v, c, f64::from(crop_size.height));
            if span.0 > span.1 {
                continue;
            }
            let (from, to) = (span.0 as usize, span.1 as usize);
            let (pixels, _) = row.as_chunks_mut::<4>();
            let Some(pixels) = pixels.get_mut(from..=to) else {
                continue;
            };
            // A texel's centre lies at + 0.5, and the repeated border adds one texel: + 0.5.
            let walk = Walk {
                at: [u + a * span.0 + 0.5, v + c * span.0 + 0.5].map(|w| (w * ONE) as i64),
                step: [a, c].map(|w| (w * ONE) as i64),
            };
            if c == 0.0 {
                self.blend_level_row(pixels, walk, stride);
            } else {
                self.blend_row(pixels, walk, stride);
            }
        }
    }

    /// Blends onto neighbouring pixels of a row that is level in the crop; interpolates the crop's rows only
    /// once.
    fn blend_level_row(&mut self, pixels: &mut [[u8; 4]], mut walk: Walk, stride: usize) {
        let [_, v] = walk.at;
        let first = ((v >> 32) as usize).wrapping_mul(stride);
        let (texels, tables) = (self.texels.as_slice(), &self.tables);
        let row = |at: usize| texels.get(at..at.wrapping_add(stride));
        let (Some(top), Some(low)) = (row(first), row(first.wrapping_add(stride))) else {
            return;
        };
        let down = fraction(v);
        self.line.clear();
        let both = top.iter().zip(low);
        self.line
            .extend(both.map(|(top, low)| mixed(top, low, down)));
        for pixel in pixels {
            let [u, _] = walk.at;
            walk.advance();
            let Some([left, right]) = pair(&self.line, (u >> 32) as usize) else {
                continue;
            };
            cover(pixel, &mixed(left, right, fraction(u)), tables);
        }
    }

    /// Blends onto neighbouring pixels of one row.
    fn blend_row(&self, pixels: &mut [[u8; 4]], mut walk: Walk, stride: usize) {
        let (texels, tables) = (self.texels.as_slice(), &self.tables);
        for pixel in pixels {
            let [u, v] = walk.at;
            walk.advance();
            let first = ((v >> 32) as usize)
                .wrapping_mul(stride)
                .wrapping_add((u >> 32) as usize);
            let Some([top_left, top_right]) = pair(texels, first) else {
                continue;
            };
            let Some([low_left, low_right]) = pair(texels, first.wrapping_add(stride)) else {
                continue;
            };
            let (along, down) = (fraction(u), fraction(v));
            let top = mixed(top_left, top_right, along);
            let low = mixed(low_left, low_right, along);
            cover(pixel, &mixed(&top, &low, down), tables);
        }
    }
}

/// Blends a texel onto a pixel.
#[inline]
fn cover(pixel: &mut [u8; 4], &[r, g, b, mask]: &Texel, tables: &LightTables) {
    if mask == 0.0 {
        return;
    }
    let [red, green, blue, _] = pixel;
    if mask >= 1.0 {
        (*red, *green, *blue) = (tables.encode(r), tables.encode(g), tables.encode(b));
        return;
    }
    let kept = 1.0 - mask;
    let over = |byte, light| tables.encode(tables.decode(byte) * kept + light);
    (*red, *green, *blue) = (over(*red, r), over(*green, g), over(*blue, b));
}

/// A linear walk through the padded crop, in 32.32 fixed-point texels.
#[derive(Debug, Clone, Copy)]
struct Walk {
    at: [i64; 2],
    step: [i64; 2],
}

impl Walk {
    #[inline]
    fn advance(&mut self) {
        // A nearly flat layer may overflow after its last pixel, where no value is read.
        self.at[0] = self.at[0].wrapping_add(self.step[0]);
        self.at[1] = self.at[1].wrapping_add(self.step[1]);
    }
}

/// Limits the columns `span` to those with `start + slope * column` in `[0, length]`.
fn narrow(span: &mut (f64, f64), start: f64, slope: f64, length: f64) {
    if slope == 0.0 {
        if !(0.0..=length).contains(&start) {
            span.1 = f64::NEG_INFINITY;
        }
        return;
    }
    let (one, other) = (-start / slope, (length - start) / slope);
    span.0 = span.0.max(one.min(other).ceil());
    span.1 = span.1.min(one.max(other).floor());
}

/// Returns two neighbouring texels.
#[inline]
fn pair(texels: &[Texel], at: usize) -> Option<&[Texel; 2]> {
    texels.get(at..)?.first_chunk()
}

/// Returns the fraction of a 32.32 number, in `[0, 1)`.
#[inline]
fn fraction(fixed: i64) -> f32 {
    const UNIT: f32 = 1.0 / 16_777_216.0;
    (fixed as u32 >> 8).cast_signed() as f32 * UNIT
}

/// Interpolates between `from` (0) and `to` (1).
#[inline]
fn mixed(from: &Texel, to: &Texel, amount: f32) -> Texel {
    std::array::from_fn(|i| from[i] + (to[i] - from[i]) * amount)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::composition::{Outcome, StyledLayer};
    use crate::domain::face::Crop;
    use crate::domain::frame::{Frame, FrameId, FrameTime, Size};
    use crate::domain::geometry::Transform;
    use proptest::prelude::*;
    use std::sync::Arc;

    fn layer(picture: Picture, rows: [[f32; 3]; 2], opacity: f32) -> StyledLayer {
        let frame_from_crop = Transform::from_rows(rows);
        StyledLayer {
            crop: Crop {
                picture,
                frame_from_crop,
            },
            opacity,
        }
    }

    fn composed(frame: Picture, layers: Vec<StyledLayer>) -> Picture {
        let composition = Composition {
            frame: Arc::new(Frame {
                id: FrameId(0),
                shown_at: FrameTime::default(),
                captured_at: FrameTime::default(),
                picture: Arc::new(frame),
            }),
            layers,
            faces: Vec::new(),
            outcome: Outcome::Styled,
            styled_at: FrameTime::default(),
        };
        let mut out = Picture::filled(Size::new(1, 1), [0; 4]);
        CpuCompositor::default().compose(&composition, &mut out);
        out
    }

    const UNMOVED: [[f32; 3]; 2] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]];
    const GREY: [u8; 4] = [10, 128, 200, 255];
    const WHITE: [u8; 4] = [255, 255, 255, 255];

    #[test]
    fn without_layers_the_frame_comes_out_unchanged() {
        let frame = Picture::filled(Size::new(5, 3), GREY);

        assert_eq!(composed(frame.clone(), Vec::new()), frame);
    }

    #[test]
    fn a_full_layer_replaces_the_pixels_under_it_and_no_others() {
        let frame = Picture::filled(Size::new(6, 4), GREY);
        let white = Picture::filled(Size::new(2, 2), WHITE);

        let out = composed(
            frame,
            vec![layer(white, [[1.0, 0.0, 3.0], [0.0, 1.0, 1.0]], 1.0)],
        );

        for y in 0..4 {
            for x in 0..6 {
                let inside = (3..5).contains(&x) && (1..3).contains(&y);
                let expected = if inside { WHITE } else { GREY };
                assert_eq!(out.pixel_clamped(x, y), expected, "{x} {y}");
            }
        }
    }

    #[test]
    fn an_unmoved_crop_arrives_byte_for_byte() {
        let rgba = (0..=255).flat_map(|v| [v, 255 - v, v / 2, 255]).collect();
        let crop = Picture::from_rgba(Size::new(16, 16), rgba).unwrap();
        let frame = Picture::filled(Size::new(16, 16), GREY);

        assert_eq!(
            composed(frame, vec![layer(crop.clone(), UNMOVED, 1.0)]),
            crop
        );
    }

    #[test]
    fn half_of_white_over_black_is_half_the_light() {
        let frame = Picture::filled(Size::new(2, 2), [0, 0, 0, 255]);
        let white = Picture::filled(Size::new(2, 2), WHITE);

        let out = composed(frame, vec![layer(white, UNMOVED, 0.5)]);

        assert_eq!(out.pixel_clamped(0, 0), [188, 188, 188, 255]);
    }

    #[test]
    fn colours_under_an_empty_mask_never_show() {
        let size = Size::new(2, 1);
        let rgba = vec![255, 0, 0, 0, 0, 0, 255, 255];
        let crop = Picture::from_rgba(size, rgba).unwrap();
        let frame = Picture::filled(Size::new(8, 4), [0, 0, 0, 255]);

        let out = composed(
            frame,
            vec![layer(crop, [[4.0, 0.0, 0.0], [0.0, 4.0, 0.0]], 1.0)],
        );

        for x in 0..8 {
            assert_eq!(out.pixel_clamped(x, 2)[0], 0, "no red at {x}");
        }
    }

    #[test]
    fn silly_layers_leave_the_frame_alone() {
        let frame = Picture::filled(Size::new(4, 4), GREY);
        let white = || Picture::filled(Size::new(2, 2), WHITE);
        let empty = Picture::filled(Size::new(0, 0), WHITE);
        let at = |tx: f32| [[1.0, 0.0, tx], [0.0, 1.0, 0.0]];

        let layers = vec![
            layer(white(), UNMOVED, 0.0),
            layer(white(), UNMOVED, f32::NAN),
            layer(white(), UNMOVED, -1.0),
            layer(white(), [[0.0; 3]; 2], 1.0),
            layer(white(), at(f32::NAN), 1.0),
            layer(white(), at(f32::INFINITY), 1.0),
            layer(white(), at(1e9), 1.0),
            layer(white(), at(-1e9), 1.0),
            layer(empty, UNMOVED, 1.0),
        ];

        assert_eq!(composed(frame.clone(), layers), frame);
    }

    /// Numbers of every magnitude, including zero.
    fn wild() -> impl Strategy<Value = f32> {
        prop_oneof![-40.0f32..40.0, -1e-6f32..1e-6, any::<f32>()]
    }

    proptest! {
        #[test]
        fn no_transform_breaks_the_walk(
            rows in [[wild(), wild(), wild()], [wild(), wild(), wild()]],
        ) {
            let size = Size::new(12, 9);
            let frame = Picture::filled(size, GREY);

            let white = Picture::filled(Size::new(7, 5), WHITE);
            let out = composed(frame, vec![layer(white, rows, 1.0)]);

            prop_assert_eq!(out.size(), size);
            for pixel in out.rgba().chunks_exact(4) {
                prop_assert!(pixel == GREY || pixel == WHITE, "{:?}", pixel);
            }
        }
    }
}
