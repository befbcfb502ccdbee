//! [`Enlarging`]: which network enlarges the styled heads of a frame, and whether there is time.
//!
//! Every network is timed on small squares when it is first wanted, and at every use after that. A
//! head is enlarged only if frame, network and compositor together stay within the time of one
//! frame, so that enlarging never adds a frame's latency; else the compositor stretches it.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::domain::control::UpscaleStatus;
use crate::domain::face::Crop;
use crate::domain::frame::{FrameTime, Picture, Size};
use crate::domain::lane::Mode;
use crate::domain::settings::{Enlarger, Upscale};
use crate::domain::timing::Clock;
use crate::inference::model::ModelReport;
use crate::pipeline::networks::{NetworksError, UpscaleNetworks};
use crate::stages::upscale::head::{self, Part};
use crate::stages::upscale::{UpscaleError, Upscaler};

/// From a frame's capture to its finished picture, at 30 frames a second.
const FRAME_BUDGET: Duration = Duration::from_millis(33);

/// Of it, what is left to compositor and recorder.
const RESERVE: Duration = Duration::from_millis(5);

/// A network may take longer than it took before.
const CAUTION: f32 = 1.2;

/// How much the newest time counts beside the earlier ones.
const NEWEST: f32 = 0.2;

/// Frames in a row for which there was time, before enlarging begins: a face that is sharp in every
/// second frame flickers.
const CALM: u32 = 10;

/// Squares on which a network is timed, smallest first; a quick one is timed on the larger too,
/// since on a graphics card the way there takes longer than the work.
const TRIALS: [u32; 2] = [16, 64];

/// A trial that took longer than this is the last.
const LONG_TRIAL: Duration = Duration::from_millis(4);

/// Work of `full` over that of `small`, a pixel.
const FULL_OVER_SMALL: f32 = 50.0;

/// An open network and what it takes.
struct Timed {
    upscaler: Upscaler,
    /// Seconds an input pixel.
    pace: f32,
}

/// Owns the networks that enlarge.
pub(super) struct Enlarging {
    networks: UpscaleNetworks,
    /// `None`: it does not open.
    open: BTreeMap<Enlarger, Option<Timed>>,
    mode: Mode,
    clock: Clock,
    /// Frames in a row for which there was time.
    calm: u32,
    /// What was opened since the last frame.
    opened: Vec<ModelReport>,
}

/// What became of a frame's heads.
#[derive(Debug, Default)]
pub(super) struct Enlarged {
    /// What the screen says.
    pub(super) status: UpscaleStatus,
    /// What went wrong; the heads stay as they were.
    pub(super) trouble: Option<String>,
    /// The networks that were opened for it, for reports.
    pub(super) opened: Vec<ModelReport>,
}

impl Enlarging {
    pub(super) fn new(networks: UpscaleNetworks, mode: Mode, clock: Clock) -> Self {
        Self {
            networks,
            open: BTreeMap::new(),
            mode,
            clock,
            calm: 0,
            opened: Vec::new(),
        }
    }

    /// Enlarges those of `crops` that are shown larger than they were made, if there is time before
    /// the frame that was captured at `captured_at` is due.
    pub(super) fn enlarge(
        &mut self,
        crops: &mut [Crop],
        wish: Upscale,
        captured_at: FrameTime,
    ) -> Enlarged {
        let mut done = self.enlarge_in_time(crops, wish, captured_at);
        done.opened = std::mem::take(&mut self.opened);
        done
    }

    fn enlarge_in_time(
        &mut self,
        crops: &mut [Crop],
        wish: Upscale,
        captured_at: FrameTime,
    ) -> Enlarged {
        let mut done = Enlarged::default();
        if wish == Upscale::Off {
            done.status = UpscaleStatus::Off;
            return done;
        }
        let parts: Vec<Option<Part>> = crops.iter().map(Part::of).collect();
        let pixels = parts.iter().flatten().map(|part| part.pixels()).sum();
        if pixels == 0 {
            return done;
        }
        let chosen = match self.choose(wish, pixels, captured_at) {
            Ok(Some(enlarger)) => enlarger,
            Ok(None) => {
                self.calm = 0;
                done.status = UpscaleStatus::NoTime;
                return done;
            }
            Err(error) => {
                done.status = UpscaleStatus::Off;
                done.trouble = Some(format!("the faces are not upscaled: {error}"));
                return done;
            }
        };
        self.calm = self.calm.saturating_add(1);
        if self.mode == Mode::Newest && self.calm < CALM {
            done.status = UpscaleStatus::NoTime;
            return done;
        }
        for (crop, part) in crops.iter_mut().zip(parts) {
            let Some(part) = part else { continue };
            if let Err(error) = self.enlarge_one(chosen, crop, part) {
                done.trouble = Some(format!("the faces are not upscaled: {error}"));
                return done;
            }
        }
        done.status = UpscaleStatus::By(chosen);
        done
    }

