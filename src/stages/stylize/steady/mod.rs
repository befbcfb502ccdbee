//! [`Steadier`]: keeps a styled crop from boiling.
//!
//! A network makes its strokes anew in every frame, from a photo with noise. So the styled crop
//! before is carried along with what moved in it, and the new one is blended onto it wherever the
//! photo under it did not change: what stands still is averaged over time, what changes is new at
//! once. Judged is the photo alone, never the styled picture.

// Carrying the styled crop before to where its content is now.
mod carry;

// Eyes and mouth.
mod expressive;

// Giving back the contrast that averaging takes.
mod crisp;

// One number a patch.
mod grid;

// How far the content of a crop moved.
mod motion;

// Where the photo is as it was.
mod patches;

use std::time::Duration;

use crate::domain::face::{Crop, TrackId};
use crate::domain::frame::{FrameTime, Picture, Size};
use crate::domain::geometry::{CropPx, FramePx, Point, Transform};
use crate::stages::stylize::steady::carry::{Pixel, carry};
use crate::stages::stylize::steady::crisp::Crispness;
use crate::stages::stylize::steady::expressive::{Expressive, Points};
use crate::stages::stylize::steady::grid::{Grid, number_at};
use crate::stages::stylize::steady::motion::{Field, Pyramid, Shift};
use crate::stages::stylize::steady::patches::Patches;

/// What a crop shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// One person's head.
    Face(TrackId),
    /// The whole frame.
    Frame,
}

/// How many subjects are remembered; the one that was not seen for longest is forgotten.
const MOST: usize = 8;

/// A crop that is older than this says nothing about the new one.
const FORGET: Duration = Duration::from_millis(400);

/// The time between two frames that [`Pace`] counts in.
const TURN: Duration = Duration::from_millis(33);

/// Share of the picture before in a still place at quickness 0, a turn.
const MOST_KEPT: f32 = 0.985;

/// How much of that is kept of a portrait's.
const PORTRAITS_KEPT: f32 = 0.948;

/// How much of the picture before is kept in still places, a turn of 33 ms, in `[0, 1)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace(f32);

impl Pace {
    /// That of a quickness from 0 (steady) to 1 (quick: nothing is kept).
    pub fn of_quickness(quickness: f32) -> Self {
        let quickness = if quickness.is_nan() { 1.0 } else { quickness };
        let quick = quickness.clamp(0.0, 1.0).powi(4);
        Self(MOST_KEPT * (1.0 - quick))
    }

    /// That of strokes that stick to the skin by themselves: they need less, and stay crisper.
    #[must_use]
    pub fn for_portraits(self) -> Self {
        Self(self.0 * PORTRAITS_KEPT)
    }

    /// The share that is kept after `passed`.
    fn over(self, passed: Duration) -> f32 {
        let turns = passed.as_secs_f32() / TURN.as_secs_f32();
        // A camera of 120 frames a second may take four times as many for the same rest.
        self.0.powf(turns.clamp(0.25, 4.0))
    }
}

/// The styled crop of one subject, as it was last shown.
#[derive(Debug)]
struct Memory {
    subject: Subject,
    size: Size,
    frame_from_crop: Transform<FramePx, CropPx>,
    seen: FrameTime,
    /// Blends since it began.
    age: u32,
    photo: Pyramid,
    shown: Vec<Pixel>,
    boost: Grid,
}

/// Remembers what was shown of each subject; bounded.
#[derive(Debug, Default)]
pub struct Steadier {
    memories: Vec<Memory>,
    photo: Pyramid,
    /// What the photo that was looked at last continues, and whether enough of it stayed.
    looked: Option<(Memory, bool)>,
    field: Field,
    carried: Vec<Pixel>,
    patches: Patches,
    crispness: Crispness,
    scratch: Vec<f32>,
}

impl Steadier {
    /// Forgets everything: after a change of style or strength.
    pub fn reset(&mut self) {
        self.memories.clear();
    }

