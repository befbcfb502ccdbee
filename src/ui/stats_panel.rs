//! Speed, the provider that actually runs the networks, and the time of each stage.

use egui::{Align2, FontId, Rect, RichText, Sense, Ui, vec2};

use crate::domain::control::{PipelineStatus, SourceState};
use crate::domain::face::TrackState;
use crate::domain::timing::Percentiles;
use crate::ui::controls::{card, row};
use crate::ui::scene::Scene;
use crate::ui::theme;

/// Draws the cards; a subdued line before the first report.
pub(crate) fn show(ui: &mut Ui, scene: &Scene<'_>) {
    let Some(status) = scene.status else {
        card(ui, "SPEED", |ui| {
            ui.label(RichText::new("Waiting for the first frame").color(theme::INK_SOFT));
        });
        return;
    };
    card(ui, "SPEED", |ui| speed(ui, scene, status));
    ui.add_space(2.0);
    card(ui, "STAGES, MEDIAN AND P95 IN MS", |ui| {
        stages(ui, status);
    });
}

fn speed(ui: &mut Ui, scene: &Scene<'_>, status: &PipelineStatus) {
    let screen = scene.to_screen_ms;
    ui.horizontal(|ui| {
        figure(ui, &format!("{:.1}", status.fps), "frames a second");
        figure(ui, &format!("{:.0} ms", screen.p50), "camera to screen");
    });
    ui.add_space(4.0);
    row(ui, "To screen, p95", &format!("{:.0} ms", screen.p95));
    row(ui, "Runs on", &status.provider);
    if let Some(note) = &status.provider_note {
        ui.label(
            RichText::new(note)
                .font(theme::small())
                .color(theme::ACCENT),
        );
    }
    row(ui, "Source", &source(&status.source));
    row(ui, "Tracking", &tracking(status));
    row(ui, "Painted by", status.engine.name());
    row(ui, "Upscaled by", status.upscale.label());
    if let Some(steadiness) = status.steadiness {
        let jitter = format!("{:.2} % of the face", steadiness.jitter_percent);
        row(ui, "Jitter", &jitter);
        let lag = format!("{:.1} frames", steadiness.lag_frames);
        row(ui, "Lag", &lag);
    }
    row(ui, "Frames skipped", &status.frames.dropped.to_string());
}

fn tracking(status: &PipelineStatus) -> String {
    match (status.tracking, status.faces) {
        (TrackState::Searching, _) => "searching".to_owned(),
        (TrackState::Locked, 1) => "one face".to_owned(),
        (TrackState::Locked, faces) => format!("{faces} faces"),
        (TrackState::Coasting, _) => "waiting for a face".to_owned(),
        (TrackState::Lost, _) => "face lost, searching".to_owned(),
    }
}

fn source(state: &SourceState) -> String {
    match state {
        SourceState::Opening => "opening".to_owned(),
        SourceState::Streaming { size, fps } if *fps > 0.0 => {
            format!("{} × {}, {fps:.0} fps", size.width, size.height)
        }
        SourceState::Streaming { size, .. } => format!("{} × {}", size.width, size.height),
        SourceState::Lost { .. } => "lost".to_owned(),
        SourceState::Ended => "ended".to_owned(),
    }
}

/// A large number over a caption, half the card wide.
fn figure(ui: &mut Ui, value: &str, caption: &str) {
    let width = 106.0;
    ui.vertical(|ui| {
        ui.set_width(width);
        ui.spacing_mut().item_spacing.y = 0.0;
        ui.label(RichText::new(value).size(25.0));
        ui.label(
            RichText::new(caption)
                .font(theme::small())
                .color(theme::INK_SOFT),
        );
    });
}

fn stages(ui: &mut Ui, status: &PipelineStatus) {
    let longest = status
        .stages_ms
        .values()
        .fold(1.0_f32, |most, p| most.max(p.p95));
    let mut stages: Vec<_> = status.stages_ms.iter().collect();
    stages.sort_by_key(|(name, _)| place_in_journey(name));
    for (name, times) in stages {
        stage(ui, name, times, longest);
    }
    if status.stages_ms.is_empty() {
        ui.label(RichText::new("None yet").color(theme::INK_SOFT));
    }
}

/// A stage's rank in the pipeline's order; unlisted stages come last, by name.
fn place_in_journey(stage: &str) -> usize {
    const JOURNEY: [&str; 11] = [
        "capture",
        "detect",
        "track",
        "landmarks",
        "align",
        "mask",
        "stylize",
        "upscale",
        "composite",
        "present",
        "record",
    ];
    let place = JOURNEY.iter().position(|name| *name == stage);
    place.unwrap_or(JOURNEY.len())
}

/// One line: name, a bar (median bright, p95 dim), the two numbers.
fn stage(ui: &mut Ui, name: &str, times: &Percentiles, longest: f32) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 20.0), Sense::hover());
    let (median, p95) = (format!("{:.1}", times.p50), format!("{:.1}", times.p95));
    response.widget_info(|| {
        let label = format!("{name}: median {median} ms, p95 {p95} ms");
        egui::WidgetInfo::labeled(egui::Role::Label, true, label)
    });
    let painter = ui.painter();
    let font = FontId::proportional(13.0);
    let (left, right) = (rect.left_center(), rect.right_center());
    painter.text(
        left,
        Align2::LEFT_CENTER,
        name,
        font.clone(),
        theme::INK_SOFT,
    );
    for (text, from_right, ink) in [(p95, 0.0, theme::INK_SOFT), (median, 38.0, theme::INK)] {
        let at = right - vec2(from_right, 0.0);
        painter.text(at, Align2::RIGHT_CENTER, text, font.clone(), ink);
    }
    let track = Rect::from_min_max(
        rect.left_center() + vec2(78.0, -2.5),
        rect.right_center() + vec2(-74.0, 2.5),
    );
    painter.rect_filled(track, 2.5, theme::WELL);
    for (ms, colour) in [
        (times.p95, theme::ACCENT.gamma_multiply(0.35)),
        (times.p50, theme::ACCENT),
    ] {
        let share = (ms / longest).clamp(0.0, 1.0);
        let bar = Rect::from_min_size(track.min, vec2(track.width() * share, track.height()));
        painter.rect_filled(bar, 2.5, colour);
    }
}
