//! Cards, switches, sliders and buttons in Vizard's style, each with an accessible name.

use egui::style::HandleShape;
use egui::{
    Align2, Button, CornerRadius, FontId, Frame, Margin, Rect, Response, RichText, Role, Sense,
    Slider, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, vec2,
};

use crate::ui::icons::Icon;
use crate::ui::theme;

/// A rounded card with a subdued title.
pub(crate) fn card(ui: &mut Ui, title: &str, contents: impl FnOnce(&mut Ui)) {
    Frame::new()
        .fill(theme::CARD)
        .corner_radius(theme::ROUND)
        .inner_margin(Margin::same(16))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.label(
                RichText::new(title)
                    .font(theme::small())
                    .color(theme::INK_SOFT),
            );
            ui.add_space(2.0);
            contents(ui);
        });
}

/// The accent ring around the control with keyboard focus.
pub(crate) fn focus_ring(ui: &Ui, response: &Response, corner: impl Into<CornerRadius>) {
    if response.has_focus() {
        let stroke = Stroke::new(2.0, theme::ACCENT);
        let rect = response.rect.expand(2.0);
        ui.painter()
            .rect_stroke(rect, corner, stroke, StrokeKind::Outside);
    }
}

const ROW_HEIGHT: f32 = 20.0;

/// A name on the left and a value on the right.
pub(crate) fn row(ui: &mut Ui, name: &str, value: &str) -> Response {
    let size = vec2(ui.available_width(), ROW_HEIGHT);
    let layout = egui::Layout::left_to_right(egui::Align::Center);
    ui.allocate_ui_with_layout(size, layout, |ui| {
        ui.spacing_mut().interact_size.y = ROW_HEIGHT;
        let label = ui.label(RichText::new(name).color(theme::INK_SOFT));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.label(value);
        });
        label
    })
    .inner
}

/// A slider from 0 to 1 over the whole width, with its name and `value` above it.
pub(crate) fn slider(ui: &mut Ui, name: &str, value: &mut f32, shown: &str) -> Response {
    let label = row(ui, name, shown);
    ui.scope(|ui| {
        ui.spacing_mut().slider_width = ui.available_width();
        ui.spacing_mut().interact_size.y = 20.0;
        ui.visuals_mut().selection.bg_fill = theme::ACCENT;
        let response = ui
            .add(
                Slider::new(value, 0.0..=1.0)
                    .show_value(false)
                    .step_by(0.01)
                    .handle_shape(HandleShape::Circle)
                    .trailing_fill(true),
            )
            .labelled_by(label.id);
        knob(ui, &response, *value);
        response
    })
    .inner
}

/// Draws a bright knob over egui's own, which has the colour of the rail.
fn knob(ui: &Ui, response: &Response, value: f32) {
    let rect = response.rect;
    // The margin that egui's slider keeps at both ends for a round handle.
    let margin = rect.height() / 2.5;
    let x = egui::lerp(rect.left() + margin..=rect.right() - margin, value);
    let lit = response.hovered() || response.dragged() || response.has_focus();
    let (radius, edge) = if lit {
        (9.0, theme::ACCENT)
    } else {
        (8.0, theme::CARD)
    };
    let centre = egui::pos2(x, rect.center().y);
    let stroke = Stroke::new(3.0, edge);
    ui.painter().circle(centre, radius, theme::INK, stroke);
}

