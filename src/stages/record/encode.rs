//! [`H264`]: encodes planes as H.264 with openh264.

use openh264::OpenH264API;
use openh264::encoder::{
    BitRate, Complexity, Encoder, EncoderConfig, FrameRate, FrameType, IntraFramePeriod, QpRange,
    RateControlMode, UsageType, VuiConfig,
};

use crate::domain::frame::Size;
use crate::stages::record::planes::Planes;

/// Frames between key frames: about two seconds.
const KEY_FRAME_EVERY: u32 = 60;

/// One encoded frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sample {
    /// NAL units without parameter sets, each after its length as four big-endian bytes.
    pub(crate) bytes: Vec<u8>,
    /// Whether the frame is a key frame.
    pub(crate) is_key: bool,
}

/// The stream's parameter sets, without start codes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ParameterSets {
    pub(crate) sps: Vec<u8>,
    pub(crate) pps: Vec<u8>,
}

/// The encoder of one recording.
pub(crate) struct H264 {
    encoder: Encoder,
    /// Known after the first frame.
    sets: ParameterSets,
}

impl std::fmt::Debug for H264 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("H264")
    }
}

impl H264 {
    /// Creates an encoder for planes of `size` at approximately `fps` frames per second.
    pub(crate) fn new(size: Size, fps: f32, quality: u8) -> Result<Self, String> {
        let quality = quality.min(51);
        let config = EncoderConfig::new()
            .usage_type(UsageType::CameraVideoRealTime)
            .complexity(Complexity::Low)
            // The quantiser is constant, because a rate control needs the frame rate, which is known only
            // during recording. (Mode `Off` ignores the requested quantiser, and `Quality` prints a warning
            // about disabled frame skipping.)
            .rate_control_mode(RateControlMode::Bufferbased)
            .qp(QpRange::new(quality, quality))
            .bitrate(BitRate::from_bps((size.pixels() as f32 * fps * 0.2) as u32))
            .max_frame_rate(FrameRate::from_hz(fps))
            .skip_frames(false)
            .intra_frame_period(IntraFramePeriod::from_num_frames(KEY_FRAME_EVERY))
            .vui(VuiConfig::bt709());
        let encoder = Encoder::with_api_config(OpenH264API::from_source(), config)
            .map_err(|error| error.to_string())?;
        Ok(Self {
            encoder,
            sets: ParameterSets::default(),
        })
    }

    /// Encodes the next frame.
    pub(crate) fn encode(&mut self, planes: &Planes) -> Result<Sample, String> {
        let stream = self
            .encoder
            .encode(planes)
            .map_err(|error| error.to_string())?;
        let is_key = matches!(stream.frame_type(), FrameType::IDR);
        let mut bytes = Vec::new();
        let layers = (0..stream.num_layers()).filter_map(|at| stream.layer(at));
        for layer in layers {
            for nal in (0..layer.nal_count()).filter_map(|at| layer.nal_unit(at)) {
                let nal = without_start_code(nal);
                match nal.first().map(|head| head & 0x1f) {
                    Some(7) => self.sets.sps = nal.to_vec(),
                    Some(8) => self.sets.pps = nal.to_vec(),
                    Some(_) => {
                        bytes.extend_from_slice(&(nal.len() as u32).to_be_bytes());
                        bytes.extend_from_slice(nal);
                    }
                    None => {}
                }
            }
        }
        if bytes.is_empty() {
            return Err("it gave an empty frame".into());
        }
        Ok(Sample { bytes, is_key })
    }

    /// Returns the parameter sets; empty before the first frame.
    pub(crate) fn parameter_sets(&self) -> &ParameterSets {
        &self.sets
    }
}

fn without_start_code(nal: &[u8]) -> &[u8] {
    nal.strip_prefix(&[0, 0, 0, 1])
        .or_else(|| nal.strip_prefix(&[0, 0, 1]))
        .unwrap_or(nal)
}
