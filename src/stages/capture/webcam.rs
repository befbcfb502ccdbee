//! Webcams on macOS and Windows, through nokhwa.
//!
//! MJPEG comes first, because only MJPEG reaches 30 frames per second at 1280×720 over USB 2; YUYV and
//! NV12 follow.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use nokhwa::pixel_format::RgbAFormat;
use nokhwa::utils::{
    ApiBackend, CameraFormat, CameraIndex, FrameFormat, RequestedFormat, RequestedFormatType,
    Resolution,
};
use nokhwa::{Buffer, Camera, NokhwaError};

use crate::domain::frame::{Picture, Size};
use crate::domain::lane::{Mode, Waited, lane};
use crate::domain::thread::spawn_named;
use crate::domain::timing::Clock;
use crate::stages::capture::camera::{CameraInfo, CameraRequest, WhichCamera};
use crate::stages::capture::error::CaptureError;
use crate::stages::capture::watch::{Device, DeviceInfo, Driver};

/// Formats in order of preference.
const FORMATS: [FrameFormat; 3] = [FrameFormat::MJPEG, FrameFormat::YUYV, FrameFormat::NV12];

/// Returns the driver of the requested camera.
pub(crate) fn driver(wish: &CameraRequest, _clock: Clock) -> Arc<dyn Driver> {
    Arc::new(Webcams {
        wish: wish.clone(),
        known_name: Mutex::default(),
    })
}

/// Opens the requested camera.
struct Webcams {
    wish: CameraRequest,
    /// Name since the first opening: after reconnection the number may change.
    known_name: Mutex<Option<String>>,
}

impl Driver for Webcams {
    fn name(&self) -> String {
        self.wish.which.to_string()
    }

    fn open(&self) -> Result<Box<dyn Device>, CaptureError> {
        let known = self
            .known_name
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let found = find(&self.wish.which, known.as_deref(), &list()?)?;
        let camera = open_in_any_format(&found, &self.wish)?;
        *self
            .known_name
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(found.name.clone());
        Ok(Box::new(Webcam {
            name: found.name,
            camera,
            raw: None,
        }))
    }
}

/// Finds the requested camera.
fn find(
    which: &WhichCamera,
    known_name: Option<&str>,
    present: &[CameraInfo],
) -> Result<CameraInfo, CaptureError> {
    let wanted = match which {
        WhichCamera::Number(number) => {
            let same_name = |camera: &&CameraInfo| known_name == Some(camera.name.as_str());
            let by_number = present.iter().find(|camera| camera.number == *number);
            by_number.or_else(|| present.iter().find(same_name))
        }
        WhichCamera::Any => present.first(),
        WhichCamera::Path(_) => None,
        WhichCamera::Named(part) => {
            let part = part.to_lowercase();
            present
                .iter()
                .find(|camera| camera.name.to_lowercase().contains(&part))
        }
    };
    wanted.cloned().ok_or_else(|| {
        let names: Vec<String> = present
            .iter()
            .map(|camera| format!("{} {}", camera.number, camera.name))
            .collect();
        CaptureError::NoCamera {
            wanted: which.to_string(),
            present: if names.is_empty() {
                "there is no camera".into()
            } else {
                format!("there is {}", names.join(", "))
            },
        }
    })
}

fn open_in_any_format(found: &CameraInfo, wish: &CameraRequest) -> Result<Camera, CaptureError> {
    let resolution = Resolution::new(wish.size.width, wish.size.height);
    for format in FORMATS {
        let closest = CameraFormat::new(resolution, format, wish.fps);
        let formats = [format];
        let wanted = RequestedFormat::with_formats(RequestedFormatType::Closest(closest), &formats);
        match Camera::new(CameraIndex::Index(found.number), wanted) {
            Ok(mut camera) => {
                camera
                    .open_stream()
                    .map_err(|error| meaning(&found.name, &error))?;
                return Ok(camera);
            }
            Err(NokhwaError::GetPropertyError { property, error })
                if property == "CameraFormat" =>
            {
                tracing::debug!(%format, error, "the camera lacks a format");
            }
            Err(error) => return Err(meaning(&found.name, &error)),
        }
    }
    Err(CaptureError::CameraUnusable {
        name: found.name.clone(),
        why: "it sends no MJPEG, YUYV or NV12 pictures".into(),
    })
}

