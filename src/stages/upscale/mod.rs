//! [`Upscaler`]: super-resolution of a picture to four times its width and height.

// Large pictures, in tiles.
pub mod tiles;

// The styled head of a live picture.
pub mod head;

use thiserror::Error;

use crate::domain::frame::{Picture, Size};
use crate::inference::model::{Input, Model, ModelError};
use crate::inference::tensor::{picture_from_planes, planes_from_picture};

/// Factor of width and height.
pub const SCALE: u32 = 4;

/// Super-resolution error.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum UpscaleError {
    /// Network failure.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The network's output has a wrong size.
    #[error(
        "the network {name} made {found} numbers of a {size} picture, which is not four times its \
         sides; choose a network that enlarges RGB by 4"
    )]
    Shape {
        /// Name of the network.
        name: String,
        /// The picture's size.
        size: Size,
        /// Number of values received; 48 per pixel are required.
        found: usize,
    },
}

/// A network from RGB `[1, 3, h, w]` in `[0, 1]` to `[1, 3, 4h, 4w]`.
#[derive(Debug)]
pub struct Upscaler {
    model: Model,
    planes: Vec<f32>,
}

/// Returns `size` at four times its width and height.
pub const fn enlarged(size: Size) -> Size {
    Size::new(
        size.width.saturating_mul(SCALE),
        size.height.saturating_mul(SCALE),
    )
}

impl Upscaler {
    /// Creates an upscaler for a loaded network.
    pub fn new(model: Model) -> Self {
        Self {
            model,
            planes: Vec::new(),
        }
    }

    /// Returns the network, for reports.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Enlarges `picture` in one pass; alpha is 255. The network's memory grows with the picture: large
    /// pictures need [`tiles`].
    pub fn enlarge(&mut self, picture: &Picture) -> Result<Picture, UpscaleError> {
        let mut large = Picture::filled(enlarged(picture.size()), [0, 0, 0, 255]);
        self.run(picture, |planes| picture_from_planes(planes, &mut large))?;
        Ok(large)
    }

    /// Runs the network and passes its three enlarged planes to `read`.
    fn run(&mut self, picture: &Picture, read: impl FnOnce(&[f32])) -> Result<(), UpscaleError> {
        let size = picture.size();
        planes_from_picture(picture, &mut self.planes);
        let shape = [1, 3, size.height as usize, size.width as usize];
        let inputs = [Input::floats(&shape, &self.planes)];
        let wanted = 3 * enlarged(size).pixels();
        let found = self.model.run(&inputs, |outputs| {
            let planes = outputs.first().map_or(&[][..], |output| output.data);
            if planes.len() == wanted {
                read(planes);
            }
            planes.len()
        })?;
        if found == wanted {
            Ok(())
        } else {
            let name = self.model.report().name.clone();
            Err(UpscaleError::Shape { name, size, found })
        }
    }
}
