//! [`Upscaler`]: a picture → the same picture, four times as wide and as high.

// Large pictures, in tiles.
pub mod tiles;

// The styled head of a live picture.
pub mod head;

use thiserror::Error;

use crate::domain::frame::{Picture, Size};
use crate::inference::model::{Input, Model, ModelError};
use crate::inference::tensor::{picture_from_planes, planes_from_picture};

/// How many times wider and higher a picture becomes.
pub const SCALE: u32 = 4;

/// Super-resolution failed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum UpscaleError {
    /// The network failed.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The network gave a picture of another size.
    #[error(
        "the network {name} made {found} numbers of a {size} picture, which is not four times its \
         sides; choose a network that enlarges RGB by 4"
    )]
    Shape {
        /// Which network.
        name: String,
        /// The picture's size.
        size: Size,
        /// How many numbers came; 48 a pixel were needed.
        found: usize,
    },
}

/// A network that takes RGB `[1, 3, h, w]` in `[0, 1]` and gives `[1, 3, 4h, 4w]`.
#[derive(Debug)]
pub struct Upscaler {
    model: Model,
    planes: Vec<f32>,
}

/// `size`, four times as wide and as high.
pub const fn enlarged(size: Size) -> Size {
    Size::new(
        size.width.saturating_mul(SCALE),
        size.height.saturating_mul(SCALE),
    )
}

impl Upscaler {
    /// An upscaler on an open network.
    pub fn new(model: Model) -> Self {
        Self {
            model,
            planes: Vec::new(),
        }
    }

    /// The network, for reports.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The whole of `picture` at once, four times as large; alpha is 255. What the network needs of
    /// memory grows with the picture: large ones go through [`tiles`].
    pub fn enlarge(&mut self, picture: &Picture) -> Result<Picture, UpscaleError> {
        let mut large = Picture::filled(enlarged(picture.size()), [0, 0, 0, 255]);
        self.run(picture, |planes| picture_from_planes(planes, &mut large))?;
        Ok(large)
    }

    /// Lets `read` take the three enlarged planes.
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
