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
mod subject_state;

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
mod photo_guides;

// Patches that cover a pixel paint it.
mod vote;

use std::time::Duration;

use crate::domain::face::{Crop, Subject};
use crate::domain::frame::{FrameTime, Picture, Size};
use crate::domain::geometry::{CropPx, Point, Transform};
use crate::domain::labels::Labels;
use crate::domain::settings::{Likeness, Mix, Quickness};
use crate::domain::shape::CropPoints;
use crate::stages::stylize::brush::finish::finished;
use crate::stages::stylize::brush::guided::guided;
use crate::stages::stylize::brush::levels::{Levels, range_of};
use crate::stages::stylize::brush::photo_guides::{CropInput, PhotoGuides};
use crate::stages::stylize::brush::recipe::Recipe;
use crate::stages::stylize::brush::subject_state::{CarriedPatches, Motion, SubjectState};
use crate::stages::stylize::brush::target::patches_of;
use crate::stages::stylize::flow::{Finder, Flow, Pyramid};
use crate::stages::stylize::window::Window;

pub use crate::stages::stylize::brush::exemplar::{Exemplar, ExemplarFace};

/// A crop that is to be painted.
#[derive(Debug, Clone, Copy)]
pub struct PaintInput<'a> {
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
pub struct PaintStyle<'a> {
    /// The reference.
    pub first: &'a Exemplar,
    /// One that lends pieces, too, and its share.
    pub second: Option<(&'a Exemplar, Mix)>,
    /// How much the person rules the strokes.
    pub likeness: Likeness,
    /// How quickly strokes follow.
    pub quickness: Quickness,
}

/// How many subjects are remembered; the one that was not seen for longest is forgotten.
const MOST: usize = 8;

/// A crop that is older than this says nothing about the new one. Beginning takes a few tenths of a second on a
/// slow machine; what was begun must not be forgotten by then.
const FORGET: Duration = Duration::from_secs(2);

/// Paints crops; remembers what was painted of eight subjects at most.
#[derive(Debug, Default)]
pub struct Brush {
    states: Vec<SubjectState>,
    /// The photo that was looked at last, and what it goes on from.
    photo: Pyramid,
    seen: Option<PhotoGuides>,
    going_on: Option<(SubjectState, CarriedPatches, [i32; 2])>,
    flow: Flow,
    finder: Finder,
    scratch: Vec<f32>,
    /// Both references of a mix.
    joined: Option<Exemplar>,
}

impl Brush {
    /// Forgets what was painted: after a change of style.
    pub fn reset(&mut self) {
        self.states.clear();
        (self.going_on, self.joined) = (None, None);
    }

    /// Looks at the photo: what it shows, and what moved in it. Needs no plan, so it may run while the network makes it.
    /// Call [`Brush::paint`] with the same crop next.
    pub fn look(&mut self, input: &PaintInput<'_>) {
        (self.seen, self.going_on) = (None, None);
        let Size { width, height } = input.photo.picture.size();
        if width < LEAST || height < LEAST || width % 2 + height % 2 > 0 {
            return;
        }
        let seen = PhotoGuides::of(&input_of(input));
        self.photo.load(&input.photo.picture, &mut self.scratch);
        let now = input.now;
        self.states
            .retain(|state| now.since(state.seen) < FORGET && state.seen <= now);
        let known = |state: &SubjectState| {
            state.subject == input.subject && state.window.of() == input.window.of()
        };
        let Some(at) = self.states.iter().position(known) else {
            self.seen = Some(seen);
            return;
        };
        let mut state = self.states.swap_remove(at);
        let corner = relay(&mut state, input);
        let moved = state
            .frame_from_crop
            .inverse()
            .map(|before_from_frame| before_from_frame * input.photo.frame_from_crop);
        let guess = |x: f32, y: f32| {
            moved.map_or([0.0; 2], |before_from_now| {
                let before: Point<CropPx> = before_from_now * Point::new(x, y);
                [before.x - x, before.y - y]
            })
        };
        self.finder
            .find(&self.photo, &state.photo, guess, &mut self.flow);
        (state.frame_from_crop, state.seen) = (input.photo.frame_from_crop, now);
        let light = &seen.light;
        let flow = &self.flow;
        let moved = state.moved(
            patches_of(light.width, light.height),
            &Motion { flow, corner },
        );
        self.going_on = (!moved.is_cut(light)).then_some((state, moved, corner));
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
        input: &PaintInput<'_>,
        plan: &Picture,
        style: &PaintStyle<'_>,
        out: &mut Picture,
    ) {
        let mix = style.second.map(|(_, mix)| mix);
        let recipe = Recipe::of(style.likeness, style.quickness, mix);
        let Some((second, mix)) = style.second else {
            self.paint_by(&recipe, input, plan, style.first, out);
            return;
        };
        let joined = self.joined.take();
        let mut both = joined.unwrap_or_else(|| Exemplar::joined(style.first, second));
        let first = &style.first.character;
        both.character = first.mixed(&second.character, mix.get());
        self.paint_by(&recipe, input, plan, &both, out);
        self.joined = Some(both);
    }

