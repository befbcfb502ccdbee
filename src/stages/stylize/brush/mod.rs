//! [`Brush`]: a crop laid together from real pieces of the reference picture, the [`Exemplar`].

// The first painting of a crop.
mod begin;

// Where on the reference's face a place lies.
mod correspondence;

// The reference, made ready to lend pieces.
pub mod exemplar;

// Where a face tells who it is.
mod features;

// How light a face becomes.
mod exposure;

// From where each patch is taken.
mod field;

// The photo's fine light.
mod finish;

// What a crop wants.
mod guided;

// What places want and have.
mod guides;

// Contrast and colour.
mod levels;

// What was painted, and how it goes along.
mod memory;

// Distances between patches.
mod patch;

// One number a pixel.
mod plane;

// What the parts weigh.
mod recipe;

// A reference as the field sees it.
mod source;

// A crop as the field sees it.
mod target;

// Brightness in the reference's tones.
mod tones;

// What a crop shows.
mod view;

// Patches that cover a pixel paint it.
mod vote;

use std::time::Duration;

use crate::domain::face::{Crop, Subject};
use crate::domain::frame::{FrameTime, Picture, Size};
use crate::domain::geometry::{CropPx, Point, Transform};
use crate::domain::labels::Labels;
use crate::domain::settings::{Likeness, Mix};
use crate::domain::shape::CropPoints;
use crate::stages::stylize::brush::finish::finished;
use crate::stages::stylize::brush::guided::guided;
use crate::stages::stylize::brush::levels::{Levels, range_of};
use crate::stages::stylize::brush::memory::{Memory, Motion, Moved};
use crate::stages::stylize::brush::recipe::Recipe;
use crate::stages::stylize::brush::target::patches_of;
use crate::stages::stylize::brush::view::{Seen, View};
use crate::stages::stylize::flow::{Finder, Flow, Pyramid};
use crate::stages::stylize::window::Window;

pub use crate::stages::stylize::brush::exemplar::{Exemplar, ExemplarFace};

/// A crop that is to be painted.
#[derive(Debug, Clone, Copy)]
pub struct Sitting<'a> {
    /// What the crop shows.
    pub subject: Subject,
    /// The part of the whole crop that `photo` is.
    pub window: Window,
    /// That part.
    pub photo: &'a Crop,
    /// The face's points, pixels of `photo`.
    pub points: Option<&'a CropPoints>,
    /// Skin and hair on a grid over the whole crop.
    pub labels: Option<&'a Labels>,
    /// When the frame is shown.
    pub now: FrameTime,
}

/// How it is to be painted.
#[derive(Debug, Clone, Copy)]
pub struct Manner<'a> {
    /// The reference.
    pub first: &'a Exemplar,
    /// One that lends pieces, too, and its share.
    pub second: Option<(&'a Exemplar, Mix)>,
    /// How much the person rules the strokes.
    pub likeness: Likeness,
    /// From 0 (calm) to 1 (quick).
    pub quickness: f32,
}

/// How many subjects are remembered; the one that was not seen for longest is forgotten.
const MOST: usize = 8;

/// A crop that is older than this says nothing about the new one. Beginning takes a few tenths of a second on a
/// slow machine; what was begun must not be forgotten by then.
const FORGET: Duration = Duration::from_secs(2);

/// Paints crops; remembers what was painted of eight subjects at most.
#[derive(Debug, Default)]
pub struct Brush {
    memories: Vec<Memory>,
    /// The photo that was looked at last, and what it goes on from.
    photo: Pyramid,
    seen: Option<Seen>,
    going_on: Option<(Memory, Moved, [i32; 2])>,
    flow: Flow,
    finder: Finder,
    scratch: Vec<f32>,
    /// Both references of a mix.
    joined: Option<Exemplar>,
}

impl Brush {
    /// Forgets what was painted: after a change of style.
    pub fn reset(&mut self) {
        self.memories.clear();
        (self.going_on, self.joined) = (None, None);
    }

    /// Looks at the photo: what it shows, and what moved in it. Needs no plan, so it may run while the network makes it.
    /// Call [`Brush::paint`] with the same crop next.
    pub fn look(&mut self, sitting: &Sitting<'_>) {
        (self.seen, self.going_on) = (None, None);
        let Size { width, height } = sitting.photo.picture.size();
        if width < LEAST || height < LEAST || width % 2 + height % 2 > 0 {
            return;
        }
        let seen = Seen::of(&view_of(sitting));
        self.photo.load(&sitting.photo.picture, &mut self.scratch);
        let now = sitting.now;
        self.memories
            .retain(|memory| now.since(memory.seen) < FORGET && memory.seen <= now);
        let known = |memory: &Memory| {
            memory.subject == sitting.subject && memory.window.of() == sitting.window.of()
        };
        let Some(at) = self.memories.iter().position(known) else {
            self.seen = Some(seen);
            return;
        };
        let mut memory = self.memories.swap_remove(at);
        let corner = relay(&mut memory, sitting);
        let moved = memory
            .frame_from_crop
            .inverse()
            .map(|before_from_frame| before_from_frame * sitting.photo.frame_from_crop);
        let guess = |x: f32, y: f32| {
            moved.map_or([0.0; 2], |before_from_now| {
                let before: Point<CropPx> = before_from_now * Point::new(x, y);
                [before.x - x, before.y - y]
            })
        };
        self.finder
            .find(&self.photo, &memory.photo, guess, &mut self.flow);
        (memory.frame_from_crop, memory.seen) = (sitting.photo.frame_from_crop, now);
        let light = &seen.light;
        let flow = &self.flow;
        let moved = memory.moved(
            patches_of(light.width, light.height),
            &Motion { flow, corner },
        );
        self.going_on = (!moved.is_cut(light)).then_some((memory, moved, corner));
        self.seen = Some(seen);
    }

