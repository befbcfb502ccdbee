//! [`Necks`]: segments the neck below a face by the colour of that face's skin.
//!
//! The network segments face and hair only, and a bare neck under a styled chin looks like a mask. The
//! neck consists of the pixels below the chin that match the face's chromaticity and connect to the
//! face. Connectivity is the bottleneck path of watersheds (Meyer, 1994), which stops at a collar.

use crate::domain::face::TrackId;

/// Maximum number of remembered necks.
const MOST: usize = 8;

/// Weight of a new frame in the temporal average, which suppresses flicker.
const FOLLOW: f32 = 0.25;

/// Least face opacity of a skin colour sample.
const SURE: f32 = 0.9;

/// Least number of samples.
const LEAST: f32 = 60.0;

/// Least standard deviation of a chromaticity: an evenly lit face does not predict the shade below it.
const SPREAD: f32 = 0.012;

/// Chromaticity distances, in standard deviations, over which skin likelihood falls from 1 to 0.
const ALIKE: f32 = 2.0;
const OTHER: f32 = 4.0;

/// Brightness relative to the face's mean over which skin likelihood rises from 0 to 1: necks lie in
/// shade, and black has no chromaticity.
const DARK: f32 = 0.18;
const SHADED: f32 = 0.34;

/// Brightness relative to the face's mean above which a pixel is not skin.
const BRIGHT: f32 = 1.5;

/// Largest half width of the neck relative to half the jaw's width.
const WIDTH: f32 = 1.6;

/// The neck begins below this fraction of the jaw, because cheeks border on background.
const CHIN: f32 = 0.5;

/// Least horizontal difference of brightness around a pixel, relative to the face's mean, that marks
/// the side of the neck. Shadows of the chin run across.
const EDGE: f32 = 0.10;

/// Skin model of one face: mean brightness, mean and standard deviation of the red and green shares.
#[derive(Debug, Clone, Copy)]
struct Tone {
    brightness: f32,
    mean: [f32; 2],
    spread: [f32; 2],
}

/// Returns the brightness (sum of the three channels) and the shares of red and green.
fn chroma([r, g, b]: [f32; 3]) -> (f32, [f32; 2]) {
    let sum = r + g + b;
    let whole = sum.max(1e-3);
    (sum, [r / whole, g / whole])
}

