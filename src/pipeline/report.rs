//! [`RunReport`]: summary of a run, for `--report`, `bench --json` and people.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::domain::face::{FaceReport, Steadiness};
use crate::domain::settings::{Engine, Region};
use crate::domain::timing::Percentiles;
use crate::inference::model::ModelReport;

/// Frame counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct FrameTotals {
    /// Frames delivered by the source.
    #[serde(rename = "in")]
    pub captured: u64,
    /// Frames with a styled face, or wholly styled.
    pub styled: u64,
    /// Frames in which a face was held or the picture was covered.
    pub held: u64,
    /// Frames skipped by a slower stage.
    pub dropped: u64,
}

/// Summary of a run. Field names are a contract with external readers.
#[derive(Debug, Clone, Serialize)]
pub struct RunReport {
    /// Vizard's version.
    pub version: &'static str,
    /// The networks, their hashes and execution providers.
    pub models: Vec<ModelReport>,
    /// Frame counts.
    pub frames: FrameTotals,
    /// The painting engine at the end.
    pub engine: Engine,
    /// The region painted at the end: smaller than requested if there was no time.
    pub region: Region,
    /// Styled frames by what enlarged their faces: a network's name, or why none did.
    pub upscaled: BTreeMap<&'static str, u64>,
    /// Finished pictures per second, from the first to the last.
    pub fps: f32,
    /// Time of each stage, milliseconds.
    pub stages_ms: BTreeMap<&'static str, Percentiles>,
    /// From capture to finished picture, milliseconds.
    pub latency_ms: Percentiles,
    /// Peak resident memory of the process, MB (10^6 bytes); 0 if the system does not report it.
    pub peak_memory_mb: f32,
    /// Jitter and lag of the oldest face at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steadiness: Option<Steadiness>,
    /// An error in a worker that the run continued without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
    /// Why the run ended early, in plain sentences, if it did.
    #[serde(skip)]
    pub failure: Option<String>,
    /// The faces of each frame, in order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub faces: Option<Vec<Vec<FaceReport>>>,
}

/// Peak resident memory of the process in MB (10^6 bytes), from Linux's own accounting.
pub fn peak_memory_mb() -> f32 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|rest| {
        rest.trim()
            .trim_end_matches("kB")
            .trim()
            .parse::<f32>()
            .ok()
    });
    kib.unwrap_or(0.0) * 1024.0 / 1e6
}
