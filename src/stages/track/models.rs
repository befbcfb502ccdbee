//! [`TrackerModels`]: the networks that the tracker looks with, as it knows them. A trait, so that its
//! rules are tested without a network.

use crate::domain::face::{BoundingBox, Detection, Keypoints5, Score, SearchRegion};
use crate::domain::frame::Picture;
use crate::domain::shape::LandmarkResult;
use crate::stages::track::matcher::{Template, TemplateMatch};
use crate::stages::track::regress::Regression;

/// Looks at pictures for the tracker.
pub trait TrackerModels {
    /// A network failed.
    type Error;

    /// Where the object that `bounds` holds in `before` is in `now`.
    fn regress(
        &mut self,
        before: &Picture,
        now: &Picture,
        bounds: &BoundingBox,
    ) -> Result<Regression, Self::Error>;

    /// How what `bounds` holds looks in `picture`, to seek it later.
    fn template(&mut self, picture: &Picture, bounds: &BoundingBox) -> Template;

    /// Where in `now`, far from its last box `around` or near, the object is that looked like this
    /// when it was seen well, and when it was seen last.
    fn seek(
        &mut self,
        looks: [&Template; 2],
        now: &Picture,
        around: &BoundingBox,
    ) -> Result<TemplateMatch, Self::Error>;

    /// The 68 points of the face that is about there, and whether it is one.
    fn mark(
        &mut self,
        picture: &Picture,
        bounds: &BoundingBox,
        landmarks: &Keypoints5,
    ) -> Result<LandmarkResult, Self::Error>;

    /// How much of what lies where a face with this box would have its face and hair is face or
    /// hair, from any side: `[0, 1]`.
    fn head(&mut self, picture: &Picture, bounds: &BoundingBox) -> Result<Score, Self::Error>;

    /// The faces in a part of the picture, best first.
    fn detect(
        &mut self,
        picture: &Picture,
        view: SearchRegion,
    ) -> Result<Vec<Detection>, Self::Error>;
}
