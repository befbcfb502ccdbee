//! [`Steadier`]: keeps a styled crop from boiling.
//!
//! A network makes its strokes anew in every frame, from a photo with noise. So a styled crop is held
//! for a while and carried along with what moved in the photo (`keys.rs`), and the next one comes over
//! it slowly; where the photo changed, the fresh one is shown at once. Judged is the photo, and the styled
//! picture only in the large: a line that is held beside where it is drawn now was carried astray, as on
//! a jaw that turns before a neck of the same tone. What is shown gets the shading of this very frame's photo (`shading.rs`), so that
//! nothing lags that makes a face, and its strokes are made crisp (`crisp.rs`).

// What a crop looks like, from fine to coarse.
mod brightness;

// How far cells moved.
mod cells;

// Strong strokes crisper, faint ones calmer.
mod crisp;

// Eyes and mouth.
mod expressive;

// The last touch.
mod finish;

// One number a patch.
mod grid;

// Styled crops that are held.
mod keys;

// Shifts at nodes.
mod mesh;

// How far the content of a crop moved.
mod motion;

// Where the photo is as it was.
mod patches;

// Reading a styled crop where its content is now.
mod sample;

// The photo's light and shade under the strokes.
mod shading;

// How far each pixel moved.
mod variational;

// Which parts of a crop are shown.
mod visible;

use std::time::Duration;

use crate::domain::face::{Crop, TrackId};
use crate::domain::frame::{FrameTime, Size};
use crate::domain::geometry::{CropPx, FramePx, Point, Transform};
use crate::stages::stylize::steady::brightness::Pyramid;
use crate::stages::stylize::steady::expressive::{Expressive, Points};
use crate::stages::stylize::steady::finish::{Finisher, Remembered};
use crate::stages::stylize::steady::keys::{Keys, Scene};
use crate::stages::stylize::steady::mesh::Shift;
use crate::stages::stylize::steady::motion::{Field, Finder};
use crate::stages::stylize::steady::sample::Pixel;
use crate::stages::stylize::steady::visible::Visible;

pub use crate::stages::stylize::steady::crisp::Coring;

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

/// How long a picture is held at quickness 0.
const LONGEST: Duration = Duration::from_millis(1300);

/// How long a styled picture is held.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace(Duration);

impl Pace {
    /// That of a quickness from 0 (steady) to 1 (quick: nothing is held): half a second at a half.
    pub fn of_quickness(quickness: f32) -> Self {
        let quickness = if quickness.is_nan() { 1.0 } else { quickness };
        let steadiness = 1.0 - quickness.clamp(0.0, 1.0);
        Self(LONGEST.mul_f32(steadiness.powf(1.4)))
    }
}

/// What is remembered of one subject.
#[derive(Debug)]
struct Memory {
    subject: Subject,
    size: Size,
    frame_from_crop: Transform<FramePx, CropPx>,
    seen: FrameTime,
    photo: Pyramid,
    keys: Keys,
    finish: Remembered,
}

/// What the photo that was looked at last continues.
#[derive(Debug)]
struct Looked {
    memory: Memory,
    /// Whether enough of it stayed.
    stayed: bool,
    pace: Pace,
}

/// Remembers what was shown of each subject; bounded.
#[derive(Debug, Default)]
pub struct Steadier {
    memories: Vec<Memory>,
    photo: Pyramid,
    looked: Option<Looked>,
    motion: Field,
    finder: Finder,
    fresh: Vec<Pixel>,
    shown: Vec<Pixel>,
    finisher: Finisher,
    scratch: Vec<f32>,
}

impl Steadier {
    /// Forgets everything: after a change of style or strength.
    pub fn reset(&mut self) {
        self.memories.clear();
    }