/// A choice of two or three options, side by side; returns whether it changed.
pub(crate) fn segments<T: Copy + PartialEq>(
    ui: &mut Ui,
    value: &mut T,
    choices: &[(T, &str)],
) -> bool {
    const HEIGHT: f32 = 34.0;
    let (rect, whole) = ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT), Sense::hover());
    let corner = CornerRadius::same(theme::ROUND_SMALL);
    ui.painter().rect_filled(rect, corner, theme::WELL);
    let width = rect.width() / choices.len().max(1) as f32;
    let mut changed = false;
    for (i, (choice, name)) in choices.iter().enumerate() {
        let min = rect.min + vec2(width * i as f32, 0.0);
        let place = Rect::from_min_size(min, vec2(width, HEIGHT)).shrink(3.0);
        let response = ui.interact(place, whole.id.with(*name), Sense::click());
        let chosen = *value == *choice;
        response.widget_info(|| {
            WidgetInfo::selected(Role::RadioButton, ui.is_enabled(), chosen, *name)
        });
        let inner = CornerRadius::same(theme::ROUND_SMALL - 2);
        if chosen {
            ui.painter().rect_filled(place, inner, theme::CONTROL_HOVER);
        }
        let ink = if chosen || response.hovered() {
            theme::INK
        } else {
            theme::INK_SOFT
        };
        let font = FontId::proportional(13.5);
        ui.painter()
            .text(place.center(), Align2::CENTER_CENTER, *name, font, ink);
        focus_ring(ui, &response, inner);
        if response.clicked() && !chosen {
            *value = *choice;
            changed = true;
        }
    }
    changed
}

/// A switch with its name on the left; returns whether it changed.
pub(crate) fn switch(ui: &mut Ui, name: &str, on: &mut bool) -> bool {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 26.0), Sense::click());
    if response.clicked() {
        *on = !*on;
    }
    let state = *on;
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, ui.is_enabled(), state, name));
    let painter = ui.painter();
    let body = FontId::proportional(14.5);
    painter.text(
        rect.left_center(),
        Align2::LEFT_CENTER,
        name,
        body,
        theme::INK_SOFT,
    );
    let track = Rect::from_center_size(rect.right_center() - vec2(19.0, 0.0), vec2(38.0, 22.0));
    let (fill, knob, x) = if state {
        (theme::ACCENT, theme::ACCENT_INK, track.right() - 11.0)
    } else {
        (theme::CONTROL, theme::INK_SOFT, track.left() + 11.0)
    };
    painter.rect_filled(track, CornerRadius::same(11), fill);
    painter.circle_filled(egui::pos2(x, track.center().y), 7.5, knob);
    focus_ring(ui, &response, CornerRadius::same(6));
    response.clicked()
}

/// A subdued square icon button; highlighted while `on`.
pub(crate) fn icon_button(ui: &mut Ui, icon: Icon, name: &str, on: bool) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(34.0), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), name));
    let corner = CornerRadius::same(theme::ROUND_SMALL);
    if response.hovered() || on {
        let fill = if response.hovered() {
            theme::CONTROL_HOVER
        } else {
            theme::CONTROL
        };
        ui.painter().rect_filled(rect, corner, fill);
    }
    let ink = if on { theme::ACCENT } else { theme::INK_SOFT };
    icon.paint(ui.painter(), rect, 16.0, ink);
    focus_ring(ui, &response, corner);
    response.on_hover_text(name)
}

/// The primary button of an overlay.
pub(crate) fn main_button(ui: &mut Ui, name: &str) -> Response {
    let text = RichText::new(name).color(theme::ACCENT_INK);
    let response = ui.add(
        Button::new(text)
            .fill(theme::ACCENT)
            .min_size(vec2(0.0, 36.0)),
    );
    focus_ring(ui, &response, CornerRadius::same(theme::ROUND_SMALL));
    response
}

/// A plain button.
pub(crate) fn plain_button(ui: &mut Ui, name: &str) -> Response {
    let response = ui.add(Button::new(name).min_size(vec2(0.0, 36.0)));
    focus_ring(ui, &response, CornerRadius::same(theme::ROUND_SMALL));
    response
}

/// Captions under the two ends of a slider.
pub(crate) fn ends(ui: &mut Ui, left: &str, right: &str) {
    let quiet = |text| {
        RichText::new(text)
            .font(theme::small())
            .color(theme::INK_SOFT)
    };
    let size = vec2(ui.available_width(), 14.0);
    let layout = egui::Layout::left_to_right(egui::Align::Center);
    ui.allocate_ui_with_layout(size, layout, |ui| {
        ui.spacing_mut().interact_size.y = 14.0;
        ui.label(quiet(left));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.label(quiet(right));
        });
    });
}
