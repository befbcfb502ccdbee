//! Small icons made of strokes, which are sharp at every scale and need no font.

use egui::{Color32, CornerRadius, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, Vec2, pos2};

/// An icon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Icon {
    Mirror,
    Panel,
    Help,
    Plus,
    Close,
    Check,
    Warning,
    Info,
    Camera,
}

impl Icon {
    /// Draws the icon at the centre of `rect`, `size` points large.
    pub(crate) fn paint(self, painter: &Painter, rect: Rect, size: f32, colour: Color32) {
        let area = Rect::from_center_size(rect.center(), Vec2::splat(size));
        let at = |x: f32, y: f32| area.lerp_inside(Vec2::new(x, y));
        let stroke = Stroke::new((size / 11.0).max(1.4), colour);
        let line = |points: &[Pos2]| {
            painter.add(Shape::line(points.to_vec(), stroke));
        };
        match self {
            Self::Mirror => mirror(painter, at, stroke),
            Self::Panel => {
                let frame = Rect::from_min_max(at(0.05, 0.14), at(0.95, 0.86));
                let round = CornerRadius::same(3);
                painter.rect_stroke(frame, round, stroke, StrokeKind::Middle);
                line(&[at(0.62, 0.14), at(0.62, 0.86)]);
            }
            Self::Help => glyph(painter, area, "?", colour),
            Self::Plus => {
                line(&[at(0.5, 0.1), at(0.5, 0.9)]);
                line(&[at(0.1, 0.5), at(0.9, 0.5)]);
            }
            Self::Close => {
                line(&[at(0.18, 0.18), at(0.82, 0.82)]);
                line(&[at(0.82, 0.18), at(0.18, 0.82)]);
            }
            Self::Check => line(&[at(0.1, 0.55), at(0.4, 0.82), at(0.92, 0.2)]),
            Self::Warning => {
                let corners = vec![at(0.5, 0.08), at(0.98, 0.9), at(0.02, 0.9)];
                painter.add(Shape::closed_line(corners, stroke));
                line(&[at(0.5, 0.36), at(0.5, 0.62)]);
                painter.circle_filled(at(0.5, 0.77), stroke.width * 0.7, colour);
            }
            Self::Info => {
                painter.circle_stroke(area.center(), size * 0.46, stroke);
                line(&[at(0.5, 0.46), at(0.5, 0.74)]);
                painter.circle_filled(at(0.5, 0.29), stroke.width * 0.75, colour);
            }
            Self::Camera => camera(painter, at, stroke),
        }
    }
}

/// Two triangles on the two sides of a dashed axis.
fn mirror(painter: &Painter, at: impl Fn(f32, f32) -> Pos2, stroke: Stroke) {
    let left = vec![at(0.36, 0.16), at(0.36, 0.84), at(0.0, 0.84)];
    let right = vec![at(0.64, 0.16), at(0.64, 0.84), at(1.0, 0.84)];
    painter.add(Shape::convex_polygon(left, stroke.color, stroke));
    painter.add(Shape::closed_line(right, stroke));
    for y in [0.06, 0.34, 0.62] {
        painter.line_segment([at(0.5, y), at(0.5, y + 0.16)], stroke);
    }
}

fn camera(painter: &Painter, at: impl Fn(f32, f32) -> Pos2, stroke: Stroke) {
    let body = Rect::from_min_max(at(0.0, 0.24), at(1.0, 0.88));
    let width = body.width();
    painter.rect_stroke(
        body,
        CornerRadius::same((width * 0.16) as u8),
        stroke,
        StrokeKind::Middle,
    );
    painter.add(Shape::line(
        vec![at(0.3, 0.24), at(0.38, 0.1), at(0.62, 0.1), at(0.7, 0.24)],
        stroke,
    ));
    painter.circle_stroke(at(0.5, 0.56), width * 0.19, stroke);
}

fn glyph(painter: &Painter, area: Rect, text: &str, colour: Color32) {
    let font = egui::FontId::proportional(area.height() * 1.15);
    painter.text(
        area.center(),
        egui::Align2::CENTER_CENTER,
        text,
        font,
        colour,
    );
}

/// An arc that rotates with `time_secs`; the caller decides how often it is drawn.
pub(crate) fn spinner(painter: &Painter, centre: Pos2, radius: f32, time_secs: f64) {
    const POINTS: usize = 24;
    const SWEEP_RAD: f32 = 4.2;
    let start = (time_secs * 4.0 % std::f64::consts::TAU) as f32;
    let points = (0..=POINTS)
        .map(|i| {
            let angle = start + SWEEP_RAD * i as f32 / POINTS as f32;
            let (sin, cos) = angle.sin_cos();
            pos2(centre.x + radius * cos, centre.y + radius * sin)
        })
        .collect();
    let stroke = Stroke::new(3.0, crate::ui::theme::ACCENT);
    painter.add(Shape::line(points, stroke));
}
