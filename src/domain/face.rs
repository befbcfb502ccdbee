//! Data about faces, from the first detection to the crop that is stylized.

use serde::{Serialize, Serializer};

use crate::domain::frame::Picture;
use crate::domain::geometry::{CropPx, FramePx, Point, Rect, Transform};
pub use crate::domain::keypoints::{Keypoints5, Score};
use crate::domain::shape::{HeadPose, Landmarks68, Openness};

/// A face's axis-aligned box: brows (or forehead) to chin, ear to ear.
pub type BoundingBox = Rect<FramePx>;

/// One face found by the detector in one frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Detection {
    /// Bounding box of the face.
    pub bounds: BoundingBox,
    /// The five facial landmarks.
    pub landmarks: Keypoints5,
    /// Confidence of the detector.
    pub score: Score,
}

/// Identifies one person for the lifetime of the program; never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct TrackId(pub u32);

/// The part of a frame that is searched for faces.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SearchRegion {
    /// The whole frame.
    Whole,
    /// One of several overlapping parts of a large frame, which makes small faces detectable. Any number is
    /// valid: the parts repeat cyclically.
    Part(u32),
    /// A close view around a face that was there a moment ago.
    Around(BoundingBox),
}

/// State of a track. `stages/track/life` holds the rules of its life cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TrackState {
    /// No face is known; the whole picture is searched.
    Searching,
    /// The face is seen.
    Locked,
    /// The face is not seen in this frame; its last region is kept for a moment.
    Coasting,
    /// The face is gone; its identifier is kept for its return.
    Lost,
}

/// Jitter and lag of the shown faces, over the last seconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Steadiness {
    /// Standard deviation of the frame-to-frame jitter, per cent of the face's width. Smooth motion does
    /// not count.
    pub jitter_percent: f32,
    /// Lag of a moving face's shown position behind its measured one, frames; 0 until the face moved.
    pub lag_frames: f32,
}

/// One tracked face in one frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrackedFace {
    /// The person's identifier.
    pub id: TrackId,
    /// Smoothed bounding box.
    pub bounds: BoundingBox,
    /// The five landmarks, smoothed.
    pub landmarks: Keypoints5,
    /// The 68 landmarks, smoothed, if known.
    pub shape: Option<Landmarks68>,
    /// The tracker's confidence that the face is visible.
    pub score: Score,
    /// State of the track.
    pub state: TrackState,
}

/// The subject of a crop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// The head of one person.
    Face(TrackId),
    /// The whole frame.
    Frame,
}

/// The smoothed, rotated square around a head that is cut out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Roi {
    /// Centre of the square.
    pub centre: Point<FramePx>,
    /// Side length in frame pixels.
    pub side: f32,
    /// In-plane rotation of the head, clockwise, radians.
    pub angle_rad: f32,
}

impl Roi {
    /// The square's side as a multiple of the box's longer side: head, hair and some neck fit in.
    const SIDE_OVER_BOX: f32 = 1.9;

    /// Height of the square's centre above the box's centre, as a share of the box's height: hair is taller
    /// than chin and collar.
    const RISE_OVER_BOX: f32 = 0.10;

    /// The square around the head with this face box, rotated by `angle_rad`.
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

    /// The transform from a square crop of `crop_side` pixels to the frame.
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

/// A cut-out of a frame at a network's input size, with the exact transform back.
#[derive(Debug, Clone)]
pub struct Crop {
    /// The pixels.
    pub picture: Picture,
    /// Maps each crop pixel to its position in the frame.
    pub frame_from_crop: Transform<FramePx, CropPx>,
}

/// Serialises a box as `[x, y, width, height]`, as the report's contract requires.
pub fn box_as_array<S: Serializer>(bounds: &BoundingBox, to: S) -> Result<S::Ok, S::Error> {
    [bounds.x, bounds.y, bounds.width, bounds.height].serialize(to)
}

/// One face in a report: `{id, box: [x, y, w, h], score, state}`, with pose and openness if known.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct FaceReport {
    /// The person's identifier.
    pub id: TrackId,
    /// Bounding box, frame pixels.
    #[serde(rename = "box", serialize_with = "box_as_array")]
    pub bounds: BoundingBox,
    /// Confidence, in `[0, 1]`.
    pub score: Score,
    /// State of the track.
    pub state: TrackState,
    /// Head pose, if known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pose: Option<HeadPose>,
    /// Openness of eyes and mouth, if known.
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
