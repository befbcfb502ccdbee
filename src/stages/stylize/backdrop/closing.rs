//! The painted head is taken out: what surrounds it closes over its place.

use crate::domain::face::Crop;
use crate::domain::frame::{Picture, Size};
use crate::domain::geometry::{FramePx, Point};
use crate::stages::stylize::blur::blur;

/// The painted head's mask is made larger by this part of the head's side.
const WIDER: f32 = 0.05;

/// Where hair that reaches so far up in the cut-out may go on over it, and how far, in its sides.
const CROWN: f32 = 0.1;
const HIGH_HAIR: f32 = 0.4;

/// Where the chin is about in a cut-out, in its sides.
const CHIN: f32 = 0.74;

/// Opacity of the mask from which a pixel is taken out.
const TAKEN: f32 = 0.04;

/// Radius of the boxes over which the grain of strokes is told from their colours.
const GRAIN: usize = 6;

/// Replaces the head by what surrounds it. `scale` takes pixels of the head's frame to those of
/// `picture`.
pub(super) fn take_out(picture: &mut Picture, head: &Crop, scale: f32) {
    let size = picture.size();
    let (width, height) = (size.width.max(1) as usize, size.height as usize);
    let Some(keep) = kept(size, head, scale) else {
        return;
    };
    let colours = picture.rgba().as_chunks::<4>().0.iter().zip(&keep);
    let colours = colours.map(|(p, keep)| [p[0], p[1], p[2]].map(|v| f32::from(v) * keep));
    let filled = Level {
        width,
        height,
        colours: colours.collect(),
        weights: keep.clone(),
    }
    .filled();
    let sharp = picture.clone();
    let mut soft = picture.clone();
    blur(&mut soft, GRAIN);
    let lines = picture.rgba_mut().chunks_exact_mut(width * 4);
    for (y, (line, keep)) in lines.zip(keep.chunks_exact(width)).enumerate() {
        let from = y * width..(y + 1) * width;
        let row = |p: &'_ Picture| {
            p.rgba()[from.start * 4..from.end * 4]
                .as_chunks::<4>()
                .0
                .to_vec()
        };
        let grain = row(&sharp).into_iter().zip(row(&soft));
        let grain: Vec<[f32; 3]> = grain
            .map(|(a, b)| std::array::from_fn(|c| f32::from(a[c]) - f32::from(b[c])))
            .collect();
        close(line.as_chunks_mut::<4>().0, keep, &filled[from], &grain);
    }
}

/// 1 where a picture of this size is kept, 0 where the head is; nothing if the head lies nowhere.
fn kept(size: Size, head: &Crop, scale: f32) -> Option<Vec<f32>> {
    let crop_from_frame = head.frame_from_crop.inverse()?;
    let side = head.picture.size().width as f32;
    let width = size.width.max(1) as usize;
    let mut mask = Picture::filled(size, [0, 0, 0, 255]);
    let in_crop = |i: usize| {
        let (x, y) = ((i % width) as f32 + 0.5, (i / width) as f32 + 0.5);
        crop_from_frame * Point::<FramePx>::new(x / scale, y / scale)
    };
    let pixels = mask.rgba_mut().as_chunks_mut::<4>().0;
    for (i, pixel) in pixels.iter_mut().enumerate() {
        let mut at = in_crop(i);
        // High hair ends where the cut-out does: its mask goes on upwards.
        if at.y < CROWN * side && at.y > -HIGH_HAIR * side {
            at.y = CROWN * side;
        }
        if at.x >= 0.0 && at.y >= 0.0 && at.x < side && at.y < side {
            let alpha = head.picture.pixel_clamped(at.x as i64, at.y as i64)[3];
            *pixel = [alpha, alpha, alpha, 255];
        }
    }
    let exact = mask.clone();
    let head_side = head.frame_from_crop.scale() * side * scale;
    blur(&mut mask, ((head_side * WIDER) as usize).max(1));
    let over = |p: &[u8; 4], least: f32| f32::from(p[0]) >= least * 255.0;
    let [wide, exact] = [&mask, &exact].map(|mask| mask.rgba().as_chunks::<4>().0);
    let pairs = wide.iter().zip(exact).enumerate();
    let keep = pairs.map(|(i, (wide, exact))| {
        // Under the chin a collar is wanted.
        let taken = if in_crop(i).y > CHIN * side {
            over(exact, 0.5)
        } else {
            over(wide, TAKEN)
        };
        f32::from(u8::from(!taken))
    });
    Some(keep.collect())
}

