//! [`SubjectState`]: the painting of one subject, and its propagation along the motion.

use crate::domain::face::Subject;
use crate::domain::frame::FrameTime;
use crate::domain::geometry::{CropPx, FramePx, Transform};
use crate::stages::stylize::brush::begin::{begun, wanted_at};
use crate::stages::stylize::brush::exemplar::Exemplar;
use crate::stages::stylize::brush::exposure::Exposure;
use crate::stages::stylize::brush::field::{Field, NEW, Reach, Scene};
use crate::stages::stylize::brush::guided::Guided;
use crate::stages::stylize::brush::levels::Levels;
use crate::stages::stylize::brush::patch::Pixels;
use crate::stages::stylize::brush::plane::Plane;
use crate::stages::stylize::brush::recipe::Recipe;
use crate::stages::stylize::brush::source::Source;
use crate::stages::stylize::brush::target::{STRIDE, Target, patches_of};
use crate::stages::stylize::flow::{Flow, NODE, Pyramid};
use crate::stages::stylize::window::Window;

/// Change of brightness above which a patch is searched again.
const CHANGED: f32 = 5.0;

/// Patches displaced relative to their neighbours are searched again within this many frames.
const MENDED_IN: usize = 2;

/// Change of brightness at which a patch shows other content.
const OTHER: f32 = 40.0;

/// Share of such patches above which the whole crop counts as a cut.
const CUT: f32 = 0.5;

/// The painting of one subject.
#[derive(Debug)]
pub(super) struct SubjectState {
    pub(super) subject: Subject,
    pub(super) window: Window,
    pub(super) frame_from_crop: Transform<FramePx, CropPx>,
    pub(super) seen: FrameTime,
    /// The previous photo, for motion estimation.
    pub(super) photo: Pyramid,
    pub(super) exposure: Exposure,
    pub(super) levels: Option<Levels>,
    pub(super) field: Field,
    pub(super) painted: Pixels,
    /// The last output.
    pub(super) display: Pixels,
    /// The brightness of each patch at its last search.
    light: Vec<f32>,
    /// Share of new content per patch in this frame, `[0, 1]`.
    new: Vec<f32>,
    /// Frame counter.
    turn: usize,
    /// Subpixel remainder of the motion, because patches move by whole pixels.
    rest: Vec<[f32; 2]>,
}

/// The previous positions of a frame's patches.
#[derive(Debug)]
pub(super) struct CarriedPatches {
    /// Whole-pixel shift of each patch, and the remainder.
    shifts: Vec<[i32; 2]>,
    rest: Vec<[f32; 2]>,
    /// The brightness of each patch at its last search.
    before: Vec<f32>,
}

impl CarriedPatches {
    /// Returns whether most of the photo, with this brightness, shows other content.
    pub(super) fn is_cut(&self, light: &Plane) -> bool {
        let light = light_of_patches(light);
        let pairs = light.iter().zip(&self.before);
        let other = pairs.filter(|(now, before)| (*now - *before).abs() > OTHER);
        other.count() as f32 > CUT * light.len() as f32
    }
}

/// The photo's motion since the previous frame.
pub(super) struct Motion<'a> {
    pub(super) flow: &'a Flow,
    /// Displacement of the window's corner, pixels.
    pub(super) corner: [i32; 2],
}

impl SubjectState {
    /// Creates the state of a subject without a painting.
    pub(super) fn new(
        (subject, window): (Subject, Window),
        frame_from_crop: Transform<FramePx, CropPx>,
        seen: FrameTime,
        exposure: Exposure,
    ) -> Self {
        Self {
            subject,
            window,
            frame_from_crop,
            seen,
            exposure,
            levels: None,
            photo: Pyramid::default(),
            field: Field::default(),
            painted: Pixels::default(),
            display: Pixels::default(),
            light: Vec::new(),
            new: Vec::new(),
            rest: Vec::new(),
            turn: 0,
        }
    }

    /// Synthesises a painting of a photo with this brightness without a previous one.
    pub(super) fn begin(
        &mut self,
        recipe: &Recipe,
        guided: &Guided,
        exemplar: &Exemplar,
        light: &Plane,
    ) {
        (self.field, self.painted) = begun(recipe, guided, exemplar);
        self.light = light_of_patches(light);
        self.rest = vec![[0.0; 2]; self.light.len()];
    }

    /// Returns the previous positions of the patches of a new frame with this brightness.
    pub(super) fn moved(&self, target: (usize, usize), motion: &Motion<'_>) -> CarriedPatches {
        let (shifts, rest) = self.shifts(target, motion);
        let columns = target.0;
        let (old_columns, old_rows) = (self.field.columns as i32, self.field.rows as i32);
        let stride = STRIDE as i32;
        let near = |at: usize, shift: i32, count: i32| {
            (at as i32 + shift.div_euclid(stride)).clamp(0, count - 1)
        };
        let before = shifts.iter().enumerate().map(|(at, [dx, dy])| {
            let (i, j) = (at % columns, at / columns);
            let from = near(j, *dy, old_rows) * old_columns + near(i, *dx, old_columns);
            self.light[from as usize]
        });
        CarriedPatches {
            before: before.collect(),
            shifts,
            rest,
        }
    }

