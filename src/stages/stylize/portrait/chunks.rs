//! [`Chunks`]: which part of the painting each part of the face takes its strokes from.
//!
//! `StyleBlit`'s idea (Sýkora et al., Computer Graphics Forum 2019): seeds, coarse ones first; a
//! seed finds the place of the painting whose guide fits best, and the cells around it take the
//! painting from there in one piece, as far as their own guides fit; where they do not, a finer
//! seed serves. Here seeds and cells lie on the painted face, not on the frame, so that chunks
//! move with the skin, and a seed keeps its choice until another is clearly better: still faces
//! have still strokes.

use crate::stages::stylize::portrait::plane::Plane;

/// Cells a side of the painted face's square.
pub const CELLS: usize = 128;

/// Distance of the seeds of each level, cells.
const LEVELS: [usize; 3] = [16, 8, 4];

/// Offsets that a seed tries, cells: within this many steps each way.
const REACH: i8 = 3;

/// Length of a step, cells.
const STRIDE: i8 = 1;

/// Cost of a cell's way, brightness² a cell².
const WAY: f32 = 12.0;

/// How much dearer it is to move on brows, eyes, nose and lips.
const FEATURE: f32 = 30.0;

/// A cell takes a seed's offset while the guides differ by at most this, brightness.
const FIT: f32 = 14.0;

/// A seed changes its mind for an offset cheaper than this part of the present cost.
const BETTER: f32 = 0.6;

/// The chosen offsets of one face.
#[derive(Debug, Clone, PartialEq)]
pub struct Chunks {
    seeds: [Vec<[i8; 2]>; LEVELS.len()],
    cells: Vec<[i8; 2]>,
}

impl Default for Chunks {
    fn default() -> Self {
        Self {
            seeds: LEVELS.map(|distance| vec![[0; 2]; (CELLS / distance).pow(2)]),
            cells: vec![[0; 2]; CELLS * CELLS],
        }
    }
}

/// What chunks are chosen by: planes of [`CELLS`] × [`CELLS`].
#[derive(Debug, Clone, Copy)]
pub struct Guides<'a> {
    /// The painting's appearance: brightness over its surroundings.
    pub painted: &'a Plane,
    /// The person's, in the style's tones, at the same places of the face.
    pub own: &'a Plane,
    /// 1 on brows, eyes, nose and lips.
    pub features: &'a Plane,
}

impl Guides<'_> {
    /// What it costs that the chunk around `(x, y)` of `distance` cells comes from `offset` away; at least
    /// `limit`, as soon as it is known to cost that much.
    fn cost(&self, [x, y]: [isize; 2], distance: usize, offset: [i8; 2], limit: f32) -> f32 {
        let (reach, step) = (distance.cast_signed() / 2, (distance / 4).max(1));
        let (dx, dy) = (isize::from(offset[0]), isize::from(offset[1]));
        let way = (dx * dx + dy * dy) as f32;
        let way = way * WAY * (1.0 + FEATURE * self.features.at(x, y));
        let a_side = distance / 2 * 2 / step;
        let (mut sum, count) = (0.0, (a_side * a_side) as f32);
        for v in (y - reach..y + reach).step_by(step) {
            if sum / count + way >= limit {
                break;
            }
            for u in (x - reach..x + reach).step_by(step) {
                sum += (self.painted.at(u + dx, v + dy) - self.own.at(u, v)).powi(2);
            }
        }
        sum / count + way
    }
}

