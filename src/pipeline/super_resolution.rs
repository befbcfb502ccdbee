//! [`SuperResolution`]: chooses the network that enlarges the styled heads of a frame, within the time
//! budget.
//!
//! Every network is timed on small squares at its first use, and on the crops at every later use. A head is
//! enlarged only if frame, network and compositor together stay within the time of one frame, so upscaling
//! never adds a frame of latency; otherwise the compositor stretches it.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::domain::control::UpscaleStatus;
use crate::domain::face::Crop;
use crate::domain::frame::{FrameTime, Picture, Size};
use crate::domain::lane::Mode;
use crate::domain::settings::{Upscale, UpscaleNetwork};
use crate::domain::timing::Clock;
use crate::inference::model::ModelReport;
use crate::pipeline::networks::{NetworksError, UpscaleNetworks};
use crate::stages::upscale::head::{self, Part};
use crate::stages::upscale::{UpscaleError, Upscaler};

/// Time from a frame's capture to its finished picture, at 30 frames a second.
const FRAME_BUDGET: Duration = Duration::from_millis(33);

/// Part of [`FRAME_BUDGET`] reserved for the compositor and the recorder.
const RESERVE: Duration = Duration::from_millis(5);

/// Safety factor on the expected time of a network.
const CAUTION: f32 = 1.2;

/// Weight of the newest time in the running mean.
const NEWEST: f32 = 0.2;

/// Upscaling begins when this share of the latest frames had time for it, and ends at [`END_AT`]:
/// a face that is sharp in every second frame flickers.
const BEGIN_AT: f32 = 0.7;
const END_AT: f32 = 0.5;

/// Once upscaling is active, a frame may be late by this much: on every fourth frame the detector runs too.
const GRACE: Duration = Duration::from_millis(6);

/// Weight of the newest frame in that share.
const NEWEST_FRAME: f32 = 0.1;

/// Sides of the squares on which a network is timed, smallest first. A quick network is also timed on the
/// larger one, because on a graphics card the transfer takes longer than the work.
const TRIALS: [u32; 2] = [16, 64];

/// Runs on each square; the quickest counts.
const RUNS: usize = 2;

/// After a trial longer than this, no further trial runs.
const LONG_TRIAL: Duration = Duration::from_millis(4);

/// Whether there is usually time.
#[derive(Debug, Default)]
struct Hysteresis {
    /// Share of the latest frames that had time.
    share: f32,
    usual: bool,
}

impl Hysteresis {
    /// Counts a frame with or without time, and returns whether upscaling is active.
    fn count(&mut self, there_is_time: bool) -> bool {
        let now = if there_is_time { 1.0 } else { 0.0 };
        self.share += NEWEST_FRAME * (now - self.share);
        self.usual = self.share > if self.usual { END_AT } else { BEGIN_AT };
        self.usual
    }
}

/// An open network and its speed.
struct Timed {
    upscaler: Upscaler,
    /// Seconds per input pixel.
    pace: f32,
}

/// Owns the networks that enlarge.
pub(super) struct SuperResolution {
    networks: UpscaleNetworks,
    /// `None`: the network could not be opened.
    open: BTreeMap<UpscaleNetwork, Option<Timed>>,
    mode: Mode,
    clock: Clock,
    ease: Hysteresis,
    /// Networks opened since the last frame.
    opened: Vec<ModelReport>,
}

/// Result of enlarging a frame's heads.
#[derive(Debug, Default)]
pub(super) struct Enlarged {
    /// The status shown on the screen.
    pub(super) status: UpscaleStatus,
    /// The error, if any; the heads then keep their size.
    pub(super) trouble: Option<String>,
    /// The networks opened for this frame, for reports.
    pub(super) opened: Vec<ModelReport>,
}

impl SuperResolution {
    pub(super) fn new(networks: UpscaleNetworks, mode: Mode, clock: Clock) -> Self {
        Self {
            networks,
            open: BTreeMap::new(),
            mode,
            clock,
            ease: Hysteresis::default(),
            opened: Vec::new(),
        }
    }

