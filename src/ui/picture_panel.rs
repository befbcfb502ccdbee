//! The live picture, as large as it fits, with its messages on top.

use egui::{
    Align, Align2, Button, Color32, CornerRadius, FontId, Frame, Layout, Margin, Rect, RichText,
    Role, Sense, Stroke, StrokeKind, Ui, UiBuilder, Vec2, WidgetInfo, pos2, vec2,
};

use crate::domain::control::{RecordingState, SourceState};
use crate::domain::frame::Size;
use crate::ui::controls::icon_button;
use crate::ui::icons::Icon;
use crate::ui::notices::{Goes, Notice, Notices, Tone};
use crate::ui::record_panel::clock_text;
use crate::ui::scene::{Canvas, Scene};
use crate::ui::theme;

const CORNER: CornerRadius = CornerRadius::same(theme::ROUND);
/// Maximum number of messages shown at a time; the others wait.
const MOST_LINES: usize = 3;
/// Maximum width of a message, points.
const LINE_WIDTH: f32 = 620.0;

/// Draws the picture, or a placeholder until there is one.
pub(crate) fn show(ui: &mut Ui, scene: &Scene<'_>, mirror: bool) {
    let (area, _) = ui.allocate_exact_size(ui.available_size(), Sense::hover());
    let place = if let Some(canvas) = scene.canvas {
        let place = fitted(area, canvas.size);
        let name = match (scene.stands_still(), mirror) {
            (true, _) => "Last picture",
            (false, true) => "Live picture, mirrored",
            (false, false) => "Live picture",
        };
        picture(ui, place, canvas, mirror, name);
        let lost = matches!(
            scene.status.map(|s| &s.source),
            Some(SourceState::Lost { .. })
        );
        if lost || scene.stands_still() {
            let scrim = Color32::from_black_alpha(120);
            ui.painter().rect_filled(place, CORNER, scrim);
        }
        place
    } else {
        waiting(ui, area, scene);
        area
    };
    recording_mark(ui, place, scene);
}

/// The largest rectangle with the picture's aspect ratio inside `area`.
fn fitted(area: Rect, size: Size) -> Rect {
    let size = vec2(size.width as f32, size.height as f32);
    let scale = (area.width() / size.x).min(area.height() / size.y);
    Rect::from_center_size(area.center(), size * scale.max(0.0))
}

fn picture(ui: &mut Ui, place: Rect, canvas: Canvas, mirror: bool, name: &str) {
    let uv = if mirror {
        Rect::from_min_max(pos2(1.0, 0.0), pos2(0.0, 1.0))
    } else {
        Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0))
    };
    egui::Image::new((canvas.texture, place.size()))
        .uv(uv)
        .corner_radius(CORNER)
        .paint_at(ui, place);
    let response = ui.interact(place, ui.scope_id().with("picture"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, name));
}

/// Draws the placeholder of the picture.
fn waiting(ui: &mut Ui, area: Rect, scene: &Scene<'_>) {
    ui.painter().rect_filled(area, CORNER, theme::PANEL);
    let stroke = Stroke::new(1.0, theme::LINE);
    ui.painter()
        .rect_stroke(area, CORNER, stroke, StrokeKind::Inside);
    let stopped = scene.status.and_then(|s| s.stopped.as_deref());
    let (title, more) = match scene.status.map(|s| &s.source) {
        _ if stopped.is_some() => ("Stopped", stopped.unwrap_or_default()),
        None | Some(SourceState::Opening) => (
            "Opening the camera…",
            "If your computer asks whether Vizard may use it, say yes.",
        ),
        Some(SourceState::Streaming { .. }) => {
            ("Getting ready…", "The first picture is being made.")
        }
        Some(SourceState::Lost { why }) => ("No picture yet, trying again…", why.as_str()),
        Some(SourceState::Ended) => (
            "Nothing to show",
            "The clip ended before its first picture.",
        ),
    };
    let box_size = vec2((area.width() - 32.0).clamp(0.0, 460.0), 150.0);
    let inner = Rect::from_center_size(area.center(), box_size);
    let disc = inner.center_top() + vec2(0.0, 34.0);
    ui.painter().circle_filled(disc, 34.0, theme::CARD);
    let icon = Rect::from_center_size(disc, Vec2::splat(40.0));
    Icon::Camera.paint(ui.painter(), icon, 30.0, theme::ACCENT);
    let text = Rect::from_min_max(inner.min + vec2(0.0, 84.0), inner.max);
    let layout = Layout::top_down(Align::Center);
    ui.scope_builder(UiBuilder::new().max_rect(text).layout(layout), |ui| {
        ui.label(RichText::new(title).size(19.0));
        ui.label(RichText::new(more).color(theme::INK_SOFT));
    });
}