    /// Looks at the photo in `crop` before it is styled: what moved in it, and what stayed as it was.
    /// `points` are the face's, crop pixels: eyes and mouth that move are shown sooner.
    /// Call [`Steadier::blend`] with the same crop next.
    pub fn look(
        &mut self,
        subject: Subject,
        crop: &Crop,
        pace: Pace,
        now: FrameTime,
        points: Option<&Points>,
    ) {
        self.photo.load(&crop.picture, &mut self.scratch);
        self.looked = None;
        self.memories
            .retain(|memory| now.since(memory.seen) < FORGET && memory.seen <= now);
        let size = crop.picture.size();
        let known = |memory: &Memory| memory.subject == subject && memory.size == size;
        let Some(at) = self.memories.iter().position(known) else {
            return;
        };
        if pace.0 > 0.0 && size.pixels() > 0 {
            let mut memory = self.memories.swap_remove(at);
            let stayed = self.compare(&mut memory, crop, pace, now, &Expressive::of(points));
            self.looked = Some((memory, stayed));
        }
    }

    /// Where what the photo shows that was looked at last was in the one before: the shift there
    /// from a place in crop pixels. `None` if there was none before, or one of something else.
    pub fn motion(&self) -> Option<impl Fn(f32, f32) -> [f32; 2]> {
        let stayed = self.looked.as_ref().is_some_and(|(_, stayed)| *stayed);
        stayed.then_some(|x, y| self.field.at(x, y))
    }

    /// Blends the styled `crop` onto what was shown of `subject` before, where the photo that was
    /// looked at last is as it was. Alpha stays.
    pub fn blend(&mut self, subject: Subject, crop: &mut Crop, now: FrameTime) {
        let size = crop.picture.size();
        if self.photo.full().values().len() != size.pixels() || size.pixels() == 0 {
            return;
        }
        match self.looked.take() {
            Some((mut memory, stayed)) if memory.subject == subject && memory.size == size => {
                if stayed {
                    self.show(&mut memory, crop);
                } else {
                    self.remember(&mut memory, crop);
                }
                self.memories.push(memory);
            }
            _ => self.begin(subject, crop, now),
        }
    }

    /// Remembers a subject that is new, or of another size.
    fn begin(&mut self, subject: Subject, crop: &Crop, now: FrameTime) {
        self.memories.retain(|memory| memory.subject != subject);
        if self.memories.len() >= MOST {
            let oldest = (0..self.memories.len()).min_by_key(|&at| self.memories[at].seen);
            oldest.map(|at| self.memories.swap_remove(at));
        }
        let mut memory = Memory {
            subject,
            size: crop.picture.size(),
            frame_from_crop: crop.frame_from_crop,
            seen: now,
            age: 0,
            photo: Pyramid::default(),
            shown: Vec::new(),
            boost: Grid::default(),
        };
        self.remember(&mut memory, crop);
        self.memories.push(memory);
    }

    /// Takes the crop as it is.
    fn remember(&mut self, memory: &mut Memory, crop: &Crop) {
        memory.age = 0;
        memory.boost = Grid::default();
        memory.shown.clear();
        let pixels = crop.picture.rgba().as_chunks::<4>().0;
        let pixels = pixels.iter().zip(self.photo.full().values());
        memory
            .shown
            .extend(pixels.map(|(styled, light)| remembered(*styled, *light)));
        std::mem::swap(&mut memory.photo, &mut self.photo);
    }

    /// Carries what was shown to where it is now; says whether enough of the photo stayed as it was.
    fn compare(
        &mut self,
        memory: &mut Memory,
        crop: &Crop,
        pace: Pace,
        now: FrameTime,
        expressive: &Expressive,
    ) -> bool {
        let passed = now.since(memory.seen);
        let moved = memory
            .frame_from_crop
            .inverse()
            .map(|before_from_frame| before_from_frame * crop.frame_from_crop);
        let guess = |x: f32, y: f32| -> Shift {
            moved.map_or([0.0; 2], |before_from_now| {
                let before: Point<CropPx> = before_from_now * Point::new(x, y);
                [before.x - x, before.y - y]
            })
        };
        (memory.frame_from_crop, memory.seen) = (crop.frame_from_crop, now);
        let width = memory.size.width as usize;
        self.field.search(&self.photo, &memory.photo, guess);
        self.carried.resize(memory.shown.len(), [0.0; 4]);
        carry(&memory.shown, width, &self.field, &mut self.carried);
        let light = self.photo.full().values();
        self.patches.compare(&self.carried, light, width);
        memory.age = memory.age.saturating_add(1);
        // The first pictures are averaged evenly, so that the very first has no more weight.
        let young = memory.age as f32 / (memory.age + 1) as f32;
        let (most, field) = (pace.over(passed), &self.field);
        self.patches.judge(|x, y| {
            let [dx, dy] = field.at(x, y);
            let fresh = expressive.freshness([x, y], dx.hypot(dy));
            (most * (1.0 - fresh)).min(young)
        })
    }