    /// Continues the moved painting.
    pub(super) fn go_on(
        &mut self,
        recipe: &Recipe,
        guided: &Guided,
        exemplar: &Exemplar,
        (light, moved): (&Plane, CarriedPatches),
    ) {
        let (target, source) = (&guided.target, &exemplar.levels[0]);
        let (columns, rows) = target.patches();
        let light = light_of_patches(light);
        let CarriedPatches {
            shifts,
            before,
            rest,
        } = moved;
        self.rest = rest;
        self.field
            .carry(source, (columns, rows), |i, j| shifts[j * columns + i]);
        let size = [self.painted.width, self.painted.height];
        let same = size == [STRIDE * target.width, STRIDE * target.height];
        if !same || shifts.iter().any(|shift| *shift != [0, 0]) {
            self.painted = carried(&self.painted, target, &shifts);
        }
        self.turn = self.turn.wrapping_add(1);
        // Discontinuities are repaired over a few frames to spread the cost.
        let torn = |at: usize| {
            let (i, j) = (at % columns, at / columns);
            let turn = i + 3 * j + self.turn;
            turn.is_multiple_of(MENDED_IN)
                && ((i > 0 && shifts[at - 1] != shifts[at])
                    || (j > 0 && shifts[at - columns] != shifts[at]))
        };
        let new: Vec<bool> = self.field.costs.iter().map(|cost| *cost == NEW).collect();
        let changed = |at: usize| (light[at] - before[at]).abs() > CHANGED;
        let active: Vec<bool> = (0..light.len())
            .map(|at| new[at] || changed(at) || torn(at))
            .collect();
        self.fill(guided, &new);
        let begins = |at: usize| new[at] && target.shows(at % columns, at / columns);
        if (0..new.len()).any(begins) {
            let scene = scene(source, target, &self.painted, recipe);
            self.field.search(&scene, |at| new[at], (3, Reach::Far));
        }
        let scene = scene(source, target, &self.painted, recipe);
        self.field.search(&scene, |at| active[at], (1, Reach::Near));
        let row_is_new = |j: usize| {
            let row = j * columns..(j + 1) * columns;
            row.clone().any(|at| active[at]) || shifts[row].iter().any(|shift| *shift != [0, 0])
        };
        let painted = &mut self.painted;
        self.field
            .vote(source, target, recipe.soft, row_is_new, painted);
        self.new = (0..light.len())
            .map(|at| newness(new[at], (light[at] - before[at]).abs()))
            .collect();
        self.light = (0..light.len())
            .map(|at| if active[at] { light[at] } else { before[at] })
            .collect();
    }

    /// Returns the whole-pixel shift of each patch, and the remainder.
    fn shifts(
        &self,
        (columns, rows): (usize, usize),
        motion: &Motion<'_>,
    ) -> (Vec<[i32; 2]>, Vec<[f32; 2]>) {
        let old = &self.rest;
        let mut rest = Vec::with_capacity(columns * rows);
        let (old_columns, old_rows) = (self.field.columns, self.field.rows);
        let mut shifts = Vec::with_capacity(columns * rows);
        for j in 0..rows {
            for i in 0..columns {
                let middle = |at: usize| at * STRIDE + STRIDE;
                let [dx, dy] = motion.flow.nearest(middle(i), middle(j)).map(still);
                let (dx, dy) = (dx + motion.corner[0] as f32, dy + motion.corner[1] as f32);
                let near = |at: usize, shift: f32, count: usize| {
                    let at = at as f32 + (shift / STRIDE as f32).round();
                    (at.max(0.0) as usize).min(count - 1)
                };
                let before = old[near(j, dy, old_rows) * old_columns + near(i, dx, old_columns)];
                let whole = [dx + before[0], dy + before[1]];
                let step = whole.map(f32::round);
                rest.push([whole[0] - step[0], whole[1] - step[1]]);
                shifts.push(step.map(|step| step as i32));
            }
        }
        (shifts, rest)
    }

    /// Fills new patches with the wanted colours as a starting point.
    fn fill(&mut self, guided: &Guided, new: &[bool]) {
        let (columns, width) = (self.field.columns, self.painted.width);
        for at in (0..new.len()).filter(|at| new[*at]) {
            let (i, j) = (at % columns, at / columns);
            for place in [[1, 1], [2, 1], [1, 2], [2, 2]] {
                let [gx, gy] = [i + place[0], j + place[1]];
                let colour = wanted_at(guided, gx, gy);
                for y in gy * STRIDE..(gy + 1) * STRIDE {
                    let row = y * width + gx * STRIDE;
                    self.painted.pixels_mut()[row..row + STRIDE].fill(colour);
                }
            }
        }
    }
}

fn scene<'a>(
    source: &'a Source,
    target: &'a Target,
    painted: &'a Pixels,
    recipe: &Recipe,
) -> Scene<'a> {
    Scene {
        source,
        target,
        painted,
        prices: recipe.prices,
    }
}