    fn paint_by(
        &mut self,
        recipe: &Recipe,
        input: &PaintInput<'_>,
        plan: &Picture,
        exemplar: &Exemplar,
        out: &mut Picture,
    ) {
        let Some(seen) = self.seen.take() else {
            return;
        };
        let (light, flow) = (&seen.light, &self.flow);
        let known = self.going_on.take();
        let exposure = known.as_ref().map(|(state, ..)| state.exposure);
        let guided = guided(recipe, &seen, exemplar, plan, exposure);
        let exposure = guided.exposure;
        let mut state = if let Some((mut state, moved, corner)) = known {
            state.go_on(recipe, &guided, exemplar, (light, moved));
            state.show(Some(&Motion { flow, corner }), recipe.fresh);
            state
        } else {
            let whose = (input.subject, input.window);
            let at = input.photo.frame_from_crop;
            let mut state = SubjectState::new(whose, at, input.now, exposure);
            state.begin(recipe, &guided, exemplar, light);
            state.show(None, 1.0);
            state
        };
        state.exposure = exposure;
        let view = input_of(input);
        let out = out.rgba_mut().as_chunks_mut::<4>().0;
        let shows = |x: usize, y: usize| seen.shown[y / 2 * seen.light.width + x / 2];
        let painted = range_of(&state.display, shows);
        let levels = Levels::of(painted, exemplar.character.range).eased(state.levels);
        state.levels = Some(levels);
        let made = (&seen, exposure.gain, levels);
        finished(recipe, &view, exemplar, made, &state.display, out);
        std::mem::swap(&mut state.photo, &mut self.photo);
        self.remember(state);
    }

    fn remember(&mut self, state: SubjectState) {
        self.states.retain(|known| known.subject != state.subject);
        if self.states.len() >= MOST {
            let oldest = (0..self.states.len()).min_by_key(|&at| self.states[at].seen);
            oldest.map(|at| self.states.swap_remove(at));
        }
        self.states.push(state);
    }
}

/// Sides of a crop that is painted, pixels.
const LEAST: u32 = 32;

/// Lays the photo that is remembered out as the new window shows it; gives how far the corner moved.
fn relay(state: &mut SubjectState, input: &PaintInput<'_>) -> [i32; 2] {
    let before = std::mem::replace(&mut state.window, input.window);
    let [old, new] = [before, input.window].map(Window::corner);
    if before != input.window {
        let moved = Transform::scale_then_move(1.0, 1.0, new[0] - old[0], new[1] - old[1]);
        state.frame_from_crop = state.frame_from_crop * moved;
        state.photo.relay(before, input.window);
    }
    [(new[0] - old[0]) as i32, (new[1] - old[1]) as i32]
}

fn input_of<'a>(input: &PaintInput<'a>) -> CropInput<'a> {
    let Size { width, height } = input.photo.picture.size();
    let side = input.window.of().width as f32;
    let corner = input.window.corner();
    CropInput {
        photo: input.photo.picture.rgba().as_chunks::<4>().0,
        size: [width as usize, height as usize],
        points: input.points,
        labels: input.labels.map(|labels| (labels, corner, side)),
        masked: input.subject != Subject::Frame,
    }
}

#[cfg(test)]
mod tests;
