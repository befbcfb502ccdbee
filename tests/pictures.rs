//! Pictures of every kind, good and bad, through the door `vizard::pictures`.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests may fail as tests do, and say what is skipped"
)]

use std::fmt::Write as _;
use std::fs;
use std::io::Cursor;
use std::path::Path;

use image::codecs::jpeg::JpegEncoder;
use image::{
    DynamicImage, ExtendedColorType, GrayImage, ImageBuffer, ImageEncoder as _, ImageFormat, Luma,
    LumaA, Rgb, RgbImage, Rgba,
};
use vizard::domain::frame::{Picture, Size};
use vizard::pictures::{Limits, PictureError, decode, read, scaled, write_png};

fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn decoded(bytes: &[u8]) -> Result<Picture, PictureError> {
    decode(bytes, "test.img", &Limits::default())
}

/// Red on the left, blue on the right, 40×20.
fn red_and_blue() -> DynamicImage {
    let colour = |x, _| {
        if x < 20 {
            Rgb([255, 0, 0])
        } else {
            Rgb([0, 0, 255])
        }
    };
    RgbImage::from_fn(40, 20, colour).into()
}

fn is_near(got: [u8; 4], wanted: [u8; 3]) -> bool {
    got[3] == 255 && got.iter().zip(wanted).all(|(a, b)| a.abs_diff(b) <= 12)
}

#[test]
fn every_format_is_read() {
    use ImageFormat::{Bmp, Gif, Jpeg, Png, Tiff, WebP};
    for format in [Png, Jpeg, WebP, Gif, Bmp, Tiff] {
        let picture = decoded(&encoded(&red_and_blue(), format)).unwrap();

        assert_eq!(picture.size(), Size::new(40, 20), "{format:?}");
        assert!(
            is_near(picture.pixel_clamped(4, 10), [255, 0, 0]),
            "{format:?}"
        );
        assert!(
            is_near(picture.pixel_clamped(36, 10), [0, 0, 255]),
            "{format:?}"
        );
    }
}

#[test]
fn grey_sixteen_bits_and_float_become_eight_bit_colour() {
    let grey: DynamicImage = GrayImage::from_pixel(4, 4, Luma([200])).into();
    let deep: DynamicImage = ImageBuffer::from_pixel(4, 4, Rgb([65_535_u16, 32_768, 0])).into();
    let deep_grey: DynamicImage = ImageBuffer::from_pixel(4, 4, LumaA([32_768_u16, 65_535])).into();
    let float: DynamicImage = ImageBuffer::from_pixel(4, 4, Rgb([1.0_f32, 0.5, 0.0])).into();

    let pixel = |image, format| {
        decoded(&encoded(image, format))
            .unwrap()
            .pixel_clamped(1, 1)
    };

    assert!(is_near(pixel(&grey, ImageFormat::Png), [200, 200, 200]));
    assert!(is_near(pixel(&grey, ImageFormat::Jpeg), [200, 200, 200]));
    assert!(is_near(pixel(&deep, ImageFormat::Png), [255, 128, 0]));
    assert!(is_near(
        pixel(&deep_grey, ImageFormat::Png),
        [128, 128, 128]
    ));
    assert!(is_near(pixel(&float, ImageFormat::Tiff), [255, 128, 0]));
}

#[test]
fn transparency_is_laid_on_white() {
    let image: DynamicImage = ImageBuffer::from_fn(3, 1, |x, _| match x {
        0 => Rgba([255_u8, 0, 0, 0]),
        1 => Rgba([255, 0, 0, 128]),
        _ => Rgba([255, 0, 0, 255]),
    })
    .into();

    let picture = decoded(&encoded(&image, ImageFormat::Png)).unwrap();

    let wanted = [255, 255, 255, 255, 255, 127, 127, 255, 255, 0, 0, 255];
    assert_eq!(picture.rgba(), wanted);
}

#[test]
fn a_picture_that_was_turned_by_the_camera_is_upright() {
    // An EXIF block with one entry: orientation 6, "turn by 90 degrees clockwise".
    let exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0".to_vec();
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 95);
    encoder.set_exif_metadata(exif).unwrap();
    let sideways = red_and_blue().into_rgb8();
    encoder
        .write_image(sideways.as_raw(), 40, 20, ExtendedColorType::Rgb8)
        .unwrap();

    let picture = decoded(&bytes).unwrap();

    assert_eq!(picture.size(), Size::new(20, 40));
    assert!(
        is_near(picture.pixel_clamped(10, 4), [255, 0, 0]),
        "left has become top"
    );
    assert!(is_near(picture.pixel_clamped(10, 36), [0, 0, 255]));
}