/// An open webcam.
struct Webcam {
    name: String,
    camera: Camera,
    raw: Option<Buffer>,
}

impl Device for Webcam {
    fn describe(&self) -> DeviceInfo {
        let format = self.camera.camera_format();
        let size = Size::new(format.width(), format.height());
        DeviceInfo {
            name: self.name.clone(),
            what: format!("{}, {} {size}", self.name, format.format()),
            size,
            fps: Some(format.frame_rate() as f32),
            fed_by_program: false,
        }
    }

    fn wait(&mut self) -> Result<bool, CaptureError> {
        let raw = self
            .camera
            .frame()
            .map_err(|error| meaning(&self.name, &error))?;
        self.raw = Some(raw);
        Ok(true)
    }

    fn decode(&mut self) -> Option<Picture> {
        picture_of(&self.raw.take()?)
    }
}

/// Decodes a camera's frame; `None` if it is damaged.
fn picture_of(raw: &Buffer) -> Option<Picture> {
    let resolution = raw.resolution();
    let size = Size::new(resolution.width(), resolution.height());
    // The buffer is the whole mapping, rounded up to pages; only MJPEG marks its own end.
    let used = match raw.source_frame_format() {
        FrameFormat::YUYV => size.pixels() * 2,
        FrameFormat::NV12 => size.pixels() * 3 / 2,
        _ => raw.buffer().len(),
    };
    let bytes = raw.buffer().get(..used)?;
    let tight = Buffer::new(resolution, bytes, raw.source_frame_format());
    // nokhwa's JPEG decoder reports a damaged picture by unwinding, without a call of the panic hook, and
    // cameras start with damaged pictures.
    let decode = std::panic::AssertUnwindSafe(|| tight.decode_image::<RgbAFormat>());
    let decoded = std::panic::catch_unwind(decode).ok()?.ok()?;
    let mut picture = Picture::from_rgba(size, decoded.into_raw()).ok()?;
    picture.rgba_mut().chunks_exact_mut(4).for_each(|pixel| {
        if let Some(alpha) = pixel.last_mut() {
            *alpha = 255;
        }
    });
    Some(picture)
}

/// Maps a driver error to a capture error.
fn meaning(name: &str, error: &NokhwaError) -> CaptureError {
    let why = error.to_string();
    let says = |words: &[&str]| words.iter().any(|word| why.contains(word));
    let name = name.to_owned();
    if says(&["os error 16", "busy"]) {
        CaptureError::CameraBusy(name)
    } else if says(&["os error 13", "os error 1)", "ermission denied"]) {
        CaptureError::CameraDenied(name)
    } else if says(&[
        "os error 19",
        "os error 2)",
        "os error 6)",
        "No such device",
    ]) {
        CaptureError::CameraGone(name)
    } else {
        CaptureError::Camera { name, why }
    }
}

/// Lists the available cameras within `limit`, because a driver may hang.
pub(crate) fn list_within(limit: Duration) -> Result<Vec<CameraInfo>, CaptureError> {
    let (sender, answer) = lane(Mode::Every);
    spawn_named("cameras", move || sender.put(list()).is_ok()).map_err(|why| {
        CaptureError::Start {
            what: "the search for cameras".into(),
            why,
        }
    })?;
    match answer.wait(limit) {
        Waited::Value(found) => found,
        Waited::TimedOut | Waited::Closed => Err(CaptureError::CameraSilent {
            name: "the system's camera list".into(),
            after: limit,
        }),
    }
}

fn list() -> Result<Vec<CameraInfo>, CaptureError> {
    let found = nokhwa::query(ApiBackend::Auto).map_err(|error| CaptureError::Camera {
        name: "the search for cameras".into(),
        why: error.to_string(),
    })?;
    let mut cameras: Vec<CameraInfo> = found
        .iter()
        .filter_map(|camera| {
            let number = camera.index().as_index().ok()?;
            Some(about(number, camera.human_name()))
        })
        .collect();
    cameras.sort_by_key(|camera| camera.number);
    Ok(cameras)
}

