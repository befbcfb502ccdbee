//! [`Recipe`]: weights of the synthesis.

use crate::domain::settings::{Likeness, Mix, Quickness};
use crate::stages::stylize::brush::field::Prices;

/// Weights of the synthesis.
#[derive(Debug, Clone)]
pub(super) struct Recipe {
    /// Blur of broad and fine guides, pixels.
    pub(super) broad: f32,
    pub(super) fine: f32,
    /// Guide bytes per unit of colour, of brightness, per pixel of position, per whole label.
    pub(super) colour: f32,
    pub(super) light: f32,
    pub(super) energy: f32,
    pub(super) line: f32,
    pub(super) place: f32,
    pub(super) label: f32,
    pub(super) sharp: f32,
    /// Share of the plan in the brightness.
    pub(super) plan_light: f32,
    /// How far a face's brightness in the plan moves to the photo's.
    pub(super) skin_light: f32,
    /// Gain of the photo's fine detail.
    pub(super) detail_gain: f32,
    pub(super) prices: Prices,
    /// Added to a cost before its conversion to a vote weight; larger values blur more.
    pub(super) soft: u32,
    /// Share of the photo's fine detail on features.
    pub(super) detail: f32,
    pub(super) detail_reach: f32,
    /// Share of it added on other skin, on hair, and elsewhere.
    pub(super) skin_detail: f32,
    pub(super) hair_detail: f32,
    pub(super) other_detail: f32,
    /// Weight of a new painting against the shown one.
    pub(super) fresh: f32,
    /// Strength of the exposure correction.
    pub(super) exposure: f32,
}

/// Weight of a new painting at quickness 0.
const CALMEST: f32 = 0.15;

impl Default for Recipe {
    fn default() -> Self {
        Self {
            broad: 3.0,
            fine: 0.7,
            colour: 0.8,
            light: 0.7,
            energy: 0.4,
            line: 0.6,
            place: 0.08,
            label: 40.0,
            sharp: 0.5,
            plan_light: 0.75,
            skin_light: 0.85,
            detail_gain: 1.4,
            prices: Prices {
                broad: 260,
                fine: 90,
                feature: 900,
                reuse: 24,
                change: 0,
                parts: [0; 2],
            },
            soft: 300,
            detail: 1.0,
            detail_reach: 5.0,
            skin_detail: 0.25,
            hair_detail: 0.45,
            other_detail: 0.15,
            fresh: 0.35,
            exposure: 0.3,
        }
    }
}

impl Recipe {
    /// Derives the weights from likeness and quickness, from calm (0) to quick (1), and the mix.
    pub(super) fn of(likeness: Likeness, quickness: Quickness, mix: Option<Mix>) -> Self {
        let mut recipe = Self::default();
        let more = 4.0_f32.powf(2.0 * likeness.get() - 1.0);
        let scaled = |price: u32, by: f32| (price as f32 * by) as u32;
        recipe.prices.broad = scaled(recipe.prices.broad, more);
        recipe.prices.fine = scaled(recipe.prices.fine, more);
        recipe.prices.feature = scaled(recipe.prices.feature, more.sqrt());
        if let Some(mix) = mix {
            recipe.prices.parts = part_prices(mix.get());
        }
        recipe.fresh = CALMEST.powf(1.0 - quickness.get());
        recipe.prices.change = (240.0 * (1.0 - quickness.get())) as u32;
        recipe
    }
}

/// Returns the costs of patches from the first and the second picture that give roughly a share of
/// `mix` to the second.
fn part_prices(mix: f32) -> [u32; 2] {
    /// Cost at which about three quarters of the patches come from the other picture.
    const USUAL: f32 = 400.0;
    let price = |share: f32| {
        let rare = (1.0 - 2.0 * share).max(0.0);
        (USUAL * 2.0 * rare / (1.01 - rare)) as u32
    };
    [price(1.0 - mix), price(mix)]
}
