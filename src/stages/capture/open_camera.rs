//! [`open_camera`]: opens a [`WatchedCamera`] for a [`CameraRequest`]; present in every build.

use std::time::Duration;

use crate::domain::timing::Clock;
#[cfg(feature = "camera")]
use crate::stages::capture::camera::WhichCamera;
use crate::stages::capture::camera::{CameraInfo, CameraRequest};
use crate::stages::capture::error::CaptureError;
#[cfg(all(feature = "camera", target_os = "linux"))]
use crate::stages::capture::video4linux as system;
use crate::stages::capture::watch::{CameraLimits, WatchedCamera};
#[cfg(all(feature = "camera", not(target_os = "linux")))]
use crate::stages::capture::webcam as system;

/// Time per camera when no specific one is requested.
#[cfg(feature = "camera")]
const TRIED_FOR: Duration = Duration::from_secs(4);

/// Opens a camera and waits for at most `limits.open`. If no specific camera is requested, it tries
/// each one until one delivers a picture.
#[cfg(feature = "camera")]
pub fn open_camera(
    wish: &CameraRequest,
    limits: CameraLimits,
    clock: Clock,
) -> Result<WatchedCamera, CaptureError> {
    if wish.which != WhichCamera::Any {
        return start_camera(wish, limits, clock)?.opened();
    }
    let mut troubles = Vec::new();
    let mut usable = Vec::new();
    for camera in system::list_within(limits.open)? {
        match camera.trouble {
            Some(trouble) => troubles.push(trouble),
            None => usable.push(camera.number),
        }
    }
    let tried = CameraLimits {
        open: limits.open.min(TRIED_FOR),
        ..limits
    };
    for number in &usable {
        let limits = if usable.len() > 1 { tried } else { limits };
        let wish = CameraRequest {
            which: WhichCamera::Number(*number),
            ..wish.clone()
        };
        match start_camera(&wish, limits, clock.clone())?.showing() {
            Ok(camera) => return Ok(camera),
            Err(error) => {
                tracing::info!(%error, number, "camera passed over");
                troubles.push(error.to_string());
            }
        }
    }
    Err(CaptureError::NoneReadable(troubles))
}

/// Fails, because this build has no camera support.
#[cfg(not(feature = "camera"))]
pub fn open_camera(
    _wish: &CameraRequest,
    _limits: CameraLimits,
    _clock: Clock,
) -> Result<WatchedCamera, CaptureError> {
    Err(CaptureError::NoCameraSupport)
}

/// Starts to open a camera and returns at once;
/// [`FrameSource::next`](crate::stages::capture::FrameSource::next) delivers frames or the failure.
#[cfg(feature = "camera")]
pub fn start_camera(
    wish: &CameraRequest,
    limits: CameraLimits,
    clock: Clock,
) -> Result<WatchedCamera, CaptureError> {
    let driver = system::driver(wish, clock.clone());
    Ok(WatchedCamera::start(driver, limits, clock))
}

/// Fails, because this build has no camera support.
#[cfg(not(feature = "camera"))]
pub fn start_camera(
    _wish: &CameraRequest,
    _limits: CameraLimits,
    _clock: Clock,
) -> Result<WatchedCamera, CaptureError> {
    Err(CaptureError::NoCameraSupport)
}

/// Lists the available cameras within `limit`.
#[cfg(feature = "camera")]
pub fn cameras(limit: Duration) -> Result<Vec<CameraInfo>, CaptureError> {
    system::list_within(limit)
}

/// Fails, because this build has no camera support.
#[cfg(not(feature = "camera"))]
pub fn cameras(_limit: Duration) -> Result<Vec<CameraInfo>, CaptureError> {
    Err(CaptureError::NoCameraSupport)
}
