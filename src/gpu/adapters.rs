//! [`AdapterReport`]: what graphics adapters this machine has, in words for a person.

use std::fmt;

use serde::Serialize;

use crate::gpu::wgpu;

/// What an adapter is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AdapterKind {
    /// A graphics card with memory of its own.
    Discrete,
    /// A part of the processor.
    Integrated,
    /// Lent by a host machine.
    Virtual,
    /// A renderer in software.
    Cpu,
    /// Not told.
    Unknown,
}

/// One adapter through one graphics interface.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdapterReport {
    /// The maker's name for it.
    pub name: String,
    /// The interface: `vulkan`, `gl`, `metal`, `dx12`.
    pub backend: String,
    /// What it is made of.
    pub kind: AdapterKind,
    /// The driver and its version, as it calls itself; may be empty.
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

/// The door to all drivers; `WGPU_BACKEND` narrows it.
pub(super) fn instance() -> wgpu::Instance {
    wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle_from_env())
}

/// Every adapter through every interface; empty where there is none. Takes tens of milliseconds.
pub fn adapters() -> Vec<AdapterReport> {
    pollster::block_on(instance().enumerate_adapters(wgpu::Backends::all()))
        .iter()
        .map(|adapter| AdapterReport::from(&adapter.get_info()))
        .collect()
}
