//! [`Bend`]: a warp of a face's features towards the proportions of a painted face, before styling.
//!
//! The least-squares similarity transform (Umeyama, 1991) aligns the painted face's landmarks with the
//! photo's. The remaining differences displace the features by a user-chosen fraction. Between landmarks
//! the displacement is a Gaussian-weighted mean (after Shepard); around the face it fades to zero.

use crate::domain::frame::{Picture, Size};
use crate::domain::labels::Labels;
use crate::domain::shape::CropPoints;

/// Standard deviation of a landmark's influence, face widths.
const REACH: f32 = 0.13;

/// Largest displacement of a landmark, face widths: well below [`REACH`] to avoid fold-over.
const MOST: f32 = 0.08;

/// Displacement from which the crop covers the frame fully, face widths.
const COVERED: f32 = 0.008;

/// Node spacing, pixels.
const NODE: usize = 8;

/// A displacement field over a crop.
#[derive(Debug, Clone)]
pub struct Bend {
    columns: usize,
    /// Backward displacement at each node, pixels: source position minus node position.
    from: Vec<[f32; 2]>,
    /// Landmarks before the warp, and the displacement of each.
    points: CropPoints,
    moves: CropPoints,
    face: f32,
}

impl Bend {
    /// Creates the warp of `mine`, in pixels of a crop of `size`, by the fraction `amount` (0 to 1)
    /// towards the proportions of `painted`. Returns `None` for a zero displacement.
    pub fn new(mine: &CropPoints, painted: &CropPoints, amount: f32, size: Size) -> Option<Self> {
        let face = (mine[16][0] - mine[0][0]).hypot(mine[16][1] - mine[0][1]);
        if !(amount > 0.0 && face >= 8.0 && face.is_finite()) {
            return None;
        }
        let laid = laid_on(painted, mine)?;
        let mut moves = [[0.0; 2]; 68];
        for (step, (laid, mine)) in moves.iter_mut().zip(laid.iter().zip(mine)) {
            let wished = [laid[0] - mine[0], laid[1] - mine[1]];
            let length = wished[0].hypot(wished[1]).max(1e-6);
            let scale = amount.min(1.0) * (MOST * face).min(length) / length;
            *step = wished.map(|way| way * scale);
        }
        let (columns, rows) = (nodes(size.width), nodes(size.height));
        let mut bend = Self {
            columns,
            from: Vec::with_capacity(columns * rows),
            points: *mine,
            moves,
            face,
        };
        for j in 0..rows {
            for i in 0..columns {
                let at = [(i * NODE) as f32, (j * NODE) as f32];
                bend.from.push(bend.displacement(at).map(|way| -way));
            }
        }
        Some(bend)
    }

    /// Returns the landmarks after the warp.
    pub fn points(&self) -> CropPoints {
        std::array::from_fn(|i| [0, 1].map(|axis| self.points[i][axis] + self.moves[i][axis]))
    }

    fn displacement(&self, [x, y]: [f32; 2]) -> [f32; 2] {
        /// Weight of zero displacement: that of a landmark two reaches away.
        const STILL: f32 = 0.135;
        let scale = -0.5 / (REACH * self.face).powi(2);
        let (mut sum, mut total) = ([0.0; 2], STILL);
        for (point, step) in self.points().iter().zip(&self.moves) {
            let away = (point[0] - x).powi(2) + (point[1] - y).powi(2);
            let weight = (away * scale).exp();
            sum = [sum[0] + step[0] * weight, sum[1] + step[1] * weight];
            total += weight;
        }
        sum.map(|way| way / total)
    }

    /// Returns the backward displacement at a position, pixels; bilinear between nodes.
    fn from(&self, x: f32, y: f32) -> [f32; 2] {
        let (u, v) = (x.max(0.0) / NODE as f32, y.max(0.0) / NODE as f32);
        let rows = self.from.len() / self.columns;
        let (i, j) = (
            (u as usize).min(self.columns - 2),
            (v as usize).min(rows - 2),
        );
        let (fu, fv) = ((u - i as f32).min(1.0), (v - j as f32).min(1.0));
        let node = |i: usize, j: usize| self.from[j * self.columns + i];
        let (a, b, c, d) = (
            node(i, j),
            node(i + 1, j),
            node(i, j + 1),
            node(i + 1, j + 1),
        );
        [0, 1].map(|axis| {
            let upper = a[axis] + (b[axis] - a[axis]) * fu;
            let lower = c[axis] + (d[axis] - c[axis]) * fu;
            upper + (lower - upper) * fv
        })
    }

    /// Returns the warped picture, including its alpha.
    pub fn picture(&self, picture: &Picture) -> Picture {
        let Size { width, height } = picture.size();
        let (wide, last) = (width as usize, [width as f32 - 1.0, height as f32 - 1.0]);
        let from = picture.rgba().as_chunks::<4>().0;
        let mut bent = picture.clone();
        for (i, pixel) in bent
            .rgba_mut()
            .as_chunks_mut::<4>()
            .0
            .iter_mut()
            .enumerate()
        {
            let (x, y) = ((i % wide) as f32, (i / wide) as f32);
            let [dx, dy] = self.from(x, y);
            if dx.abs() + dy.abs() < 0.02 {
                continue;
            }
            let (u, v) = ((x + dx).clamp(0.0, last[0]), (y + dy).clamp(0.0, last[1]));
            let (left, top) = (u as usize, v as usize);
            let right = (left + 1).min(width as usize - 1);
            let below = (top + 1).min(height as usize - 1);
            let (fu, fv) = (u - left as f32, v - top as f32);
            let at = |x: usize, y: usize, c: usize| f32::from(from[y * wide + x][c]);
            *pixel = std::array::from_fn(|c| {
                let upper = at(left, top, c) + (at(right, top, c) - at(left, top, c)) * fu;
                let lower = at(left, below, c) + (at(right, below, c) - at(left, below, c)) * fu;
                (upper + (lower - upper) * fv + 0.5) as u8
            });
        }
        bent
    }

