//! A head that shows no face, found by its colours near where it was: mean shift's idea (Comaniciu,
//! Ramesh, Meer, CVPR 2000) on the histograms of [`Appearance`], from several beginnings.

use crate::domain::face::BoundingBox;
use crate::domain::frame::Picture;
use crate::domain::geometry::Point;
use crate::stages::track::appearance::{Appearance, Surroundings};

/// How far is looked around the old place, columns and rows of the cut-out: 1.2 of a face.
const MARGIN: u32 = 16;

/// The grid that is looked at first, up to 0.9 of a face away.
const GRID: [i32; 7] = [-12, -8, -4, 0, 4, 8, 12];

/// What a face's width of way costs there, in distances of looks.
const FAR: f32 = 0.05;

/// The steps of the descent, from the best beginning.
const STEPS: [i32; 4] = [2, 2, 1, 1];

/// How much more unlike the most unlike place nearby must look: where everything looks the same,
/// colours tell nothing.
const TELLING: f32 = 0.15;

/// A place that was looked at.
struct Place {
    bounds: BoundingBox,
    at: [i32; 2],
    /// How far it looks from the person.
    far: f32,
    /// What the way there costs.
    way: f32,
}

/// The box near `old` whose surroundings look most like `known`, and how far from it they look
/// (0 the same, 1 nothing in common); `None` where all looks alike. `guesses` are tried besides the
/// old place's surroundings.
pub(super) fn most_alike(
    known: &Appearance,
    picture: &Picture,
    old: &BoundingBox,
    guesses: &[BoundingBox],
) -> Option<(BoundingBox, f32)> {
    let around = Surroundings::of(picture, old, MARGIN);
    let [wide, high] = around.step();
    let distance = |at: [i32; 2]| {
        let looks = around.looks(at[0], at[1])?;
        Some(known.distance(&looks))
    };
    let middle = old.centre();
    let guessed = guesses.iter().filter_map(|guess| {
        let there = guess.centre();
        let at = [
            ((there.x - middle.x) / wide).round() as i32,
            ((there.y - middle.y) / high).round() as i32,
        ];
        Some(Place {
            bounds: *guess,
            at,
            far: distance(at)?,
            way: 0.0,
        })
    });
    let grid = GRID.into_iter().flat_map(|y| GRID.map(|x| [x, y]));
    let looked_at = grid.filter_map(|at| {
        let [x, y] = at.map(|n| n as f32);
        Some(Place {
            bounds: moved(old, x * wide, y * high),
            at,
            far: distance(at)?,
            way: FAR * (x * wide / old.width).hypot(y * high / old.height),
        })
    });
    let looked_at: Vec<Place> = looked_at.collect();
    let most_unlike = looked_at.iter().fold(0.0, |most: f32, p| most.max(p.far));
    let mut best = guessed
        .chain(looked_at)
        .min_by(|a, b| (a.far + a.way).total_cmp(&(b.far + b.way)))?;
    for step in STEPS {
        for [x, y] in [[step, 0], [-step, 0], [0, step], [0, -step]] {
            let at = [best.at[0] + x, best.at[1] + y];
            if let Some(far) = distance(at).filter(|far| *far < best.far) {
                best.bounds = moved(&best.bounds, x as f32 * wide, y as f32 * high);
                (best.at, best.far) = (at, far);
            }
        }
    }
    (most_unlike - best.far >= TELLING).then_some((best.bounds, best.far))
}

fn moved(bounds: &BoundingBox, x: f32, y: f32) -> BoundingBox {
    let middle = bounds.centre();
    BoundingBox::from_centre(
        Point::new(middle.x + x, middle.y + y),
        bounds.width,
        bounds.height,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::frame::Size;

    /// A head over clothes before a grey wall, with its face box here.
    fn scene(face: &BoundingBox, head: [u8; 3]) -> Picture {
        let size = Size::new(320, 240);
        let mut picture = Picture::filled(size, [90, 90, 90, 255]);
        let pixels = picture.rgba_mut().as_chunks_mut::<4>().0.iter_mut();
        for (i, pixel) in pixels.enumerate() {
            let (x, y) = ((i % 320) as f32, (i / 320) as f32);
            let (dx, dy) = (x - face.centre().x, y - face.centre().y);
            let in_head = dx.abs() < 0.6 * face.width && dy.abs() < 0.7 * face.height;
            let in_clothes = dx.abs() < face.width && dy >= 0.7 * face.height;
            if in_head || in_clothes {
                let colour = if in_head { head } else { [40, 60, 150] };
                pixel[..3].copy_from_slice(&colour);
            }
        }
        picture
    }

    #[test]
    fn a_head_that_jumped_is_found_by_its_colours() {
        let was = BoundingBox::new(140.0, 80.0, 40.0, 50.0);
        let is = BoundingBox::new(172.0, 66.0, 40.0, 50.0);
        let known = Appearance::of(&scene(&was, [200, 150, 120]), &was);

        let (found, far) = most_alike(&known, &scene(&is, [200, 150, 120]), &was, &[]).unwrap();

        assert!(found.iou(&is) > 0.7, "{found:?}");
        assert!(far < 0.1, "{far}");
    }

    #[test]
    fn where_another_is_nothing_looks_alike() {
        let was = BoundingBox::new(140.0, 80.0, 40.0, 50.0);
        let known = Appearance::of(&scene(&was, [200, 150, 120]), &was);

        let (_, far) = most_alike(&known, &scene(&was, [60, 160, 70]), &was, &[]).unwrap();

        assert!(far > 0.4, "{far}");
    }

    #[test]
    fn where_all_looks_alike_colours_tell_nothing() {
        let was = BoundingBox::new(140.0, 80.0, 40.0, 50.0);
        let dark = Picture::filled(Size::new(320, 240), [4, 4, 4, 255]);

        let known = Appearance::of(&dark, &was);

        assert!(most_alike(&known, &dark, &was, &[]).is_none());
    }
}
