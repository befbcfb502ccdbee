//! [`ShaderBuffer`]: a GPU buffer that persists between frames.

use crate::gpu::{Gpu, wgpu};

/// A buffer that grows when needed, and never shrinks.
#[derive(Debug)]
pub struct ShaderBuffer {
    label: &'static str,
    usage: wgpu::BufferUsages,
    buffer: wgpu::Buffer,
}

impl ShaderBuffer {
    /// Creates a buffer of `bytes` zeros, a multiple of 4.
    pub fn new(gpu: &Gpu, label: &'static str, usage: wgpu::BufferUsages, bytes: u64) -> Self {
        let buffer = gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some(label),
            size: bytes,
            usage,
            mapped_at_creation: false,
        });
        Self {
            label,
            usage,
            buffer,
        }
    }

    /// Ensures room for `bytes`; returns whether the buffer was replaced (existing bindings must then be
    /// recreated).
    fn reserve(&mut self, gpu: &Gpu, bytes: u64) -> bool {
        let small = self.buffer.size() < bytes;
        if small {
            *self = Self::new(gpu, self.label, self.usage, bytes);
        }
        small
    }

    /// Writes `parts` one after the other, each a multiple of 4 bytes; returns whether the buffer was
    /// replaced (existing bindings must then be recreated).
    pub fn upload(&mut self, gpu: &Gpu, parts: &[&[u8]]) -> bool {
        let bytes = parts.iter().map(|part| part.len() as u64).sum();
        let renewed = self.reserve(gpu, bytes);
        let mut at = 0;
        for part in parts {
            gpu.queue.write_buffer(&self.buffer, at, part);
            at += part.len() as u64;
        }
        renewed
    }

    /// The underlying buffer.
    pub fn buffer(&self) -> &wgpu::Buffer {
        &self.buffer
    }
}
