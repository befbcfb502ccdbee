//! Webcams on Linux, through V4L2.
//!
//! The module uses the kernel's answers unchanged: formats, sizes, rates as fractions, the used bytes of
//! a buffer, and its damage flag. Values that a driver does not report stay unknown.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::domain::timing::Clock;
use crate::stages::capture::camera::{CameraInfo, CameraRequest, WhichCamera};
use crate::stages::capture::error::CaptureError;
use crate::stages::capture::watch::{Device, Driver};

// A device file.
mod node;

// The properties of a device file.
mod survey;

// Enumeration of device files.
mod list;

// Selection of the requested camera.
mod find;

// Formats, sizes and rates.
mod modes;

// Conversion of raw pixels.
mod pixels;

// JPEG decoding.
mod jpeg;

// An open camera.
mod webcam;

use find::{Known, Search};
use survey::Survey;
use webcam::Webcam;

/// Time limit of a query, after which the driver counts as hanging.
const PATIENCE: Duration = Duration::from_secs(2);

/// Returns the driver of the requested camera.
pub(super) fn driver(wish: &CameraRequest, clock: Clock) -> Arc<dyn Driver> {
    Arc::new(Webcams {
        wish: wish.clone(),
        clock,
        known: Mutex::default(),
    })
}

/// Lists the cameras, and the unusable device files with the reason.
pub(super) fn list_within(limit: Duration) -> Result<Vec<CameraInfo>, CaptureError> {
    let found = list::surveys(&list::numbers(), PATIENCE.min(limit))?;
    Ok(found.iter().map(Survey::info).collect())
}

/// Opens the requested camera, and afterwards only that one.
struct Webcams {
    wish: CameraRequest,
    clock: Clock,
    /// The camera since its first opening.
    known: Mutex<Option<Known>>,
}

impl Webcams {
    fn find(&self, known: &mut Option<Known>) -> Result<Vec<Survey>, CaptureError> {
        let numbers = list::numbers();
        if let Some(known) = known {
            let name = |number: &u32| survey::name_in_system(*number);
            let alike = |number: &u32| name(number).is_none_or(|name| name == known.name());
            let numbers: Vec<u32> = numbers.into_iter().filter(alike).collect();
            let present = list::surveys(&numbers, PATIENCE)?;
            return known.again(present).map(|found| vec![found]);
        }
        let number = match &self.wish.which {
            WhichCamera::Number(number) => Some(*number),
            WhichCamera::Path(path) => list::number_behind(path),
            WhichCamera::Named(_) | WhichCamera::Any => None,
        };
        // A number needs no query of other drivers, which may hang.
        if let Some(number) = number.filter(|number| numbers.contains(number)) {
            return match Survey::of(number) {
                Survey {
                    trouble: Some(trouble),
                    ..
                } => Err(trouble),
                usable => Ok(vec![usable]),
            };
        }
        let search = match &self.wish.which {
            WhichCamera::Any => Search::Any,
            WhichCamera::Named(part) => Search::Named(part),
            _ => Search::Nothing,
        };
        find::found(search, &self.wish.which, list::surveys(&numbers, PATIENCE)?)
    }
}

impl Driver for Webcams {
    fn name(&self) -> String {
        self.wish.which.to_string()
    }

    fn open(&self) -> Result<Box<dyn Device>, CaptureError> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let wish = modes::ModeRequest {
            size: self.wish.size,
            fps: self.wish.fps,
        };
        let mut first_trouble = None;
        for found in self.find(&mut known)? {
            match Webcam::open(&found, wish, self.clock.clone()) {
                Ok(webcam) => {
                    *known = Some(Known::new(&found));
                    return Ok(Box::new(webcam));
                }
                Err(trouble) => {
                    first_trouble.get_or_insert(trouble);
                }
            }
        }
        Err(first_trouble.unwrap_or_else(|| CaptureError::CameraGone(self.name())))
    }
}
