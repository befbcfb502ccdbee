//! The only place that prints: text or JSON on standard output, errors on standard error.

use serde::Serialize;

/// Why a command failed, in plain sentences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) message: String,
    /// The process's exit code.
    pub(super) code: u8,
}

impl Failure {
    /// The command failed.
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            code: 1,
        }
    }

    /// The command was used wrongly.
    pub(super) fn usage(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            code: 2,
        }
    }
}

/// Every typed error of ours says what happened, why, and what to do.
macro_rules! fails_with {
    ($($error:ty),+ $(,)?) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self::new(error.to_string())
            }
        })+
    };
}

fails_with!(
    crate::app::AppError,
    crate::catalogue::CatalogueError,
    crate::inference::model::ModelError,
    crate::inference::runtime::RuntimeError,
    crate::inference::store::StoreError,
    crate::pictures::PictureError,
    crate::pipeline::PipelineError,
    crate::pipeline::perception::PerceptionError,
    crate::pipeline::networks::NetworksError,
    crate::stages::capture::CaptureError,
    crate::stages::mask::MaskError,
    crate::stages::record::RecordError,
    crate::stages::stylize::StylizeError,
    crate::stages::upscale::UpscaleError,
);

/// How a command speaks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Output {
    /// JSON for machines in place of text for people.
    pub(super) json: bool,
}

#[expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "this is where printing belongs"
)]
impl Output {
    /// Prints `value` as JSON, or `text` for people.
    pub(super) fn report(self, value: &impl Serialize, text: &str) {
        if self.json {
            match serde_json::to_string_pretty(value) {
                Ok(json) => println!("{json}"),
                Err(error) => eprintln!("error: the report is not printable: {error}"),
            }
        } else {
            print!("{text}");
        }
    }

    /// Says something on the way, on standard error.
    pub(super) fn note(self, text: &str) {
        if !self.json {
            eprintln!("{text}");
        }
    }

    /// Says why the command failed, unless it has said so itself (an empty message).
    pub(super) fn failure(self, failure: &Failure) {
        if failure.message.is_empty() {
            return;
        }
        if self.json {
            println!("{}", serde_json::json!({ "error": failure.message }));
        } else {
            eprintln!("error: {}", failure.message);
        }
    }
}
