//! The networks `style_encoder` and `style_transfer`.

use crate::domain::face::Crop;
use crate::domain::frame::{Picture, Size};
use crate::domain::geometry::{CropPx, FramePx, Transform};
use crate::domain::style::StyleCode;
use crate::inference::model::{Input, Model, ModelReport};
use crate::inference::tensor::{picture_from_planes, planes_from_picture};
use crate::pictures::warp::{Outside, Warper};
use crate::stages::stylize::{StyleEncoder, StylizeError, Stylizer};

/// Side of the encoder's square input, pixels.
const ENCODER_SIDE: u32 = 256;

/// Wrapper around the network `style_encoder`.
#[derive(Debug)]
pub struct NeuralEncoder {
    model: Model,
    planes: Vec<f32>,
}

impl NeuralEncoder {
    /// Creates an encoder for the loaded network `style_encoder`.
    pub fn new(model: Model) -> Self {
        Self {
            model,
            planes: Vec::new(),
        }
    }
}

impl StyleEncoder for NeuralEncoder {
    /// Encodes the largest centred square of the picture.
    fn encode(&mut self, picture: &Picture) -> Result<StyleCode, StylizeError> {
        let size = picture.size();
        let side = size.width.min(size.height) as f32;
        let scale = side / ENCODER_SIDE as f32;
        let left = (size.width as f32 - side) / 2.0;
        let top = (size.height as f32 - side) / 2.0;
        let map = Transform::<FramePx, CropPx>::scale_then_move(scale, scale, left, top);
        let mut square = Picture::filled(Size::new(ENCODER_SIDE, ENCODER_SIDE), [0, 0, 0, 255]);
        Warper::default().warp(picture, &map, Outside::Edge, &mut square);
        planes_from_picture(&square, &mut self.planes);
        let shape = [1, 3, ENCODER_SIDE as usize, ENCODER_SIDE as usize];
        let inputs = [Input::floats(&shape, &self.planes)];
        let code = self.model.run(&inputs, |outputs| {
            outputs.first().map(|o| o.data.to_vec()).unwrap_or_default()
        })?;
        Ok(StyleCode(code))
    }

    fn models(&self) -> Vec<ModelReport> {
        vec![self.model.report().clone()]
    }
}

/// Wrapper around the network `style_transfer`.
#[derive(Debug)]
pub struct NeuralStylizer {
    model: Model,
    planes: Vec<f32>,
}

impl NeuralStylizer {
    /// Creates a stylizer for the loaded network `style_transfer`.
    pub fn new(model: Model) -> Self {
        Self {
            model,
            planes: Vec::new(),
        }
    }
}

impl Stylizer for NeuralStylizer {
    fn stylize(&mut self, crop: &mut Crop, code: &StyleCode) -> Result<(), StylizeError> {
        let size = crop.picture.size();
        planes_from_picture(&crop.picture, &mut self.planes);
        let content_shape = [1, 3, size.height as usize, size.width as usize];
        let code_shape = [1, code.0.len()];
        let inputs = [
            Input::floats(&content_shape, &self.planes),
            Input::floats(&code_shape, &code.0),
        ];
        self.model.run(&inputs, |outputs| {
            let planes = outputs.first().map_or(&[][..], |o| o.data);
            if planes.len() != size.pixels() * 3 {
                return Err(StylizeError::Shape {
                    size,
                    found: planes.len(),
                });
            }
            picture_from_planes(planes, &mut crop.picture);
            Ok(())
        })?
    }

    fn models(&self) -> Vec<ModelReport> {
        vec![self.model.report().clone()]
    }
}
