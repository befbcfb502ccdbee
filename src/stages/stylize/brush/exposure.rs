//! [`Exposure`]: the brightness of a painted face. It keeps dark skin darker than light skin, and a dim
//! room darker than a bright one, for any brightness of the reference.

use crate::stages::stylize::brush::photo_guides::PhotoGuides;
use crate::stages::stylize::brush::plane::{Plane, median};
use crate::stages::stylize::brush::recipe::Recipe;
use crate::stages::stylize::brush::tones::Tones;

/// Weight of a new exposure per frame, which avoids jumps when the illumination changes.
const ADAPTS: f32 = 0.08;

/// Median brightness of faces and of whole pictures, `[0, 255]`.
const USUAL_FACE: f32 = 140.0;
const USUAL_PICTURE: f32 = 105.0;

/// Largest exponent; the least is its inverse.
const STRONGEST: f32 = 2.2;

/// Brightness correction of photo and plan.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Exposure {
    /// Factor for the photo's brightness.
    pub(super) gain: f32,
    /// Exponent for the plan's brightness, normalised to the reference's black and white.
    power: f32,
}

impl Exposure {
    /// Computes the exposure from a photo and the brightness of its plan. A plan makes all faces equally
    /// light; the exponent restores the photo's brightness of the face (or of the picture, if there is no
    /// face) in the reference's tones.
    pub(super) fn of(recipe: &Recipe, seen: &PhotoGuides, tones: &Tones, plan: &Plane) -> Self {
        let usual = if seen.labels.is_some() {
            USUAL_FACE
        } else {
            USUAL_PICTURE
        };
        let gain = (usual / seen.brightness.max(8.0)).powf(recipe.exposure);
        let planned = planned(seen, plan);
        let photo = tones.of(seen.brightness * gain);
        let goal = planned + (photo - planned) * recipe.skin_light;
        let part = |value: f32| between(value, tones.ends()).clamp(0.02, 0.98);
        let power = part(goal).ln() / part(planned).ln();
        Self {
            gain,
            power: power.clamp(1.0 / STRONGEST, STRONGEST),
        }
    }

    /// Moves `known` a step towards this, or returns this without a known exposure.
    pub(super) fn eased(self, known: Option<Self>) -> Self {
        let known = known.unwrap_or(self);
        Self {
            gain: known.gain + (self.gain - known.gain) * ADAPTS,
            power: known.power + (self.power - known.power) * ADAPTS,
        }
    }

    /// Applies the exposure to the brightness of a plan.
    pub(super) fn expose(self, tones: &Tones, plan: &mut Plane) {
        let [low, high] = tones.ends();
        let at = |value: u16| {
            let part = between(f32::from(value), [low, high]).powf(self.power);
            low + (high - low) * part
        };
        let table: Vec<f32> = (0..=256).map(at).collect();
        for value in &mut plan.values {
            let from = value.clamp(0.0, 255.0);
            let (at, part) = (from as usize, from.fract());
            *value = table[at] + (table[at + 1] - table[at]) * part;
        }
    }
}

/// Returns the relative position of a value between two ends, in `[0, 1]`.
fn between(value: f32, [low, high]: [f32; 2]) -> f32 {
    ((value - low) / (high - low).max(1.0)).clamp(0.0, 1.0)
}

/// Returns the plan's median brightness of the face, or of the picture if there is no face.
fn planned(seen: &PhotoGuides, plan: &Plane) -> f32 {
    let places = plan.values.iter().enumerate();
    let mut values: Vec<f32> = places
        .filter(|(at, _)| seen.labels.is_none() || seen.labels_at(*at)[0] > 0.5)
        .map(|(_, value)| *value)
        .collect();
    median(&mut values).unwrap_or(128.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tones() -> Tones {
        let values: Vec<f32> = (0..1000).map(|i| i as f32 * 0.25).collect();
        Tones::to(&values)
    }

    fn seen(brightness: f32) -> PhotoGuides {
        PhotoGuides {
            light: Plane::made(8, 8, |_, _| brightness),
            features: Plane::made(8, 8, |_, _| 0.0),
            labels: None,
            places: None,
            shown: vec![true; 64],
            whole: false,
            brightness,
        }
    }

    #[test]
    fn darker_people_stay_darker_though_their_plans_are_alike() {
        let tones = tones();
        let plan = Plane::made(8, 8, |_, _| 150.0);
        let painted = [40.0, 80.0, 120.0, 160.0].map(|brightness| {
            let mut plan = plan.clone();
            Exposure::of(&Recipe::default(), &seen(brightness), &tones, &plan)
                .expose(&tones, &mut plan);
            plan.values[0]
        });

        assert!(painted.is_sorted(), "{painted:?}");
        assert!(painted[3] - painted[0] > 60.0, "{painted:?}");
    }

    #[test]
    fn neither_black_nor_white_moves_and_change_is_slow() {
        let tones = tones();
        let [low, high] = tones.ends();
        let mut ends = Plane::made(2, 1, |x, _| if x == 0 { low } else { high });
        let dark = Exposure {
            gain: 1.0,
            power: 2.0,
        };
        dark.expose(&tones, &mut ends);
        let known = Exposure {
            gain: 2.0,
            power: 1.0,
        };
        let next = dark.eased(Some(known));

        assert!((ends.values[0] - low).abs() < 0.5 && (ends.values[1] - high).abs() < 0.5);
        assert!(next.power > 1.0 && next.power < 1.1);
        assert_eq!(dark.eased(None), dark);
    }
}
