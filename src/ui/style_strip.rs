//! The row of styles, and the card for adding a picture.

use std::collections::HashMap;

use egui::{
    Align2, ColorImage, CornerRadius, Margin, Rect, Response, Role, ScrollArea, Sense, Shape,
    Stroke, StrokeKind, TextureHandle, TextureOptions, Ui, Vec2, WidgetInfo, vec2,
};

use crate::domain::style::StyleId;
use crate::ui::controls::focus_ring;
use crate::ui::icons::{self, Icon};
use crate::ui::scene::{Scene, StyleThumb};
use crate::ui::theme;

const THUMB: f32 = 74.0;
const CARD: Vec2 = vec2(THUMB, THUMB + 22.0);
const CORNER: CornerRadius = CornerRadius::same(12);
/// Redraw interval of a spinner while nothing else moves, seconds.
const SPIN_SECS: f64 = 0.12;

/// What was clicked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Picked {
    /// This style.
    Style(StyleId),
    /// The card for a new picture.
    Add,
}

/// Highlighting of a card.
#[derive(Debug, Clone, Copy)]
struct CardState {
    /// The card is the chosen one.
    active: bool,
    /// The style is being prepared.
    busy: bool,
}

/// The strip's textures, kept between frames.
#[derive(Default)]
pub(crate) struct StyleStrip {
    textures: HashMap<StyleId, TextureHandle>,
    /// The style that was last scrolled into view.
    in_view: Option<StyleId>,
}

impl std::fmt::Debug for StyleStrip {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StyleStrip")
            .field("textures", &self.textures.len())
            .finish_non_exhaustive()
    }
}

impl StyleStrip {
    /// Draws the strip. `chosen` is marked; while it differs from the shown style, it is being prepared.
    pub(crate) fn show(
        &mut self,
        ui: &mut Ui,
        scene: &Scene<'_>,
        chosen: Option<&StyleId>,
    ) -> Option<Picked> {
        let mut picked = None;
        let preparing = scene.status.and_then(|s| s.style.preparing.as_ref());
        ScrollArea::horizontal()
            .auto_shrink([false, false])
            .content_margin(Margin {
                left: 3,
                right: 3,
                top: 4,
                bottom: 0,
            })
            .show(ui, |ui| {
                ui.horizontal(|ui| {
                    ui.spacing_mut().item_spacing.x = 12.0;
                    if add_card(ui, scene.reading).clicked() {
                        picked = Some(Picked::Add);
                    }
                    for (place, style) in scene.styles.iter().enumerate() {
                        let active = chosen == Some(&style.id);
                        let busy = preparing == Some(&style.id)
                            || (active && scene.shown_style() != Some(&style.id));
                        let response = self.card(ui, style, place, CardState { active, busy });
                        if active && self.in_view.as_ref() != Some(&style.id) {
                            response.scroll_to_me(None);
                            self.in_view = Some(style.id.clone());
                        }
                        if response.clicked() {
                            picked = Some(Picked::Style(style.id.clone()));
                        }
                    }
                });
            });
        picked
    }

    fn card(&mut self, ui: &mut Ui, style: &StyleThumb, place: usize, look: CardState) -> Response {
        let active = look.active;
        let (rect, response) = ui.allocate_exact_size(CARD, Sense::click());
        response
            .widget_info(|| WidgetInfo::selected(Role::RadioButton, true, active, &style.title));
        if !ui.is_rect_visible(rect) {
            return response;
        }
        let thumb = Rect::from_min_size(rect.min, Vec2::splat(THUMB));
        let texture = self.texture(ui, style);
        egui::Image::new((texture, thumb.size()))
            .corner_radius(CORNER)
            .paint_at(ui, thumb);
        if look.busy {
            let scrim = egui::Color32::from_black_alpha(150);
            ui.painter().rect_filled(thumb, CORNER, scrim);
            spin(ui, thumb);
        }
        badge(ui, thumb, place, active || response.hovered());
        outline(ui, thumb, look, &response);
        caption(ui, rect, &style.title, active);
        focus_ring(ui, &response, CORNER);
        response.on_hover_text(&style.title)
    }

