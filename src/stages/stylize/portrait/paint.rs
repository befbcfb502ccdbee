//! [`Sitting`]: paints a crop's face with a [`Portrait`], on the CPU. Deterministic: the
//! same frames give the same pictures. `shaders/portrait.wgsl` paints the same on a graphics card.

use crate::domain::frame::Picture;
use crate::domain::skin::Skin;
use crate::stages::stylize::portrait::chunks::{CELLS, Chunks, Guides};
use crate::stages::stylize::portrait::field::{Anchors, Field, STEP, usable};
use crate::stages::stylize::portrait::plane::Plane;
use crate::stages::stylize::portrait::reference::{CELL, Portrait, SIDE, wide_radius};
use crate::stages::stylize::portrait::tone::{Curve, Histogram, luma};

/// The person's own shape is laid on this strongly over the skin, and on brows, eyes, nose and
/// lips, where identity and expression live.
pub(super) const SKIN: f32 = 0.45;
pub(super) const FEATURES: f32 = 0.77;

/// How much of the person's own light, beside the shape, replaces the painting's.
pub(super) const LIGHT: f32 = 0.9;

/// A face's tones follow the light's changes this fast, a frame.
const ADAPT: f32 = 0.1;

/// The person's guide follows the frames this fast, a frame.
const FOLLOW: f32 = 0.25;

/// Opacities of the skin's mask between which painting begins: its edge is soft.
pub(super) const SKIN_FROM: f32 = 0.15;
pub(super) const SKIN_TO: f32 = 0.6;

/// Pixels of the crop that are averaged into one for its light.
pub const SMALL: usize = 4;

/// Where a place of this crop was in the one before: the shift there, pixels.
pub type Motion<'a> = &'a dyn Fn(f32, f32) -> [f32; 2];

/// What is remembered of one face from frame to frame.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    field: Option<Field>,
    curve: Option<Curve>,
    own: Option<Plane>,
    chunks: Chunks,
}

/// One frame's face, ready to be painted.
#[derive(Debug, Clone)]
pub struct Sitting {
    /// Square from crop.
    pub field: Field,
    /// The crop's brightnesses to the painting's.
    pub curve: Curve,
    /// The light on the face: brightness in the painting's tones, blurred widely, a number for
    /// [`SMALL`] × [`SMALL`] pixels.
    pub light: Plane,
    /// Where strokes come from.
    pub chunks: Chunks,
}

/// The bilinear sample of an RGBA picture of [`SIDE`] pixels a side; outside, the edge goes on.
fn sample(pixels: &[[u8; 4]], x: f32, y: f32) -> [f32; 4] {
    let limit = |v: f32| (v - 0.5).max(0.0).min(SIDE as f32 - 1.001);
    let (x, y) = (limit(x), limit(y));
    let (left, top) = (x as usize, y as usize);
    let (fx, fy) = (x - left as f32, y - top as f32);
    let at = top * SIDE + left;
    let (Some(&[a, b]), Some(&[c, d])) =
        (pixels.get(at..at + 2), pixels.get(at + SIDE..at + SIDE + 2))
    else {
        return [0.0; 4];
    };
    std::array::from_fn(|i| {
        let upper = f32::from(a[i]) + (f32::from(b[i]) - f32::from(a[i])) * fx;
        let lower = f32::from(c[i]) + (f32::from(d[i]) - f32::from(c[i])) * fx;
        upper + (lower - upper) * fy
    })
}

/// How much of the paint a place takes whose mask says that it is skin with this opacity.
pub(super) fn bareness(opacity: f32) -> f32 {
    ((opacity - SKIN_FROM) / (SKIN_TO - SKIN_FROM)).clamp(0.0, 1.0)
}

/// The nearest pixel's alpha, `[0, 1]`.
pub(super) fn alpha(pixels: &[[u8; 4]], x: f32, y: f32) -> f32 {
    let limit = |v: f32| (v.max(0.0) as usize).min(SIDE - 1);
    let pixel = pixels.get(limit(y) * SIDE + limit(x));
    pixel.map_or(0.0, |pixel| f32::from(pixel[3]) / 255.0)
}

fn luma_of(pixel: [u8; 4]) -> f32 {
    luma([
        f32::from(pixel[0]),
        f32::from(pixel[1]),
        f32::from(pixel[2]),
    ])
}

