//! [`Node`]: a V4L2 device file and the kernel's answers about it.
//!
//! The code does not trust drivers: it truncates endless lists, and accepts any bytes as a name.

use std::convert::Infallible;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::AsFd as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::time::Duration;

use v4l2r::bindings::{
    v4l2_capability, v4l2_captureparm, v4l2_format, v4l2_fract, v4l2_frmivalenum, v4l2_frmsizeenum,
    v4l2_streamparm, v4l2_streamparm__bindgen_ty_1,
};
use v4l2r::ioctl::{
    self, Capabilities, FormatIterator, FrmIvalTypes, FrmSizeTypes, IntoErrno, PlaneMapping,
    QueryBuffer, UncheckedV4l2Buffer, V4l2Buffer,
};
use v4l2r::memory::MemoryType;
use v4l2r::nix::libc;
use v4l2r::nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use v4l2r::{Format, FormatConversionError, PixelFormat, QueueType};

use crate::domain::frame::Size;

/// A pixel format as four letters.
pub(super) type Fourcc = [u8; 4];

/// Maximum number of list entries; some drivers never end their lists.
const LONGEST_LIST: u32 = 256;

/// The single-planar capture queue.
const QUEUE: QueueType = QueueType::VideoCapture;

/// Seconds per frame, as a fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Interval {
    pub(super) numerator: u32,
    pub(super) denominator: u32,
}

impl Interval {
    pub(super) const fn new(numerator: u32, denominator: u32) -> Self {
        Self {
            numerator,
            denominator,
        }
    }

    /// Returns frames per second.
    pub(super) fn fps(self) -> f64 {
        f64::from(self.denominator) / f64::from(self.numerator)
    }

    /// Rejects the zeros that some drivers report.
    fn checked(fraction: v4l2_fract) -> Option<Self> {
        let valid = fraction.numerator > 0 && fraction.denominator > 0;
        valid.then(|| Self::new(fraction.numerator, fraction.denominator))
    }
}

/// Frame intervals of a node at one size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Intervals {
    One(Interval),
    /// Any interval between the shortest and the longest.
    Between(Interval, Interval),
}

/// Sizes of a node in one format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sizes {
    One(Size),
    /// From the least to the most, in these steps.
    Stepwise {
        least: Size,
        most: Size,
        step: Size,
    },
}

/// The kernel's description of a node.
#[derive(Debug, Clone)]
pub(super) struct Card {
    pub(super) driver: String,
    pub(super) name: String,
    /// Bus address.
    pub(super) bus: String,
    /// Capabilities of this node; a device may have several nodes.
    pub(super) abilities: Capabilities,
}

impl From<v4l2_capability> for Card {
    fn from(told: v4l2_capability) -> Self {
        // Older drivers report only the whole device.
        let told_of_node = told.capabilities & Capabilities::DEVICE_CAPS.bits() != 0;
        let abilities = if told_of_node {
            told.device_caps
        } else {
            told.capabilities
        };
        Self {
            driver: text(&told.driver),
            name: text(&told.card),
            bus: text(&told.bus_info),
            abilities: Capabilities::from_bits_truncate(abilities),
        }
    }
}

/// Returns the text before the first zero byte; invalid bytes are allowed.
fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|byte| *byte == 0);
    let used = bytes.get(..end.unwrap_or(bytes.len())).unwrap_or_default();
    String::from_utf8_lossy(used).trim().to_owned()
}

/// The pixel layout of a node's buffers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Agreed {
    pub(super) fourcc: Fourcc,
    pub(super) size: Size,
    /// Bytes per row including padding; 0 for a format without rows.
    pub(super) bytes_per_line: u32,
    /// Whether luma has the range 0 to 255 instead of 16 to 235.
    pub(super) full_range: bool,
}

impl TryFrom<v4l2_format> for Agreed {
    type Error = FormatConversionError;

    fn try_from(told: v4l2_format) -> Result<Self, Self::Error> {
        let format = Format::try_from(told)?;
        // v4l2r does not expose the colour space, which lies in a union. In the multi-planar view, the same
        // bytes are the first plane's row and the second plane's size.
        let mut planes = told;
        planes.type_ = QueueType::VideoCaptureMplane as u32;
        planes.fmt.pix_mp.num_planes = 2;
        let planes = Format::try_from(planes)?.plane_fmt;
        let colour_space = planes.first().map_or(0, |plane| plane.bytesperline);
        let quantization = planes.get(1).map_or(0, |plane| plane.sizeimage);
        let default_is_full = colour_space == v4l2r::Colorspace::Jpeg as u32;
        Ok(Self {
            fourcc: format.pixelformat.to_fourcc(),
            size: Size::new(format.width, format.height),
            bytes_per_line: format
                .plane_fmt
                .first()
                .map_or(0, |plane| plane.bytesperline),
            full_range: quantization == v4l2r::Quantization::FullRange as u32
                || (quantization == v4l2r::Quantization::Default as u32 && default_is_full),
        })
    }
}

