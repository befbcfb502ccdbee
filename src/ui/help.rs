//! The overlay that lists the keyboard shortcuts.

use egui::{Align2, Color32, Context, CornerRadius, FontId, Id, Modal, RichText, Sense, Ui, vec2};

use crate::ui::controls::plain_button;
use crate::ui::keys::SHORTCUTS;
use crate::ui::picture_panel::overlay_frame;
use crate::ui::theme;

const COLUMN: f32 = 246.0;

/// Draws the overlay; returns whether to close it.
pub(crate) fn show(ctx: &Context) -> bool {
    Modal::new(Id::unique("help"))
        .frame(overlay_frame())
        .backdrop_color(Color32::from_black_alpha(170))
        .show(ctx, |ui| {
            ui.label(RichText::new("Keys").size(21.0));
            ui.add_space(8.0);
            let half = SHORTCUTS.len().div_ceil(2);
            ui.horizontal_top(|ui| {
                ui.spacing_mut().item_spacing.x = 24.0;
                for lines in SHORTCUTS.chunks(half) {
                    ui.vertical(|ui| {
                        ui.set_width(COLUMN);
                        ui.spacing_mut().item_spacing.y = 6.0;
                        for (keys, what) in lines {
                            shortcut(ui, keys, what);
                        }
                    });
                }
            });
            ui.add_space(12.0);
            plain_button(ui, "Close").clicked()
        })
        .inner
}

/// One line: the keys in a key cap, then their action.
fn shortcut(ui: &mut Ui, keys: &str, what: &str) {
    let (rect, response) = ui.allocate_exact_size(vec2(COLUMN, 28.0), Sense::hover());
    response.widget_info(|| {
        egui::WidgetInfo::labeled(egui::Role::Label, true, format!("{keys}: {what}"))
    });
    let painter = ui.painter();
    let font = FontId::proportional(13.5);
    let text = painter.layout_no_wrap(keys.to_owned(), font.clone(), theme::INK);
    let cap = egui::Rect::from_min_size(rect.min, vec2((text.size().x + 18.0).max(34.0), 28.0));
    painter.rect_filled(cap, CornerRadius::same(7), theme::CONTROL);
    painter.galley(cap.center() - text.size() / 2.0, text, theme::INK);
    let at = rect.left_center() + vec2(96.0, 0.0);
    painter.text(at, Align2::LEFT_CENTER, what, font, theme::INK_SOFT);
}
