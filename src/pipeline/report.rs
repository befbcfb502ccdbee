//! [`RunReport`]: what a run did, for `--report`, `bench --json` and people.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::domain::face::{FaceReport, Steadiness};
use crate::domain::settings::{Engine, Region};
use crate::domain::timing::Percentiles;
use crate::inference::model::ModelReport;

/// Counts of frames.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct FrameTotals {
    /// Frames that the source delivered.
    #[serde(rename = "in")]
    pub captured: u64,
    /// Frames with a styled face, or wholly styled.
    pub styled: u64,
    /// Frames in which a face was held or the picture was covered.
    pub held: u64,
    /// Frames that a slower stage skipped.
    pub dropped: u64,
}

/// What a run did. Names are a contract with readers outside.
#[derive(Debug, Clone, Serialize)]
pub struct RunReport {
    /// Vizard's version.
    pub version: &'static str,
    /// The networks, their hashes and what ran them.
    pub models: Vec<ModelReport>,
    /// Counts.
    pub frames: FrameTotals,
    /// What painted at the end.
    pub engine: Engine,
    /// What it painted at the end: less than was asked for where there was no time.
    pub region: Region,
    /// Styled frames by what enlarged their faces: a network's name, or why none did.
    pub upscaled: BTreeMap<&'static str, u64>,
    /// Finished pictures a second, from the first to the last.
    pub fps: f32,
    /// Each stage's time, milliseconds.
    pub stages_ms: BTreeMap<&'static str, Percentiles>,
    /// From capture to finished picture, milliseconds.
    pub latency_ms: Percentiles,
    /// Greatest resident memory of the process, MB (10^6 bytes); 0 where the system does not tell.
    pub peak_memory_mb: f32,
    /// How still and how prompt the oldest face was at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steadiness: Option<Steadiness>,
    /// A worker's trouble that the run went on without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
    /// Why the run ended before its time, in plain sentences, if it did.
    #[serde(skip)]
    pub failure: Option<String>,
    /// The faces of each frame, in order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub faces: Option<Vec<Vec<FaceReport>>>,
}

/// The process's greatest resident memory in MB (10^6 bytes), from Linux's own accounting.
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