    /// Blends the styled `crop` into the memory, and shows that.
    fn show(&mut self, memory: &mut Memory, crop: &mut Crop) {
        let width = memory.size.width as usize;
        self.mix(memory, width, &crop.picture);
        let styled = crop.picture.rgba().as_chunks::<4>().0;
        let Memory { shown, boost, .. } = memory;
        self.crispness.measure(styled, shown, width, boost);
        let out = crop.picture.rgba_mut();
        self.crispness.show(shown, width, boost, out);
        std::mem::swap(&mut memory.photo, &mut self.photo);
    }

    /// Blends what was carried with the crop into the memory, by the patches' shares.
    fn mix(&self, memory: &mut Memory, width: usize, crop: &Picture) {
        let mut line = Vec::new();
        let light = self.photo.full().values().chunks_exact(width);
        let styled = crop.rgba().chunks_exact(width * 4);
        let carried = self.carried.chunks_exact(width);
        let shown = memory.shown.chunks_exact_mut(width);
        for (y, (((styled, carried), shown), light)) in
            styled.zip(carried).zip(shown).zip(light).enumerate()
        {
            self.patches.shares().row(y, &mut line);
            let pixels = styled.as_chunks::<4>().0.iter().zip(carried);
            let pixels = pixels.zip(shown).zip(light);
            for (x, (((styled, carried), shown), light)) in pixels.enumerate() {
                let keep = number_at(&line, x);
                let new = remembered(*styled, *light);
                *shown = std::array::from_fn(|i| new[i] + (carried[i] - new[i]) * keep);
            }
        }
    }
}

