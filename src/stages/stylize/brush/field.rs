//! [`Field`]: the nearest-neighbour field, which assigns a reference patch to each patch of the crop.
//!
//! The search is `PatchMatch` (Barnes et al., SIGGRAPH 2009): propagation from neighbours and random
//! search. Patches lie at every second pixel. The cost of a match sums the pixel difference from the
//! current painting, the guide difference (Texler et al., Computers & Graphics 2020), a penalty for
//! reuse (Kaspar et al., 2015), and a penalty for a change since the previous frame.

use crate::stages::stylize::brush::patch::{Pixels, guide_distance, pixel_distance};
use crate::stages::stylize::brush::source::{Place, Source};
use crate::stages::stylize::brush::target::{STRIDE, Target};

/// Weights of the cost terms.
#[derive(Debug, Clone, Copy)]
pub(super) struct Prices {
    /// Weight of a broad guide's difference, in sixteenths of a pixel difference.
    pub(super) broad: u32,
    /// Weight of a fine guide's difference, and its increase on features.
    pub(super) fine: u32,
    pub(super) feature: u32,
    /// Penalty per existing use of a patch, in sixteenths.
    pub(super) reuse: u32,
    /// Penalty for a patch other than the previous frame's.
    pub(super) change: u32,
    /// Costs of a patch from the first and from the second picture.
    pub(super) parts: [u32; 2],
}

/// The cost of a patch without evaluation.
pub(super) const NEW: u32 = u32::MAX;

/// Radius of the near random search, pixels.
const NEARBY: i32 = 12;

/// Range of the random search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Around the current match.
    Near,
    /// The whole reference.
    Far,
}

/// The match of each patch, and its cost.
#[derive(Debug, Clone, Default)]
pub(super) struct Field {
    pub(super) columns: usize,
    pub(super) rows: usize,
    pub(super) places: Vec<Place>,
    pub(super) costs: Vec<u32>,
    uses: Vec<u16>,
    kept: Vec<Place>,
    chance: Chance,
}

/// Marsaglia's xorshift.
#[derive(Debug, Clone)]
struct Chance(u32);

impl Default for Chance {
    fn default() -> Self {
        Self(0x9e37_79b9)
    }
}

impl Chance {
    #[inline]
    fn next(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0
    }

    /// Returns a random number from `-reach` to `reach`.
    #[inline]
    fn around(&mut self, reach: i32) -> i32 {
        let span = 2 * reach.unsigned_abs() + 1;
        ((u64::from(self.next()) * u64::from(span)) >> 32) as i32 - reach
    }
}

/// Squares of a reference that share a use count.
#[derive(Debug, Clone, Copy)]
struct Cells {
    columns: usize,
    count: usize,
}

impl Cells {
    fn of(pixels: &Pixels) -> Self {
        let columns = pixels.width / STRIDE + 1;
        Self {
            columns,
            count: columns * (pixels.height / STRIDE + 1),
        }
    }

    #[inline]
    fn of_place(self, place: Place) -> usize {
        usize::from(place.y) / STRIDE * self.columns + usize::from(place.x) / STRIDE
    }
}

/// Inputs of the cost function.
pub(super) struct Scene<'a> {
    pub(super) source: &'a Source,
    pub(super) target: &'a Target,
    pub(super) painted: &'a Pixels,
    pub(super) prices: Prices,
}

