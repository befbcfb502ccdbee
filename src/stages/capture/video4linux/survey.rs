//! [`Survey`]: the properties of a device file, and the reason if it is not a usable camera.

use std::fmt::Write as _;
use std::io;

use v4l2r::ioctl::Capabilities;
use v4l2r::nix::libc;

use crate::stages::capture::camera::CameraInfo;
use crate::stages::capture::error::CaptureError;
use crate::stages::capture::video4linux::node::{Card, Fourcc, Node, Sizes};

/// Maximum number of formats named in a message.
const NAMED_FORMATS: usize = 4;

/// Query result for a device file.
#[derive(Debug)]
pub(super) struct Survey {
    pub(super) number: u32,
    pub(super) path: String,
    pub(super) name: String,
    /// Bus address; empty if unknown.
    pub(super) bus: String,
    /// Formats and sizes for display.
    pub(super) offers: Vec<String>,
    /// Names of the formats.
    formats: Vec<String>,
    /// Whether a program instead of a sensor supplies the frames.
    pub(super) is_loopback: bool,
    /// The reason why it is unusable.
    pub(super) trouble: Option<CaptureError>,
}

impl Survey {
    /// Creates the survey of a device file with only its name known.
    pub(super) fn unknown(number: u32, trouble: Option<CaptureError>) -> Self {
        Self {
            number,
            path: path_of(number),
            name: name_in_system(number).unwrap_or_else(|| format!("camera {number}")),
            bus: String::new(),
            offers: Vec::new(),
            formats: Vec::new(),
            is_loopback: false,
            trouble,
        }
    }

    /// Queries the driver; may hang in it.
    pub(super) fn of(number: u32) -> Self {
        let mut survey = Self::unknown(number, None);
        if let Err(trouble) = survey.ask() {
            survey.trouble = Some(trouble);
        }
        survey
    }

    fn ask(&mut self) -> Result<(), CaptureError> {
        let node = Node::open(&self.path).map_err(|error| trouble(self, &error))?;
        let card = match node.card() {
            Ok(card) => card,
            Err(error) if error.raw_os_error() == Some(libc::ENOTTY) => {
                return Err(self.unusable("it is no camera"));
            }
            Err(error) => return Err(trouble(self, &error)),
        };
        if name_in_system(self.number).is_none() && !card.name.is_empty() {
            self.name = plain(&card.name);
        }
        self.bus = plain(&card.bus);
        self.is_loopback = is_loopback(&card);
        if !card.abilities.contains(Capabilities::VIDEO_CAPTURE) {
            if self.is_loopback {
                return Err(CaptureError::CameraUnfed(self.name.clone()));
            }
            return Err(self.unusable(purpose(card.abilities)));
        }
        if !card.abilities.contains(Capabilities::STREAMING) {
            return Err(self.unusable("it does not stream its pictures"));
        }
        self.list_formats(&node);
        if self.formats.is_empty() && self.is_loopback {
            return Err(CaptureError::CameraUnfed(self.name.clone()));
        }
        let is_read = |format: &String| crate::stages::capture::READABLE.contains(&format.as_str());
        if self.formats.iter().any(is_read) {
            Ok(())
        } else {
            Err(self.unread())
        }
    }

    fn list_formats(&mut self, node: &Node) {
        let mut formats = node.formats();
        if formats.is_empty() {
            formats.extend(node.format().map(|format| format.fourcc));
        }
        for fourcc in formats {
            let name = format_name(fourcc);
            let sizes = node.sizes(fourcc);
            if sizes.is_empty() {
                self.offers.push(format!("{name} of any size"));
            }
            self.offers.extend(sizes.iter().map(|sizes| match sizes {
                Sizes::One(size) => format!("{name} {size}"),
                Sizes::Stepwise { least, most, .. } => format!("{name} {least} to {most}"),
            }));
            self.formats.push(name);
        }
    }

    fn unusable(&self, why: &str) -> CaptureError {
        CaptureError::CameraUnusable {
            name: self.name.clone(),
            why: why.to_owned(),
        }
    }

    /// Returns the error for a device without a supported format; it names the offered formats.
    pub(super) fn unread(&self) -> CaptureError {
        if self.formats.is_empty() {
            return self.unusable("it tells no format of its pictures");
        }
        let mut named = self.formats[..self.formats.len().min(NAMED_FORMATS)].join(", ");
        let others = self.formats.len().saturating_sub(NAMED_FORMATS);
        // Writing to a string cannot fail.
        if others > 0 {
            write!(named, " and {others} others").unwrap_or_default();
        }
        let all = |is: fn(&str) -> bool| self.formats.iter().all(|format| is(format));
        let kind = if all(is_grey) {
            " (black and white, as of an infrared or depth camera)"
        } else if all(is_raw) {
            " (raw data of a sensor)"
        } else {
            ""
        };
        self.unusable(&format!(
            "it sends {named}{kind} only, which Vizard does not read"
        ))
    }

    /// Returns the entry for the list of cameras.
    pub(super) fn info(&self) -> CameraInfo {
        CameraInfo {
            number: self.number,
            name: self.name.clone(),
            path: Some(self.path.clone().into()),
            bus: (!self.bus.is_empty()).then(|| self.bus.clone()),
            formats: self.offers.clone(),
            trouble: self.trouble.as_ref().map(ToString::to_string),
        }
    }
}

/// Maps a system error of a camera to a capture error. A camera without a feed fails like a broken one.
pub(super) fn trouble(found: &Survey, error: &io::Error) -> CaptureError {
    let unfed = [libc::EIO, libc::EINVAL, libc::ENODATA, libc::EAGAIN];
    let code = error.raw_os_error();
    if found.is_loopback && code.is_some_and(|code| unfed.contains(&code)) {
        return CaptureError::CameraUnfed(found.name.clone());
    }
    CaptureError::of_camera(&found.name, error)
}

