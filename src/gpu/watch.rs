//! [`Watch`]: what went wrong on a device, kept; without it wgpu panics.

use std::sync::{Arc, Mutex, PoisonError};

use crate::gpu::{Gpu, GpuError};

/// The first trouble of one device.
#[derive(Debug, Clone, Default)]
pub struct Watch(Arc<Mutex<Option<String>>>);

impl Watch {
    /// Watches over the device of `gpu` from here on.
    pub fn over(gpu: &Gpu) -> Self {
        let watch = Self::default();
        let (errors, losses) = (watch.clone(), watch.clone());
        gpu.device
            .on_uncaptured_error(Arc::new(move |error: crate::gpu::wgpu::Error| {
                errors.note(error.to_string());
            }));
        gpu.device.set_device_lost_callback(move |reason, words| {
            losses.note(format!("the device is lost ({reason:?}: {words})"));
        });
        watch
    }

    fn note(&self, why: String) {
        tracing::debug!(why, "trouble on the graphics device");
        let mut first = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        first.get_or_insert(why);
    }

    /// The first trouble as an error.
    pub fn check(&self) -> Result<(), GpuError> {
        let first = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        first
            .clone()
            .map_or(Ok(()), |why| Err(GpuError::Device { why }))
    }
}
