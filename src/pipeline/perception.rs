//! [`FacePerception`]: the face networks, and the tracker that decides when to call them. It maps one frame
//! to the faces in it.

use std::sync::Arc;

use thiserror::Error;

use crate::domain::face::{
    BoundingBox, Crop, Detection, FaceReport, Keypoints5, Score, SearchRegion, Steadiness, TrackId,
    TrackState, TrackedFace,
};
use crate::domain::frame::{Frame, FrameTime, Picture};
use crate::domain::labels::Labels;
use crate::domain::region::MaskExtent;
use crate::domain::shape::LandmarkResult;
use crate::domain::timing::{Clock, StageTimings};
use crate::pictures::crop_cache::CropCache;
use crate::stages::detect::{DetectError, FaceDetector};
use crate::stages::landmarks::pose::pose_of;
use crate::stages::landmarks::{LandmarkFinder, LandmarksError};
use crate::stages::mask::{MaskError, MaskFinder};
use crate::stages::track::matcher::{SiameseMatcher, Template, TemplateMatch};
use crate::stages::track::models::TrackerModels;
use crate::stages::track::regress::{NetworkRegressor, Regression, TrackError};
use crate::stages::track::{Rules, Tracker};

/// Detection or tracking failed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PerceptionError {
    /// Detection failed.
    #[error(transparent)]
    Detect(#[from] DetectError),
    /// Tracking failed.
    #[error(transparent)]
    Track(#[from] TrackError),
    /// Finding the facial landmarks failed.
    #[error(transparent)]
    Keypoints5(#[from] LandmarksError),
    /// Segmenting a head failed.
    #[error(transparent)]
    Mask(#[from] MaskError),
}

/// The open face networks.
#[derive(Debug)]
pub struct FaceModels {
    /// Detects faces.
    pub detector: FaceDetector,
    /// Tracks faces from frame to frame.
    pub regressor: NetworkRegressor,
    /// Finds faces again that jumped or turned away.
    pub matcher: SiameseMatcher,
    /// Finds facial landmarks.
    pub landmarks: LandmarkFinder,
    /// Segments the face within a head crop.
    pub mask: MaskFinder,
}

/// The networks in use; each is timed as a stage.
#[derive(Debug)]
struct Timed {
    networks: FaceModels,
    cache: CropCache,
    timings: StageTimings,
    clock: Clock,
}

impl TrackerModels for Timed {
    type Error = PerceptionError;

    fn regress(
        &mut self,
        before: &Picture,
        now: &Picture,
        bounds: &BoundingBox,
    ) -> Result<Regression, PerceptionError> {
        let network = &mut self.networks.regressor;
        let work = || network.regress(&mut self.cache, before, now, bounds);
        Ok(self.timings.measure(&self.clock, "track", work)?)
    }

    fn template(&mut self, picture: &Picture, bounds: &BoundingBox) -> Template {
        Template::of(&mut self.cache, picture, bounds)
    }

    fn seek(
        &mut self,
        looks: [&Template; 2],
        now: &Picture,
        around: &BoundingBox,
    ) -> Result<TemplateMatch, PerceptionError> {
        let network = &mut self.networks.matcher;
        let work = || network.seek(&mut self.cache, looks, now, around);
        Ok(self.timings.measure(&self.clock, "seek", work)?)
    }

    fn mark(
        &mut self,
        picture: &Picture,
        bounds: &BoundingBox,
        landmarks: &Keypoints5,
    ) -> Result<LandmarkResult, PerceptionError> {
        let network = &mut self.networks.landmarks;
        let work = || network.find(&mut self.cache, picture, bounds, landmarks);
        Ok(self.timings.measure(&self.clock, "landmarks", work)?)
    }

    fn head(&mut self, picture: &Picture, bounds: &BoundingBox) -> Result<Score, PerceptionError> {
        let network = &mut self.networks.mask;
        let work = || network.head(&mut self.cache, picture, bounds);
        Ok(self.timings.measure(&self.clock, "head", work)?)
    }

    fn detect(
        &mut self,
        picture: &Picture,
        view: SearchRegion,
    ) -> Result<Vec<Detection>, PerceptionError> {
        let network = &mut self.networks.detector;
        let work = || network.detect(&mut self.cache, picture, view);
        Ok(self.timings.measure(&self.clock, "detect", work)?)
    }
}

/// Detects and tracks faces.
#[derive(Debug)]
pub struct FacePerception {
    tracker: Tracker,
    models: Timed,
    /// The box to track from the first frame on, instead of faces.
    follow: Option<BoundingBox>,
}

impl FacePerception {
    /// Creates the perception from open networks. With `follow`, it tracks the content of that box in the
    /// first frame.
    pub fn new(
        networks: FaceModels,
        follow: Option<BoundingBox>,
        timings: StageTimings,
        clock: Clock,
    ) -> Self {
        Self {
            tracker: Tracker::new(Rules::default(), 0.5),
            models: Timed {
                networks,
                cache: CropCache::default(),
                timings,
                clock,
            },
            follow,
        }
    }

    /// Forgets all tracked faces.
    pub fn forget(&mut self) {
        self.tracker = Tracker::new(Rules::default(), 0.5);
        self.models.cache = CropCache::default();
    }

    /// Sets the steadiness knob, from 0 (steady) to 1 (quick).
    pub fn set_quickness(&mut self, quickness: f32) {
        self.tracker.set_quickness(quickness);
    }

    /// Sets whether only one person is tracked.
    pub fn set_only_one(&mut self, only: bool) {
        self.tracker.set_only_one(only);
    }

    /// Returns the faces of the next frame.
    pub fn look(&mut self, frame: &Arc<Frame>) -> Result<Vec<TrackedFace>, PerceptionError> {
        self.models.cache.set_frame(&frame.picture);
        match self.follow.take() {
            Some(bounds) => self.tracker.follow(bounds, frame, &mut self.models)?,
            None => self.tracker.step(frame, &mut self.models)?,
        }
        Ok(self.tracker.faces())
    }

    /// Writes the head's mask into the alpha of an aligned crop, and returns the crop's labels if they
    /// could be found.
    pub fn mask(
        &mut self,
        crop: &mut Crop,
        extent: MaskExtent,
        whose: TrackId,
    ) -> Result<Option<Labels>, MaskError> {
        let Timed {
            networks,
            timings,
            clock,
            ..
        } = &mut self.models;
        timings.measure(clock, "mask", || {
            networks.mask.write_mask(crop, extent, whose)
        })
    }

    /// Places of recently lost faces, with the opacity of their cover in `(0, 1]`.
    pub fn lost_faces(&self, now: FrameTime) -> Vec<(TrackedFace, f32)> {
        self.tracker.lost_faces(now)
    }

    /// State of the tracker as a whole.
    pub fn state(&self) -> TrackState {
        self.tracker.state()
    }

    /// Jitter and lag of the oldest face.
    pub fn steadiness(&self) -> Option<Steadiness> {
        self.tracker.steadiness()
    }
}

/// Makes a face's entry in a report.
pub fn report_of(face: &TrackedFace) -> FaceReport {
    let mut report = FaceReport::from(face);
    report.pose = face.shape.as_ref().and_then(pose_of);
    report
}
