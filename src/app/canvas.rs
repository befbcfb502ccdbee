//! [`CanvasSource`]: turns a composition into a texture that egui can show.

use egui::{ColorImage, TextureHandle, TextureOptions};

use crate::domain::composition::Composition;
use crate::domain::frame::Picture;
use crate::ui::scene::Canvas;

/// Draws compositions into one texture.
pub trait CanvasSource {
    /// Draws `composition`; the returned canvas is shown until the next call. An error is a plain sentence;
    /// the last canvas stays on the screen.
    fn draw(&mut self, ctx: &egui::Context, composition: &Composition) -> Result<Canvas, String>;
}

/// A canvas that is composed on the CPU and uploaded.
pub struct UploadedCanvas<F> {
    flatten: F,
    texture: Option<TextureHandle>,
}

impl<F> std::fmt::Debug for UploadedCanvas<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UploadedCanvas").finish_non_exhaustive()
    }
}

impl<F: FnMut(&Composition) -> Picture> UploadedCanvas<F> {
    /// `flatten` makes the finished picture, layers included.
    pub fn new(flatten: F) -> Self {
        Self {
            flatten,
            texture: None,
        }
    }
}

impl<F: FnMut(&Composition) -> Picture> CanvasSource for UploadedCanvas<F> {
    fn draw(&mut self, ctx: &egui::Context, composition: &Composition) -> Result<Canvas, String> {
        let picture = (self.flatten)(composition);
        let size = picture.size();
        let image = ColorImage::from_rgba_unmultiplied(
            [size.width as usize, size.height as usize],
            picture.rgba(),
        );
        let options = TextureOptions::LINEAR;
        let texture = match &mut self.texture {
            Some(texture) => {
                texture.set(image, options);
                texture.id()
            }
            empty => empty
                .insert(ctx.load_texture("canvas", image, options))
                .id(),
        };
        Ok(Canvas { texture, size })
    }
}
