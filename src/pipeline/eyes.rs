//! [`Eyes`]: the networks that look for faces, and the tracker that knows when to ask which: one
//! frame in, the faces in it out.

use std::sync::Arc;

use thiserror::Error;

use crate::domain::face::{
    BoundingBox, Crop, Detection, FaceReport, Landmarks, Score, Steadiness, TrackId, TrackState,
    TrackedFace, View,
};
use crate::domain::frame::{Frame, FrameTime, Picture};
use crate::domain::labels::Labels;
use crate::domain::region::Cover;
use crate::domain::shape::Marks;
use crate::domain::timing::{Clock, StageTimings};
use crate::pictures::lens::Lens;
use crate::stages::detect::{DetectError, FaceDetector};
use crate::stages::landmarks::pose::pose_of;
use crate::stages::landmarks::{LandmarkFinder, LandmarksError};
use crate::stages::mask::{MaskError, MaskFinder};
use crate::stages::track::regress::{NetworkRegressor, Regression, TrackError};
use crate::stages::track::seek::{Glimpse, NetworkSeeker, Sought};
use crate::stages::track::sight::Sight;
use crate::stages::track::{Rules, Tracker};

/// Finding or following failed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EyesError {
    /// Finding failed.
    #[error(transparent)]
    Detect(#[from] DetectError),
    /// Following failed.
    #[error(transparent)]
    Track(#[from] TrackError),
    /// The points failed.
    #[error(transparent)]
    Landmarks(#[from] LandmarksError),
    /// Looking for a head failed.
    #[error(transparent)]
    Mask(#[from] MaskError),
}

/// The open networks of the eyes.
#[derive(Debug)]
pub struct EyeNetworks {
    /// Finds faces.
    pub detector: FaceDetector,
    /// Follows them.
    pub regressor: NetworkRegressor,
    /// Finds them again where they jumped or turned away.
    pub seeker: NetworkSeeker,
    /// Finds their points.
    pub landmarks: LandmarkFinder,
    /// Finds what of a head is face.
    pub mask: MaskFinder,
}

/// The networks at work, each timed as a stage.
#[derive(Debug)]
struct Timed {
    networks: EyeNetworks,
    lens: Lens,
    timings: StageTimings,
    clock: Clock,
}

impl Sight for Timed {
    type Error = EyesError;

    fn regress(
        &mut self,
        before: &Picture,
        now: &Picture,
        bounds: &BoundingBox,
    ) -> Result<Regression, EyesError> {
        let network = &mut self.networks.regressor;
        let work = || network.regress(&mut self.lens, before, now, bounds);
        Ok(self.timings.measure(&self.clock, "track", work)?)
    }

    fn glimpse(&mut self, picture: &Picture, bounds: &BoundingBox) -> Glimpse {
        Glimpse::of(&mut self.lens, picture, bounds)
    }

    fn seek(
        &mut self,
        looks: [&Glimpse; 2],
        now: &Picture,
        around: &BoundingBox,
    ) -> Result<Sought, EyesError> {
        let network = &mut self.networks.seeker;
        let work = || network.seek(&mut self.lens, looks, now, around);
        Ok(self.timings.measure(&self.clock, "seek", work)?)
    }

    fn mark(
        &mut self,
        picture: &Picture,
        bounds: &BoundingBox,
        landmarks: &Landmarks,
    ) -> Result<Marks, EyesError> {
        let network = &mut self.networks.landmarks;
        let work = || network.find(&mut self.lens, picture, bounds, landmarks);
        Ok(self.timings.measure(&self.clock, "landmarks", work)?)
    }

    fn head(&mut self, picture: &Picture, bounds: &BoundingBox) -> Result<Score, EyesError> {
        let network = &mut self.networks.mask;
        let work = || network.head(&mut self.lens, picture, bounds);
        Ok(self.timings.measure(&self.clock, "head", work)?)
    }

    fn detect(&mut self, picture: &Picture, view: View) -> Result<Vec<Detection>, EyesError> {
        let network = &mut self.networks.detector;
        let work = || network.detect(&mut self.lens, picture, view);
        Ok(self.timings.measure(&self.clock, "detect", work)?)
    }
}

/// Finds faces and follows them.
#[derive(Debug)]
pub struct Eyes {
    tracker: Tracker,
    sight: Timed,
    /// What is followed from the first frame on, in place of faces.
    follow: Option<BoundingBox>,
}

impl Eyes {
    /// Eyes on open networks. With `follow`, what that box holds in the first frame is followed.
    pub fn new(
        networks: EyeNetworks,
        follow: Option<BoundingBox>,
        timings: StageTimings,
        clock: Clock,
    ) -> Self {
        Self {
            tracker: Tracker::new(Rules::default(), 0.5),
            sight: Timed {
                networks,
                lens: Lens::default(),
                timings,
                clock,
            },
            follow,
        }
    }

    /// Forgets everybody who was followed.
    pub fn forget(&mut self) {
        self.tracker = Tracker::new(Rules::default(), 0.5);
        self.sight.lens = Lens::default();
    }

    /// Sets the steadiness knob, from 0 (steady) to 1 (quick).
    pub fn set_quickness(&mut self, quickness: f32) {
        self.tracker.set_quickness(quickness);
    }

    /// Whether to keep to one person.
    pub fn set_only_one(&mut self, only: bool) {
        self.tracker.set_only_one(only);
    }

    /// The faces of the next frame.
    pub fn look(&mut self, frame: &Arc<Frame>) -> Result<Vec<TrackedFace>, EyesError> {
        self.sight.lens.turn_to(&frame.picture);
        match self.follow.take() {
            Some(bounds) => self.tracker.follow(bounds, frame, &mut self.sight)?,
            None => self.tracker.step(frame, &mut self.sight)?,
        }
        Ok(self.tracker.faces())
    }

    /// Writes the mask of the head in an aligned crop into its alpha, and tells what is where, where it
    /// could.
    pub fn mask(
        &mut self,
        crop: &mut Crop,
        cover: Cover,
        whose: TrackId,
    ) -> Result<Option<Labels>, MaskError> {
        let Timed {
            networks,
            timings,
            clock,
            ..
        } = &mut self.sight;
        timings.measure(clock, "mask", || networks.mask.cover(crop, cover, whose))
    }

    /// Where faces were lost a moment ago, and how opaque their cover is, in `(0, 1]`.
    pub fn ghosts(&self, now: FrameTime) -> Vec<(TrackedFace, f32)> {
        self.tracker.ghosts(now)
    }

    /// How the tracker as a whole is doing.
    pub fn state(&self) -> TrackState {
        self.tracker.state()
    }

    /// How still and how prompt the oldest face is.
    pub fn steadiness(&self) -> Option<Steadiness> {
        self.tracker.steadiness()
    }
}

/// What a report says of a face.
pub fn report_of(face: &TrackedFace) -> FaceReport {
    let mut report = FaceReport::from(face);
    report.pose = face.shape.as_ref().and_then(pose_of);
    report
}