    fn enlarge_one(
        &mut self,
        chosen: Enlarger,
        crop: &mut Crop,
        part: Part,
    ) -> Result<(), UpscaleError> {
        let clock = self.clock.clone();
        if let Some(timed) = self.open.get_mut(&chosen).and_then(Option::as_mut) {
            let began = clock.now();
            head::enlarge(&mut timed.upscaler, crop, part)?;
            let took = clock.now().since(began).as_secs_f32() / part.pixels().max(1) as f32;
            timed.pace += NEWEST * (took - timed.pace);
        }
        Ok(())
    }

    /// The best network that `wish` allows and that enlarges `pixels` in the time left.
    fn choose(
        &mut self,
        wish: Upscale,
        pixels: usize,
        captured_at: FrameTime,
    ) -> Result<Option<Enlarger>, NetworksError> {
        let wanted = |enlarger: &Enlarger| match wish {
            Upscale::Off => false,
            Upscale::By(one) => *enlarger == one,
            // What it makes up differs from frame to frame, so it is taken only if it is asked for.
            Upscale::Auto => *enlarger != Enlarger::Gan,
        };
        let mut best = None;
        for candidate in Enlarger::ALL.into_iter().filter(wanted) {
            let unlikely = candidate != Enlarger::Small
                && wish == Upscale::Auto
                && !self.could_afford_more(pixels, captured_at);
            if unlikely {
                continue;
            }
            let pace = self.pace(candidate)?;
            // Trying a network took time too.
            if self.mode == Mode::Every || fits(pace, pixels, self.left(captured_at)) {
                best = Some(candidate);
            }
        }
        Ok(best)
    }

    /// Whether a network with the work of `full` might fit, so that it is worth opening.
    fn could_afford_more(&self, pixels: usize, captured_at: FrameTime) -> bool {
        let small = self.open.get(&Enlarger::Small).and_then(Option::as_ref);
        let left = self.left(captured_at);
        self.mode == Mode::Newest
            && small.is_some_and(|timed| fits(timed.pace * FULL_OVER_SMALL, pixels, left))
    }

    fn left(&self, captured_at: FrameTime) -> Duration {
        let age = self.clock.now().since(captured_at);
        FRAME_BUDGET.saturating_sub(age + RESERVE)
    }

    /// Opens and times `enlarger` at its first use. One that fails is not tried again, and never
    /// has time.
    fn pace(&mut self, enlarger: Enlarger) -> Result<f32, NetworksError> {
        if let Some(known) = self.open.get(&enlarger) {
            return Ok(known.as_ref().map_or(f32::INFINITY, |timed| timed.pace));
        }
        let timed = self.networks.open(enlarger).map(|upscaler| Timed {
            upscaler,
            pace: f32::INFINITY,
        });
        let entry = self.open.entry(enlarger).or_insert(None);
        let timed = entry.insert(timed?);
        self.opened.push(timed.upscaler.model().report().clone());
        for side in TRIALS {
            let square = Picture::filled(Size::new(side, side), [128, 128, 128, 255]);
            let began = self.clock.now();
            if timed.upscaler.enlarge(&square).is_err() {
                break;
            }
            let took = self.clock.now().since(began);
            timed.pace = took.as_secs_f32() / square.size().pixels() as f32;
            if took > LONG_TRIAL {
                break;
            }
        }
        tracing::info!(
            network = enlarger.name(),
            microseconds_a_pixel = timed.pace * 1e6,
            "timed"
        );
        Ok(timed.pace)
    }
}

/// Whether a network of `pace` seconds a pixel enlarges `pixels` within `left`.
fn fits(pace: f32, pixels: usize, left: Duration) -> bool {
    pace * pixels as f32 * CAUTION <= left.as_secs_f32()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_is_decided_with_caution_and_nothing_fits_into_no_time() {
        let left = Duration::from_millis(12);

        assert!(fits(0.5e-6, 16_384, left));
        assert!(!fits(0.7e-6, 16_384, left));
        assert!(!fits(0.7e-6, 1, Duration::ZERO));
        assert!(!fits(f32::INFINITY, 1, left));
    }
}
