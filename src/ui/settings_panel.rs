//! The knobs of the live picture.

use egui::{RichText, Ui};

use crate::domain::control::Command;
use crate::domain::settings::{Cover, Region, Settings, Strength, WhenLost};
use crate::ui::action::UiAction;
use crate::ui::controls::{card, row, segments, slider, switch};
use crate::ui::theme;

/// Two strengths closer than this are the same one; the slider rounds what the keys set.
const SAME: f32 = 1e-4;

/// Draws the knobs and turns them; each turn is a [`Command`].
pub(crate) fn show(
    ui: &mut Ui,
    settings: &mut Settings,
    mirror: &mut bool,
    actions: &mut Vec<UiAction>,
) {
    card(ui, "LOOK", |ui| {
        let mut strength = settings.strength.get();
        let shown = format!("{:.0} %", strength * 100.0);
        if slider(ui, "Strength", &mut strength, &shown).changed() {
            set_strength(settings, strength, actions);
        }
        ui.add_space(6.0);
        row(ui, "Stylize", "");
        let choices = [(Region::Face, "Face"), (Region::Frame, "Whole picture")];
        if segments(ui, &mut settings.region, &choices) {
            actions.push(UiAction::Send(Command::SetRegion(settings.region)));
        }
        ui.add_space(6.0);
        row(ui, "Of a head", "");
        let choices = [(Cover::Face, "Skin"), (Cover::Head, "Skin and hair")];
        if segments(ui, &mut settings.cover, &choices) {
            actions.push(UiAction::Send(Command::SetCover(settings.cover)));
        }
        ui.add_space(6.0);
        let mut quickness = settings.quickness;
        let shown = tracking(quickness);
        let moved = slider(ui, "Tracking", &mut quickness, shown).changed();
        ends(ui, "steady", "quick");
        if moved {
            settings.quickness = quickness.clamp(0.0, 1.0);
            actions.push(UiAction::Send(Command::SetQuickness(settings.quickness)));
        }
        ui.add_space(6.0);
        let before = settings.only_one;
        switch(ui, "Lock on me", &mut settings.only_one);
        if settings.only_one != before {
            actions.push(UiAction::Send(Command::SetOnlyOne(settings.only_one)));
        }
    });
    ui.add_space(2.0);
    card(ui, "VIEW", |ui| {
        switch(ui, "Mirror", mirror);
        ui.add_space(4.0);
        row(ui, "While no face is seen", "");
        let choices = [(WhenLost::Blur, "Cover"), (WhenLost::Bare, "Show plain")];
        if segments(ui, &mut settings.when_lost, &choices) {
            actions.push(UiAction::Send(Command::SetWhenLost(settings.when_lost)));
        }
    });
}

/// Sets the strength, limited to its bounds.
pub(crate) fn set_strength(settings: &mut Settings, value: f32, actions: &mut Vec<UiAction>) {
    let strength = Strength::clamped(value);
    if (strength.get() - settings.strength.get()).abs() > SAME {
        settings.strength = strength;
        actions.push(UiAction::Send(Command::SetStrength(strength)));
    }
}

fn tracking(quickness: f32) -> &'static str {
    match quickness {
        q if q < 0.34 => "Steady",
        q if q > 0.66 => "Quick",
        _ => "Balanced",
    }
}

/// Captions under the two ends of a slider.
fn ends(ui: &mut Ui, left: &str, right: &str) {
    let quiet = |text| {
        RichText::new(text)
            .font(theme::small())
            .color(theme::INK_SOFT)
    };
    let size = egui::vec2(ui.available_width(), 14.0);
    let layout = egui::Layout::left_to_right(egui::Align::Center);
    ui.allocate_ui_with_layout(size, layout, |ui| {
        ui.spacing_mut().interact_size.y = 14.0;
        ui.label(quiet(left));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.label(quiet(right));
        });
    });
}
