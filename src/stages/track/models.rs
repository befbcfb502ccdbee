//! [`TrackerModels`]: the tracker's interface to its networks. A trait allows tests of the tracking
//! rules without networks.

use crate::domain::face::{BoundingBox, Detection, Keypoints5, Score, SearchRegion};
use crate::domain::frame::Picture;
use crate::domain::shape::LandmarkResult;
use crate::stages::track::matcher::{Template, TemplateMatch};
use crate::stages::track::regress::Regression;

/// Network inference for the tracker.
pub trait TrackerModels {
    /// Network failure.
    type Error;

    /// Finds in `now` the object that `bounds` contains in `before`.
    fn regress(
        &mut self,
        before: &Picture,
        now: &Picture,
        bounds: &BoundingBox,
    ) -> Result<Regression, Self::Error>;

    /// Returns the template of the object in `bounds`, for a later [`TrackerModels::seek`].
    fn template(&mut self, picture: &Picture, bounds: &BoundingBox) -> Template;

    /// Finds an object in `now`, at any distance from its last box `around`, by two templates: one from a
    /// reliable frame, one from the last frame in which it was seen.
    fn seek(
        &mut self,
        looks: [&Template; 2],
        now: &Picture,
        around: &BoundingBox,
    ) -> Result<TemplateMatch, Self::Error>;

    /// Returns the 68 landmarks of the face near the given box, and the probability that it is a face.
    fn mark(
        &mut self,
        picture: &Picture,
        bounds: &BoundingBox,
        landmarks: &Keypoints5,
    ) -> Result<LandmarkResult, Self::Error>;

    /// Returns the fraction, in `[0, 1]`, of the head region for this face box that is face or hair, for
    /// any head orientation.
    fn head(&mut self, picture: &Picture, bounds: &BoundingBox) -> Result<Score, Self::Error>;

    /// Detects faces in a part of the picture, best first.
    fn detect(
        &mut self,
        picture: &Picture,
        view: SearchRegion,
    ) -> Result<Vec<Detection>, Self::Error>;
}