    /// Returns the warped labels. The warped crop is a part of the labels' crop, which has a side of
    /// `side` pixels; the part begins at `corner`.
    pub fn labels(&self, labels: &Labels, corner: [f32; 2], side: f32) -> Labels {
        labels.resampled(|x, y| {
            let [dx, dy] = self.from(x * side - corner[0], y * side - corner[1]);
            [x + dx / side, y + dy / side]
        })
    }

    /// Returns how much the crop must cover the frame at a position that moved: 0 to 1.
    pub fn covers(&self, x: usize, y: usize) -> f32 {
        let [dx, dy] = self.from(x as f32, y as f32);
        (dx.hypot(dy) / (COVERED * self.face)).min(1.0)
    }
}

fn nodes(side: u32) -> usize {
    (side as usize).div_ceil(NODE) + 1
}

/// Returns `from` aligned with `to` by the least-squares similarity transform.
fn laid_on(from: &CropPoints, to: &CropPoints) -> Option<CropPoints> {
    let middle = |points: &CropPoints| {
        [0, 1].map(|axis| points.iter().map(|p| p[axis]).sum::<f32>() / points.len() as f32)
    };
    let (a, b) = (middle(from), middle(to));
    // In complex numbers the factor is the sum of conj(from) * to over the sum of |from|².
    let (mut re, mut im, mut squares) = (0.0, 0.0, 0.0);
    for (p, q) in from.iter().zip(to) {
        let (p, q) = ([p[0] - a[0], p[1] - a[1]], [q[0] - b[0], q[1] - b[1]]);
        re += p[0] * q[0] + p[1] * q[1];
        im += p[0] * q[1] - p[1] * q[0];
        squares += p[0] * p[0] + p[1] * p[1];
    }
    let (re, im) = (re / squares, im / squares);
    (re.is_finite() && im.is_finite()).then(|| {
        from.map(|[x, y]| {
            let (x, y) = (x - a[0], y - a[1]);
            [re * x - im * y + b[0], im * x + re * y + b[1]]
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SIZE: Size = Size::new(200, 200);

    /// Returns a synthetic face: landmarks on circles.
    fn face(wide: f32) -> CropPoints {
        std::array::from_fn(|i| {
            let turn = i as f32 * 0.7;
            let radius = 20.0 + (i % 5) as f32 * 8.0;
            if i == 0 || i == 16 {
                [if i == 0 { 50.0 } else { 150.0 }, 100.0]
            } else {
                [
                    100.0 + wide * radius * turn.cos(),
                    100.0 + radius * turn.sin(),
                ]
            }
        })
    }

    #[test]
    fn a_face_like_the_painted_one_at_another_place_and_size_stays() {
        let painted = face(1.0).map(|[x, y]| [3.0 * x + 40.0, 3.0 * y - 9.0]);

        let bend = Bend::new(&face(1.0), &painted, 1.0, SIZE).unwrap();

        for (before, after) in face(1.0).iter().zip(bend.points()) {
            assert!((before[0] - after[0]).hypot(before[1] - after[1]) < 0.01);
        }
    }

    #[test]
    fn nothing_moves_where_nothing_is_asked_for_or_far_from_the_face() {
        assert!(Bend::new(&face(1.0), &face(0.7), 0.0, SIZE).is_none());
        let bend = Bend::new(&face(1.0), &face(0.7), 1.0, SIZE).unwrap();

        assert!(bend.covers(1, 1) < 0.2);
        let picture = Picture::filled(SIZE, [9, 80, 200, 70]);
        assert_eq!(bend.picture(&picture), picture);
    }

    #[test]
    fn points_go_part_of_the_way() {
        let all = Bend::new(&face(1.0), &face(0.95), 1.0, SIZE)
            .unwrap()
            .points();
        let half = Bend::new(&face(1.0), &face(0.95), 0.5, SIZE)
            .unwrap()
            .points();

        for ((before, half), all) in face(1.0).iter().zip(half).zip(all) {
            for axis in 0..2 {
                let wanted = f32::midpoint(before[axis], all[axis]);
                assert!((half[axis] - wanted).abs() < 0.01);
            }
        }
    }

    proptest! {
        #[test]
        fn no_face_folds(painted in proptest::collection::vec([-90.0_f32..290.0, -90.0_f32..290.0], 68)) {
            let painted: CropPoints = painted.try_into().unwrap();
            let Some(bend) = Bend::new(&face(1.0), &painted, 1.0, SIZE) else {
                return Ok(());
            };

            // The warp keeps the order of source positions along both axes.
            for y in (0..200).step_by(8) {
                for x in (0..192).step_by(8) {
                    let (x, y) = (x as f32, y as f32);
                    let step = 8.0 + bend.from(x + 8.0, y)[0] - bend.from(x, y)[0];
                    prop_assert!(step > 0.0, "{step} at {x}, {y}");
                    let step = 8.0 + bend.from(y, x + 8.0)[1] - bend.from(y, x)[1];
                    prop_assert!(step > 0.0, "{step} at {y}, {x}");
                }
            }
        }
    }
}