/// A filled buffer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Filled {
    pub(super) index: usize,
    /// Used bytes of the buffer.
    pub(super) used: usize,
    /// Whether the driver flagged it as damaged.
    pub(super) damaged: bool,
}

impl From<UncheckedV4l2Buffer> for Filled {
    fn from(buffer: UncheckedV4l2Buffer) -> Self {
        let flags = ioctl::BufferFlags::from_bits_truncate(buffer.0.flags);
        Self {
            index: buffer.0.index as usize,
            used: buffer.0.bytesused as usize,
            damaged: flags.contains(ioctl::BufferFlags::ERROR),
        }
    }
}

/// An ignored answer, because access to it needs `unsafe`.
struct Unread;

impl From<v4l2_streamparm> for Unread {
    fn from(_told: v4l2_streamparm) -> Self {
        Self
    }
}

struct FrameSize(v4l2_frmsizeenum);

impl From<v4l2_frmsizeenum> for FrameSize {
    fn from(told: v4l2_frmsizeenum) -> Self {
        Self(told)
    }
}

struct FrameInterval(v4l2_frmivalenum);

impl From<v4l2_frmivalenum> for FrameInterval {
    fn from(told: v4l2_frmivalenum) -> Self {
        Self(told)
    }
}

/// Returns the system error of a v4l2r error.
fn system(error: impl IntoErrno) -> io::Error {
    io::Error::from_raw_os_error(error.into_errno())
}

/// Returns the items without duplicates.
fn once_each<T: PartialEq>(told: impl Iterator<Item = T>) -> Vec<T> {
    let mut kept = Vec::new();
    for one in told {
        if !kept.contains(&one) {
            kept.push(one);
        }
    }
    kept
}

/// An open device file.
#[derive(Debug)]
pub(super) struct Node {
    file: File,
}