pub(super) fn path_of(number: u32) -> String {
    format!("/dev/video{number}")
}

/// Returns the kernel's name of the device, without a query of the driver.
pub(super) fn name_in_system(number: u32) -> Option<String> {
    let path = format!("/sys/class/video4linux/video{number}/name");
    let name = plain(&String::from_utf8_lossy(&std::fs::read(path).ok()?));
    (!name.is_empty()).then_some(name)
}

/// Removes terminal control characters: the camera's manufacturer chooses the name.
fn plain(text: &str) -> String {
    let acts = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let shown: String = text
        .trim()
        .chars()
        .map(|c| if acts(c) { '?' } else { c })
        .collect();
    shown.trim().to_owned()
}

/// Returns whether programs supply the frames.
fn is_loopback(card: &Card) -> bool {
    card.driver.to_lowercase().contains("loopback")
        || card
            .abilities
            .contains(Capabilities::VIDEO_CAPTURE | Capabilities::VIDEO_OUTPUT)
}

/// Returns the purpose of a device file without ordinary pictures.
fn purpose(abilities: Capabilities) -> &'static str {
    let kinds = [
        (
            Capabilities::VIDEO_M2M | Capabilities::VIDEO_M2M_MPLANE,
            "it is a codec or a scaler, no camera",
        ),
        (
            Capabilities::VIDEO_CAPTURE_MPLANE,
            "it sends each picture in several planes (multiplanar), which Vizard does not read",
        ),
        (
            Capabilities::META_CAPTURE,
            "it sends data about pictures, and no pictures",
        ),
        (
            Capabilities::VIDEO_OUTPUT
                | Capabilities::VIDEO_OUTPUT_MPLANE
                | Capabilities::VIDEO_OUTPUT_OVERLAY
                | Capabilities::META_OUTPUT,
            "it takes pictures and sends none",
        ),
    ];
    let known = kinds.iter().find(|(kind, _)| abilities.intersects(*kind));
    known.map_or("it sends no pictures", |(_, purpose)| purpose)
}

fn is_grey(format: &str) -> bool {
    [
        "GREY", "Y8", "Y10", "Y12", "Y14", "Y16", "Z16", "INZI", "INVZ", "INVR", "INRI",
    ]
    .iter()
    .any(|grey| format.starts_with(grey))
}

/// Returns whether a format is a Bayer pattern: GBRG, BA81, BG10, pBAA and so on.
fn is_raw(format: &str) -> bool {
    let counts_bits = |letters: &&str| {
        let rest = format.strip_prefix(*letters);
        rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    ["GBRG", "GRBG", "RGGB", "BYR2"].contains(&format)
        || format.starts_with(['p', 'a', 'b'])
        || ["BG", "GB", "BA", "GR", "RG"].iter().any(counts_bits)
}

/// Returns the four letters of a format; big-endian formats have the highest bit set.
pub(super) fn format_name(fourcc: Fourcc) -> String {
    let letters = fourcc.map(|byte| match char::from(byte & 0x7f) {
        letter if letter.is_ascii_graphic() => letter,
        _ => ' ',
    });
    let name = String::from_iter(letters).trim_end().replace(' ', "?");
    let big_endian = fourcc.iter().any(|byte| byte & 0x80 != 0);
    name + if big_endian { "-BE" } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stages::capture::video4linux::pixels::Layout;

    #[test]
    fn formats_have_readable_names() {
        assert_eq!(format_name(*b"YUYV"), "YUYV");
        assert_eq!(format_name(*b"Y10 "), "Y10");
        assert_eq!(format_name([b'Y', b'1', b'6', b' ' | 0x80]), "Y16-BE");
        assert_eq!(format_name([0, b'2', 0, 0]), "?2");
    }

    #[test]
    fn what_is_not_read_is_named_and_so_is_what_it_is() {
        let told = |formats: &[&str]| {
            let mut survey = Survey::unknown(9999, None);
            survey.formats = formats.iter().map(ToString::to_string).collect();
            survey.unread().to_string()
        };

        assert!(told(&["GREY"]).contains("it sends GREY (black and white, as of an infrared"));
        assert!(told(&["Y16", "Y10-BE"]).contains("Y16, Y10-BE (black and white"));
        assert!(told(&["pBAA"]).contains("pBAA (raw data of a sensor) only"));
        assert!(told(&["H264", "GREY"]).contains("it sends H264, GREY only"));
        assert!(told(&["A", "B", "C", "D", "E", "F"]).contains("A, B, C, D and 2 others only"));
        assert!(told(&[]).contains("tells no format"));
    }

    #[test]
    fn the_purpose_of_other_device_files_is_told() {
        let told = |abilities| purpose(abilities | Capabilities::STREAMING);

        assert!(told(Capabilities::META_CAPTURE).contains("data about pictures"));
        assert!(told(Capabilities::VIDEO_CAPTURE_MPLANE).contains("multiplanar"));
        assert!(told(Capabilities::VIDEO_OUTPUT).contains("takes pictures"));
        assert!(told(Capabilities::VIDEO_M2M_MPLANE).contains("codec"));
        assert_eq!(told(Capabilities::RADIO), "it sends no pictures");
    }

    #[test]
    fn a_name_cannot_act_on_a_terminal() {
        assert_eq!(plain("Cam\u{1b}[31m\u{202e}\n"), "Cam?[31m?");
    }

    #[test]
    fn every_format_that_is_said_to_be_read_is_read() {
        for name in crate::stages::capture::READABLE {
            let fourcc: Fourcc = name.as_bytes().try_into().unwrap();
            assert!(Layout::of(fourcc).is_some(), "{name}");
        }
    }
}
