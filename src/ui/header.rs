//! The header: the name, the state of the source, and the toggles.

use egui::{Align, Layout, RichText, Ui, vec2};

use crate::domain::control::SourceState;
use crate::ui::controls::icon_button;
use crate::ui::icons::Icon;
use crate::ui::keys::Intent;
use crate::ui::scene::Scene;
use crate::ui::theme;

/// State of the toggles.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Toggles {
    /// Mirrored view.
    pub(crate) mirror: bool,
    /// Side panel.
    pub(crate) panel: bool,
}

/// Draws the header; returns what was clicked.
pub(crate) fn show(ui: &mut Ui, scene: &Scene<'_>, toggles: Toggles) -> Option<Intent> {
    let mut clicked = None;
    ui.horizontal_centered(|ui| {
        ui.label(RichText::new("vizard").size(23.0).color(theme::ACCENT));
        ui.add_space(6.0);
        state(ui, scene);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            for (icon, name, on, intent) in [
                (Icon::Panel, "Side panel (P)", toggles.panel, Intent::Panel),
                (Icon::Mirror, "Mirror (M)", toggles.mirror, Intent::Mirror),
                (Icon::Help, "Keys (H)", false, Intent::Help),
            ] {
                if icon_button(ui, icon, name, on).clicked() {
                    clicked = Some(intent);
                }
            }
        });
    });
    clicked
}

/// A dot and a few words: `Live · 24 fps · 41 ms`.
fn state(ui: &mut Ui, scene: &Scene<'_>) {
    let (colour, text) = match scene.status.map(|s| (&s.source, s)) {
        Some((_, status)) if status.stopped.is_some() => (theme::BAD, "Stopped".to_owned()),
        Some((_, status)) if status.stalled => (theme::BAD, "Standing still".to_owned()),
        None | Some((SourceState::Opening, _)) => (theme::INK_SOFT, "Opening".to_owned()),
        Some((SourceState::Lost { .. }, _)) => (theme::BAD, "Trying again".to_owned()),
        Some((SourceState::Ended, _)) => (theme::INK_SOFT, "At the end".to_owned()),
        Some((SourceState::Streaming { .. }, status)) => (
            theme::GOOD,
            format!(
                "Live · {:.0} fps · {:.0} ms · {}",
                status.fps, scene.to_screen_ms.p50, status.provider
            ),
        ),
    };
    let (dot, _) = ui.allocate_exact_size(vec2(10.0, 10.0), egui::Sense::hover());
    ui.painter().circle_filled(dot.center(), 4.0, colour);
    ui.label(
        RichText::new(text)
            .font(theme::small())
            .color(theme::INK_SOFT),
    );
}
