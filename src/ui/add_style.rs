//! The overlay for adding a picture: a file chooser, a path field, and a hint at the two quicker ways.

use std::path::PathBuf;

use egui::{Color32, Context, Id, Key, Modal, RichText, TextEdit, Ui, vec2};

use crate::ui::action::UiAction;
use crate::ui::controls::{main_button, plain_button};
use crate::ui::keys::LONGEST_TEXT;
use crate::ui::picture_panel::overlay_frame;
use crate::ui::theme;

/// State of the overlay.
#[derive(Debug, Default)]
pub struct AddStyle {
    path: String,
    fresh: bool,
}

impl AddStyle {
    /// A newly opened overlay.
    pub fn opened() -> Self {
        Self {
            path: String::new(),
            fresh: true,
        }
    }

    /// Draws the overlay; returns whether to close it.
    pub(crate) fn show(&mut self, ctx: &Context, actions: &mut Vec<UiAction>) -> bool {
        Modal::new(Id::unique("add a picture"))
            .frame(overlay_frame())
            .backdrop_color(Color32::from_black_alpha(170))
            .show(ctx, |ui| {
                ui.set_width(420.0_f32.min(ui.ctx().content_rect().width() - 96.0));
                self.contents(ui, actions)
            })
            .inner
    }

    fn contents(&mut self, ui: &mut Ui, actions: &mut Vec<UiAction>) -> bool {
        ui.label(RichText::new("Add a picture").size(21.0));
        let hint = "Any picture becomes a style: a painting, a drawing, a pattern. \
                    You can also drop it on the window, or paste it with Ctrl+V.";
        ui.label(RichText::new(hint).color(theme::INK_SOFT));
        ui.add_space(10.0);
        let mut close = false;
        if main_button(ui, "Choose a file…").clicked() {
            actions.push(UiAction::OpenFileDialog);
            close = true;
        }
        ui.add_space(10.0);
        let label = ui.label(RichText::new("Or type its path").color(theme::INK_SOFT));
        let hint_ink = theme::INK_SOFT.gamma_multiply(0.6);
        let field = ui
            .add(
                TextEdit::singleline(&mut self.path)
                    .char_limit(LONGEST_TEXT)
                    .hint_text(RichText::new("/home/me/pictures/waves.jpg").color(hint_ink))
                    .margin(egui::Margin::symmetric(12, 9))
                    .desired_width(f32::INFINITY),
            )
            .labelled_by(label.id);
        if std::mem::take(&mut self.fresh) {
            field.request_focus();
        }
        let entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        ui.add_space(6.0);
        ui.horizontal(|ui| {
            let typed = !self.path.trim().is_empty();
            let used =
                ui.add_enabled_ui(typed, |ui| plain_button(ui, "Use this picture").clicked());
            if typed && (entered || used.inner) {
                actions.push(UiAction::AddStyleFrom(typed_path(&self.path)));
                close = true;
            }
            close |= plain_button(ui, "Cancel").clicked();
            ui.allocate_space(vec2(0.0, 0.0));
        });
        close
    }
}

/// Parses the path in `text`, with `~/` for the home folder and quotes as terminals copy them.
fn typed_path(text: &str) -> PathBuf {
    let text = text.trim().trim_matches(['"', '\'']);
    let home = std::env::home_dir();
    match (text.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typed_path_may_be_quoted() {
        assert_eq!(typed_path(" '/a b.png' "), PathBuf::from("/a b.png"));
    }
}
