//! [`Clock`]: the only place that reads the system's clock. [`StageTimings`]: durations of work.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::domain::frame::FrameTime;

/// Measures the time since its start; passed in everywhere, which makes a replay exact.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The system's monotonic clock.
    System {
        /// Time zero.
        start: Instant,
    },
    /// A clock that changes only when it is set.
    Manual(Arc<Mutex<FrameTime>>),
}

impl Clock {
    /// Creates a clock that starts at zero now.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the system clock"
    )]
    pub fn system() -> Self {
        Self::System {
            start: Instant::now(),
        }
    }

    /// Creates a clock at zero that only [`Clock::set`] moves.
    pub fn manual() -> Self {
        Self::Manual(Arc::default())
    }

    /// The time since the start.
    pub fn now(&self) -> FrameTime {
        match self {
            Self::System { start } => FrameTime(start.elapsed()),
            Self::Manual(now) => *now.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// Sets a manual clock; has no effect on a system clock.
    pub fn set(&self, time: FrameTime) {
        if let Self::Manual(now) = self {
            *now.lock().unwrap_or_else(PoisonError::into_inner) = time;
        }
    }
}

/// The newest [`Samples::CAPACITY`] samples of a stage.
#[derive(Debug, Clone, Default)]
pub struct Samples {
    millis: VecDeque<f32>,
}

/// Three percentiles of a distribution, in milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Percentiles {
    /// Median.
    pub p50: f32,
    /// 95 of 100 samples are no larger.
    pub p95: f32,
    /// 99 of 100 samples are no larger.
    pub p99: f32,
}

impl Samples {
    /// Maximum number of samples kept.
    pub const CAPACITY: usize = 4096;

    /// Adds one sample; replaces the oldest when full.
    pub fn push(&mut self, took: Duration) {
        if self.millis.len() == Self::CAPACITY {
            self.millis.pop_front();
        }
        self.millis.push_back(took.as_secs_f32() * 1e3);
    }

    /// The distribution of the newest `newest` samples, by nearest rank; zeros if there are none.
    pub fn percentiles_of(&self, newest: usize) -> Percentiles {
        let skip = self.millis.len().saturating_sub(newest);
        let mut sorted: Vec<f32> = self.millis.iter().skip(skip).copied().collect();
        sorted.sort_by(f32::total_cmp);
        let rank = |q: f32| {
            let at = (q * sorted.len() as f32).ceil() as usize;
            sorted
                .get(at.saturating_sub(1))
                .copied()
                .unwrap_or_default()
        };
        Percentiles {
            p50: rank(0.50),
            p95: rank(0.95),
            p99: rank(0.99),
        }
    }

    /// The distribution of all kept samples.
    pub fn percentiles(&self) -> Percentiles {
        self.percentiles_of(Self::CAPACITY)
    }
}

/// Shared durations of all stages; cheap to clone, locked only for a push.
#[derive(Debug, Clone, Default)]
pub struct StageTimings {
    stages: Arc<Mutex<BTreeMap<&'static str, Samples>>>,
}

impl StageTimings {
    /// Adds one sample to `stage`.
    pub fn push(&self, stage: &'static str, took: Duration) {
        let mut stages = self.stages.lock().unwrap_or_else(PoisonError::into_inner);
        stages.entry(stage).or_default().push(took);
    }

    /// Runs `work` and adds its duration to `stage`.
    pub fn measure<T>(&self, clock: &Clock, stage: &'static str, work: impl FnOnce() -> T) -> T {
        let began = clock.now();
        let result = work();
        self.push(stage, clock.now().since(began));
        result
    }

    /// The distribution of each stage over its newest `newest` samples.
    pub fn summary_of(&self, newest: usize) -> BTreeMap<&'static str, Percentiles> {
        let stages = self.stages.lock().unwrap_or_else(PoisonError::into_inner);
        stages
            .iter()
            .map(|(name, samples)| (*name, samples.percentiles_of(newest)))
            .collect()
    }

    /// The distribution of each stage over all kept samples.
    pub fn summary(&self) -> BTreeMap<&'static str, Percentiles> {
        self.summary_of(Samples::CAPACITY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_by_nearest_rank() {
        let mut samples = Samples::default();
        for ms in 1..=100 {
            samples.push(Duration::from_millis(ms));
        }

        let got = samples.percentiles();

        assert_eq!((got.p50, got.p95, got.p99), (50.0, 95.0, 99.0));
    }

    #[test]
    fn no_samples_give_zeros_and_many_stay_bounded() {
        let mut samples = Samples::default();
        assert_eq!(samples.percentiles(), Percentiles::default());

        for _ in 0..Samples::CAPACITY + 10 {
            samples.push(Duration::from_millis(1));
        }

        assert_eq!(samples.millis.len(), Samples::CAPACITY);
    }
}
