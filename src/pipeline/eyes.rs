//! [`Eyes`]: detector and tracker together: one frame in, the faces in it out.

use std::sync::Arc;

use thiserror::Error;

use crate::domain::face::{BoundingBox, TrackedFace};
use crate::domain::frame::Frame;
use crate::domain::timing::{Clock, StageTimings};
use crate::stages::detect::{DetectError, FaceDetector};
use crate::stages::track::regress::{BoxRegressor, TrackError};
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
}

/// Finds faces and follows them.
#[derive(Debug)]
pub struct Eyes {
    tracker: Tracker,
    detector: FaceDetector,
    /// What is followed from the first frame on, in place of faces.
    follow: Option<BoundingBox>,
    timings: StageTimings,
    clock: Clock,
}

impl Eyes {
    /// Eyes on open networks. With `follow`, what that box holds in the first frame is followed,
    /// and the detector is not asked.
    pub fn new(
        detector: FaceDetector,
        regressor: Box<dyn BoxRegressor>,
        follow: Option<BoundingBox>,
        timings: StageTimings,
        clock: Clock,
    ) -> Self {
        let tracker = Tracker::new(regressor, Rules::default(), 0.5);
        Self {
            tracker,
            detector,
            follow,
            timings,
            clock,
        }
    }

    /// Sets the steadiness knob, from 0 (steady) to 1 (quick).
    pub fn set_quickness(&mut self, quickness: f32) {
        self.tracker.set_quickness(quickness);
    }

    /// The faces of the next frame.
    pub fn look(&mut self, frame: &Arc<Frame>) -> Result<Vec<TrackedFace>, EyesError> {
        if let Some(bounds) = self.follow.take() {
            self.tracker.follow(bounds, frame);
            return Ok(self.tracker.faces());
        }
        let (timings, clock) = (&self.timings, &self.clock);
        let wants_detector = timings.measure(clock, "track", || self.tracker.advance(frame))?;
        if wants_detector {
            let detector = &mut self.detector;
            let found = timings.measure(clock, "detect", || detector.detect(&frame.picture))?;
            self.tracker.correct(&found, frame);
        }
        Ok(self.tracker.faces())
    }
}