/// An 8×8 JPEG of one colour in four inks, as Photoshop writes them (255: no ink).
fn cmyk_jpeg(inks: [u8; 4]) -> Vec<u8> {
    let mut bytes = vec![0xff, 0xd8];
    let mut segment = |marker: u8, content: &[u8]| {
        bytes.extend([0xff, marker]);
        bytes.extend((content.len() as u16 + 2).to_be_bytes());
        bytes.extend(content);
    };
    segment(0xee, b"Adobe\0\x64\0\0\0\0\0");
    let mut steps = vec![0];
    steps.extend([8; 64]);
    segment(0xdb, &steps);
    let parts = (1..=4).flat_map(|part| [part, 0x11, 0]);
    segment(0xc0, &[vec![8, 0, 8, 0, 8, 4], parts.collect()].concat());
    // Twelve codes of four bits for the sizes of the means; one code of one bit: nothing follows.
    let mut means = vec![0, 0, 0, 0, 12];
    means.extend([0; 12]);
    means.extend(0..12);
    segment(0xc4, &means);
    let mut details = vec![0x10, 1];
    details.extend([0; 15]);
    details.push(0);
    segment(0xc4, &details);
    segment(0xda, &[4, 1, 0, 2, 0, 3, 0, 4, 0, 0, 63, 0]);
    let mut bits = String::new();
    for ink in inks {
        let mean = i32::from(ink) - 128;
        let size = (32 - mean.unsigned_abs().leading_zeros()) as usize;
        let value = if mean < 0 {
            mean + (1 << size) - 1
        } else {
            mean
        };
        write!(bits, "{size:04b}").unwrap();
        if size > 0 {
            write!(bits, "{value:0size$b}").unwrap();
        }
        bits.push('0');
    }
    while !bits.len().is_multiple_of(8) {
        bits.push('1');
    }
    for at in (0..bits.len()).step_by(8) {
        let byte = u8::from_str_radix(&bits[at..at + 8], 2).unwrap();
        bytes.push(byte);
        if byte == 0xff {
            bytes.push(0);
        }
    }
    bytes.extend([0xff, 0xd9]);
    bytes
}

#[test]
fn the_four_inks_of_a_cmyk_jpeg_become_colours() {
    let pixel = |inks| decoded(&cmyk_jpeg(inks)).unwrap().pixel_clamped(4, 4);

    assert!(
        is_near(pixel([255, 255, 255, 255]), [255, 255, 255]),
        "no ink"
    );
    assert!(is_near(pixel([255, 255, 255, 0]), [0, 0, 0]), "black ink");
    assert!(
        is_near(pixel([0, 255, 255, 255]), [0, 255, 255]),
        "cyan ink"
    );
    assert!(
        is_near(pixel([255, 0, 0, 255]), [255, 0, 0]),
        "magenta and yellow ink"
    );
}

#[test]
fn one_pixel_is_a_picture() {
    let one: DynamicImage = RgbImage::from_pixel(1, 1, Rgb([9, 8, 7])).into();

    let picture = decoded(&encoded(&one, ImageFormat::Png)).unwrap();

    assert_eq!(
        (picture.size(), picture.rgba()),
        (Size::new(1, 1), &[9, 8, 7, 255][..])
    );
}

#[test]
fn a_huge_picture_is_refused_before_it_is_decoded() {
    // The head of a PNG that claims 20000×20000 pixels; the rest does not exist.
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    let head = [
        &20_000_u32.to_be_bytes()[..],
        &20_000_u32.to_be_bytes(),
        &[8, 2, 0, 0, 0],
    ]
    .concat();
    bytes.extend(&head);
    bytes.extend(crc32(&[b"IHDR", &head[..]].concat()).to_be_bytes());
    bytes.extend(b"\0\0\0\x04IDAT\0\0\0\0\0\0\0\0");

    let error = decoded(&bytes).unwrap_err();

    let wanted = "test.img is too large: 20000x20000 pixels; scale it below 100 megapixels";
    assert_eq!(error.to_string(), wanted);
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, byte| {
        let mix = |crc: u32, _| {
            if crc & 1 == 1 {
                crc >> 1 ^ 0xedb8_8320
            } else {
                crc >> 1
            }
        };
        (0..8).fold(crc ^ u32::from(*byte), mix)
    })
}

#[test]
fn a_large_picture_is_scaled_down_in_its_shape() {
    let large: DynamicImage = RgbImage::from_pixel(5000, 2500, Rgb([10, 200, 30])).into();

    let picture = decoded(&encoded(&large, ImageFormat::Bmp)).unwrap();

    assert_eq!(picture.size(), Size::new(4096, 2048));
    assert_eq!(picture.pixel_clamped(2000, 1000), [10, 200, 30, 255]);
}

#[test]
fn a_picture_counts_with_the_bytes_that_its_pixels_have() {
    let shallow = DynamicImage::from(RgbImage::from_pixel(40, 20, Rgb([1, 2, 3])));
    let limits = Limits {
        max_memory: 40 * 20 * 3,
        ..Limits::default()
    };
    let decoded = |image: &DynamicImage, format| decode(&encoded(image, format), "a.img", &limits);

    assert!(decoded(&shallow, ImageFormat::Png).is_ok());
    let deep = [
        (DynamicImage::from(shallow.to_rgb16()), ImageFormat::Png),
        (DynamicImage::from(shallow.to_rgb32f()), ImageFormat::Tiff),
        (DynamicImage::from(shallow.to_rgba8()), ImageFormat::Png),
    ];
    for (image, format) in deep {
        assert_eq!(
            decoded(&image, format).unwrap_err().to_string(),
            "a.img is too large to be decoded; save it smaller or with 8 bits a channel"
        );
    }
}