impl Sitting {
    /// Looks at the face in `crop` whose points are `marks` (crop pixels); `None` where they are
    /// no face's. Where it is known what moved since the frame before, strokes move with the skin.
    pub fn begin(
        crop: &Picture,
        (marks, motion): (&Anchors, Option<Motion<'_>>),
        portrait: &Portrait,
        memory: &mut Memory,
    ) -> Option<Self> {
        let size = crop.size();
        let (width, height) = (size.width as usize, size.height as usize);
        if !usable(marks) || width < STEP || height < STEP {
            return None;
        }
        let mut field = Field::between(marks, &portrait.anchors, width, height);
        if let (Some(before), Some(motion)) = (&memory.field, motion) {
            field.stick(before, motion, portrait.width);
        }
        memory.field = Some(field.clone());
        let pixels = crop.rgba().as_chunks::<4>().0;
        let brightness =
            Plane::made(width, height, |x, y| luma_of(pixels[y * width + x])).shrunk(SMALL);
        let aim = Curve::matched(&tones(&brightness, &field, portrait), &portrait.tones);
        let curve = memory.curve.get_or_insert_with(|| aim.clone());
        curve.approach(&aim, ADAPT);
        let curve = curve.clone();
        let mut light = brightness;
        for value in light.values_mut() {
            *value = curve.at(*value);
        }
        let face_width = (marks[16][0] - marks[0][0]).hypot(marks[16][1] - marks[0][1]);
        let toned = light.clone();
        light.blur(wide_radius(face_width / SMALL as f32));
        look(&toned, &light, [width, height], marks, portrait, memory);
        Some(Self {
            field,
            curve,
            light,
            chunks: memory.chunks.clone(),
        })
    }

    /// Paints the face over `crop`; `own` is the photo. `likeness` runs from 0, the painted face,
    /// to 1, the person's. Where `skin` is known, hair and what is held in front stay as they are.
    /// Alpha stays.
    pub fn paint(
        &self,
        own: &Picture,
        portrait: &Portrait,
        likeness: f32,
        skin: Option<&Skin>,
        crop: &mut Picture,
    ) {
        let (width, height) = (crop.size().width as usize, crop.size().height as usize);
        let bare = |x: f32, y: f32| {
            skin.map_or(1.0, |skin| {
                bareness(skin.at(x / width as f32, y / height as f32))
            })
        };
        let opacity = portrait.colours.rgba().as_chunks::<4>().0;
        let photo = own.rgba().as_chunks::<4>().0.chunks(width.max(1));
        let rows = crop.rgba_mut().as_chunks_mut::<4>().0;
        let rows = rows.chunks_mut(width.max(1)).zip(photo);
        for (y, (row, photo)) in rows.enumerate() {
            let y = y as f32 + 0.5;
            for (x, (pixel, photo)) in row.iter_mut().zip(photo).enumerate() {
                let x = x as f32 + 0.5;
                let [u, v] = self.field.at(x, y);
                let face = alpha(opacity, u, v);
                if face <= 0.0 {
                    continue;
                }
                let face = face * bare(x, y);
                if face <= 0.0 {
                    continue;
                }
                let painted = self.colour([x, y], [u, v], luma_of(*photo), portrait, likeness);
                for (to, value) in pixel.iter_mut().zip(painted) {
                    let mixed = f32::from(*to) + (value.clamp(0.0, 255.0) - f32::from(*to)) * face;
                    *to = (mixed + 0.5) as u8;
                }
            }
        }
    }

    /// The painted colour of a place: the painting there, with the shape of its face taken out and
    /// the person's put in, in the painting's colours.
    fn colour(
        &self,
        [x, y]: [f32; 2],
        [u, v]: [f32; 2],
        brightness: f32,
        portrait: &Portrait,
        likeness: f32,
    ) -> [f32; 3] {
        let (colour, shape) = self.strokes(u, v, portrait);
        let light = self.light.sample(x / SMALL as f32, y / SMALL as f32);
        let own = self.curve.at(brightness) - light;
        let features = shape[2] / 255.0;
        let painted = (shape[0] - 128.0) * 2.0;
        let strength = SKIN + (FEATURES - SKIN) * features;
        let change = own * strength - painted + LIGHT * (light - shape[1]);
        let here = luma([colour[0], colour[1], colour[2]]);
        let (from, to) = (
            portrait.palette.at(here),
            portrait.palette.at(here + likeness * change),
        );
        std::array::from_fn(|c| colour[c] + to[c] - from[c])
    }

    /// Colour and shape of the painting for a place of the square, mixed from the chunks around.
    fn strokes(&self, u: f32, v: f32, portrait: &Portrait) -> ([f32; 4], [f32; 4]) {
        let colours = portrait.colours.rgba().as_chunks::<4>().0;
        let shapes = portrait.shapes.rgba().as_chunks::<4>().0;
        let (four, [fx, fy]) = self.chunks.around(u / CELL as f32, v / CELL as f32);
        let read = |[dx, dy]: [i8; 2]| {
            let (x, y) = (
                u + f32::from(dx) * CELL as f32,
                v + f32::from(dy) * CELL as f32,
            );
            (sample(colours, x, y), sample(shapes, x, y))
        };
        if four.iter().all(|offset| *offset == four[0]) {
            return read(four[0]);
        }
        let weights = [
            (1.0 - fx) * (1.0 - fy),
            fx * (1.0 - fy),
            (1.0 - fx) * fy,
            fx * fy,
        ];
        let (mut colour, mut shape) = ([0.0; 4], [0.0; 4]);
        for (offset, weight) in four.into_iter().zip(weights) {
            let (c, s) = read(offset);
            for i in 0..4 {
                colour[i] += weight * c[i];
                shape[i] += weight * s[i];
            }
        }
        (colour, shape)
    }
}

/// Brightnesses of the face, from the crop made small.
fn tones(small: &Plane, field: &Field, portrait: &Portrait) -> Histogram {
    let mut counts = [0.0; 256];
    let colours = portrait.colours.rgba().as_chunks::<4>().0;
    for (i, value) in small.values().iter().enumerate() {
        let middle = |k: usize| (k as f32 + 0.5) * SMALL as f32;
        let [u, v] = field.at(middle(i % small.width()), middle(i / small.width()));
        if alpha(colours, u, v) > 0.5 {
            counts[(value.max(0.0) as usize).min(255)] += 1.0;
        }
    }
    counts
}

/// Brings the person's appearance onto the painted face and chooses chunks by it.
fn look(
    toned: &Plane,
    light: &Plane,
    [width, height]: [usize; 2],
    marks: &Anchors,
    portrait: &Portrait,
    memory: &mut Memory,
) {
    let back = Field::between(&portrait.anchors, marks, SIDE, SIDE);
    let seen = Plane::made(CELLS, CELLS, |x, y| {
        let [u, v] = back.at(
            (x as f32 + 0.5) * CELL as f32,
            (y as f32 + 0.5) * CELL as f32,
        );
        let inside = u >= 0.0 && v >= 0.0 && u <= width as f32 && v <= height as f32;
        let (u, v) = (u / SMALL as f32, v / SMALL as f32);
        if inside {
            toned.sample(u, v) - light.sample(u, v)
        } else {
            0.0
        }
    });
    let own = match &mut memory.own {
        Some(own) => {
            for (value, new) in own.values_mut().iter_mut().zip(seen.values()) {
                *value += (new - *value) * FOLLOW;
            }
            own
        }
        slot => slot.insert(seen),
    };
    memory.chunks.update(Guides {
        painted: &portrait.appearance,
        own,
        features: &portrait.features,
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::frame::Size;
    use crate::domain::geometry::{Point, Transform};
    use crate::domain::shape::FaceShape;
    use crate::domain::skin::SkinPlace;
    use proptest::prelude::*;

    /// A round face's points: jaw below, brows, nose, eyes and mouth about where they are.
    fn marks(x: f32, y: f32, radius: f32) -> Anchors {
        std::array::from_fn(|i| {
            let at = |u: f32, v: f32| [x + radius * u, y + radius * v];
            let turn = |k: usize, n: f32| (k as f32 / n * std::f32::consts::TAU).sin_cos();
            match i {
                0..=16 => {
                    let (sin, cos) = (i as f32 / 16.0 * std::f32::consts::PI).sin_cos();
                    at(-cos, sin)
                }
                17..=26 => at(-0.75 + 0.165 * (i - 17) as f32, -0.4),
                27..=30 => at(0.0, -0.15 + 0.12 * (i - 27) as f32),
                31..=35 => at(-0.2 + 0.1 * (i - 31) as f32, 0.3),
                36..=41 => at(
                    -0.4 - 0.15 * turn(i - 36, 6.0).1,
                    -0.15 - 0.07 * turn(i - 36, 6.0).0,
                ),
                42..=47 => at(
                    0.4 - 0.15 * turn(i - 42, 6.0).1,
                    -0.15 - 0.07 * turn(i - 42, 6.0).0,
                ),
                48..=59 => at(
                    -0.3 * turn(i - 48, 12.0).1,
                    0.55 - 0.12 * turn(i - 48, 12.0).0,
                ),
                _ => at(
                    -0.2 * turn(i - 60, 8.0).1,
                    0.55 - 0.05 * turn(i - 60, 8.0).0,
                ),
            }
        })
    }

    fn picture(width: u32, height: u32, seed: u32) -> Picture {
        let mut picture = Picture::filled(Size::new(width, height), [0, 0, 0, 255]);
        for (i, pixel) in picture.rgba_mut().chunks_exact_mut(4).enumerate() {
            let (x, y) = (i as u32 % width, i as u32 / width);
            pixel[0] = (120 + (x / 5 + seed) % 100) as u8;
            pixel[1] = (60 + (y / 3 + seed * 7) % 120) as u8;
            pixel[2] = ((x + y) / 4 % 90) as u8;
            pixel[3] = 77;
        }
        picture
    }

    fn portrait() -> Portrait {
        let shape = FaceShape(marks(200.0, 210.0, 90.0).map(|[x, y]| Point::new(x, y)));
        Portrait::prepare(&picture(401, 433, 3), &shape, None).unwrap()
    }

    #[test]
    fn a_style_takes_less_than_eight_mebibytes() {
        assert!(portrait().bytes() < 8 << 20, "{}", portrait().bytes());
    }

    #[test]
    fn only_the_face_is_painted_and_alpha_stays() {
        let (portrait, photo) = (portrait(), picture(256, 256, 40));
        let face = marks(128.0, 130.0, 60.0);
        let mut painted = photo.clone();
        let sitting =
            Sitting::begin(&photo, (&face, None), &portrait, &mut Memory::default()).unwrap();
        sitting.paint(&photo, &portrait, 1.0, None, &mut painted);

        assert_ne!(
            painted.pixel_clamped(128, 140),
            photo.pixel_clamped(128, 140)
        );
        assert_eq!(painted.pixel_clamped(3, 3), photo.pixel_clamped(3, 3));
        assert!(painted.rgba().chunks_exact(4).all(|pixel| pixel[3] == 77));
    }

    #[test]
    fn a_still_face_is_painted_the_same_in_every_frame() {
        let (portrait, photo) = (portrait(), picture(200, 200, 40));
        let (face, mut memory) = (marks(100.0, 100.0, 50.0), Memory::default());
        let mut paint = || {
            let mut painted = photo.clone();
            let sitting = Sitting::begin(&photo, (&face, None), &portrait, &mut memory).unwrap();
            sitting.paint(&photo, &portrait, 1.0, None, &mut painted);
            painted
        };

        let first = paint();
        assert_eq!(paint(), first);
        assert_eq!(paint(), first);
    }

    #[test]
    fn hair_over_the_painted_forehead_is_left_out_where_the_mask_understands_the_painting() {
        let shape = FaceShape(marks(200.0, 210.0, 90.0).map(|[x, y]| Point::new(x, y)));
        let alphas = |below: f32| {
            // The grid covers the picture; the brows lie at 174 of 433 pixels.
            let opacities = (0..64 * 64).map(|i| if i / 64 < 24 { 0.0 } else { below });
            let skin = SkinPlace {
                skin: Skin::new(opacities.collect(), 64),
                crop_from_frame: Transform::scale_then_move(1.0, 1.0, 0.0, 0.0),
                side: 433.0,
            };
            let portrait = Portrait::prepare(&picture(401, 433, 3), &shape, Some(&skin)).unwrap();
            let [x, y] = portrait.anchors[27];
            let chin = portrait.anchors[8][1];
            let at = |y: f32| portrait.colours.pixel_clamped(x as i64, y as i64)[3];
            (at(y - 0.45 * (chin - y)), at(y + 0.4 * (chin - y)))
        };

        let (forehead, cheek) = alphas(1.0);
        assert!(forehead < 60 && cheek > 250, "{forehead} {cheek}");
        let (forehead, cheek) = alphas(0.2);
        assert!(forehead > 200 && cheek > 250, "{forehead} {cheek}");
    }

    #[test]
    fn points_that_span_nothing_are_refused() {
        let flat = FaceShape([Point::new(5.0, 5.0); 68]);
        assert!(Portrait::prepare(&picture(64, 64, 1), &flat, None).is_err());

        let nowhere = [[f32::NAN; 2]; 68];
        let photo = picture(64, 64, 2);
        assert!(
            Sitting::begin(
                &photo,
                (&nowhere, None),
                &portrait(),
                &mut Memory::default()
            )
            .is_none()
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn odd_sizes_and_strange_places_do_no_harm(
            width in 1_u32..90, height in 1_u32..90,
            x in -80.0_f32..160.0, y in -80.0_f32..160.0, radius in 0.5_f32..200.0,
        ) {
            let photo = picture(width, height, 9);
            let mut painted = photo.clone();
            let portrait = portrait();
            let sitting = Sitting::begin(&photo, (&marks(x, y, radius), None), &portrait, &mut Memory::default());
            if let Some(sitting) = sitting {
                sitting.paint(&photo, &portrait, 1.0, None, &mut painted);
            }
            prop_assert_eq!(painted.size(), photo.size());
        }
    }
}
