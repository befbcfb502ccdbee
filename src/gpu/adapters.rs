//! [`AdapterReport`]: describes the graphics adapters of this machine in plain words.

use std::fmt;

use serde::Serialize;

use crate::gpu::wgpu;

/// Kind of an adapter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AdapterKind {
    /// A graphics card with its own memory.
    Discrete,
    /// Integrated in the CPU.
    Integrated,
    /// Provided by a host machine.
    Virtual,
    /// A software renderer.
    Cpu,
    /// Not reported.
    Unknown,
}

/// One adapter through one graphics interface.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdapterReport {
    /// The manufacturer's name for it.
    pub name: String,
    /// The interface: `vulkan`, `gl`, `metal`, `dx12`.
    pub backend: String,
    /// Kind of the adapter.
    pub kind: AdapterKind,
    /// Name and version that the driver reports; may be empty.
    pub driver: String,
}

impl From<&wgpu::AdapterInfo> for AdapterReport {
    fn from(info: &wgpu::AdapterInfo) -> Self {
        let kind = match info.device_type {
            wgpu::DeviceType::DiscreteGpu => AdapterKind::Discrete,
            wgpu::DeviceType::IntegratedGpu => AdapterKind::Integrated,
            wgpu::DeviceType::VirtualGpu => AdapterKind::Virtual,
            wgpu::DeviceType::Cpu => AdapterKind::Cpu,
            wgpu::DeviceType::Other => AdapterKind::Unknown,
        };
        let driver = format!("{} {}", info.driver, info.driver_info);
        Self {
            name: info.name.clone(),
            backend: info.backend.to_str().to_owned(),
            kind,
            driver: driver.trim().to_owned(),
        }
    }
}

impl fmt::Display for AdapterKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Discrete => "graphics card",
            Self::Integrated => "integrated graphics",
            Self::Virtual => "virtual graphics",
            Self::Cpu => "software renderer",
            Self::Unknown => "unknown kind",
        })
    }
}

impl fmt::Display for AdapterReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}, {})", self.name, self.kind, self.backend)
    }
}

/// The entry point to all drivers; `WGPU_BACKEND` restricts it.
pub(super) fn instance() -> wgpu::Instance {
    wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle_from_env())
}

/// Every adapter through every interface; empty if there is none. Takes tens of milliseconds.
pub fn adapters() -> Vec<AdapterReport> {
    pollster::block_on(instance().enumerate_adapters(wgpu::Backends::all()))
        .iter()
        .map(|adapter| AdapterReport::from(&adapter.get_info()))
        .collect()
}
