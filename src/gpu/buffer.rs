//! [`ShaderBuffer`]: numbers on the GPU, kept between frames.

use crate::gpu::{Gpu, wgpu};

/// A buffer that grows when more is written than fits, and never shrinks.
#[derive(Debug)]
pub struct ShaderBuffer {
    label: &'static str,
    usage: wgpu::BufferUsages,
    buffer: wgpu::Buffer,
}

impl ShaderBuffer {
    /// A buffer of `bytes` zeros, a multiple of 4.
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

    /// Makes room for `bytes`; tells whether the buffer is a new one (then whatever was bound to the
    /// old one is to be bound again).
    fn reserve(&mut self, gpu: &Gpu, bytes: u64) -> bool {
        let small = self.buffer.size() < bytes;
        if small {
            *self = Self::new(gpu, self.label, self.usage, bytes);
        }
        small
    }

    /// Writes `parts` one behind the other, each a multiple of 4 bytes; tells whether the buffer is
    /// a new one (then whatever was bound to the old one is to be bound again).
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

    /// The buffer itself.
    pub fn buffer(&self) -> &wgpu::Buffer {
        &self.buffer
    }
}