impl Node {
    pub(super) fn open(path: &str) -> io::Result<Self> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(libc::O_NONBLOCK)
            .open(path)?;
        Ok(Self { file })
    }

    pub(super) fn card(&self) -> io::Result<Card> {
        ioctl::querycap(&self.file).map_err(system)
    }

    pub(super) fn formats(&self) -> Vec<Fourcc> {
        let formats = FormatIterator::new(&self.file, QUEUE).take(LONGEST_LIST as usize);
        once_each(formats.map(|format| format.pixelformat.to_fourcc()))
    }

    pub(super) fn sizes(&self, fourcc: Fourcc) -> Vec<Sizes> {
        let told = (0..LONGEST_LIST).map_while(|index| {
            let format = PixelFormat::from_fourcc(&fourcc);
            ioctl::enum_frame_sizes::<FrameSize>(&self.file, index, format).ok()
        });
        let sizes = told.filter_map(|told| {
            Some(match told.0.size()? {
                FrmSizeTypes::Discrete(one) => Sizes::One(Size::new(one.width, one.height)),
                FrmSizeTypes::StepWise(range) => Sizes::Stepwise {
                    least: Size::new(range.min_width, range.min_height),
                    most: Size::new(range.max_width, range.max_height),
                    step: Size::new(range.step_width, range.step_height),
                },
            })
        });
        once_each(sizes)
    }

    pub(super) fn intervals(&self, fourcc: Fourcc, size: Size) -> Vec<Intervals> {
        let told = (0..LONGEST_LIST).map_while(|index| {
            let (format, file) = (PixelFormat::from_fourcc(&fourcc), &self.file);
            let (width, height) = (size.width, size.height);
            ioctl::enum_frame_intervals::<FrameInterval>(file, index, format, width, height).ok()
        });
        let intervals = told.filter_map(|told| {
            Some(match told.0.intervals()? {
                FrmIvalTypes::Discrete(one) => Intervals::One(Interval::checked(*one)?),
                FrmIvalTypes::StepWise(range) => {
                    Intervals::Between(Interval::checked(range.min)?, Interval::checked(range.max)?)
                }
            })
        });
        intervals.collect()
    }

    /// Returns the current format.
    pub(super) fn format(&self) -> io::Result<Agreed> {
        ioctl::g_fmt(&self.file, QUEUE).map_err(system)
    }

    /// Requests a format; the driver may choose another.
    pub(super) fn set_format(&mut self, fourcc: Fourcc, size: Size) -> io::Result<Agreed> {
        let wished = Format {
            width: size.width,
            height: size.height,
            pixelformat: PixelFormat::from_fourcc(&fourcc),
            plane_fmt: Vec::new(),
        };
        ioctl::s_fmt(&mut self.file, (QUEUE, &wished)).map_err(system)
    }

    /// Requests a frame interval. Some drivers do not support this.
    pub(super) fn set_interval(&self, interval: Interval) -> io::Result<()> {
        let timeperframe = v4l2_fract {
            numerator: interval.numerator,
            denominator: interval.denominator,
        };
        let capture = v4l2_captureparm {
            timeperframe,
            ..v4l2_captureparm::default()
        };
        let wished = v4l2_streamparm {
            type_: QUEUE as u32,
            parm: v4l2_streamparm__bindgen_ty_1 { capture },
        };
        let Unread = ioctl::s_parm(&self.file, wished).map_err(system)?;
        Ok(())
    }

    /// Requests `count` buffers, or none, and maps the granted ones.
    pub(super) fn buffers(&self, count: u32) -> io::Result<Vec<PlaneMapping>> {
        let count: usize =
            ioctl::reqbufs(&self.file, QUEUE, MemoryType::Mmap, count).map_err(system)?;
        let map = |index| {
            let buffer: QueryBuffer = ioctl::querybuf(&self.file, QUEUE, index).map_err(system)?;
            let plane = buffer.planes.first().ok_or(io::ErrorKind::InvalidData)?;
            ioctl::mmap(&self.file, plane.mem_offset, plane.length).map_err(system)
        };
        (0..count).map(map).collect()
    }

    /// Passes a buffer to the driver.
    pub(super) fn queue(&self, index: usize) -> io::Result<()> {
        let buffer = V4l2Buffer::new(QUEUE, index as u32, MemoryType::Mmap);
        ioctl::qbuf::<V4l2Buffer, ()>(&self.file, buffer).map_err(system)
    }

    /// Takes the oldest filled buffer, if any. May hang in a faulty driver.
    pub(super) fn dequeue(&self) -> io::Result<Option<Filled>> {
        let taken: Result<Filled, ioctl::DqBufError<Infallible>> = ioctl::dqbuf(&self.file, QUEUE);
        let error = match taken {
            Ok(filled) => return Ok(Some(filled)),
            Err(error) => system(error),
        };
        match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted => Ok(None),
            _ => Err(error),
        }
    }

    /// Waits for a filled buffer or a stream error for at most `limit`.
    pub(super) fn wait(&self, limit: Duration) -> bool {
        let limit = u16::try_from(limit.as_millis()).unwrap_or(u16::MAX);
        let mut files = [PollFd::new(self.file.as_fd(), PollFlags::POLLIN)];
        poll(&mut files, PollTimeout::from(limit)).is_ok_and(|ready| ready > 0)
    }

    pub(super) fn start(&self) -> io::Result<()> {
        ioctl::streamon(&self.file, QUEUE).map_err(system)
    }

    pub(super) fn stop(&self) -> io::Result<()> {
        ioctl::streamoff(&self.file, QUEUE).map_err(system)
    }
}

#[cfg(test)]
mod tests {
    use v4l2r::bindings::{v4l2_format__bindgen_ty_1, v4l2_pix_format};

    use super::*;

    fn agreed(colorspace: v4l2r::Colorspace, quantization: v4l2r::Quantization) -> Agreed {
        let pix = v4l2_pix_format {
            width: 642,
            height: 482,
            pixelformat: u32::from_le_bytes(*b"YUYV"),
            bytesperline: 1344,
            sizeimage: 1344 * 482,
            colorspace: colorspace as u32,
            priv_: 0xfeed_cafe,
            quantization: quantization as u32,
            xfer_func: 2,
            ..v4l2_pix_format::default()
        };
        let told = v4l2_format {
            type_: QUEUE as u32,
            fmt: v4l2_format__bindgen_ty_1 { pix },
        };
        Agreed::try_from(told).unwrap()
    }

    #[test]
    fn the_range_of_a_format_is_read_where_v4l2r_has_no_word_for_it() {
        use v4l2r::Colorspace::{Jpeg, Srgb};
        use v4l2r::Quantization::{Default, FullRange, LimRange};

        let limited = agreed(Srgb, Default);
        assert_eq!(limited.size, Size::new(642, 482));
        assert_eq!((&limited.fourcc, limited.bytes_per_line), (b"YUYV", 1344));
        assert!(!limited.full_range);
        assert!(agreed(Srgb, FullRange).full_range);
        assert!(agreed(Jpeg, Default).full_range);
        assert!(!agreed(Jpeg, LimRange).full_range);
    }

    #[test]
    fn a_name_may_be_any_bytes() {
        assert_eq!(text(b"HD Webcam\0rubbish"), "HD Webcam");
        assert_eq!(text(b" Cam\xc3"), "Cam\u{fffd}");
    }
}