/// The red recording mark with the elapsed time; it is on the screen but not in the file.
fn recording_mark(ui: &Ui, place: Rect, scene: &Scene<'_>) {
    let Some(RecordingState::Recording { elapsed, .. }) = scene.status.map(|s| &s.recording) else {
        return;
    };
    let painter = ui.painter();
    let font = FontId::proportional(14.0);
    let text = painter.layout_no_wrap(clock_text(*elapsed), font, theme::INK);
    let size = vec2(text.size().x + 40.0, 30.0);
    let pill = Rect::from_min_size(place.left_top() + Vec2::splat(14.0), size);
    painter.rect_filled(pill, CornerRadius::same(15), Color32::from_black_alpha(165));
    painter.circle_filled(pill.left_center() + vec2(16.0, 0.0), 5.0, theme::RECORD);
    let at = pill.left_center() + vec2(28.0, -text.size().y / 2.0);
    painter.galley(at, text, theme::INK);
}

/// Draws the messages at the bottom of `area`, the most urgent on top.
pub(crate) fn lines(ui: &mut Ui, area: Rect, notices: &mut Notices, lines: &[Notice]) {
    let width = LINE_WIDTH.min(area.width() - 28.0);
    let layout = Layout::bottom_up(Align::Center);
    let place = Rect::from_center_size(area.center(), vec2(width, area.height() - 28.0));
    ui.scope_builder(UiBuilder::new().max_rect(place).layout(layout), |ui| {
        for notice in lines.iter().take(MOST_LINES).rev() {
            line(ui, width, notices, notice);
        }
    });
}

fn line(ui: &mut Ui, width: f32, notices: &mut Notices, notice: &Notice) {
    let (icon, colour) = match notice.tone {
        Tone::Calm => (Icon::Info, theme::INK_SOFT),
        Tone::Good => (Icon::Check, theme::GOOD),
        Tone::Bad => (Icon::Warning, theme::BAD),
    };
    let buttons = match notice.goes {
        Goes::WhenOver => 14.0,
        _ if notice.path.is_some() => 142.0,
        _ => 46.0,
    };
    let font = FontId::proportional(14.0);
    let room = width - 48.0 - buttons;
    let text = ui
        .painter()
        .layout(notice.text.clone(), font, theme::INK, room);
    let size = vec2(
        text.size().x + 48.0 + buttons,
        text.size().y.max(24.0) + 20.0,
    );
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    let shade = Color32::from_rgba_unmultiplied(0x1E, 0x1B, 0x21, 0xEE);
    ui.painter().rect_filled(rect, CORNER, shade);
    let edge = Stroke::new(1.0, theme::LINE);
    ui.painter()
        .rect_stroke(rect, CORNER, edge, StrokeKind::Inside);
    let mark = Rect::from_center_size(rect.left_center() + vec2(24.0, 0.0), Vec2::splat(20.0));
    icon.paint(ui.painter(), mark, 17.0, colour);
    let at = rect.left_center() + vec2(44.0, -text.size().y / 2.0);
    let spoken = Rect::from_min_size(at, text.size());
    ui.painter().galley(at, text, theme::INK);
    let response = ui.interact(spoken, ui.scope_id().with(&notice.text), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &notice.text));
    let right = Rect::from_min_max(rect.right_top() - vec2(buttons, 0.0), rect.max);
    let layout = Layout::right_to_left(Align::Center);
    let builder = UiBuilder::new().max_rect(right.shrink2(vec2(8.0, 0.0)));
    // A child UI: it must not move the position of the next message.
    line_buttons(&mut ui.new_child(builder.layout(layout)), notices, notice);
}

fn line_buttons(ui: &mut Ui, notices: &mut Notices, notice: &Notice) {
    ui.spacing_mut().item_spacing.x = 4.0;
    ui.spacing_mut().button_padding = vec2(9.0, 4.0);
    ui.spacing_mut().interact_size.y = 26.0;
    if notice.goes != Goes::WhenOver && icon_button(ui, Icon::Close, "Dismiss", false).clicked() {
        notices.dismiss(&notice.text);
    }
    if let Some(path) = &notice.path
        && ui
            .add(Button::new(RichText::new("Copy path").size(13.0)))
            .clicked()
    {
        ui.ctx().copy_text(path.display().to_string());
    }
}

/// The hint shown while a file is dragged over the window.
pub(crate) fn drop_here(ui: &Ui, area: Rect) {
    let painter = ui.painter();
    painter.rect_filled(area, CORNER, Color32::from_black_alpha(190));
    let edge = Stroke::new(2.0, theme::ACCENT);
    painter.rect_stroke(area.shrink(6.0), CORNER, edge, StrokeKind::Inside);
    let text = "Drop the picture to use it as a style";
    let font = FontId::proportional(20.0);
    painter.text(area.center(), Align2::CENTER_CENTER, text, font, theme::INK);
}

/// The frame of an overlay.
pub(crate) fn overlay_frame() -> Frame {
    Frame::new()
        .fill(theme::CARD)
        .stroke(Stroke::new(1.0, theme::LINE))
        .corner_radius(theme::ROUND + 4)
        .inner_margin(Margin::same(24))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wide_picture_fills_the_width_and_a_tall_one_the_height() {
        let area = Rect::from_min_size(pos2(10.0, 20.0), vec2(400.0, 300.0));

        let wide = fitted(area, Size::new(1600, 900));
        let tall = fitted(area, Size::new(300, 900));

        assert_eq!(wide.size(), vec2(400.0, 225.0));
        assert_eq!(tall.size(), vec2(100.0, 300.0));
        assert!(area.contains_rect(wide) && area.contains_rect(tall));
    }
}