fn about(number: u32, name: String) -> CameraInfo {
    CameraInfo {
        number,
        name,
        path: None,
        bus: None,
        formats: Vec::new(),
        trouble: None,
    }
}

#[cfg(test)]
mod tests {
    use image::codecs::jpeg::JpegEncoder;

    use super::*;

    const RESOLUTION: Resolution = Resolution {
        width_x: 16,
        height_y: 16,
    };

    fn jpeg() -> Vec<u8> {
        let mut bytes = Vec::new();
        let grey = [200; 16 * 16 * 3];
        let encoder = JpegEncoder::new(&mut bytes);
        image::ImageEncoder::write_image(encoder, &grey, 16, 16, image::ExtendedColorType::Rgb8)
            .unwrap();
        bytes
    }

    fn decoded(bytes: &[u8], format: FrameFormat) -> Option<Picture> {
        picture_of(&Buffer::new(RESOLUTION, bytes, format))
    }

    #[test]
    fn every_format_is_decoded_from_a_mapping_that_is_rounded_up() {
        let rounded_up = |mut bytes: Vec<u8>| {
            bytes.resize(4096, 0);
            bytes
        };
        let yuyv = [180, 128].repeat(16 * 16);
        let nv12 = [vec![180; 16 * 16], vec![128; 16 * 8]].concat();
        let frames = [
            (jpeg(), FrameFormat::MJPEG),
            (yuyv, FrameFormat::YUYV),
            (nv12, FrameFormat::NV12),
        ];
        for (bytes, format) in frames {
            let picture = decoded(&rounded_up(bytes), format).unwrap();

            assert_eq!(picture.size(), Size::new(16, 16));
            let [r, g, b, alpha] = picture.pixel_clamped(7, 7);
            assert!(
                r.abs_diff(195) < 12 && r == g && g == b,
                "{format}: {r} {g} {b}"
            );
            assert_eq!(alpha, 255);
        }
    }

    #[test]
    fn damaged_frames_are_passed_over_without_a_panic() {
        let whole = jpeg();
        for length in [0, 1, 2, 20, whole.len() / 3] {
            let cut = &whole[..length];
            assert!(decoded(cut, FrameFormat::MJPEG).is_none(), "{length} bytes");
        }
        assert!(decoded(&[0; 100], FrameFormat::MJPEG).is_none());
        assert!(decoded(&[0; 100], FrameFormat::YUYV).is_none());
        assert!(decoded(&[0; 100], FrameFormat::NV12).is_none());
    }

    fn camera(number: u32, name: &str) -> CameraInfo {
        CameraInfo {
            number,
            name: name.into(),
            path: None,
            bus: None,
            formats: Vec::new(),
            trouble: None,
        }
    }

    #[test]
    fn a_camera_is_found_by_number_by_a_part_of_its_name_and_again_after_it_moved() {
        let present = [camera(0, "Integrated"), camera(2, "HD Pro Webcam C920")];
        let named = |part: &str| find(&WhichCamera::Named(part.into()), None, &present);
        let numbered = |number, known| find(&WhichCamera::Number(number), known, &present);

        assert_eq!(named("c920").unwrap().number, 2);
        assert_eq!(numbered(0, Some("HD Pro Webcam C920")).unwrap().number, 0);
        assert_eq!(numbered(1, Some("HD Pro Webcam C920")).unwrap().number, 2);
        let missing = numbered(7, None).unwrap_err().to_string();
        assert!(missing.contains("camera 7 was not found (there is 0 Integrated, 2 HD Pro"));
    }

    #[test]
    fn the_drivers_words_become_plain_sentences() {
        let said = |why: &str| {
            let error = NokhwaError::OpenDeviceError("0".into(), why.into());
            meaning("Cam", &error).to_string()
        };

        assert!(
            said("Device or resource busy (os error 16)").contains("in use by another program")
        );
        assert!(said("Permission denied (os error 13)").contains("group `video`"));
        assert!(said("No such device (os error 19)").contains("was unplugged"));
        assert!(said("Something else").starts_with("Cam failed: "));
    }
}