impl Scene<'_> {
    /// Returns the cost of `place` for the patch at column `i`, row `j`. Once the cost exceeds `least`,
    /// the function may return any lower bound above `least`.
    #[inline]
    fn cost(&self, [i, j]: [usize; 2], place: Place, used: u16, least: u32) -> u32 {
        let (x, y) = (usize::from(place.x), usize::from(place.y));
        let from = [x, y];
        let mut cost = pixel_distance(
            self.painted,
            [i * STRIDE, j * STRIDE],
            &self.source.pixels,
            from,
        );
        if cost >= least {
            return cost;
        }
        let (wide, source_wide) = (self.target.width, self.source.pixels.width);
        let mut sums = [0; 2];
        for [dx, dy] in [[1, 1], [0, 0], [2, 0], [0, 2], [2, 2]] {
            let wanted = &self.target.guides[(j + dy) * wide + i + dx];
            let given = &self.source.guides[(y + STRIDE * dy) * source_wide + x + STRIDE * dx];
            let [broad, fine] = guide_distance(wanted, given, &self.target.counts);
            sums = [sums[0] + broad, sums[1] + fine];
        }
        let feature = u32::from(self.target.features[(j + 1) * wide + i + 1]);
        let prices = &self.prices;
        let fine = prices.fine + ((prices.feature * feature) >> 8);
        cost += (prices.broad * sums[0] + fine * sums[1]) >> 4;
        cost + ((prices.reuse * u32::from(used.min(255))) >> 4)
            + prices.parts[self.source.part_at(i32::from(place.y))]
    }
}

impl Field {
    /// Creates a random field for a crop with this target.
    pub(super) fn random(target: &Target, source: &Source) -> Self {
        let mut field = Self::default();
        (field.columns, field.rows) = target.patches();
        let (width, height) = (source.pixels.width as u64, source.pixels.height as u64);
        for _ in 0..field.columns * field.rows {
            let mut chance = |length: u64| ((u64::from(field.chance.next()) * length) >> 32) as i32;
            let (x, y) = (chance(width), chance(height));
            field.places.push(source.inside(x, y));
        }
        field.costs.resize(field.places.len(), NEW);
        field
    }

    /// Returns the field for a crop and a source of twice the size.
    pub(super) fn doubled(&self, coarse_source: &Source, target: &Target, source: &Source) -> Self {
        let mut field = Self {
            chance: self.chance.clone(),
            ..Self::default()
        };
        (field.columns, field.rows) = target.patches();
        let lower = source.second_top() - 2 * coarse_source.second_top();
        for j in 0..field.rows {
            for i in 0..field.columns {
                let coarse = |at: usize, count: usize| (at / 2).min(count - 1);
                let (ci, cj) = (coarse(i, self.columns), coarse(j, self.rows));
                let place = self.places[cj * self.columns + ci];
                let along = |at: u16, fine: usize, coarse: usize| {
                    2 * i32::from(at) + (STRIDE * fine) as i32 - (2 * STRIDE * coarse) as i32
                };
                // The second picture does not start at exactly twice its row.
                let part = coarse_source.part_at(i32::from(place.y)) as i32;
                let y = along(place.y, j, cj) + part * lower;
                field.places.push(source.inside(along(place.x, i, ci), y));
            }
        }
        field.costs.resize(field.places.len(), NEW);
        field
    }

    /// Moves the field with the motion: `shift` gives the previous position, in pixels, of the patch at
    /// column `i`, row `j`. Patches from outside are new.
    pub(super) fn carry(
        &mut self,
        source: &Source,
        (new_columns, new_rows): (usize, usize),
        shift: impl Fn(usize, usize) -> [i32; 2],
    ) {
        let old = std::mem::take(&mut self.places);
        let costs = std::mem::take(&mut self.costs);
        let (columns, rows) = (self.columns as i32, self.rows as i32);
        (self.columns, self.rows) = (new_columns, new_rows);
        let stride = STRIDE as i32;
        for j in 0..new_rows {
            for i in 0..new_columns {
                let [dx, dy] = shift(i, j);
                let (x, y) = (i as i32 * stride + dx, j as i32 * stride + dy);
                let (oi, oj) = (x.div_euclid(stride), y.div_euclid(stride));
                let outside = !(0..columns).contains(&oi) || !(0..rows).contains(&oj);
                let (oi, oj) = (oi.clamp(0, columns - 1), oj.clamp(0, rows - 1));
                let from = (oj * columns + oi) as usize;
                let (rx, ry) = (
                    (x - oi * stride).clamp(-8, 8),
                    (y - oj * stride).clamp(-8, 8),
                );
                let place = old[from];
                self.places
                    .push(source.inside(i32::from(place.x) + rx, i32::from(place.y) + ry));
                self.costs.push(if outside { NEW } else { costs[from] });
            }
        }
    }