fn smooth(from: f32, to: f32, at: f32) -> f32 {
    let t = ((at - from) / (to - from)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

impl Tone {
    /// Fits the model to the pixels from index `top` on where `face` is certain.
    fn of(planes: &[&[f32]; 3], face: &[f32], top: usize) -> Option<Self> {
        let pixel = |i: usize| chroma([planes[0][i], planes[1][i], planes[2][i]]);
        let taught = || (top..face.len()).filter(|&i| face[i] > SURE).map(pixel);
        let count = taught().count() as f32;
        if count < LEAST {
            return None;
        }
        let brightness = taught().map(|(sum, _)| sum).sum::<f32>() / count;
        let mean = [0, 1].map(|c| taught().map(|(_, share)| share[c]).sum::<f32>() / count);
        let spread = [0, 1].map(|c| {
            let squares = taught().map(|(_, share)| (share[c] - mean[c]).powi(2));
            (squares.sum::<f32>() / count).sqrt().max(SPREAD)
        });
        Some(Self {
            brightness,
            mean,
            spread,
        })
    }

    /// Returns the skin likelihood of a colour, `[0, 1]`.
    fn likeness(&self, colour: [f32; 3]) -> f32 {
        let (sum, share) = chroma(colour);
        let off = [0, 1].map(|c| (share[c] - self.mean[c]) / self.spread[c]);
        let alike = 1.0 - smooth(ALIKE, OTHER, off[0].hypot(off[1]));
        let light = sum / self.brightness.max(1e-3);
        let lit = smooth(DARK, SHADED, light) * (1.0 - smooth(BRIGHT, BRIGHT * 1.2, light));
        alike * lit
    }
}

/// The jaw in the mask: its centre column, half width, and first row.
struct Jaw {
    middle: f32,
    half: f32,
    from: usize,
}

impl Jaw {
    fn of(face: &[f32], side: usize) -> Option<Self> {
        let (mut sum, mut across, mut down) = (0.0, 0.0, 0.0);
        for (i, opacity) in face.iter().enumerate() {
            sum += opacity;
            across += opacity * (i % side) as f32;
            down += opacity * (i / side) as f32;
        }
        if sum < LEAST {
            return None;
        }
        let from = (down / sum) as usize;
        let widest = face[from * side..].chunks_exact(side);
        let width = widest.map(|row| row.iter().sum::<f32>());
        Some(Self {
            middle: across / sum,
            half: width.fold(0.0, f32::max) / 2.0,
            from,
        })
    }
}

/// Returns the neck likelihood of one row by colour alone, one value per column.
fn skin_in_row(
    planes: &[&[f32]; 3],
    [face, hair]: [&[f32]; 2],
    (row, side): (usize, usize),
    (tone, jaw): (&Tone, &Jaw),
) -> impl Iterator<Item = f32> {
    let reach = jaw.half * WIDTH;
    let sum = |i: usize| planes[0][i] + planes[1][i] + planes[2][i];
    let place = move |column: usize| {
        let i = row * side + column;
        let aside = (column as f32 - jaw.middle).abs();
        let within = 1.0 - smooth(reach * 0.8, reach, aside);
        let colour = [planes[0][i], planes[1][i], planes[2][i]];
        let (left, right) = (i - column.min(1), i + (side - 1 - column).min(1));
        let step = (sum(right) - sum(left)).abs() / tone.brightness;
        let inside = 1.0 - smooth(EDGE, EDGE * 2.0, step);
        let free = (1.0 - hair[i].clamp(0.0, 1.0)) * (1.0 - smooth(0.5, 1.0, face[i]));
        tone.likeness(colour) * within * inside * free
    };
    (0..side).map(place)
}

/// Returns the neck's opacity for each pixel of a mask of `side` × `side` pixels; `planes` are the
/// crop's red, green and blue.
fn neck(planes: &[&[f32]; 3], face: &[f32], hair: &[f32], side: usize) -> Option<Vec<f32>> {
    let jaw = Jaw::of(face, side)?;
    let tone = Tone::of(planes, face, jaw.from * side)?;
    let rows = jaw.from + 1..side;
    let mut skin = vec![0.0_f32; side * side];
    for row in rows.clone() {
        let found = skin_in_row(planes, [face, hair], (row, side), (&tone, &jaw));
        for (place, found) in skin[row * side..].iter_mut().zip(found) {
            *place = found;
        }
    }
    let mut joined = vec![0.0_f32; side * side];
    let begins = |column: usize| (column as f32 - jaw.middle).abs() < jaw.half * CHIN;
    for row in rows.clone() {
        let (before, now) = joined.split_at_mut(row * side);
        let above = &before[(row - 1) * side..];
        let chin = &face[(row - 1) * side..row * side];
        let skin = &skin[row * side..(row + 1) * side];
        for (column, skin) in skin.iter().enumerate() {
            let near = column.saturating_sub(1)..(column + 2).min(side);
            let from = |c: usize| above[c].max(if begins(c) { chin[c] } else { 0.0 });
            now[column] = skin.min(near.map(from).fold(0.0, f32::max));
        }
        spread_along(&mut now[..side], skin);
    }
    // Beside the chin the neck continues straight up.
    for i in (rows.start * side..(side - 1) * side).rev() {
        joined[i] = joined[i].max(skin[i].min(joined[i + side]));
    }
    Some(softened(&joined, side))
}

/// Propagates connected values to the left and right, limited by the skin likelihood.
fn spread_along(row: &mut [f32], skin: &[f32]) {
    let mut last = 0.0_f32;
    for (value, skin) in row.iter_mut().zip(skin) {
        last = value.max(skin.min(last));
        *value = last;
    }
    last = 0.0;
    for (value, skin) in row.iter_mut().zip(skin).rev() {
        last = value.max(skin.min(last));
        *value = last;
    }
}

/// Returns a 3 × 3 box blur: it softens edges and suppresses isolated pixels.
fn softened(mask: &[f32], side: usize) -> Vec<f32> {
    let lines = |mask: &[f32], step: usize, line: usize| -> Vec<f32> {
        (0..mask.len())
            .map(|i| {
                let at = i / step % line;
                let before = if at > 0 { mask[i - step] } else { mask[i] };
                let after = if at + 1 < line {
                    mask[i + step]
                } else {
                    mask[i]
                };
                (before + mask[i] + after) / 3.0
            })
            .collect()
    };
    lines(&lines(mask, 1, side), side, side)
}

/// The temporally averaged necks of recent people.
#[derive(Debug, Default)]
pub(super) struct Necks {
    /// Most recently seen last.
    seen: Vec<(TrackId, Vec<f32>)>,
}

impl Necks {
    /// Returns the opacity of the neck of `id`, empty if none was ever found. `planes` holds the crop's
    /// three colour planes in sequence, `face` and `hair` are opacities; each has `side` × `side` pixels.
    pub(super) fn of(
        &mut self,
        id: TrackId,
        planes: &[f32],
        [face, hair]: [&[f32]; 2],
        side: usize,
    ) -> &[f32] {
        let area = side * side;
        let (Some(red), Some(green), Some(blue)) = (
            planes.get(..area),
            planes.get(area..2 * area),
            planes.get(2 * area..3 * area),
        ) else {
            return &[];
        };
        let found = neck(&[red, green, blue], face, hair, side);
        let known = self.seen.iter().position(|(known, _)| *known == id);
        let known = known.map(|at| self.seen.remove(at).1);
        let now = match (known, found) {
            (Some(mut before), Some(found)) => {
                for (value, new) in before.iter_mut().zip(found) {
                    *value += (new - *value) * FOLLOW;
                }
                before
            }
            (Some(before), None) => before,
            (None, Some(found)) => found,
            (None, None) => return &[],
        };
        if self.seen.len() >= MOST {
            self.seen.remove(0);
        }
        self.seen.push((id, now));
        self.seen.last().map_or(&[], |(_, neck)| neck)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIDE: usize = 128;
    const SKIN: [f32; 3] = [0.8, 0.55, 0.45];
    const WALL: [f32; 3] = [0.3, 0.4, 0.6];
    const SHIRT: [f32; 3] = [0.1, 0.3, 0.1];

    fn in_face(x: usize, y: usize) -> bool {
        let (dx, dy) = (x as f32 - 64.0, y as f32 - 60.0);
        (dx / 26.0).hypot(dy / 36.0) <= 1.0
    }

    /// Returns planes and face: a shaded neck 32 wide, a shirt from row 116 on, and `wall` behind them.
    fn scene(wall: [f32; 3]) -> (Vec<f32>, Vec<f32>) {
        let mut planes = vec![0.0; 3 * SIDE * SIDE];
        let mut face = vec![0.0; SIDE * SIDE];
        for i in 0..SIDE * SIDE {
            let (x, y) = (i % SIDE, i / SIDE);
            let colour = if in_face(x, y) {
                face[i] = 1.0;
                SKIN
            } else if y >= 116 {
                SHIRT
            } else if (48..80).contains(&x) && y > 80 {
                SKIN.map(|v| v * 0.6)
            } else {
                wall
            };
            for (c, v) in colour.into_iter().enumerate() {
                planes[c * SIDE * SIDE + i] = v;
            }
        }
        (planes, face)
    }

    fn found(necks: &mut Necks, planes: &[f32], face: &[f32]) -> Vec<f32> {
        let hair = vec![0.0; SIDE * SIDE];
        necks.of(TrackId(1), planes, [face, &hair], SIDE).to_vec()
    }

    fn at(mask: &[f32], x: usize, y: usize) -> f32 {
        mask[y * SIDE + x]
    }

    #[test]
    fn the_neck_in_shade_is_found_and_ends_at_the_collar() {
        let (planes, face) = scene(WALL);
        let neck = found(&mut Necks::default(), &planes, &face);

        for place in [(64, 104), (52, 104), (76, 110)] {
            assert!(at(&neck, place.0, place.1) > 0.9, "{place:?}");
        }
        for place in [(64, 120), (30, 104), (30, 60), (64, 10)] {
            assert!(at(&neck, place.0, place.1) < 0.1, "{place:?}");
        }
    }

    #[test]
    fn a_wall_of_the_skins_colour_beside_the_cheeks_stays_bare() {
        let (planes, face) = scene(SKIN.map(|v| v * 0.95));
        let neck = found(&mut Necks::default(), &planes, &face);

        assert!(at(&neck, 64, 104) > 0.9);
        for place in [(20, 70), (34, 80), (100, 104)] {
            assert!(at(&neck, place.0, place.1) < 0.1, "{place:?}");
        }
    }

    #[test]
    fn a_neck_that_is_hidden_goes_slowly_and_another_person_has_his_own() {
        let (with, face) = scene(WALL);
        let without = vec![0.5; 3 * SIDE * SIDE];
        let mut necks = Necks::default();
        let before = at(&found(&mut necks, &with, &face), 64, 104);
        let mut hidden = with.clone();
        for i in 98 * SIDE..SIDE * SIDE {
            for c in 0..3 {
                hidden[c * SIDE * SIDE + i] = SHIRT[c];
            }
        }
        let after = at(&found(&mut necks, &hidden, &face), 64, 104);
        assert!((after - before * (1.0 - FOLLOW)).abs() < 0.01, "{after}");

        let none = vec![0.0; SIDE * SIDE];
        let other = necks.of(TrackId(2), &without, [&none, &none], SIDE);
        assert!(other.is_empty());
    }

    #[test]
    fn nonsense_finds_nothing_and_memory_is_bounded() {
        let (planes, face) = scene(WALL);
        let mut necks = Necks::default();
        let none = vec![f32::NAN; SIDE * SIDE];
        assert!(necks.of(TrackId(0), &[], [&none, &none], SIDE).is_empty());
        let nan = vec![f32::NAN; 3 * SIDE * SIDE];
        assert!(
            necks
                .of(TrackId(0), &nan, [&none, &none], SIDE)
                .iter()
                .all(|v| !v.is_nan())
        );
        for id in 0..20 {
            let hair = vec![0.0; SIDE * SIDE];
            necks.of(TrackId(id), &planes, [&face, &hair], SIDE);
        }
        assert_eq!(necks.seen.len(), MOST);
    }
}
