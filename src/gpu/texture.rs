//! [`PictureTexture`]: pixels on the GPU.

use crate::domain::frame::{Picture, Size};
use crate::gpu::{Gpu, GpuError, wgpu};

/// How a shader reads the sRGB-encoded bytes of a [`PictureTexture`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// As sRGB-encoded values in `[0, 1]` (`Rgba8Unorm`).
    Encoded,
    /// As linear light in `[0, 1]`, decoded by the hardware (`Rgba8UnormSrgb`).
    Linear,
}

impl Encoding {
    /// The texture format.
    pub const fn format(self) -> wgpu::TextureFormat {
        match self {
            Self::Encoded => wgpu::TextureFormat::Rgba8Unorm,
            Self::Linear => wgpu::TextureFormat::Rgba8UnormSrgb,
        }
    }
}

/// A texture of RGBA8, sRGB-encoded bytes, straight alpha: the same bytes as a [`Picture`].
#[derive(Debug)]
pub struct PictureTexture {
    label: &'static str,
    seen: Encoding,
    texture: wgpu::Texture,
    view: wgpu::TextureView,
}

impl PictureTexture {
    /// Creates a texture of transparent black. It can be uploaded to, sampled, drawn to and read back.
    pub fn new(
        gpu: &Gpu,
        label: &'static str,
        size: Size,
        seen: Encoding,
    ) -> Result<Self, GpuError> {
        gpu.check_size(size)?;
        let texture = gpu.device.create_texture(&wgpu::TextureDescriptor {
            label: Some(label),
            size: extent(size),
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: seen.format(),
            usage: wgpu::TextureUsages::TEXTURE_BINDING
                | wgpu::TextureUsages::RENDER_ATTACHMENT
                | wgpu::TextureUsages::COPY_DST
                | wgpu::TextureUsages::COPY_SRC,
            view_formats: &[],
        });
        let view = texture.create_view(&wgpu::TextureViewDescriptor {
            label: Some(label),
            ..wgpu::TextureViewDescriptor::default()
        });
        Ok(Self {
            label,
            seen,
            texture,
            view,
        })
    }

    /// Changes the size if needed; returns whether the texture was replaced (existing bindings must then be
    /// recreated).
    pub fn resize(&mut self, gpu: &Gpu, size: Size) -> Result<bool, GpuError> {
        if self.size() == size {
            return Ok(false);
        }
        *self = Self::new(gpu, self.label, size, self.seen)?;
        Ok(true)
    }

    /// Uploads `picture`; returns whether the texture was replaced, as [`PictureTexture::resize`] does.
    pub fn upload(&mut self, gpu: &Gpu, picture: &Picture) -> Result<bool, GpuError> {
        let size = picture.size();
        let renewed = self.resize(gpu, size)?;
        self.upload_part(gpu, [0, 0], size, picture.rgba());
        Ok(renewed)
    }

    /// Uploads RGBA8 bytes, rows from top to bottom, to the rectangle of this size whose top left pixel is
    /// `at`. The rectangle must lie inside.
    pub fn upload_part(&self, gpu: &Gpu, at: [u32; 2], size: Size, rgba: &[u8]) {
        let layout = wgpu::TexelCopyBufferLayout {
            offset: 0,
            bytes_per_row: Some(size.width * 4),
            rows_per_image: None,
        };
        let mut to = self.texture.as_image_copy();
        to.origin = wgpu::Origin3d {
            x: at[0],
            y: at[1],
            z: 0,
        };
        gpu.queue.write_texture(to, rgba, layout, extent(size));
    }

    /// Width and height.
    pub fn size(&self) -> Size {
        Size::new(self.texture.width(), self.texture.height())
    }

    /// The underlying texture.
    pub fn texture(&self) -> &wgpu::Texture {
        &self.texture
    }

    /// The view that a shader binds and a pass draws to.
    pub fn view(&self) -> &wgpu::TextureView {
        &self.view
    }
}

/// Converts `size` to wgpu's type.
pub(super) const fn extent(size: Size) -> wgpu::Extent3d {
    wgpu::Extent3d {
        width: size.width,
        height: size.height,
        depth_or_array_layers: 1,
    }
}
