//! [`Brush`]: patch-based synthesis of a crop from the reference picture, the [`Exemplar`].

// The initial synthesis of a crop.
mod begin;

// Correspondence with the mean face.
mod correspondence;

// The reference as a source of patches.
pub mod exemplar;

// Importance of facial features.
mod features;

// Brightness of faces.
mod exposure;

// Nearest-neighbour field.
mod field;

// Levels and fine detail.
mod finish;

// Target guides of a crop.
mod guided;

// Guide channels.
mod guides;

// Contrast and colourfulness.
mod levels;

// Per-subject state and temporal propagation.
mod subject_state;

// Patch distances.
mod patch;

// Scalar planes.
mod plane;

// Weights of the synthesis.
mod recipe;

// The reference in the form of the field.
mod source;

// The crop in the form of the field.
mod target;

// Tone mapping to the reference.
mod tones;

// Guides from the photo.
mod photo_guides;

// Patch voting.
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

/// A crop to paint.
#[derive(Debug, Clone, Copy)]
pub struct PaintInput<'a> {
    /// The subject of the crop.
    pub subject: Subject,
    /// The part of the whole crop that `photo` covers.
    pub window: Window,
    /// That part of the crop.
    pub photo: &'a Crop,
    /// The face's landmarks, pixels of `photo`.
    pub points: Option<&'a CropPoints>,
    /// Skin and hair on a grid over the whole crop.
    pub labels: Option<&'a Labels>,
    /// The frame's display time.
    pub now: FrameTime,
}

/// Style parameters of a painting.
#[derive(Debug, Clone, Copy)]
pub struct PaintStyle<'a> {
    /// The reference.
    pub first: &'a Exemplar,
    /// An optional second reference and its share.
    pub second: Option<(&'a Exemplar, Mix)>,
    /// Influence of the person's features on the strokes.
    pub likeness: Likeness,
    /// Temporal response of the strokes.
    pub quickness: Quickness,
}

/// Maximum number of remembered subjects; the least recently seen is forgotten first.
const MOST: usize = 8;

/// Age above which a painting is discarded. It must exceed the time of an initial synthesis, a few tenths
/// of a second on a slow machine.
const FORGET: Duration = Duration::from_secs(2);

/// Paints crops; remembers the paintings of at most eight subjects.
#[derive(Debug, Default)]
pub struct Brush {
    states: Vec<SubjectState>,
    /// The last analysed photo, and the state that it continues.
    photo: Pyramid,
    seen: Option<PhotoGuides>,
    going_on: Option<(SubjectState, CarriedPatches, [i32; 2])>,
    flow: Flow,
    finder: Finder,
    scratch: Vec<f32>,
    /// The joined references of a mix.
    joined: Option<Exemplar>,
}

impl Brush {
    /// Discards all paintings, for a change of style.
    pub fn reset(&mut self) {
        self.states.clear();
        (self.going_on, self.joined) = (None, None);
    }

    /// Analyses content and motion of the photo. It needs no plan and may run in parallel with the
    /// network. Call [`Brush::paint`] with the same crop next.
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

    /// Returns whether the last analysed photo continues the previous one.
    pub fn goes_on(&self) -> bool {
        self.going_on.is_some()
    }

    /// Paints into `out`, which has the photo's size; alpha is unchanged. `plan` is the network's result
    /// for the same part of the picture, of any size.
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

/// Least side of a painted crop, pixels.
const LEAST: u32 = 32;

/// Rearranges the stored photo to the new window; returns the displacement of the corner.
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