impl Chunks {
    /// Looks at the face anew.
    pub fn update(&mut self, guides: Guides<'_>) {
        for (seeds, distance) in self.seeds.iter_mut().zip(LEVELS) {
            let a_row = CELLS / distance;
            for (i, seed) in seeds.iter_mut().enumerate() {
                let middle = |k: usize| (k * distance + distance / 2).cast_signed();
                let place = [middle(i % a_row), middle(i / a_row)];
                let present = guides.cost(place, distance, *seed, f32::INFINITY);
                let mut best = (present * BETTER, *seed);
                for dy in -REACH..=REACH {
                    for dx in -REACH..=REACH {
                        let offset = [dx * STRIDE, dy * STRIDE];
                        let cost = guides.cost(place, distance, offset, best.0);
                        if cost < best.0 {
                            best = (cost, offset);
                        }
                    }
                }
                *seed = best.1;
            }
        }
        for (i, cell) in self.cells.iter_mut().enumerate() {
            let (x, y) = (i % CELLS, i / CELLS);
            let mut chosen = [0; 2];
            for (seeds, distance) in self.seeds.iter().zip(LEVELS) {
                chosen = seeds[y / distance * (CELLS / distance) + x / distance];
                let (u, v) = (x.cast_signed(), y.cast_signed());
                let there = guides
                    .painted
                    .at(u + isize::from(chosen[0]), v + isize::from(chosen[1]));
                if (there - guides.own.at(u, v)).abs() < FIT {
                    break;
                }
            }
            *cell = chosen;
        }
    }

    /// The offsets of the four cells around a place (cells) and the place between them, for
    /// voting: what the four bring is mixed bilinearly, so that chunks have no hard seams.
    pub fn around(&self, x: f32, y: f32) -> ([[i8; 2]; 4], [f32; 2]) {
        let limit = |v: f32| (v - 0.5).max(0.0).min(CELLS as f32 - 1.001);
        let (x, y) = (limit(x), limit(y));
        let (column, row) = (x as usize, y as usize);
        let at = row * CELLS + column;
        let four = [
            self.cells[at],
            self.cells[at + 1],
            self.cells[at + CELLS],
            self.cells[at + CELLS + 1],
        ];
        (four, [x - column as f32, y - row as f32])
    }

    /// The offsets of all cells, row by row, cells.
    pub fn cells(&self) -> &[[i8; 2]] {
        &self.cells
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waves(shift: f32) -> Plane {
        Plane::made(CELLS, CELLS, |x, y| {
            let (x, y) = ((x as f32 + shift) * 0.3, y as f32 * 0.2);
            60.0 * (x.sin() + (y + x * 0.3).cos())
        })
    }

    #[test]
    fn a_face_that_looks_like_the_painting_takes_it_as_it_is() {
        let (painted, features) = (waves(0.0), Plane::new(CELLS, CELLS));
        let mut chunks = Chunks::default();
        chunks.update(Guides {
            painted: &painted,
            own: &painted,
            features: &features,
        });

        assert!(chunks.cells().iter().all(|offset| *offset == [0, 0]));
    }

    #[test]
    fn a_shifted_face_finds_its_place_and_stays_there() {
        let (painted, own) = (waves(0.0), waves(2.0));
        let features = Plane::new(CELLS, CELLS);
        let mut chunks = Chunks::default();
        let guides = Guides {
            painted: &painted,
            own: &own,
            features: &features,
        };
        chunks.update(guides);

        let found = chunks
            .cells()
            .iter()
            .filter(|offset| **offset == [2, 0])
            .count();
        assert!(found > CELLS * CELLS / 2, "{found}");
        let before = chunks.clone();
        chunks.update(guides);
        assert_eq!(chunks, before);
    }

    #[test]
    fn a_cost_that_ends_early_is_at_least_the_limit_and_else_the_whole_cost() {
        let (painted, own) = (waves(2.0), waves(0.0));
        let features = Plane::new(CELLS, CELLS);
        let guides = Guides {
            painted: &painted,
            own: &own,
            features: &features,
        };
        let mut ended = 0;
        for step in -3..=3 {
            let cost = |limit| guides.cost([64, 64], 8, [step, 1], limit);
            let whole = cost(f32::INFINITY);
            for limit in [whole * 0.3, whole * 0.9, whole + 1.0] {
                let found = cost(limit);
                if whole < limit {
                    assert_eq!(found, whole);
                } else {
                    assert!(found >= limit, "{found} {limit} {whole}");
                    ended += u32::from(found < whole);
                }
            }
        }
        assert!(ended > 0, "no sum ended early");
    }
}