    /// Improves all visible `active` patches in `passes` passes.
    pub(super) fn search(
        &mut self,
        scene: &Scene<'_>,
        active: impl Fn(usize) -> bool,
        (passes, reach): (usize, Reach),
    ) {
        let cells = Cells::of(&scene.source.pixels);
        let target = scene.target;
        let turn: Vec<u32> = (0..self.places.len())
            .filter(|at| target.shows(at % self.columns, at / self.columns) && active(*at))
            .map(|at| at as u32)
            .collect();
        self.count_uses(cells, target);
        self.costs.resize(self.places.len(), NEW);
        for at in &turn {
            let at = *at as usize;
            let (place, node) = (self.places[at], [at % self.columns, at / self.columns]);
            self.costs[at] =
                scene.cost(node, place, self.uses[cells.of_place(place)], u32::MAX - 1);
        }
        self.kept.clear();
        if scene.prices.change > 0 {
            self.kept.extend_from_slice(&self.places);
        }
        for pass in 0..passes {
            let back = (pass + (self.chance.next() & 1) as usize) % 2 == 1;
            for n in 0..turn.len() {
                let at = turn[if back { turn.len() - 1 - n } else { n }] as usize;
                self.improve(scene, at, if back { 1 } else { -1 }, reach, cells);
            }
        }
    }

    fn count_uses(&mut self, cells: Cells, target: &Target) {
        self.uses.clear();
        self.uses.resize(cells.count, 0);
        for (at, place) in self.places.iter().enumerate() {
            if target.shows(at % self.columns, at / self.columns) {
                self.uses[cells.of_place(*place)] += 1;
            }
        }
    }

    /// Tests the candidates of a patch: those of its previous or next neighbours, and random ones.
    fn improve(&mut self, scene: &Scene<'_>, at: usize, step: i32, reach: Reach, cells: Cells) {
        let (i, j) = (at % self.columns, at / self.columns);
        let before = self.places[at];
        let kept = self.kept.get(at).copied();
        let Self {
            uses,
            places,
            chance,
            ..
        } = self;
        let (mut best, mut cost) = (before, self.costs[at]);
        let mut attempt = |x: i32, y: i32, best: &mut Place| {
            let place = scene.source.inside(x, y);
            if place == *best {
                return;
            }
            let mut tried = scene.cost([i, j], place, uses[cells.of_place(place)], cost);
            if kept.is_some_and(|kept| kept != place) {
                tried += scene.prices.change;
            }
            if tried < cost {
                (cost, *best) = (tried, place);
            }
        };
        let stride = STRIDE as i32;
        let (ni, nj) = (i as i32 + step, j as i32 + step);
        if (0..self.rows as i32).contains(&nj) {
            let near = places[nj as usize * self.columns + i];
            attempt(
                i32::from(near.x),
                i32::from(near.y) - step * stride,
                &mut best,
            );
        }
        if (0..self.columns as i32).contains(&ni) {
            let near = places[j * self.columns + ni as usize];
            attempt(
                i32::from(near.x) - step * stride,
                i32::from(near.y),
                &mut best,
            );
        }
        let (mut wide, shrink) = match reach {
            Reach::Near => (NEARBY, NEARBY),
            Reach::Far => (
                scene.source.pixels.width.max(scene.source.pixels.height) as i32,
                3,
            ),
        };
        while wide >= 1 {
            let (dx, dy) = (chance.around(wide), chance.around(wide));
            attempt(i32::from(best.x) + dx, i32::from(best.y) + dy, &mut best);
            wide /= shrink;
        }
        if best != before {
            let used = &mut uses[cells.of_place(before)];
            *used = used.saturating_sub(1);
            uses[cells.of_place(best)] += 1;
            (places[at], self.costs[at]) = (best, cost);
        }
    }
}