    /// Enlarges those of `crops` that are shown larger than they were painted, if time allows before the
    /// frame captured at `captured_at` is due.
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
            Ok(chosen) => chosen,
            Err(error) => {
                done.status = UpscaleStatus::Off;
                done.trouble = Some(format!("the faces are not upscaled: {error}"));
                return done;
            }
        };
        let in_time = chosen.is_some_and(|chosen| {
            let timed = self.open.get(&chosen).and_then(Option::as_ref);
            timed.is_some_and(|timed| fits(timed.pace, pixels, self.due_in(captured_at)))
        });
        let allowed = self.ease.count(in_time) || self.mode == Mode::Every;
        let Some(chosen) = chosen.filter(|_| allowed) else {
            done.status = UpscaleStatus::NoTime;
            return done;
        };
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
        chosen: UpscaleNetwork,
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
    ) -> Result<Option<UpscaleNetwork>, NetworksError> {
        let wanted = |enlarger: &UpscaleNetwork| match wish {
            Upscale::Off => false,
            Upscale::By(one) => *enlarger == one,
            // The details it invents differ from frame to frame, so it is used only on request.
            Upscale::Auto => *enlarger != UpscaleNetwork::Gan,
        };
        let mut best = None;
        for candidate in UpscaleNetwork::ALL.into_iter().filter(wanted) {
            if wish == Upscale::Auto && !self.is_likely(candidate, pixels, captured_at) {
                continue;
            }
            let pace = self.pace(candidate)?;
            tracing::trace!(
                network = candidate.name(),
                pixels,
                needed_ms = pace * pixels as f32 * 1e3,
                left_ms = self.left(captured_at).as_secs_f32() * 1e3,
                "weighed"
            );
            // Timing a network took time too.
            if self.mode == Mode::Every || fits(pace, pixels, self.left(captured_at)) {
                best = Some(candidate);
            }
        }
        Ok(best)
    }

    /// Whether a network might fit according to its amount of work, and is therefore worth opening.
    fn is_likely(&self, candidate: UpscaleNetwork, pixels: usize, captured_at: FrameTime) -> bool {
        let small = self
            .open
            .get(&UpscaleNetwork::Small)
            .and_then(Option::as_ref);
        let left = self.left(captured_at);
        let fits = |timed: &Timed| fits(timed.pace * candidate.work(), pixels, left);
        candidate == UpscaleNetwork::Small || self.mode == Mode::Newest && small.is_some_and(fits)
    }

    /// The time that may be spent on a frame.
    fn left(&self, captured_at: FrameTime) -> Duration {
        let grace = if self.ease.usual {
            GRACE
        } else {
            Duration::ZERO
        };
        let age = self.clock.now().since(captured_at);
        (FRAME_BUDGET + grace).saturating_sub(age + RESERVE)
    }

    /// The time left before the frame is late.
    fn due_in(&self, captured_at: FrameTime) -> Duration {
        let age = self.clock.now().since(captured_at);
        FRAME_BUDGET.saturating_sub(age + RESERVE)
    }

    /// Opens and times `enlarger` on its first use. A network that fails is not tried again and never fits
    /// the time.
    fn pace(&mut self, enlarger: UpscaleNetwork) -> Result<f32, NetworksError> {
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
            let mut took = Duration::MAX;
            // The first run of a size allocates memory.
            for _ in 0..RUNS {
                let began = self.clock.now();
                if timed.upscaler.enlarge(&square).is_err() {
                    return Ok(timed.pace);
                }
                took = took.min(self.clock.now().since(began));
            }
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
    fn enlarging_begins_when_there_usually_is_time_and_one_late_frame_does_not_end_it() {
        let mut ease = Hysteresis::default();

        let first = (1..100).find(|_| ease.count(true));
        assert!(first.is_some_and(|frame| (10..30).contains(&frame)));
        assert!((0..100).all(|i| ease.count(i % 4 != 0)));
        let every_third = (0..100).map(|i| ease.count(i % 3 == 0));
        assert!(!every_third.skip(50).any(|usual| usual));
    }

    #[test]
    fn what_fits_is_decided_with_caution_and_nothing_fits_into_no_time() {
        let left = Duration::from_millis(12);

        assert!(fits(0.5e-6, 16_384, left));
        assert!(!fits(0.7e-6, 16_384, left));
        assert!(!fits(0.7e-6, 1, Duration::ZERO));
        assert!(!fits(f32::INFINITY, 1, left));
    }
}
