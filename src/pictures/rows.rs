//! [`PngRows`]: writes a PNG file a few rows at a time, which allows pictures larger than
//! memory.

use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use png::{BitDepth, ColorType, Compression, Encoder, StreamWriter};

use crate::domain::frame::{Picture, Size};
use crate::files::OutputFile;
use crate::pictures::error::PictureError;

/// A PNG file of RGB pixels that appears at its path only when it is finished, and never after
/// an error.
pub struct PngRows {
    path: PathBuf,
    file: OutputFile,
    writer: StreamWriter<'static, BufWriter<std::fs::File>>,
    line: Vec<u8>,
}

impl std::fmt::Debug for PngRows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PngRows({})", self.path.display())
    }
}

fn io_error(error: png::EncodingError) -> io::Error {
    match error {
        png::EncodingError::IoError(why) => why,
        other => io::Error::other(other),
    }
}

impl PngRows {
    /// Creates a file of `size` at `path` without rows.
    pub fn create(path: &Path, size: Size) -> Result<Self, PictureError> {
        let open = || {
            let file = OutputFile::hidden(path)?;
            let mut encoder = Encoder::new(
                BufWriter::new(file.handle()?),
                size.width.max(1),
                size.height.max(1),
            );
            encoder.set_color(ColorType::Rgb);
            encoder.set_depth(BitDepth::Eight);
            encoder.set_compression(Compression::Fast);
            let writer = encoder.write_header().map_err(io_error)?;
            let writer = writer.into_stream_writer().map_err(io_error)?;
            Ok((file, writer))
        };
        let (file, writer) = open().map_err(|why| PictureError::from_writing(path, &why))?;
        Ok(Self {
            path: path.into(),
            file,
            writer,
            line: Vec::new(),
        })
    }

    /// Writes the next rows: a picture of the file's width.
    pub fn push(&mut self, rows: &Picture) -> Result<(), PictureError> {
        self.line.clear();
        let pixels = rows.rgba().chunks_exact(4);
        self.line
            .extend(pixels.flat_map(|pixel| pixel.iter().take(3)));
        let written = self.writer.write_all(&self.line);
        written.map_err(|why| PictureError::from_writing(&self.path, &why))
    }

    /// Moves the complete file to its path.
    pub fn finish(self) -> Result<(), PictureError> {
        let Self {
            path, file, writer, ..
        } = self;
        let finished = writer.finish().map_err(io_error);
        let placed = finished.and_then(|()| file.finish());
        placed.map_err(|why| PictureError::from_writing(&path, &why))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_the_file_that_a_whole_picture_becomes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.png");
        let size = Size::new(3, 4);
        let bytes: Vec<u8> = (0..size.pixels() as u8)
            .flat_map(|i| [i, 2 * i, 3 * i, 255])
            .collect();
        let picture = Picture::from_rgba(size, bytes).unwrap();

        let mut file = PngRows::create(&path, size).unwrap();
        for top in [0, 3] {
            file.push(&crate::pictures::part(&picture, 0, top, Size::new(3, 3)))
                .unwrap();
        }
        assert!(!path.exists());
        file.finish().unwrap();

        let read = crate::pictures::read(&path, &crate::pictures::Limits::default()).unwrap();
        assert_eq!(read, picture);
    }

    #[test]
    fn a_file_that_is_given_up_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.png");

        drop(PngRows::create(&path, Size::new(3, 4)).unwrap());

        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
