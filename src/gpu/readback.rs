//! Reads textures back into pictures.

use crossbeam_channel::bounded;

use crate::domain::frame::Picture;
use crate::gpu::texture::{PictureTexture, extent};
use crate::gpu::{Gpu, GpuError, wgpu};

/// Reads all bytes of `texture` back. Blocks on the GPU: for tests and still pictures, not for the live
/// loop.
pub fn read_back(gpu: &Gpu, texture: &PictureTexture) -> Result<Picture, GpuError> {
    let size = texture.size();
    let row_bytes = size.width * 4;
    let padded = row_bytes.next_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT);
    let buffer = gpu.device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("readback"),
        size: u64::from(padded) * u64::from(size.height),
        usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
        mapped_at_creation: false,
    });
    let to = wgpu::TexelCopyBufferInfo {
        buffer: &buffer,
        layout: wgpu::TexelCopyBufferLayout {
            offset: 0,
            bytes_per_row: Some(padded),
            rows_per_image: None,
        },
    };
    let label = Some("readback");
    let mut encoder = gpu
        .device
        .create_command_encoder(&wgpu::CommandEncoderDescriptor { label });
    encoder.copy_texture_to_buffer(texture.texture().as_image_copy(), to, extent(size));
    gpu.queue.submit([encoder.finish()]);

    wait_for(gpu, &buffer)?;
    let mapped = buffer.get_mapped_range(..).map_err(refused)?;
    let mut rgba = Vec::with_capacity(size.pixels() * 4);
    for row in mapped.chunks_exact(padded as usize) {
        rgba.extend_from_slice(row.get(..row_bytes as usize).unwrap_or_default());
    }
    Picture::from_rgba(size, rgba).map_err(refused)
}

/// Blocks until `buffer` can be read.
fn wait_for(gpu: &Gpu, buffer: &wgpu::Buffer) -> Result<(), GpuError> {
    let (sender, receiver) = bounded(1);
    buffer.map_async(wgpu::MapMode::Read, .., move |result| {
        // The receiver lives until this call ends.
        drop(sender.send(result));
    });
    gpu.device
        .poll(wgpu::PollType::Wait {
            submission_index: None,
            timeout: None,
        })
        .map_err(refused)?;
    // The wait ran the callback; a callback that never runs has dropped its sender.
    receiver.recv().map_err(refused)?.map_err(refused)
}

fn refused(error: impl std::fmt::Display) -> GpuError {
    GpuError::Readback {
        why: error.to_string(),
    }
}
