//! What is known about faces, from the first detection to the crop that is stylized.

use serde::{Serialize, Serializer};

use crate::domain::frame::Picture;
use crate::domain::geometry::{CropPx, FramePx, Point, Rect, Transform};
pub use crate::domain::keypoints::{Keypoints5, Score};
use crate::domain::shape::{HeadPose, Landmarks68, Openness};

/// A face's axis-aligned box: brows (or forehead) to chin, ear to ear.
pub type BoundingBox = Rect<FramePx>;

/// What the detector saw in one frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Detection {
    /// Where.
    pub bounds: BoundingBox,
    /// The five points.
    pub landmarks: Keypoints5,
    /// How sure.
    pub score: Score,
}

/// Names one person for as long as the program runs; never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct TrackId(pub u32);

/// Which part of a frame is searched for faces.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SearchRegion {
    /// All of it.
    Whole,
    /// One of several overlapping parts of a large frame, so that small faces are seen; any number will
    /// do, the parts come round again.
    Part(u32),
    /// The surroundings of a face that was just there, closely.
    Around(BoundingBox),
}

/// How a track is doing. Its life's rules stand in `stages/track/life`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TrackState {
    /// No face is known; the whole picture is looked through.
    Searching,
    /// The face is seen.
    Locked,
    /// The face is not seen in this frame; its last region is kept for a moment.
    Coasting,
    /// The face has gone; its name is kept for its return.
    Lost,
}

/// How still and how prompt the shown faces are, over the last seconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Steadiness {
    /// Standard deviation of what shakes from frame to frame, per cent of the face's width. A
    /// smooth motion does not count.
    pub jitter_percent: f32,
    /// How far a moving face's shown place lies behind its measured one, frames; 0 until it moved.
    pub lag_frames: f32,
}

/// One followed face in one frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrackedFace {
    /// Who.
    pub id: TrackId,
    /// Where, steadied.
    pub bounds: BoundingBox,
    /// The five points, steadied.
    pub landmarks: Keypoints5,
    /// The 68 points, steadied, where they are known.
    pub shape: Option<Landmarks68>,
    /// How sure the tracker is that the face is visible.
    pub score: Score,
    /// How the track is doing.
    pub state: TrackState,
}

/// What a crop shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// One person's head.
    Face(TrackId),
    /// The whole frame.
    Frame,
}

/// The steady, rotated square around a head that is cut out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Roi {
    /// Middle of the square.
    pub centre: Point<FramePx>,
    /// Length of its sides in frame pixels.
    pub side: f32,
    /// Turn of the head in the picture's plane, clockwise, radians.
    pub angle_rad: f32,
}

impl Roi {
    /// The square's side over the box's longer side: head, hair and some neck fit in.
    const SIDE_OVER_BOX: f32 = 1.9;

    /// The square's middle lies this part of the box's height above the box's middle, since hair is
    /// taller than chin and collar.
    const RISE_OVER_BOX: f32 = 0.10;

    /// The square around the head with this face box, turned by `angle_rad`.
    pub fn around(bounds: &BoundingBox, angle_rad: f32) -> Self {
        let rise = Self::RISE_OVER_BOX * bounds.height;
        let middle = bounds.centre();
        let (sin, cos) = angle_rad.sin_cos();
        Self {
            centre: Point::new(middle.x + sin * rise, middle.y - cos * rise),
            side: Self::SIDE_OVER_BOX * bounds.width.max(bounds.height).max(1.0),
            angle_rad,
        }
    }

    /// The map from a square crop of `crop_side` pixels to the frame.
    pub fn frame_from_crop(&self, crop_side: u32) -> Transform<FramePx, CropPx> {
        let scale = self.side / crop_side as f32;
        let (sin, cos) = self.angle_rad.sin_cos();
        let (a, b, c, d) = (scale * cos, -scale * sin, scale * sin, scale * cos);
        let half = crop_side as f32 / 2.0;
        Transform::from_rows([
            [a, b, self.centre.x - a * half - b * half],
            [c, d, self.centre.y - c * half - d * half],
        ])
    }
}

/// A cut-out of a frame at a network's size, with the exact way back.
#[derive(Debug, Clone)]
pub struct Crop {
    /// The pixels.
    pub picture: Picture,
    /// Where each crop pixel came from.
    pub frame_from_crop: Transform<FramePx, CropPx>,
}

/// Serialises a box as `[x, y, width, height]`, as the report's contract says.
pub fn box_as_array<S: Serializer>(bounds: &BoundingBox, to: S) -> Result<S::Ok, S::Error> {
    [bounds.x, bounds.y, bounds.width, bounds.height].serialize(to)
}

/// One face in a report: `{id, box: [x, y, w, h], score, state}`, with pose and openness where known.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct FaceReport {
    /// Who.
    pub id: TrackId,
    /// Where, in frame pixels.
    #[serde(rename = "box", serialize_with = "box_as_array")]
    pub bounds: BoundingBox,
    /// How sure, in `[0, 1]`.
    pub score: Score,
    /// How the track is doing.
    pub state: TrackState,
    /// How the head is turned, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pose: Option<HeadPose>,
    /// How open eyes and mouth are, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub openness: Option<Openness>,
}

impl From<&TrackedFace> for FaceReport {
    fn from(face: &TrackedFace) -> Self {
        Self {
            id: face.id,
            bounds: face.bounds,
            score: face.score,
            state: face.state,
            pose: None,
            openness: face.shape.map(|shape| shape.openness()),
        }
    }
}
