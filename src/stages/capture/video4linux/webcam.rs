//! [`Webcam`]: an open V4L2 camera that streams into a few mapped buffers.

use std::io;
use std::time::Duration;

use v4l2r::ioctl::PlaneMapping;
use v4l2r::nix::libc;

use crate::domain::frame::Picture;
use crate::domain::timing::Clock;
use crate::stages::capture::error::CaptureError;
use crate::stages::capture::video4linux::jpeg::Jpegs;
use crate::stages::capture::video4linux::modes::{Mode, ModeRequest, modes};
use crate::stages::capture::video4linux::node::{Agreed, Filled, Interval, Node};
use crate::stages::capture::video4linux::pixels::{Layout, Unpacked};
use crate::stages::capture::video4linux::survey::{Survey, format_name, trouble};
use crate::stages::capture::watch::{Device, DeviceInfo};

/// Number of requested buffers: one is read while the others are filled.
const BUFFERS: u32 = 4;

/// Maximum number of modes to try, nearest first, if a driver refuses its own offers.
const TRIES: usize = 8;

/// Longest wait for a frame per call.
const TURN: Duration = Duration::from_millis(100);

/// A buffer that arrives sooner was filled before the request; a newer one may follow it.
const AT_ONCE: Duration = Duration::from_millis(2);

/// Decoder for the negotiated format.
enum Decoder {
    Jpegs(Jpegs),
    Unpacked(Unpacked),
}

impl Decoder {
    fn new(agreed: &Agreed) -> Option<Self> {
        match Layout::of(agreed.fourcc)? {
            Layout::Jpeg => Some(Self::Jpegs(Jpegs::default())),
            _ => Unpacked::new(agreed).map(Self::Unpacked),
        }
    }
}

/// An open camera. Dropping it stops the stream.
pub(super) struct Webcam {
    info: DeviceInfo,
    decoder: Decoder,
    /// The frame that arrived.
    filled: Option<Filled>,
    clock: Clock,
    // Unmapped before the file is closed, which releases the camera only then.
    buffers: Vec<PlaneMapping>,
    node: Node,
}

impl Webcam {
    /// Opens the camera in the mode nearest to `wish` and starts its stream.
    pub(super) fn open(
        found: &Survey,
        wish: ModeRequest,
        clock: Clock,
    ) -> Result<Self, CaptureError> {
        let failed = |error: &io::Error| trouble(found, error);
        let mut node = Node::open(&found.path).map_err(|error| failed(&error))?;
        let modes = modes(&node, wish);
        let mut first_error = None;
        for mode in modes.iter().take(TRIES) {
            match start(&mut node, mode) {
                Ok((agreed, decoder, buffers)) => {
                    return Ok(Self {
                        info: describe(found, &agreed, mode.interval),
                        decoder,
                        filled: None,
                        clock,
                        buffers,
                        node,
                    });
                }
                Err(error) => {
                    tracing::debug!(?mode, %error, camera = found.name, "mode refused");
                    // Another mode helps only if this mode caused the error.
                    let of_mode = [libc::EINVAL, libc::ENOSPC, libc::ERANGE, libc::ENOMEM];
                    let code = error.raw_os_error();
                    let go_on = code.is_none_or(|code| of_mode.contains(&code));
                    first_error.get_or_insert(error);
                    if !go_on {
                        break;
                    }
                }
            }
        }
        Err(first_error.map_or_else(|| found.unread(), |error| failed(&error)))
    }
}

type Started = (Agreed, Decoder, Vec<PlaneMapping>);

/// Sets a mode on the node and starts it.
fn start(node: &mut Node, mode: &Mode) -> io::Result<Started> {
    let agreed = node.set_format(mode.fourcc, mode.size)?;
    let unreadable = || io::Error::from_raw_os_error(libc::EINVAL);
    let decoder = Decoder::new(&agreed).ok_or_else(unreadable)?;
    if let Some(interval) = mode.interval
        && let Err(error) = node.set_interval(interval)
    {
        tracing::debug!(%error, "the camera keeps its own rate");
    }
    let buffers = node.buffers(BUFFERS)?;
    let streaming = (0..buffers.len())
        .try_for_each(|index| node.queue(index))
        .and_then(|()| node.start());
    if let Err(error) = streaming {
        drop(buffers);
        // Allows the negotiation of another mode.
        node.stop().ok();
        node.buffers(0).ok();
        return Err(error);
    }
    Ok((agreed, decoder, buffers))
}

fn describe(found: &Survey, agreed: &Agreed, interval: Option<Interval>) -> DeviceInfo {
    let format = format_name(agreed.fourcc);
    DeviceInfo {
        name: found.name.clone(),
        what: format!("{}, {format} {}", found.name, agreed.size),
        size: agreed.size,
        fps: interval.map(|interval| interval.fps() as f32),
        fed_by_program: found.is_loopback,
    }
}

impl Webcam {
    fn failed(&self, error: &io::Error) -> CaptureError {
        CaptureError::of_camera(&self.info.name, error)
    }

    /// Returns the next filled buffer, and whether it arrived at once.
    fn take(&self) -> Result<Option<(Filled, bool)>, CaptureError> {
        let asked = self.clock.now();
        if !self.node.wait(TURN) {
            return Ok(None);
        }
        let filled = self.node.dequeue().map_err(|error| self.failed(&error))?;
        if filled.is_none() {
            // The poll reported a buffer that does not exist; a pause prevents a busy loop.
            std::thread::sleep(AT_ONCE);
        }
        let at_once = self.clock.now().since(asked) < AT_ONCE;
        Ok(filled.map(|filled| (filled, at_once)))
    }

    fn give_back(&self, filled: Option<Filled>) -> Result<(), CaptureError> {
        let given = filled.map_or(Ok(()), |filled| self.node.queue(filled.index));
        given.map_err(|error| self.failed(&error))
    }
}

impl Device for Webcam {
    fn describe(&self) -> DeviceInfo {
        self.info.clone()
    }

    fn wait(&mut self) -> Result<bool, CaptureError> {
        let seen = self.filled.take();
        self.give_back(seen)?;
        let Some((mut newest, mut at_once)) = self.take()? else {
            return Ok(false);
        };
        for _ in 1..self.buffers.len() {
            if !at_once || !self.node.wait(Duration::ZERO) {
                break;
            }
            match self.take()? {
                Some((newer, again_at_once)) => {
                    self.give_back(Some(newest))?;
                    (newest, at_once) = (newer, again_at_once);
                }
                None => break,
            }
        }
        self.filled = Some(newest);
        Ok(true)
    }

    fn decode(&mut self) -> Option<Picture> {
        let filled = self.filled.filter(|filled| !filled.damaged)?;
        let buffer: &[u8] = self.buffers.get(filled.index)?.as_ref();
        let bytes = buffer.get(..filled.used.min(buffer.len()))?;
        match &mut self.decoder {
            Decoder::Jpegs(jpegs) => jpegs.picture(bytes),
            Decoder::Unpacked(unpacked) => unpacked.picture(bytes),
        }
    }
}

impl Drop for Webcam {
    fn drop(&mut self) {
        // A vanished or suspended camera returns an error here, which is harmless.
        if let Err(error) = self.node.stop() {
            tracing::debug!(%error, camera = self.info.name, "stream not stopped");
        }
    }
}