#[test]
fn broken_files_say_what_is_wrong_and_what_to_do() {
    use ImageFormat::{Bmp, Gif, Jpeg, Png, Tiff, WebP};
    for format in [Png, Jpeg, WebP, Gif, Bmp, Tiff] {
        let whole = encoded(&red_and_blue(), format);

        let error = decoded(&whole[..whole.len() * 2 / 3])
            .unwrap_err()
            .to_string();

        assert!(
            error.starts_with("test.img is damaged or cut off ("),
            "{format:?}: {error}"
        );
        assert!(
            error.ends_with("choose another picture or fetch it again"),
            "{error}"
        );
    }
    assert_eq!(
        decoded(b"").unwrap_err().to_string(),
        "test.img is empty (0 bytes); choose another picture"
    );
    assert_eq!(
        decoded(b"To be, or not to be").unwrap_err().to_string(),
        "test.img is not a picture that can be read; use a PNG, JPEG, WebP, GIF, BMP or TIFF file"
    );
}

#[test]
fn a_path_without_a_picture_says_what_lies_there() {
    let folder = tempfile::tempdir().unwrap();
    let read = |path: &Path| read(path, &Limits::default()).unwrap_err();

    let missing = read(&folder.path().join("none.png"));
    let directory = read(folder.path());

    assert!(
        missing
            .to_string()
            .ends_with("none.png does not exist; check the path")
    );
    assert!(
        directory
            .to_string()
            .ends_with("is not a file; name a picture file")
    );
}

#[cfg(unix)]
#[test]
fn a_picture_that_may_not_be_opened_says_so() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret.png");
    fs::write(&path, encoded(&red_and_blue(), ImageFormat::Png)).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::File::open(&path).is_ok() {
        println!("skipped: this user may open everything");
        return;
    }

    let error = read(&path, &Limits::default()).unwrap_err();

    assert!(error.to_string().contains("permission denied"), "{error}");
}

#[test]
fn what_is_written_is_read_back_and_replaces_the_old_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("still.png");
    fs::write(&path, "old").unwrap();
    let picture = Picture::from_rgba(Size::new(2, 1), vec![1, 2, 3, 255, 250, 251, 252, 255]);
    let picture = picture.unwrap();

    write_png(&path, &picture).unwrap();

    assert_eq!(read(&path, &Limits::default()).unwrap(), picture);
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        1,
        "nothing else is left"
    );
}

#[test]
fn a_picture_that_cannot_be_written_says_why_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let picture = Picture::filled(Size::new(2, 2), [0; 4]);

    let no_folder = write_png(&folder.path().join("none/still.png"), &picture).unwrap_err();
    let is_folder = write_png(folder.path(), &picture).unwrap_err();

    assert!(
        no_folder
            .to_string()
            .ends_with("none does not exist; make it first"),
        "{no_folder}"
    );
    assert!(
        is_folder
            .to_string()
            .ends_with("it is a folder; name a file in it"),
        "{is_folder}"
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[cfg(target_os = "linux")]
#[test]
fn a_read_only_folder_is_named_as_such() {
    let picture = Picture::filled(Size::new(2, 2), [0; 4]);

    // Nobody, not even root, may make files there.
    let error = write_png(Path::new("/proc/still.png"), &picture).unwrap_err();

    assert!(
        error
            .to_string()
            .starts_with("/proc/still.png cannot be written: "),
        "{error}"
    );
}

#[test]
fn scaling_keeps_flat_colours_and_averages_fine_ones() {
    let mut stripes = Picture::filled(Size::new(64, 64), [0, 0, 0, 255]);
    for (at, pixel) in stripes.rgba_mut().chunks_exact_mut(4).enumerate() {
        pixel[..3].fill(if at % 2 == 0 { 0 } else { 200 });
    }

    let small = scaled(&stripes, Size::new(16, 16));
    let large = scaled(
        &Picture::filled(Size::new(1, 1), [9, 8, 7, 255]),
        Size::new(5, 3),
    );

    assert!(small.pixel_clamped(8, 8)[0].abs_diff(100) <= 2);
    assert_eq!(large, Picture::filled(Size::new(5, 3), [9, 8, 7, 255]));
}

#[test]
fn decoding_random_damage_never_panics() {
    let whole = encoded(&red_and_blue(), ImageFormat::Png);
    let jpeg = encoded(&red_and_blue(), ImageFormat::Jpeg);
    let mut seed = 7_u32;
    for bytes in [whole, jpeg] {
        for _ in 0..200 {
            let mut damaged = bytes.clone();
            for _ in 0..3 {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let at = seed as usize / 7 % damaged.len();
                damaged[at] ^= (seed >> 24) as u8;
            }
            if let Ok(picture) = decoded(&damaged) {
                assert!(picture.size().pixels() > 0);
            }
        }
    }
}
