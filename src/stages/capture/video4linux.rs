//! What Linux alone tells of cameras, through v4l: their formats, and the state that an earlier
//! program left them in.

use std::io;

use v4l::capability::Flags;
use v4l::frameinterval::FrameIntervalEnum;
use v4l::framesize::FrameSizeEnum;
use v4l::video::Capture as _;
use v4l::video::capture::Parameters;
use v4l::{Device, Format, FourCC, FrameInterval};

use crate::stages::capture::camera::{CameraInfo, READABLE};
use crate::stages::capture::error::CaptureError;

/// What a camera offers; `None` for a device file that gives no pictures (most webcams have a
/// second one for their metadata).
pub(crate) fn about(number: u32, name: String) -> Option<CameraInfo> {
    let mut info = CameraInfo {
        number,
        name,
        path: Some(format!("/dev/video{number}").into()),
        formats: Vec::new(),
        trouble: None,
    };
    let device = Device::new(number as usize);
    let capabilities = device.and_then(|device| Ok((device.query_caps()?, device)));
    let (capabilities, device) = match capabilities {
        Ok(both) => both,
        // A camera that may not be opened is listed, so that a person learns why.
        Err(error) => {
            info.trouble = Some(CaptureError::of_camera(&info.name, &error).to_string());
            return Some(info);
        }
    };
    if !capabilities.capabilities.contains(Flags::VIDEO_CAPTURE) {
        return None;
    }
    for format in device.enum_formats().unwrap_or_default() {
        for size in device.enum_framesizes(format.fourcc).unwrap_or_default() {
            let sides = match size.size {
                FrameSizeEnum::Discrete(one) => one.to_string(),
                FrameSizeEnum::Stepwise(range) => format!(
                    "{}x{} to {}x{}",
                    range.min_width, range.min_height, range.max_width, range.max_height
                ),
            };
            let name = fourcc_name(format.fourcc);
            info.formats.push(format!("{name} {sides}"));
        }
    }
    (!info.formats.is_empty()).then_some(info)
}

/// The four letters of a format; those of big-endian kinds have the highest bit set.
fn fourcc_name(fourcc: FourCC) -> String {
    let letters = fourcc.repr.map(|byte| match char::from(byte & 0x7f) {
        letter if letter.is_ascii_graphic() => letter,
        _ => ' ',
    });
    let name = String::from_iter(letters).trim_end().replace(' ', "?");
    let big_endian = fourcc.repr.iter().any(|byte| byte & 0x80 != 0);
    name + if big_endian { "-BE" } else { "" }
}

/// Brings a camera to a format and a whole rate, since nokhwa refuses one that an earlier program
/// left in a format that it does not know, or at a rate such as 7.5 frames a second.
pub(crate) fn settle(found: &CameraInfo) -> Result<(), CaptureError> {
    match try_to_settle(found.number) {
        // In use, nokhwa would complain of the other program's format.
        Err(error) if error.kind() == io::ErrorKind::ResourceBusy => {
            Err(CaptureError::of_camera(&found.name, &error))
        }
        Err(error) => {
            tracing::debug!(%error, number = found.number, "format not settled");
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

fn try_to_settle(number: u32) -> io::Result<()> {
    let device = Device::new(number as usize)?;
    let is_read = |fourcc| READABLE.contains(&fourcc_name(fourcc).as_str());
    if is_read(device.format()?.fourcc) && device.params()?.interval.numerator == 1 {
        return Ok(());
    }
    let offered = device.enum_formats()?.into_iter().map(|offer| offer.fourcc);
    for fourcc in offered.filter(|fourcc| is_read(*fourcc)) {
        for size in device.enum_framesizes(fourcc)? {
            let FrameSizeEnum::Discrete(size) = size.size else {
                continue;
            };
            let rates = device.enum_frameintervals(fourcc, size.width, size.height);
            if let Some(fps) = whole_rate(&rates.unwrap_or_default()) {
                device.set_format(&Format::new(size.width, size.height, fourcc))?;
                device.set_params(&Parameters::with_fps(fps))?;
                return Ok(());
            }
        }
    }
    Ok(())
}

/// The highest rate that is a whole number of frames a second.
fn whole_rate(rates: &[FrameInterval]) -> Option<u32> {
    let whole = rates.iter().filter_map(|rate| match &rate.interval {
        FrameIntervalEnum::Discrete(one) if one.numerator == 1 => Some(one.denominator),
        _ => None,
    });
    whole.max()
}

#[cfg(test)]
mod tests {
    use v4l::Fraction;

    use super::*;

    #[test]
    fn a_rate_of_whole_frames_is_found_among_others() {
        let rates = |offers: &[(u32, u32)]| {
            let rates = offers.iter().map(|(numerator, denominator)| FrameInterval {
                index: 0,
                fourcc: FourCC::new(b"YUYV"),
                width: 640,
                height: 480,
                typ: 1,
                interval: FrameIntervalEnum::Discrete(Fraction::new(*numerator, *denominator)),
            });
            whole_rate(&rates.collect::<Vec<_>>())
        };

        assert_eq!(rates(&[(2, 15), (1, 5), (1, 10), (2, 25)]), Some(10));
        assert_eq!(rates(&[(2, 15), (1001, 30000)]), None);
    }

    #[test]
    fn formats_have_readable_names() {
        let name = |letters: &[u8; 4]| fourcc_name(FourCC::new(letters));

        assert_eq!(name(b"YUYV"), "YUYV");
        assert_eq!(name(b"Y10 "), "Y10");
        assert_eq!(name(&[b'Y', b'1', b'6', b' ' | 0x80]), "Y16-BE");
        assert_eq!(name(&[0, b'2', 0, 0]), "?2");
    }
}