/// Fills the holes of one row: smooth colours, and on them the grain of what lies as far beyond the
/// nearer end of the hole, or else the other.
fn close(row: &mut [[u8; 4]], keep: &[f32], smooth: &[[f32; 3]], grain: &[[f32; 3]]) {
    let is_hole = |at: usize| keep.get(at).is_some_and(|keep| *keep < 0.5);
    let mut begin = 0;
    while begin < row.len() {
        if !is_hole(begin) {
            begin += 1;
            continue;
        }
        let end = (begin..row.len())
            .find(|at| !is_hole(*at))
            .unwrap_or(row.len());
        for at in begin..end {
            let (left, right) = ((2 * begin).checked_sub(at + 1), Some(2 * end - 1 - at));
            let by_nearness = if at - begin < end - at {
                [left, right]
            } else {
                [right, left]
            };
            let mut sources = by_nearness.into_iter().flatten();
            let grain = sources
                .find(|from| *from < row.len() && !is_hole(*from))
                .map_or([0.0; 3], |from| grain[from]);
            let [r, g, b] = std::array::from_fn(|c| (smooth[at][c] + grain[c] + 0.5) as u8);
            row[at] = [r, g, b, 255];
        }
        begin = end;
    }
}

/// One level of a pyramid in which holes are filled from coarser levels (pull and push; Gortler et al.,
/// SIGGRAPH 1996, section 3.3.1). Colours are weighted.
pub(super) struct Level {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) colours: Vec<[f32; 3]>,
    pub(super) weights: Vec<f32>,
}

impl Level {
    /// Its colours, no longer weighted, without holes.
    pub(super) fn filled(self) -> Vec<[f32; 3]> {
        let below = (self.width > 1 || self.height > 1).then(|| {
            let half = self.half();
            let (width, height) = (half.width, half.height);
            (half.filled(), width, height)
        });
        let own = self.colours.iter().zip(&self.weights).enumerate();
        own.map(|(i, (colour, weight))| {
            let share = weight.min(1.0);
            let mut mixed = *colour;
            if *weight > 1.0 {
                mixed = mixed.map(|v| v / weight);
            }
            if let Some((coarse, width, height)) = &below
                && share < 1.0
            {
                let (x, y) = ((i % self.width) as f32, (i / self.width) as f32);
                let under = between(coarse, *width, *height, x / 2.0 - 0.25, y / 2.0 - 0.25);
                for (value, under) in mixed.iter_mut().zip(under) {
                    *value += (1.0 - share) * under;
                }
            }
            mixed
        })
        .collect()
    }

    /// Two by two pixels become one, whose weight is at most 1.
    fn half(&self) -> Self {
        let (width, height) = (self.width.div_ceil(2), self.height.div_ceil(2));
        let (mut colours, mut weights) = (Vec::new(), Vec::new());
        for y in 0..height {
            for x in 0..width {
                let (mut colour, mut weight) = ([0.0_f32; 3], 0.0_f32);
                for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                    let (x, y) = (2 * x + dx, 2 * y + dy);
                    if x < self.width && y < self.height {
                        let at = y * self.width + x;
                        weight += self.weights[at];
                        for (sum, value) in colour.iter_mut().zip(self.colours[at]) {
                            *sum += value;
                        }
                    }
                }
                let most = weight.max(1.0);
                colours.push(colour.map(|v| v / most));
                weights.push(weight / most);
            }
        }
        Self {
            width,
            height,
            colours,
            weights,
        }
    }
}

/// The bilinear value between pixel centres.
fn between(colours: &[[f32; 3]], width: usize, height: usize, x: f32, y: f32) -> [f32; 3] {
    let (x, y) = (
        x.clamp(0.0, (width - 1) as f32),
        y.clamp(0.0, (height - 1) as f32),
    );
    let (left, top) = (x as usize, y as usize);
    let (right, low) = ((left + 1).min(width - 1), (top + 1).min(height - 1));
    let (fx, fy) = (x - left as f32, y - top as f32);
    std::array::from_fn(|c| {
        let at = |x: usize, y: usize| colours[y * width + x][c];
        let above = at(left, top) + (at(right, top) - at(left, top)) * fx;
        let below = at(left, low) + (at(right, low) - at(left, low)) * fx;
        above + (below - above) * fy
    })
}
