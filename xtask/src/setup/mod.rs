//! What must be installed, and how it gets here. Every part looks at the real state first and
//! does nothing, quickly and silently, where it is right already.

/// Debian packages.
mod packages;

/// ONNX Runtime.
mod onnxruntime;

/// Parts of the Rust toolchain.
mod toolchain;

/// Python and its pip.
mod python;

use crate::failure::Failure;
use crate::places::Places;

/// Installs what building and running needs, and with `tests` what the checks need.
pub(crate) fn prepare(places: &Places, tests: bool) -> Result<(), Failure> {
    packages::ensure(tests)?;
    if tests {
        toolchain::ensure()?;
    }
    onnxruntime::ensure(places)
}

/// Installs ONNX Runtime for NVIDIA GPUs beside the one for the CPU.
pub(crate) fn prepare_cuda(places: &Places) -> Result<(), Failure> {
    onnxruntime::ensure_cuda(places)
}
