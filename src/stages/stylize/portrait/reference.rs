//! [`Portrait`]: a reference picture with a face, made ready to paint others with.

use thiserror::Error;

use crate::domain::frame::{Picture, Size};
use crate::domain::geometry::{CropPx, FramePx, Point, Transform};
use crate::domain::shape::FaceShape;
use crate::domain::skin::SkinPlace;
use crate::pictures::warp::{Outside, Warper};
use crate::stages::stylize::portrait::chunks::CELLS;
use crate::stages::stylize::portrait::field::{Anchors, bounds, usable};
use crate::stages::stylize::portrait::parts;
use crate::stages::stylize::portrait::plane::Plane;
use crate::stages::stylize::portrait::tone::{Histogram, Palette, luma};

/// Side of the square that is cut from the reference, pixels.
pub const SIDE: usize = 512;

/// Its side over the longer side of the 68 points' box.
const SIDE_OVER_FACE: f32 = 2.0;

/// Its middle lies this part of the face's height over the points' middle.
const RISE: f32 = 0.12;

/// Pixels of the square a cell of the guides is wide.
pub const CELL: usize = SIDE / CELLS;

/// Radius of the boxes that take the finest grain off the strokes, and how much of it they take:
/// what is finer than the frame's own pixels only shimmers.
const GRAIN: usize = 1;
const GRAIN_TAKEN: f32 = 0.35;

/// How much stronger the strokes are made that remain, and the radius of their surroundings.
const STROKES: f32 = 0.8;
const STROKES_REACH: usize = 3;

/// The reference cannot be used as a portrait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the points of the reference's face do not span a face; mark eyes, nose, mouth and chin")]
pub struct NoFace;

/// A painted face, upright in a square of [`SIDE`] pixels, with all that painting needs of it.
#[derive(Debug, Clone)]
pub struct Portrait {
    /// Its 68 points in the square, pixels.
    pub anchors: Anchors,
    /// Colours, sRGB-encoded; alpha is 255 on the face and fades out around it.
    pub colours: Picture,
    /// Red: the painted face's own shape (128 + half its brightness over its surroundings).
    /// Green: those surroundings' brightness. Blue: brows, eyes, nose and lips.
    pub shapes: Picture,
    /// Brightness over its surroundings, [`CELLS`] a side.
    pub appearance: Plane,
    /// Brows, eyes, nose and lips, [`CELLS`] a side.
    pub features: Plane,
    /// Brightnesses of the face.
    pub tones: Histogram,
    /// Its colours by brightness.
    pub palette: Palette,
    /// Distance of the outermost jaw points, pixels of the square.
    pub width: f32,
}

/// Radius of the boxes of a wide blur: what is larger than this part of a face is light and not
/// shape.
pub fn wide_radius(face_width: f32) -> usize {
    const PART: f32 = 0.047;
    ((PART * face_width).round() as usize).max(1)
}

/// Radius of the boxes under which strokes are, and over which the painted face's shape is.
fn stroke_radius(face_width: f32) -> usize {
    const PART: f32 = 0.006;
    ((PART * face_width).round() as usize).max(1)
}

impl Portrait {
    /// Cuts out the face whose points are `shape` from `picture` (any size). Where `skin` is known,
    /// hair over the painted forehead is left out, so that nobody else wears it.
    pub fn prepare(
        picture: &Picture,
        shape: &FaceShape,
        skin: Option<&SkinPlace>,
    ) -> Result<Self, NoFace> {
        let found: Anchors = shape.0.map(|p| [p.x, p.y]);
        if !usable(&found) {
            return Err(NoFace);
        }
        let picture_from_square = square_around(shape, &found);
        let square_from_picture = picture_from_square.inverse().ok_or(NoFace)?;
        let anchors = shape.0.map(|p| {
            let p = square_from_picture * p;
            [p.x, p.y]
        });
        let width = (anchors[16][0] - anchors[0][0]).hypot(anchors[16][1] - anchors[0][1]);
        let mut cut = Picture::filled(Size::new(SIDE as u32, SIDE as u32), [0, 0, 0, 255]);
        Warper::default().warp(picture, &picture_from_square, Outside::Edge, &mut cut);
        let mut face = parts::face(&anchors, CELLS, CELL as f32);
        if let Some(skin) = skin {
            leave_out_fringe(&mut face, &anchors, |x, y| {
                skin.at(picture_from_square * Point::new(x, y))
            });
        }
        let features = parts::features(&anchors, CELLS, CELL as f32);
        let planes = painted(&cut);
        let light = Plane::made(SIDE, SIDE, |x, y| {
            let i = y * SIDE + x;
            luma([
                planes[0].values()[i],
                planes[1].values()[i],
                planes[2].values()[i],
            ])
        });
        let wide = light.shrunk(CELL).blurred(wide_radius(width / CELL as f32));
        let shape_of = light.blurred(stroke_radius(width));
        let small = light.shrunk(CELL);
        let appearance = Plane::made(CELLS, CELLS, |x, y| {
            let i = y * CELLS + x;
            small.values()[i] - wide.values()[i]
        });
        let mut portrait = Self {
            anchors,
            colours: Picture::filled(cut.size(), [0; 4]),
            shapes: Picture::filled(cut.size(), [0; 4]),
            appearance,
            tones: [0.0; 256],
            palette: Palette([[0.0; 3]; 256]),
            features,
            width,
        };
        portrait.write(&planes, &wide, &shape_of, &face);
        portrait.count();
        Ok(portrait)
    }