    /// Whether the photo that was looked at last goes on from the one before.
    pub fn goes_on(&self) -> bool {
        self.going_on.is_some()
    }

    /// Paints `out`, which has the photo's size; its alpha stays. `plan` is what the network made of
    /// the same part of the picture, in any size.
    pub fn paint(
        &mut self,
        sitting: &Sitting<'_>,
        plan: &Picture,
        manner: &Manner<'_>,
        out: &mut Picture,
    ) {
        let mix = manner.second.map(|(_, mix)| mix);
        let recipe = Recipe::of(manner.likeness, manner.quickness, mix);
        let Some((second, mix)) = manner.second else {
            self.paint_by(&recipe, sitting, plan, manner.first, out);
            return;
        };
        let joined = self.joined.take();
        let mut both = joined.unwrap_or_else(|| Exemplar::joined(manner.first, second));
        let first = &manner.first.character;
        both.character = first.mixed(&second.character, mix.get());
        self.paint_by(&recipe, sitting, plan, &both, out);
        self.joined = Some(both);
    }

    fn paint_by(
        &mut self,
        recipe: &Recipe,
        sitting: &Sitting<'_>,
        plan: &Picture,
        exemplar: &Exemplar,
        out: &mut Picture,
    ) {
        let Some(seen) = self.seen.take() else {
            return;
        };
        let (light, flow) = (&seen.light, &self.flow);
        let known = self.going_on.take();
        let exposure = known.as_ref().map(|(memory, ..)| memory.exposure);
        let guided = guided(recipe, &seen, exemplar, plan, exposure);
        let exposure = guided.exposure;
        let mut memory = if let Some((mut memory, moved, corner)) = known {
            memory.go_on(recipe, &guided, exemplar, (light, moved));
            memory.show(Some(&Motion { flow, corner }), recipe.fresh);
            memory
        } else {
            let whose = (sitting.subject, sitting.window);
            let at = sitting.photo.frame_from_crop;
            let mut memory = Memory::new(whose, at, sitting.now, exposure);
            memory.begin(recipe, &guided, exemplar, light);
            memory.show(None, 1.0);
            memory
        };
        memory.exposure = exposure;
        let view = view_of(sitting);
        let out = out.rgba_mut().as_chunks_mut::<4>().0;
        let shows = |x: usize, y: usize| seen.shown[y / 2 * seen.light.width + x / 2];
        let painted = range_of(&memory.display, shows);
        let levels = Levels::of(painted, exemplar.character.range).eased(memory.levels);
        memory.levels = Some(levels);
        let made = (&seen, exposure.gain, levels);
        finished(recipe, &view, exemplar, made, &memory.display, out);
        std::mem::swap(&mut memory.photo, &mut self.photo);
        self.remember(memory);
    }

    fn remember(&mut self, memory: Memory) {
        self.memories
            .retain(|known| known.subject != memory.subject);
        if self.memories.len() >= MOST {
            let oldest = (0..self.memories.len()).min_by_key(|&at| self.memories[at].seen);
            oldest.map(|at| self.memories.swap_remove(at));
        }
        self.memories.push(memory);
    }
}

/// Sides of a crop that is painted, pixels.
const LEAST: u32 = 32;

/// Lays the photo that is remembered out as the new window shows it; gives how far the corner moved.
fn relay(memory: &mut Memory, sitting: &Sitting<'_>) -> [i32; 2] {
    let before = std::mem::replace(&mut memory.window, sitting.window);
    let [old, new] = [before, sitting.window].map(Window::corner);
    if before != sitting.window {
        let moved = Transform::scale_then_move(1.0, 1.0, new[0] - old[0], new[1] - old[1]);
        memory.frame_from_crop = memory.frame_from_crop * moved;
        memory.photo.relay(before, sitting.window);
    }
    [(new[0] - old[0]) as i32, (new[1] - old[1]) as i32]
}

fn view_of<'a>(sitting: &Sitting<'a>) -> View<'a> {
    let Size { width, height } = sitting.photo.picture.size();
    let side = sitting.window.of().width as f32;
    let corner = sitting.window.corner();
    View {
        photo: sitting.photo.picture.rgba().as_chunks::<4>().0,
        size: [width as usize, height as usize],
        points: sitting.points,
        labels: sitting.labels.map(|labels| (labels, corner, side)),
        masked: sitting.subject != Subject::Frame,
    }
}

#[cfg(test)]
mod tests;