/// Returns the brightness at the centre of each patch.
fn light_of_patches(light: &Plane) -> Vec<f32> {
    let (columns, rows) = patches_of(light.width, light.height);
    let rows = (0..rows).map(|j| &light.values[(j + 1) * light.width + 1..][..columns]);
    rows.flatten().copied().collect()
}

/// Returns the painting moved by the whole-pixel shifts of its patches.
fn carried(painted: &Pixels, target: &Target, shifts: &[[i32; 2]]) -> Pixels {
    let mut now = Pixels::new(target.width * STRIDE, target.height * STRIDE);
    let (columns, rows) = target.patches();
    let width = now.width;
    let near = |at: usize, count: usize| (at / STRIDE).saturating_sub(1).min(count - 1);
    let from = painted.pixels();
    let inside = |at: i32, length: usize| at.clamp(0, length as i32 - 1) as usize;
    for (y, row) in now.pixels_mut().chunks_exact_mut(width).enumerate() {
        let shifts = &shifts[near(y, rows) * columns..][..columns];
        for (x, pixel) in row.iter_mut().enumerate() {
            let [dx, dy] = shifts[near(x, columns)];
            let (x, y) = (x as i32 + dx, y as i32 + dy);
            *pixel = from[inside(y, painted.height) * painted.width + inside(x, painted.width)];
        }
    }
    now
}

impl SubjectState {
    /// Blends the painting over the motion-compensated last output. The blend hides whole-pixel steps
    /// of patches and the onset of new strokes. `fresh` is the weight of the new painting; it rises to 1
    /// where the photo shows other content.
    pub(super) fn show(&mut self, motion: Option<&Motion<'_>>, fresh: f32) {
        let painted = &self.painted;
        let width = painted.width;
        let Some(motion) = motion.filter(|_| self.display.width > 0) else {
            self.display = painted.clone();
            return;
        };
        let before = std::mem::replace(&mut self.display, Pixels::new(width, painted.height));
        let corner = motion.corner.map(|at| at as f32);
        let (columns, patch_rows) = (self.field.columns, self.field.rows);
        let near = |at: usize, count: usize| (at / STRIDE).saturating_sub(1).min(count - 1);
        let rows = self.display.pixels_mut().chunks_exact_mut(width);
        for (y, (row, painted)) in rows.zip(painted.pixels().chunks_exact(width)).enumerate() {
            let runs = row.chunks_mut(NODE).zip(painted.chunks(NODE));
            let new = &self.new[near(y, patch_rows) * columns..][..columns];
            for (run, (row, painted)) in runs.enumerate() {
                let x = run * NODE;
                let [dx, dy] = motion.flow.nearest(x, y).map(still);
                let at = [x as f32 + dx + corner[0], y as f32 + dy + corner[1]];
                let part = fresh + (1.0 - fresh) * new[near(x + NODE / 2, columns)];
                blend(row, painted, (&before, at), (part * 256.0) as u32);
            }
        }
    }
}

/// Returns the share of new content in a patch from its change of brightness.
fn newness(begins: bool, change: f32) -> f32 {
    const SAME: f32 = 8.0;
    if begins {
        1.0
    } else {
        ((change - SAME) / (OTHER - SAME)).clamp(0.0, 1.0)
    }
}

/// Suppresses shifts below 0.06 pixels, which are noise and would only blur the output.
fn still(shift: f32) -> f32 {
    if shift.abs() < 0.06 { 0.0 } else { shift }
}

/// Blends `part` of 256 of a run of painted pixels over the previous output at a position; bilinear.
#[inline]
fn blend(
    run: &mut [[u8; 3]],
    painted: &[[u8; 3]],
    (before, [u, v]): (&Pixels, [f32; 2]),
    part: u32,
) {
    let (width, last) = (before.width, [before.width - 1, before.height - 1]);
    let (u, v) = (u.clamp(0.0, last[0] as f32), v.clamp(0.0, last[1] as f32));
    let (left, top) = (u as usize, v as usize);
    let fx = ((u - left as f32) * 64.0) as u32;
    let fy = ((v - top as f32) * 64.0) as u32;
    let held = 256 - part;
    let weights = [
        (64 - fx) * (64 - fy),
        fx * (64 - fy),
        (64 - fx) * fy,
        fx * fy,
    ];
    let from = before.pixels();
    if fx + fy == 0 && from.get(top * width + left..top * width + left + run.len()) == Some(painted)
    {
        run.copy_from_slice(painted);
        return;
    }
    let (upper, lower) = (top * width, (top + 1).min(last[1]) * width);
    for (i, (pixel, painted)) in run.iter_mut().zip(painted).enumerate() {
        let (x, next) = ((left + i).min(last[0]), (left + i + 1).min(last[0]));
        let four = [
            from[upper + x],
            from[upper + next],
            from[lower + x],
            from[lower + next],
        ];
        for c in 0..3 {
            let sum: u32 = (0..4).map(|k| u32::from(four[k][c]) * weights[k]).sum();
            let mixed = sum * held + (u32::from(painted[c]) << 12) * part;
            pixel[c] = ((mixed + (1 << 19)) >> 20) as u8;
        }
    }
}