    fn write(&mut self, planes: &[Plane; 3], wide: &Plane, shape: &Plane, face: &Plane) {
        let byte = |v: f32| v.round().clamp(0.0, 255.0) as u8;
        let pixels = self.colours.rgba_mut().as_chunks_mut::<4>().0.iter_mut();
        let shapes = self.shapes.rgba_mut().as_chunks_mut::<4>().0;
        for (i, (colour, own)) in pixels.zip(shapes).enumerate() {
            let (x, y) = ((i % SIDE) as f32 + 0.5, (i / SIDE) as f32 + 0.5);
            let (u, v) = (x / CELL as f32, y / CELL as f32);
            let around = wide.sample(u, v);
            for (to, plane) in colour.iter_mut().zip(planes) {
                *to = byte(plane.values()[i]);
            }
            colour[3] = byte(face.sample(u, v) * 255.0);
            let over = (shape.values()[i] - around) / 2.0 + 128.0;
            *own = [
                byte(over),
                byte(around),
                byte(self.features.sample(u, v) * 255.0),
                255,
            ];
        }
    }

    /// Counts tones and colours of the face.
    fn count(&mut self) {
        let pixels = self.colours.rgba().as_chunks::<4>().0;
        let colours = pixels.iter().map(|&[r, g, b, a]| {
            let colour = [f32::from(r), f32::from(g), f32::from(b)];
            (colour, f32::from(u8::from(a > 127)))
        });
        for (colour, weight) in colours.clone() {
            self.tones[(luma(colour) as usize).min(255)] += weight;
        }
        self.palette = Palette::of(colours);
    }

    /// Memory that it takes, bytes.
    pub fn bytes(&self) -> usize {
        let planes = self.appearance.values().len() + self.features.values().len();
        self.colours.rgba().len() + self.shapes.rgba().len() + planes * 4 + size_of::<Self>()
    }
}

/// Takes from `face` what is no skin over the brows. Not where much of the face below them is said to
/// be no skin either: then the mask does not understand the painting.
fn leave_out_fringe(face: &mut Plane, anchors: &Anchors, skin: impl Fn(f32, f32) -> f32) {
    const UNDERSTOOD: f32 = 0.6;
    let brows = anchors[17..27].iter().map(|p| p[1]);
    let brows = brows.sum::<f32>() / 10.0;
    let middle = |i: usize| (i as f32 + 0.5) * CELL as f32;
    let (mut inside, mut all) = (0.0, 0.0_f32);
    for (i, share) in face.values().iter().enumerate() {
        let (x, y) = (middle(i % CELLS), middle(i / CELLS));
        if y > brows {
            inside += share * skin(x, y);
            all += share;
        }
    }
    if inside < UNDERSTOOD * all {
        return;
    }
    for (i, share) in face.values_mut().iter_mut().enumerate() {
        let (x, y) = (middle(i % CELLS), middle(i / CELLS));
        // The brows themselves stay.
        if y < brows - 2.0 * CELL as f32 {
            *share *= ((skin(x, y) - 0.3) / 0.5).clamp(0.0, 1.0);
        }
    }
    face.blur(1);
}

/// The map from the square to the reference: the eyes' line is level in the square.
fn square_around(shape: &FaceShape, points: &Anchors) -> Transform<FramePx, CropPx> {
    let five = shape.five();
    let (dx, dy) = (
        five.left_eye.x - five.right_eye.x,
        five.left_eye.y - five.right_eye.y,
    );
    let (sin, cos) = if dx > 1.0 {
        dy.atan2(dx).sin_cos()
    } else {
        (0.0, 1.0)
    };
    let turned = points.map(|[x, y]| [cos * x + sin * y, cos * y - sin * x]);
    let [left, top, right, low] = bounds(&turned);
    let scale = SIDE_OVER_FACE * (right - left).max(low - top) / SIDE as f32;
    let middle = [
        f32::midpoint(left, right),
        f32::midpoint(top, low) - RISE * (low - top),
    ];
    let centre: Point<FramePx> = Point::new(
        cos * middle[0] - sin * middle[1],
        sin * middle[0] + cos * middle[1],
    );
    let (a, b, half) = (scale * cos, scale * sin, SIDE as f32 / 2.0);
    Transform::from_rows([
        [a, -b, centre.x - half * (a - b)],
        [b, a, centre.y - half * (a + b)],
    ])
}

/// Red, green and blue with the finest grain taken off and the strokes made up for it.
fn painted(cut: &Picture) -> [Plane; 3] {
    let pixels = cut.rgba().as_chunks::<4>().0;
    std::array::from_fn(|channel| {
        let plain = Plane::made(SIDE, SIDE, |x, y| f32::from(pixels[y * SIDE + x][channel]));
        let mut fine = plain.blurred(GRAIN);
        for (value, plain) in fine.values_mut().iter_mut().zip(plain.values()) {
            *value = plain + (*value - plain) * GRAIN_TAKEN;
        }
        let wide = fine.blurred(STROKES_REACH);
        let pairs = fine.values_mut().iter_mut().zip(wide.values());
        for (value, around) in pairs {
            *value += STROKES * (*value - around);
        }
        fine
    })
}
