//! A folder of numbered pictures, PNG or JPEG: `00001.png`, `frame-12.jpg`.
//!
//! The number is that of the name's last digits; pictures come in its order, whatever is missing between them. Grey,
//! colour, transparent and 16 bit alike become red, green, blue of 8 bit; transparency is not looked at.

use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};

use png::{ColorType, Transformations};
use tiltyard_sim::footage::Frames;
use tiltyard_sim::render::Rgb;

use super::PICTURES;

/// Such a folder.
#[derive(Debug)]
pub(super) struct Folder {
    name: String,
    files: Vec<PathBuf>,
    next: usize,
}

impl Folder {
    /// Looks what is in there.
    pub fn open(path: &Path) -> Result<Self, String> {
        let name = path.display().to_string();
        let entries = fs::read_dir(path).map_err(|error| format!("{name}: {error}"))?;
        let mut files = Vec::new();
        for entry in entries {
            let file = entry.map_err(|error| format!("{name}: {error}"))?.path();
            files.extend(number(&file).map(|number| (number, file)));
        }
        files.sort();
        if files.is_empty() {
            return Err(format!("{name}: there is no numbered picture in it (expected what {PICTURES} makes)"));
        }
        Ok(Self { name, files: files.into_iter().map(|(_, file)| file).collect(), next: 0 })
    }
}

impl Frames for Folder {
    fn next(&mut self) -> Result<Option<Rgb>, String> {
        let Some(file) = self.files.get(self.next) else { return Ok(None) };
        let rgb = read(file).map_err(|problem| format!("{}: {problem}", file.display()))?;
        self.next += 1;
        Ok(Some(rgb))
    }

    fn rewind(&mut self) -> Result<(), String> {
        self.next = 0;
        Ok(())
    }

    fn rate_hz(&self) -> Option<f64> {
        None
    }

    fn name(&self) -> &str {
        &self.name
    }
}

/// What a file's name counts; `None` if it is no picture or has no number.
fn number(file: &Path) -> Option<u64> {
    kind(file)?;
    let stem = file.file_stem()?.to_str()?;
    let digits = stem.len() - stem.bytes().rev().take_while(u8::is_ascii_digit).count();
    stem[digits..].parse().ok()
}

/// What a picture is, by its name.
#[derive(Clone, Copy)]
enum Kind {
    Png,
    Jpeg,
}

fn kind(file: &Path) -> Option<Kind> {
    let extension = file.extension()?.to_str()?.to_ascii_lowercase();
    match extension.as_str() {
        "png" => Some(Kind::Png),
        "jpg" | "jpeg" => Some(Kind::Jpeg),
        _ => None,
    }
}

fn read(file: &Path) -> Result<Rgb, String> {
    match kind(file) {
        Some(Kind::Jpeg) => read_jpeg(file),
        _ => read_png(file),
    }
}

fn read_png(file: &Path) -> Result<Rgb, String> {
    let bytes = File::open(file).map_err(|error| error.to_string())?;
    let mut decoder = png::Decoder::new(BufReader::new(bytes));
    decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
    let torn = |error: png::DecodingError| format!("it cannot be decoded: {error}");
    let mut reader = decoder.read_info().map_err(torn)?;
    let size = reader.output_buffer_size().ok_or("it is too large to be held in memory")?;
    let mut bytes = vec![0; size];
    let info = reader.next_frame(&mut bytes).map_err(torn)?;
    bytes.truncate(info.buffer_size());
    let bytes = match info.color_type {
        ColorType::Grayscale => bytes.iter().flat_map(|grey| [*grey; 3]).collect(),
        ColorType::GrayscaleAlpha => bytes.chunks_exact(2).flat_map(|pixel| [pixel[0]; 3]).collect(),
        ColorType::Rgba => bytes.chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect(),
        // An index becomes its colour.
        ColorType::Rgb | ColorType::Indexed => bytes,
    };
    Ok(Rgb { width_px: info.width, height_px: info.height, bytes })
}

#[cfg(feature = "live")]
fn read_jpeg(file: &Path) -> Result<Rgb, String> {
    use zune_jpeg::JpegDecoder;
    use zune_jpeg::zune_core::bytestream::ZCursor;
    use zune_jpeg::zune_core::colorspace::ColorSpace;
    use zune_jpeg::zune_core::options::DecoderOptions;

    let bytes = fs::read(file).map_err(|error| error.to_string())?;
    let options = DecoderOptions::default().jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(&bytes), options);
    let decoded = decoder.decode().map_err(|error| format!("it cannot be decoded: {error}"))?;
    let (width, height) = decoder.dimensions().ok_or("it says no size")?;
    Ok(Rgb { width_px: width as u32, height_px: height as u32, bytes: decoded })
}

#[cfg(not(feature = "live"))]
fn read_jpeg(_: &Path) -> Result<Rgb, String> {
    Err("this build reads no JPEG (expected PNG, or a build with the feature `live`)".to_owned())
}
