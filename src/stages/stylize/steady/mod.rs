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
use crate::domain::frame::FrameTime;
use crate::domain::geometry::{CropPx, FramePx, Point, Transform};
use crate::stages::stylize::steady::brightness::Pyramid;
use crate::stages::stylize::steady::expressive::{Expressive, Points};
use crate::stages::stylize::steady::finish::{Finisher, Remembered};
use crate::stages::stylize::steady::keys::{Keys, Scene};
use crate::stages::stylize::steady::mesh::Shift;
use crate::stages::stylize::steady::motion::{Field, Finder};
use crate::stages::stylize::steady::sample::Pixel;
use crate::stages::stylize::steady::visible::Visible;
use crate::stages::stylize::window::Window;

pub use crate::stages::stylize::steady::crisp::Coring;

/// What a crop shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// One person's head.
    Face(TrackId),
    /// The whole frame.
    Frame,
}

/// A part of a crop: whose, and which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Section {
    /// What the crop shows.
    pub subject: Subject,
    /// The part of it.
    pub window: Window,
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
    section: Section,
    frame_from_crop: Transform<FramePx, CropPx>,
    seen: FrameTime,
    photo: Pyramid,
    keys: Keys,
    finish: Remembered,
}

impl Memory {
    /// Lays all out as what `window` shows.
    fn relay(&mut self, window: Window) {
        let before = std::mem::replace(&mut self.section.window, window);
        if before == window {
            return;
        }
        let [old, new] = [before, window].map(Window::corner);
        let moved = Transform::scale_then_move(1.0, 1.0, new[0] - old[0], new[1] - old[1]);
        self.frame_from_crop = self.frame_from_crop * moved;
        self.photo.relay(before, window);
        self.keys.relay(before, window);
    }
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

    /// Looks at the photo in `crop` before it is styled: what moved in it, and what stayed as it was. It is
    /// what `section` shows, and has its size. `points` are the face's, pixels of the same: on eyes and mouth less
    /// change is let pass. Call [`Steadier::blend`] with the same crop next.
    pub fn look(
        &mut self,
        section: Section,
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
        let known = |memory: &Memory| {
            let before = memory.section;
            before.subject == section.subject && before.window.of() == section.window.of()
        };
        let Some(at) = self.memories.iter().position(known) else {
            return;
        };
        if pace.0 > Duration::ZERO && size.pixels() > 0 {
            let mut memory = self.memories.swap_remove(at);
            memory.relay(section.window);
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
    /// from a place in pixels of the whole crop. `None` if there was none before, or one of something else.
    pub fn motion(&self) -> Option<impl Fn(f32, f32) -> [f32; 2]> {
        let looked = self.looked.as_ref().filter(|looked| looked.stayed)?;
        let [left, top] = looked.memory.section.window.corner();
        Some(move |x, y| self.motion.at(x - left, y - top))
    }

    /// Shows what was held of `subject` in place of the styled `crop`, where the photo that was
    /// looked at last is as it was, with that photo's shading and crisp strokes. Alpha stays. What
    /// was not in the window before is not held.
    pub fn blend(&mut self, section: Section, crop: &mut Crop, coring: Coring, now: FrameTime) {
        let size = crop.picture.size();
        let light = self.photo.full().values();
        if light.len() != size.pixels() || size.pixels() == 0 {
            return;
        }
        let width = size.width as usize;
        let styled = crop.picture.rgba().as_chunks::<4>().0.iter();
        self.fresh.clear();
        self.fresh.extend(
            styled
                .zip(light)
                .map(|([r, g, b, _], light)| [f32::from(*r), f32::from(*g), f32::from(*b), *light]),
        );
        let looked = self.looked.take();
        let known = looked.filter(|looked| looked.memory.section == section);
        let mut memory = match known {
            Some(Looked {
                mut memory,
                stayed: true,
                pace,
            }) => {
                let when = (now, pace.0);
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
                self.begun(section, crop, now)
            }
        };
        self.finisher.finish(
            (self.photo.full().values(), &self.shown),
            (width, section.window.of().width as usize),
            coring,
            &mut memory.finish,
            crop.picture.rgba_mut(),
        );
        memory.keys.offer(&self.fresh, size, now);
        std::mem::swap(&mut memory.photo, &mut self.photo);
        self.memories.push(memory);
    }

    /// Room for a subject that is new, or of another size.
    fn begun(&mut self, section: Section, crop: &Crop, now: FrameTime) -> Memory {
        self.memories
            .retain(|memory| memory.section.subject != section.subject);
        if self.memories.len() >= MOST {
            let oldest = (0..self.memories.len()).min_by_key(|&at| self.memories[at].seen);
            oldest.map(|at| self.memories.swap_remove(at));
        }
        Memory {
            section,
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
#[path = "steady_tests.rs"]
mod tests;
