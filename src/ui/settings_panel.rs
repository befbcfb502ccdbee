//! The knobs of the live picture.

use egui::{ComboBox, Role, Ui, WidgetInfo};

use crate::domain::control::Command;
use crate::domain::settings::{
    Colours, Engine, Likeness, Mix, Region, Settings, Shape, Strength, Texture, Upscale, WhenLost,
};
use crate::domain::style::StyleId;
use crate::ui::action::UiAction;
use crate::ui::controls::{card, ends, row, segments, slider, switch};
use crate::ui::reference_panel::ReferencePanel;
use crate::ui::scene::Scene;

/// Two strengths closer than this are the same one; the slider rounds what the keys set.
const SAME: f32 = 1e-4;

/// What the knobs turn.
pub(crate) struct Knobs<'a> {
    pub(crate) settings: &'a mut Settings,
    /// The style that is mixed in.
    pub(crate) second: &'a mut Option<StyleId>,
    pub(crate) mirror: &'a mut bool,
    pub(crate) reference: &'a mut ReferencePanel,
}

/// Draws the knobs and turns them; each turn is a [`Command`].
pub(crate) fn show(
    ui: &mut Ui,
    scene: &Scene<'_>,
    knobs: &mut Knobs<'_>,
    actions: &mut Vec<UiAction>,
) {
    card(ui, "LOOK", |ui| look(ui, knobs.settings, actions));
    ui.add_space(2.0);
    card(ui, "MIX", |ui| mix(ui, scene, knobs, actions));
    ui.add_space(2.0);
    card(ui, "REFERENCE", |ui| {
        knobs.reference.show(ui, scene, actions);
    });
    ui.add_space(2.0);
    card(ui, "FACES", |ui| faces(ui, knobs.settings, actions));
    ui.add_space(2.0);
    card(ui, "VIEW", |ui| {
        switch(ui, "Mirror", knobs.mirror);
        ui.add_space(4.0);
        row(ui, "While no face is seen", "");
        let choices = [(WhenLost::Blur, "Cover"), (WhenLost::Bare, "Show plain")];
        let settings = &mut *knobs.settings;
        if segments(ui, &mut settings.when_lost, &choices) {
            actions.push(UiAction::Send(Command::SetWhenLost(settings.when_lost)));
        }
    });
}

fn look(ui: &mut Ui, settings: &mut Settings, actions: &mut Vec<UiAction>) {
    row(ui, "Painted by", "");
    let choices = [(Engine::Brush, "Brush"), (Engine::Network, "Network")];
    if segments(ui, &mut settings.engine, &choices) {
        actions.push(UiAction::Send(Command::SetEngine(settings.engine)));
    }
    ui.add_space(6.0);
    row(ui, "What is painted", "");
    let choices = [
        (Region::Face, "Face"),
        (Region::Head, "Head"),
        (Region::Frame, "Picture"),
    ];
    if segments(ui, &mut settings.region, &choices) {
        actions.push(UiAction::Send(Command::SetRegion(settings.region)));
    }
    ui.add_space(6.0);
    let mut strength = settings.strength.get();
    if share(ui, "Strength", &mut strength) {
        set_strength(settings, strength, actions);
    }
    if settings.engine == Engine::Brush {
        ui.add_space(6.0);
        person(ui, settings, actions);
    }
    ui.add_space(6.0);
    // From half to twice the size: each end as far from the middle as the other.
    let mut place = 0.5 + 0.5 * settings.texture.get().log2();
    let shown = format!("{:.2} ×", settings.texture.get());
    let moved = slider(ui, "Stroke size", &mut place, &shown).changed();
    ends(ui, "fine", "coarse");
    if moved {
        settings.texture = Texture::clamped((2.0 * place - 1.0).exp2());
        actions.push(UiAction::Send(Command::SetTexture(settings.texture)));
    }
    ui.add_space(4.0);
    let mut own = settings.colours == Colours::Own;
    if switch(ui, "Own colours", &mut own) {
        turn_colours(settings, actions);
    }
}

/// How much of the person stays.
fn person(ui: &mut Ui, settings: &mut Settings, actions: &mut Vec<UiAction>) {
    let mut likeness = settings.likeness.get();
    let moved = share(ui, "Likeness", &mut likeness);
    ends(ui, "painting", "me");
    if moved {
        settings.likeness = Likeness::clamped(likeness);
        actions.push(UiAction::Send(Command::SetLikeness(settings.likeness)));
    }
    ui.add_space(6.0);
    let mut shape = settings.shape.get();
    if share(ui, "Shape of the painting", &mut shape) {
        settings.shape = Shape::clamped(shape);
        actions.push(UiAction::Send(Command::SetShape(settings.shape)));
    }
}

/// A slider that tells its value in per cent; says whether it moved.
fn share(ui: &mut Ui, name: &str, value: &mut f32) -> bool {
    let shown = format!("{:.0} %", *value * 100.0);
    slider(ui, name, value, &shown).changed()
}

/// A second style, and its share.
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
        let mut second = knobs.settings.mix.get();
        if share(ui, "Mix", &mut second) {
            knobs.settings.mix = Mix::clamped(second);
            actions.push(UiAction::Send(Command::SetMix(knobs.settings.mix)));
        }
    }
}

fn faces(ui: &mut Ui, settings: &mut Settings, actions: &mut Vec<UiAction>) {
    let mut quickness = settings.quickness;
    let shown = pace(quickness);
    let moved = slider(ui, "Pace", &mut quickness, shown).changed();
    ends(ui, "calm", "quick");
    if moved {
        settings.quickness = quickness.clamp(0.0, 1.0);
        actions.push(UiAction::Send(Command::SetQuickness(settings.quickness)));
    }
    ui.add_space(6.0);
    row(ui, "Upscale large faces", "");
    let choices = [(Upscale::Auto, "If there is time"), (Upscale::Off, "Never")];
    if segments(ui, &mut settings.upscale, &choices) {
        actions.push(UiAction::Send(Command::SetUpscale(settings.upscale)));
    }
    ui.add_space(6.0);
    if switch(ui, "Lock on me", &mut settings.only_one) {
        actions.push(UiAction::Send(Command::SetOnlyOne(settings.only_one)));
    }
}

/// Changes between the style's colours and the photo's own.
pub(crate) fn turn_colours(settings: &mut Settings, actions: &mut Vec<UiAction>) {
    settings.colours = match settings.colours {
        Colours::Style => Colours::Own,
        Colours::Own => Colours::Style,
    };
    actions.push(UiAction::Send(Command::SetColours(settings.colours)));
}

/// Sets the strength, limited to its bounds.
pub(crate) fn set_strength(settings: &mut Settings, value: f32, actions: &mut Vec<UiAction>) {
    let strength = Strength::clamped(value);
    if (strength.get() - settings.strength.get()).abs() > SAME {
        settings.strength = strength;
        actions.push(UiAction::Send(Command::SetStrength(strength)));
    }
}

fn pace(quickness: f32) -> &'static str {
    match quickness {
        q if q < 0.34 => "Calm",
        q if q > 0.66 => "Quick",
        _ => "Balanced",
    }
}