    /// Looks at the photo in `crop` before it is styled: what moved in it, and what stayed as it was.
    /// `points` are the face's, crop pixels: on eyes and mouth less change is let pass.
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
        if pace.0 > Duration::ZERO && size.pixels() > 0 {
            let mut memory = self.memories.swap_remove(at);
            let scene = Scene {
                visible: Visible::of(&crop.picture),
                features: Expressive::of(points),
            };
            let stayed = self.follow(&mut memory, crop, now, &scene);
            self.looked = Some(Looked {
                memory,
                stayed,
                pace,
            });
        }
    }

    /// Where what the photo shows that was looked at last was in the one before: the shift there
    /// from a place in crop pixels. `None` if there was none before, or one of something else.
    pub fn motion(&self) -> Option<impl Fn(f32, f32) -> [f32; 2]> {
        let stayed = self.looked.as_ref().is_some_and(|looked| looked.stayed);
        stayed.then_some(|x, y| self.motion.at(x, y))
    }

    /// Shows what was held of `subject` in place of the styled `crop`, where the photo that was
    /// looked at last is as it was, with that photo's shading and crisp strokes. Alpha stays.
    pub fn blend(&mut self, subject: Subject, crop: &mut Crop, coring: Coring, now: FrameTime) {
        let size = crop.picture.size();
        let light = self.photo.full().values();
        if light.len() != size.pixels() || size.pixels() == 0 {
            return;
        }
        let styled = crop.picture.rgba().as_chunks::<4>().0.iter();
        self.fresh.clear();
        self.fresh.extend(
            styled
                .zip(light)
                .map(|([r, g, b, _], light)| [f32::from(*r), f32::from(*g), f32::from(*b), *light]),
        );
        let looked = self.looked.take();
        let known =
            looked.filter(|looked| looked.memory.subject == subject && looked.memory.size == size);
        let mut memory = match known {
            Some(Looked {
                mut memory,
                stayed: true,
                pace,
            }) => {
                let (width, when) = (size.width as usize, (now, pace.0));
                memory.keys.lay(&self.fresh, width, when, &mut self.shown);
                memory
            }
            Some(Looked { mut memory, .. }) => {
                memory.keys.clear();
                memory.finish = Remembered::default();
                self.shown.clone_from(&self.fresh);
                memory
            }
            None => {
                self.shown.clone_from(&self.fresh);
                self.begun(subject, crop, now)
            }
        };
        self.finisher.finish(
            (self.photo.full().values(), &self.shown),
            size.width as usize,
            coring,
            &mut memory.finish,
            crop.picture.rgba_mut(),
        );
        memory.keys.offer(&self.fresh, size, now);
        std::mem::swap(&mut memory.photo, &mut self.photo);
        self.memories.push(memory);
    }

    /// Room for a subject that is new, or of another size.
    fn begun(&mut self, subject: Subject, crop: &Crop, now: FrameTime) -> Memory {
        self.memories.retain(|memory| memory.subject != subject);
        if self.memories.len() >= MOST {
            let oldest = (0..self.memories.len()).min_by_key(|&at| self.memories[at].seen);
            oldest.map(|at| self.memories.swap_remove(at));
        }
        Memory {
            subject,
            size: crop.picture.size(),
            frame_from_crop: crop.frame_from_crop,
            seen: now,
            photo: Pyramid::default(),
            keys: Keys::default(),
            finish: Remembered::default(),
        }
    }

    /// Carries what is held to where it is now; says whether enough of the photo stayed as it was.
    fn follow(&mut self, memory: &mut Memory, crop: &Crop, now: FrameTime, scene: &Scene) -> bool {
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
        self.finder
            .find(&self.photo, &memory.photo, guess, &mut self.motion);
        memory.keys.follow(&self.motion, self.photo.full(), scene)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::frame::Picture;
    use proptest::prelude::*;

    const SIDE: u32 = 64;

    const CORING: Coring = Coring {
        raise: 0.2,
        lower: 0.2,
    };

    /// The time between two frames.
    const TURN: Duration = Duration::from_millis(33);

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
        steadier.blend(Subject::Frame, &mut crop, CORING, now);
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

            assert!(out < 0.25 * styled, "{amplitude}: {styled} became {out}");
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

    /// Mean distance of a pixel to the one beside it.
    fn contrast(picture: &Picture) -> f32 {
        let greys: Vec<f32> = picture.rgba().chunks(4).map(|p| f32::from(p[0])).collect();
        let steps = greys.windows(2).map(|pair| (pair[0] - pair[1]).abs());
        steps.sum::<f32>() / greys.len() as f32
    }

    #[test]
    fn strokes_on_what_moves_stay_as_crisp_as_they_were_made() {
        let mut steadier = Steadier::default();
        for number in 0..25_u32 {
            let moved = 0.4 * number as f32;
            let photo = picture(|x, y| ground(x - moved, y));
            // Strokes that are made anew in every frame: their mean would be flat.
            let styled =
                picture(|x, y| ground(x - moved, y) + 40.0 * noise(number, x * 0.25, y * 0.25));

            let out = shown(&mut steadier, u64::from(number), &photo, &styled);

            let (made, seen) = (contrast(&styled), contrast(&out));
            assert!(seen > 0.7 * made, "{number}: {made} became {seen}");
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
        assert_eq!(Pace::of_quickness(1.0).0, Duration::ZERO);
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
            steadier.blend(face, &mut crop, CORING, now);
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
                steadier.blend(Subject::Frame, &mut crop, CORING, now);
                prop_assert_eq!(&crop.picture, &photo);
            }
        }
    }
}
