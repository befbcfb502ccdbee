//! Ears and neck: skin that the painted face does not reach takes the painter's colours.
//!
//! The network has painted them before, in colours of its own; beside a face in the painting's they
//! look like another person's. Its strokes stay, as brightness.

use crate::domain::frame::Picture;
use crate::domain::skin::Skin;
use crate::stages::stylize::portrait::paint::{Sitting, alpha, bareness};
use crate::stages::stylize::portrait::reference::Portrait;
use crate::stages::stylize::portrait::tone::luma;

/// How much of the brightness is the person's own, in the painting's tones; the rest is the
/// network's.
const OWN: f32 = 0.65;

/// How far colours become the painter's.
const TINT: f32 = 0.85;

/// Places a grid that `skin` is read on: it is smooth.
const STEP: usize = 4;

impl Sitting {
    /// Gives the skin in `crop`, painted by the network from `own`, the painter's colours, but where
    /// the face will cover it. Alpha stays.
    pub fn tint(&self, own: &Picture, portrait: &Portrait, skin: &Skin, crop: &mut Picture) {
        let (width, height) = (crop.size().width as usize, crop.size().height as usize);
        let across = width.div_ceil(STEP).max(1);
        let painting = portrait.colours.rgba().as_chunks::<4>().0;
        let share = |i: usize| {
            let middle = |i: usize| (i * STEP) as f32 + STEP as f32 / 2.0;
            let (x, y) = (middle(i % across), middle(i / across));
            let (across, down) = (x / width as f32, y / height as f32);
            let [u, v] = self.field.at(x, y);
            let covered = alpha(painting, u, v) * bareness(skin.at(across, down));
            if covered < 1.0 {
                TINT * skin.shown_at(across, down)
            } else {
                0.0
            }
        };
        let shares: Vec<f32> = (0..across * height.div_ceil(STEP)).map(share).collect();
        let photo = own.rgba().as_chunks::<4>().0.chunks(width.max(1));
        let rows = crop.rgba_mut().as_chunks_mut::<4>().0;
        let rows = rows.chunks_mut(width.max(1)).zip(photo);
        for (y, (row, photo)) in rows.enumerate() {
            let shares = shares.iter().skip(y / STEP * across);
            let cells = row.chunks_mut(STEP).zip(photo.chunks(STEP)).zip(shares);
            for ((pixels, photo), &share) in cells.filter(|(_, share)| **share > 0.0) {
                for (pixel, photo) in pixels.iter_mut().zip(photo) {
                    let mine = self.curve.at(luma_of(*photo));
                    let tone = mine * OWN + luma_of(*pixel) * (1.0 - OWN);
                    for (to, value) in pixel.iter_mut().zip(portrait.palette.at(tone)) {
                        let value = value.clamp(0.0, 255.0);
                        let mixed = f32::from(*to) + (value - f32::from(*to)) * share;
                        *to = (mixed + 0.5) as u8;
                    }
                }
            }
        }
    }
}

fn luma_of([r, g, b, _]: [u8; 4]) -> f32 {
    luma([f32::from(r), f32::from(g), f32::from(b)])
}