    fn texture(&mut self, ui: &Ui, style: &StyleThumb) -> egui::TextureId {
        self.textures
            .entry(style.id.clone())
            .or_insert_with(|| {
                let size = style.thumbnail.size();
                let size = [size.width as usize, size.height as usize];
                let image = ColorImage::from_rgba_unmultiplied(size, style.thumbnail.rgba());
                let name = format!("style {}", style.id);
                ui.ctx().load_texture(name, image, TextureOptions::LINEAR)
            })
            .id()
    }
}

fn spin(ui: &Ui, rect: Rect) {
    let time_secs = ui.input(|input| input.time);
    icons::spinner(ui.painter(), rect.center(), 13.0, time_secs);
    let again = std::time::Duration::from_secs_f64(SPIN_SECS);
    ui.ctx().request_repaint_after(again);
}

/// The digit key that selects this style.
fn badge(ui: &Ui, thumb: Rect, place: usize, lit: bool) {
    if place >= 9 || !lit {
        return;
    }
    let centre = thumb.left_top() + vec2(14.0, 14.0);
    let painter = ui.painter();
    painter.circle_filled(centre, 9.0, egui::Color32::from_black_alpha(170));
    let font = egui::FontId::proportional(11.5);
    let digit = (place + 1).to_string();
    painter.text(centre, Align2::CENTER_CENTER, digit, font, theme::INK);
}

fn outline(ui: &Ui, thumb: Rect, look: CardState, response: &Response) {
    let painter = ui.painter();
    if look.active {
        let gap = Stroke::new(2.0, theme::PANEL);
        painter.rect_stroke(thumb, CORNER, gap, StrokeKind::Inside);
        let ring = Stroke::new(2.5, theme::ACCENT);
        painter.rect_stroke(thumb, CORNER, ring, StrokeKind::Outside);
    } else if response.hovered() {
        let ring = Stroke::new(1.5, theme::INK_SOFT);
        painter.rect_stroke(thumb, CORNER, ring, StrokeKind::Outside);
    }
}

fn caption(ui: &Ui, rect: Rect, title: &str, active: bool) {
    let ink = if active {
        theme::ACCENT
    } else {
        theme::INK_SOFT
    };
    let mut job = egui::text::LayoutJob::simple_singleline(title.to_owned(), theme::small(), ink);
    job.wrap = egui::text::TextWrapping::truncate_at_width(rect.width() + 4.0);
    let galley = ui.painter().layout_job(job);
    let at = rect.center_bottom() - vec2(galley.size().x / 2.0, galley.size().y);
    ui.painter().galley(at, galley, ink);
}

/// The dashed card with a plus sign.
fn add_card(ui: &mut Ui, reading: bool) -> Response {
    let (rect, response) = ui.allocate_exact_size(CARD, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Add a picture"));
    let thumb = Rect::from_min_size(rect.min, Vec2::splat(THUMB));
    let ink = if response.hovered() {
        theme::ACCENT
    } else {
        theme::INK_SOFT
    };
    let painter = ui.painter();
    if response.hovered() {
        painter.rect_filled(thumb, CORNER, theme::CARD);
    }
    let edge = dashed_outline(thumb.shrink(1.0));
    painter.extend(Shape::dashed_line(&edge, Stroke::new(1.5, ink), 5.0, 4.0));
    if reading {
        spin(ui, thumb);
    } else {
        Icon::Plus.paint(painter, thumb, 20.0, ink);
    }
    caption(ui, rect, "Add picture", false);
    focus_ring(ui, &response, CORNER);
    response.on_hover_text("Open, drop or paste a picture (Ctrl+O, Ctrl+V)")
}

/// The rounded outline of `rect` as one closed line.
fn dashed_outline(rect: Rect) -> Vec<egui::Pos2> {
    let radius = f32::from(CORNER.nw);
    let inner = rect.shrink(radius);
    let corners = [
        (inner.right_top(), -90.0_f32),
        (inner.right_bottom(), 0.0),
        (inner.left_bottom(), 90.0),
        (inner.left_top(), 180.0),
    ];
    let mut points = Vec::new();
    for (centre, from) in corners {
        for step in 0..=6 {
            let angle = (from + 15.0 * step as f32).to_radians();
            points.push(centre + radius * Vec2::angled(angle));
        }
    }
    points.extend(points.first().copied());
    points
}
