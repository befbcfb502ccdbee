//! The two buttons that save something: snapshot and record.

use std::time::Duration;

use egui::{Align2, Rect, Response, Role, Sense, Stroke, Ui, Vec2, WidgetInfo, vec2};

use crate::domain::control::RecordingState;
use crate::ui::action::UiAction;
use crate::ui::controls::focus_ring;
use crate::ui::icons::Icon;
use crate::ui::scene::Scene;
use crate::ui::theme;

/// Total width of the two buttons, points.
pub(crate) const WIDTH: f32 = 180.0;
const BUTTON: Vec2 = vec2(72.0, 92.0);
const DISC: f32 = 29.0;

/// Draws the two buttons.
pub(crate) fn show(ui: &mut Ui, scene: &Scene<'_>, actions: &mut Vec<UiAction>) {
    let elapsed = scene.status.and_then(|s| match &s.recording {
        RecordingState::Recording { elapsed, .. } => Some(*elapsed),
        _ => None,
    });
    ui.add_enabled_ui(scene.canvas.is_some(), |ui| {
        if snapshot_button(ui).clicked() {
            actions.push(UiAction::SaveStill);
        }
        if record_button(ui, elapsed).clicked() {
            actions.push(UiAction::ToggleRecording);
        }
    });
}

/// Formats `elapsed` as `m:ss` or `h:mm:ss`.
pub(crate) fn clock_text(elapsed: Duration) -> String {
    let secs = elapsed.as_secs();
    let (hours, minutes, secs) = (secs / 3600, secs / 60 % 60, secs % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{secs:02}")
    } else {
        format!("{minutes}:{secs:02}")
    }
}

fn snapshot_button(ui: &mut Ui) -> Response {
    let (response, disc) = disc_button(ui, "Snapshot", "Snapshot");
    let ink = ink(ui);
    let fill = if response.hovered() {
        theme::CONTROL_HOVER
    } else {
        theme::CONTROL
    };
    ui.painter().circle_filled(disc.center(), DISC, fill);
    Icon::Camera.paint(ui.painter(), disc, 23.0, ink);
    response.on_hover_text("Keep this picture (S)")
}

fn record_button(ui: &mut Ui, elapsed: Option<Duration>) -> Response {
    let time = elapsed.map(clock_text);
    let name = if elapsed.is_some() {
        "Stop recording"
    } else {
        "Record"
    };
    let (response, disc) = disc_button(ui, name, time.as_deref().unwrap_or("Record"));
    let painter = ui.painter();
    let ring = Stroke::new(3.0, ink(ui));
    painter.circle_stroke(disc.center(), DISC - 1.5, ring);
    let red = if ui.is_enabled() {
        theme::RECORD
    } else {
        theme::RECORD.gamma_multiply(0.4)
    };
    if elapsed.is_some() {
        let square = Rect::from_center_size(disc.center(), Vec2::splat(22.0));
        painter.rect_filled(square, 5.0, red);
    } else {
        let grown = if response.hovered() { 22.5 } else { 21.5 };
        painter.circle_filled(disc.center(), grown, red);
    }
    response.on_hover_text("Record, stop (R)")
}

fn ink(ui: &Ui) -> egui::Color32 {
    if ui.is_enabled() {
        theme::INK
    } else {
        theme::INK_SOFT.gamma_multiply(0.5)
    }
}

/// A button with a disc over a caption.
fn disc_button(ui: &mut Ui, name: &str, caption: &str) -> (Response, Rect) {
    let (rect, response) = ui.allocate_exact_size(BUTTON, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), name));
    let centre = rect.center_top() + vec2(0.0, DISC + 2.0);
    let disc = Rect::from_center_size(centre, Vec2::splat(DISC * 2.0));
    let place = rect.center_bottom() - vec2(0.0, 10.0);
    let ink = if caption == name {
        theme::INK_SOFT
    } else {
        theme::INK
    };
    let font = theme::small();
    ui.painter()
        .text(place, Align2::CENTER_CENTER, caption, font, ink);
    focus_ring(ui, &response, theme::ROUND);
    (response, disc)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elapsed_time_reads_like_a_clock() {
        let text = |secs| clock_text(Duration::from_secs(secs));

        assert_eq!([text(7), text(75), text(3661)], ["0:07", "1:15", "1:01:01"]);
    }
}
