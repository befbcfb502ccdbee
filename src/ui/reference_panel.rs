//! The reference's face, with points that can be dragged into place.

use std::sync::Arc;

use egui::{
    ColorImage, CursorIcon, Rect, Response, RichText, Role, Sense, Stroke, StrokeKind,
    TextureHandle, TextureOptions, Ui, Vec2, WidgetInfo, pos2, vec2,
};

use crate::domain::control::{Command, Reference};
use crate::domain::fit::Handle;
use crate::domain::frame::{Picture, Size};
use crate::domain::geometry;
use crate::domain::shape::Landmarks68;
use crate::ui::action::UiAction;
use crate::ui::controls::plain_button;
use crate::ui::scene::Scene;
use crate::ui::theme;

/// Maximum height of the reference's picture, points.
const TALLEST: f32 = 220.0;

/// Half the side of a handle's grab area, points.
const GRIP: f32 = 11.0;

/// A point in the reference, pixels.
type Place = geometry::Point<geometry::FramePx>;

/// State of the panel between frames.
#[derive(Default)]
pub(crate) struct ReferencePanel {
    /// The reference's picture as a texture.
    texture: Option<(Arc<Picture>, TextureHandle)>,
    /// The face being dragged, until the pipeline has it.
    dragged: Option<Landmarks68>,
}

impl std::fmt::Debug for ReferencePanel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReferencePanel")
            .field("dragged", &self.dragged)
            .finish_non_exhaustive()
    }
}

impl ReferencePanel {
    /// Draws the contents of the card.
    pub(crate) fn show(&mut self, ui: &mut Ui, scene: &Scene<'_>, actions: &mut Vec<UiAction>) {
        let style = scene.status.map(|status| &status.style);
        let Some(reference) = style.and_then(|style| style.reference.as_ref()) else {
            ui.label(quiet("Being read"));
            return;
        };
        if let Some(face) = reference.used_face() {
            let about = format!("Its face, {:.0} % sure", face.sure * 100.0);
            ui.label(quiet(&about));
            ui.add_space(4.0);
            self.picture(ui, reference, &face.shape, actions);
            ui.label(quiet("Drag eyes, nose, mouth and chin into place"));
            return;
        }
        let (about, found) = match &reference.face {
            Some(face) => ("Its face is small, so it is not used", Some(face.shape)),
            None => ("It shows no face", None),
        };
        ui.label(quiet(about));
        ui.add_space(4.0);
        if plain_button(ui, "Place a face by hand").clicked() {
            let shape = found.unwrap_or_else(|| in_the_middle(reference.size));
            actions.push(UiAction::Send(Command::SetFit(Box::new(shape))));
        }
    }

    /// Draws the reference with its points and handles.
    fn picture(
        &mut self,
        ui: &mut Ui,
        reference: &Reference,
        found: &Landmarks68,
        actions: &mut Vec<UiAction>,
    ) {
        let texture = self.texture(ui, &reference.preview);
        let (wide, high) = (reference.size.width as f32, reference.size.height as f32);
        // The view follows the face as found, so the picture stays in place during a drag.
        let view = view_of(found, wide, high);
        let scale = (ui.available_width() / view.width()).min(TALLEST / view.height());
        let size = view.size() * scale;
        let (area, _) = ui.allocate_exact_size(vec2(ui.available_width(), size.y), Sense::hover());
        let area = Rect::from_center_size(area.center(), size);
        let painter = ui.painter_at(area.expand(GRIP));
        let share = |p: egui::Pos2| pos2(p.x / wide, p.y / high);
        let part = Rect::from_min_max(share(view.min), share(view.max));
        painter.image(texture, area, part, egui::Color32::WHITE);
        let stroke = Stroke::new(1.0, theme::INK_SOFT.gamma_multiply(0.4));
        painter.rect_stroke(area, 0.0, stroke, StrokeKind::Inside);
        let on_screen = |p: Place| area.min + (pos2(p.x, p.y) - view.min) * scale;
        let mut shape = self.dragged.unwrap_or(*found);
        let mut released = false;
        for handle in Handle::ALL {
            let place = on_screen(handle.on(&shape));
            let grip = Rect::from_center_size(place, Vec2::splat(2.0 * GRIP));
            let response = grab(ui, grip, handle);
            if response.dragged() {
                let by = response.drag_delta() / scale;
                let from = handle.on(&shape);
                let to = Place::new(
                    (from.x + by.x).clamp(view.left(), view.right()),
                    (from.y + by.y).clamp(view.top(), view.bottom()),
                );
                shape = shape.dragged(handle, to);
                self.dragged = Some(shape);
            }
            released |= response.drag_stopped();
        }
        for point in shape.0 {
            painter.circle_filled(on_screen(point), 1.3, theme::ACCENT);
        }
        for handle in Handle::ALL {
            let place = on_screen(handle.on(&shape));
            painter.circle_stroke(place, 6.0, Stroke::new(3.5, theme::ACCENT_INK));
            painter.circle_stroke(place, 6.0, Stroke::new(2.0, theme::ACCENT));
        }
        if released && let Some(shape) = self.dragged {
            // The dragged face stays until the pipeline shows the new reference.
            actions.push(UiAction::Send(Command::SetFit(Box::new(shape))));
        }
    }

    fn texture(&mut self, ui: &Ui, picture: &Arc<Picture>) -> egui::TextureId {
        if let Some((known, texture)) = &self.texture
            && Arc::ptr_eq(known, picture)
        {
            return texture.id();
        }
        self.dragged = None;
        let Size { width, height } = picture.size();
        let size = [width as usize, height as usize];
        let image = ColorImage::from_rgba_unmultiplied(size, picture.rgba());
        let texture = ui
            .ctx()
            .load_texture("reference", image, TextureOptions::LINEAR);
        let id = texture.id();
        self.texture = Some((Arc::clone(picture), texture));
        id
    }
}

/// A frontal face over the whole picture, for a reference without a face.
fn in_the_middle(size: Size) -> Landmarks68 {
    let (width, height) = (size.width as f32, size.height as f32);
    Landmarks68::frontal(&geometry::Rect::new(0.0, 0.0, width, height))
}

/// The part of a reference that is shown: the face with margin for dragging, limited to the picture.
fn view_of(face: &Landmarks68, wide: f32, high: f32) -> Rect {
    const ROOM: f32 = 2.0;
    let all = Rect::from_min_max(pos2(0.0, 0.0), pos2(wide, high));
    let bounds = Rect::from_points(&face.0.map(|p| pos2(p.x, p.y)));
    let view = Rect::from_center_size(bounds.center(), ROOM * bounds.size()).intersect(all);
    // A face far outside the picture has nothing to show.
    if view.width() > 8.0 && view.height() > 8.0 {
        view
    } else {
        all
    }
}

fn grab(ui: &Ui, grip: Rect, handle: Handle) -> Response {
    let response = ui
        .interact(
            grip,
            ui.scope_id().with(("handle", handle.name())),
            Sense::drag(),
        )
        .on_hover_cursor(CursorIcon::Grab);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, handle.name()));
    response
}

fn quiet(text: &str) -> RichText {
    RichText::new(text)
        .font(theme::small())
        .color(theme::INK_SOFT)
}