/// A styled pixel and the brightness of the photo under it.
#[inline]
fn remembered([r, g, b, _]: [u8; 4], light: f32) -> Pixel {
    [f32::from(r), f32::from(g), f32::from(b), light]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SIDE: u32 = 64;

    /// A crop of 64×64 grey pixels of the values `at(x, y)`.
    fn picture(at: impl Fn(f32, f32) -> f32) -> Picture {
        let rgba = (0..SIDE * SIDE).flat_map(|i| {
            let grey = at((i % SIDE) as f32, (i / SIDE) as f32) as u8;
            [grey, grey, grey, 255]
        });
        Picture::from_rgba(Size::new(SIDE, SIDE), rgba.collect()).unwrap()
    }

    /// Repeatable noise in `[-1, 1]`.
    fn noise(seed: u32, x: f32, y: f32) -> f32 {
        let mut bits =
            seed ^ (x as u32).wrapping_mul(0x9E37_79B1) ^ (y as u32).wrapping_mul(0x85EB_CA6B);
        for _ in 0..3 {
            bits = (bits ^ (bits >> 15)).wrapping_mul(0x2C1B_3C6D);
        }
        bits as f32 / u32::MAX as f32 * 2.0 - 1.0
    }

    /// Some structure of a face's scale.
    fn ground(x: f32, y: f32) -> f32 {
        120.0 + 40.0 * (x * 0.21).sin() + 40.0 * (y * 0.17).cos()
    }

    /// Shows `styled` of `photo` as frame `number`.
    fn shown(steadier: &mut Steadier, number: u64, photo: &Picture, styled: &Picture) -> Picture {
        let mut crop = Crop {
            picture: styled.clone(),
            frame_from_crop: Transform::scale_then_move(1.0, 1.0, 0.0, 0.0),
        };
        let now = FrameTime(TURN * number as u32);
        let before = Crop {
            picture: photo.clone(),
            ..crop.clone()
        };
        steadier.look(Subject::Frame, &before, Pace::of_quickness(0.5), now, None);
        steadier.blend(Subject::Frame, &mut crop, now);
        crop.picture
    }

    /// Mean difference of two pictures' greys.
    fn apart(a: &Picture, b: &Picture) -> f32 {
        let differ = |(a, b): (&u8, &u8)| f32::from(a.abs_diff(*b));
        let sum: f32 = a.rgba().iter().zip(b.rgba()).map(differ).sum();
        sum / (a.size().pixels() * 3) as f32
    }

    /// How much the last two of twenty still frames differ, styled and shown; the camera's noise
    /// has this amplitude.
    fn boil(amplitude: f32) -> (f32, f32) {
        let mut steadier = Steadier::default();
        let mut before: Option<(Picture, Picture)> = None;
        let mut last = (0.0, 0.0);
        for number in 0..20_u32 {
            let photo = picture(|x, y| ground(x, y) + amplitude * noise(number, x, y));
            let styled = picture(|x, y| ground(x, y) + 40.0 * noise(number + 99, x, y));
            let out = shown(&mut steadier, u64::from(number), &photo, &styled);
            if let Some((old_styled, old_out)) = &before {
                last = (apart(old_styled, &styled), apart(old_out, &out));
            }
            before = Some((styled, out));
        }
        last
    }

    #[test]
    fn a_still_face_before_a_noisy_camera_does_not_boil() {
        for amplitude in [0.0, 4.0, 8.0] {
            let (styled, out) = boil(amplitude);

            assert!(out < 0.22 * styled, "{amplitude}: {styled} became {out}");
        }
    }

    #[test]
    fn what_moves_is_not_smeared() {
        let mut steadier = Steadier::default();
        let square = |left: f32| {
            move |x: f32, y: f32| {
                let inside = (left..left + 16.0).contains(&x) && (24.0..40.0).contains(&y);
                if inside { 220.0 } else { 60.0 }
            }
        };
        for number in 0..12_u64 {
            // Nine pixels a frame: farther than it is wide in two.
            let photo = picture(square((number % 6) as f32 * 9.0));
            // The style turns light into dark, and adds what must not be seen again.
            let styled = picture(|x, y| 255.0 - square((number % 6) as f32 * 9.0)(x, y));

            let out = shown(&mut steadier, number, &photo, &styled);

            assert!(
                apart(&out, &styled) < 2.0,
                "{number}: {}",
                apart(&out, &styled)
            );
        }
    }

    #[test]
    fn a_cut_and_a_reset_begin_anew() {
        let mut steadier = Steadier::default();
        let (dark, light) = (picture(|_, _| 30.0), picture(|_, _| 200.0));
        for number in 0..5 {
            shown(&mut steadier, number, &dark, &dark);
        }

        assert_eq!(shown(&mut steadier, 5, &light, &light), light);
        steadier.reset();
        assert_eq!(shown(&mut steadier, 6, &light, &dark), dark);
    }

    #[test]
    fn a_quick_picture_and_one_after_a_pause_are_as_they_are() {
        let mut steadier = Steadier::default();
        let (photo, first) = (picture(ground), picture(|_, _| 10.0));
        let second = picture(|_, _| 90.0);
        shown(&mut steadier, 0, &photo, &first);

        assert_eq!(shown(&mut steadier, 60, &photo, &second), second);
        assert_eq!(Pace::of_quickness(1.0).over(TURN), 0.0);
    }

    #[test]
    fn no_more_subjects_are_remembered_than_there_is_room() {
        let mut steadier = Steadier::default();
        let photo = picture(ground);
        for id in 0..30 {
            let mut crop = Crop {
                picture: photo.clone(),
                frame_from_crop: Transform::scale_then_move(1.0, 1.0, 0.0, 0.0),
            };
            let face = Subject::Face(TrackId(id));
            let (pace, now) = (Pace::of_quickness(0.2), FrameTime::default());
            steadier.look(face, &crop, pace, now, None);
            steadier.blend(face, &mut crop, now);
        }

        assert_eq!(steadier.memories.len(), MOST);
    }

    proptest! {
        #[test]
        fn no_size_and_no_transform_breaks_it(
            width in 1_u32..70,
            height in 1_u32..40,
            rows in [[any::<f32>(), any::<f32>(), any::<f32>()], [any::<f32>(), any::<f32>(), any::<f32>()]],
        ) {
            let mut steadier = Steadier::default();
            let photo = Picture::filled(Size::new(width, height), [9, 99, 200, 5]);
            for number in 0..3 {
                let mut crop = Crop {
                    picture: photo.clone(),
                    frame_from_crop: Transform::from_rows(rows),
                };
                let now = FrameTime(TURN * number);
                steadier.look(Subject::Frame, &crop, Pace::of_quickness(0.0), now, None);
                steadier.blend(Subject::Frame, &mut crop, now);
                prop_assert_eq!(&crop.picture, &photo);
            }
        }
    }
}
