//! The settings of the live picture.

use egui::{ComboBox, Role, Ui, WidgetInfo};

use crate::domain::knob::Knob;
use crate::domain::settings::{Colours, Engine, Region, Settings, Upscale, WhenLost};
use crate::domain::style::StyleId;
use crate::ui::action::UiAction;
use crate::ui::controls::{card, ends, row, segments, slider, switch};
use crate::ui::reference_panel::ReferencePanel;
use crate::ui::scene::Scene;

/// The values that the panel changes.
pub(crate) struct Knobs<'a> {
    pub(crate) settings: &'a mut Settings,
    /// The style being mixed in.
    pub(crate) second: &'a mut Option<StyleId>,
    pub(crate) mirror: &'a mut bool,
    pub(crate) reference: &'a mut ReferencePanel,
}

/// Draws and changes the settings.
pub(crate) fn show(
    ui: &mut Ui,
    scene: &Scene<'_>,
    knobs: &mut Knobs<'_>,
    actions: &mut Vec<UiAction>,
) {
    card(ui, "LOOK", |ui| look(ui, knobs.settings));
    ui.add_space(2.0);
    card(ui, "MIX", |ui| mix(ui, scene, knobs, actions));
    ui.add_space(2.0);
    card(ui, "REFERENCE", |ui| {
        knobs.reference.show(ui, scene, actions);
    });
    ui.add_space(2.0);
    card(ui, "FACES", |ui| faces(ui, knobs.settings));
    ui.add_space(2.0);
    card(ui, "VIEW", |ui| {
        switch(ui, "Mirror", knobs.mirror);
        ui.add_space(4.0);
        row(ui, "While no face is seen", "");
        let choices = [(WhenLost::Blur, "Cover"), (WhenLost::Camera, "Show plain")];
        segments(ui, &mut knobs.settings.when_lost, &choices);
    });
}

fn look(ui: &mut Ui, settings: &mut Settings) {
    row(ui, "Painted by", "");
    let choices = [(Engine::Brush, "Brush"), (Engine::Network, "Network")];
    segments(ui, &mut settings.engine, &choices);
    ui.add_space(6.0);
    row(ui, "What is painted", "");
    let choices = [
        (Region::Face, "Face"),
        (Region::Head, "Head"),
        (Region::Frame, "Picture"),
    ];
    segments(ui, &mut settings.region, &choices);
    ui.add_space(6.0);
    knob(ui, &mut settings.strength);
    if settings.engine == Engine::Brush {
        ui.add_space(6.0);
        knob(ui, &mut settings.likeness);
        ui.add_space(6.0);
        knob(ui, &mut settings.shape);
    }
    ui.add_space(6.0);
    knob(ui, &mut settings.texture);
    ui.add_space(4.0);
    let mut own = settings.colours == Colours::Own;
    if switch(ui, "Own colours", &mut own) {
        turn_colours(settings);
    }
}

/// The slider of a numeric setting.
fn knob<K: Knob>(ui: &mut Ui, value: &mut K) {
    let mut place = value.place();
    let moved = slider(ui, K::ABOUT.label, &mut place, &value.shown()).changed();
    if let Some([low, high]) = K::ABOUT.ends {
        ends(ui, low, high);
    }
    if moved {
        *value = K::at(place);
    }
}

/// The choice of a second style, and its share.
fn mix(ui: &mut Ui, scene: &Scene<'_>, knobs: &mut Knobs<'_>, actions: &mut Vec<UiAction>) {
    const NONE: &str = "No second style";
    let title = |id: &StyleId| {
        let style = scene.styles.iter().find(|style| style.id == *id);
        style.map_or_else(|| id.to_string(), |style| style.title.clone())
    };
    let before = knobs.second.clone();
    let shown = before.as_ref().map_or_else(|| NONE.to_owned(), title);
    let chooser = ComboBox::from_id_salt("second style")
        .width(ui.available_width())
        .selected_text(shown)
        .show_ui(ui, |ui| {
            ui.selectable_value(knobs.second, None, NONE);
            for style in scene.styles {
                ui.selectable_value(knobs.second, Some(style.id.clone()), &style.title);
            }
        });
    let chosen = knobs.second.as_ref().map_or_else(|| NONE.to_owned(), title);
    chooser.response.widget_info(|| {
        let mut about = WidgetInfo::labeled(Role::ComboBox, true, "Second style");
        about.current_text_value = Some(chosen.clone());
        about
    });
    if *knobs.second != before {
        actions.push(UiAction::ChooseSecond(knobs.second.clone()));
    }
    if knobs.second.is_some() {
        ui.add_space(6.0);
        knob(ui, &mut knobs.settings.mix);
    }
}

fn faces(ui: &mut Ui, settings: &mut Settings) {
    knob(ui, &mut settings.quickness);
    ui.add_space(6.0);
    row(ui, "Upscale large faces", "");
    let choices = [(Upscale::Auto, "If there is time"), (Upscale::Off, "Never")];
    segments(ui, &mut settings.upscale, &choices);
    ui.add_space(6.0);
    switch(ui, "Lock on me", &mut settings.only_one);
}

/// Toggles between the style's colours and the photo's own.
pub(crate) fn turn_colours(settings: &mut Settings) {
    settings.colours = match settings.colours {
        Colours::Style => Colours::Own,
        Colours::Own => Colours::Style,
    };
}
