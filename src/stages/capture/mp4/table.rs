//! The sample tables (`stbl`) of a plain MP4 file.

use crate::stages::capture::mp4::boxes::{first, rows, u32_at, u64_at};
use crate::stages::capture::mp4::sample::{Mp4Error, Sample, broken};

/// Returns a track's frames in decoding order; none for a fragmented file. Fails above `most` frames.
pub(crate) fn samples_of_table(stbl: &[u8], most: usize) -> Result<Vec<Sample>, Mp4Error> {
    let sizes = sizes(stbl, most)?;
    if sizes.is_empty() {
        return Ok(Vec::new());
    }
    let offsets = offsets(stbl, &sizes).ok_or_else(|| broken("its frame table is damaged"))?;
    let mut decoded = 0_i64;
    let mut durations = run_lengths(stbl, *b"stts");
    let mut delays = run_lengths(stbl, *b"ctts");
    let samples = sizes.iter().zip(&offsets).map(|(bytes, offset)| {
        // Delays may be negative in the newer version, and are never huge in the older one.
        let shown = decoded + i64::from(delays.next().unwrap_or(0).cast_signed());
        decoded += i64::from(durations.next().unwrap_or(0));
        Sample {
            offset: *offset,
            bytes: *bytes,
            shown,
        }
    });
    let samples: Vec<Sample> = samples.collect();
    if samples.len() < sizes.len() {
        return Err(broken("its frame table is damaged"));
    }
    Ok(samples)
}

/// Returns the size of each frame, bytes.
fn sizes(stbl: &[u8], most: usize) -> Result<Vec<u32>, Mp4Error> {
    let stsz = first(stbl, *b"stsz").ok_or_else(|| broken("no frame sizes"))?;
    let same = u32_at(stsz, 4).unwrap_or(0);
    let count = u32_at(stsz, 8).unwrap_or(0) as usize;
    if count > most {
        return Err(broken("it claims more frames than can be"));
    }
    if same > 0 {
        return Ok(vec![same; count]);
    }
    let sizes: Vec<u32> = rows::<1>(stsz, 8).map(|[bytes]| bytes).collect();
    if sizes.len() == count {
        Ok(sizes)
    } else {
        Err(broken("its frame table is cut off"))
    }
}

/// Returns the offset of each frame: chunks lie anywhere, and the frames of a chunk are contiguous.
fn offsets(stbl: &[u8], sizes: &[u32]) -> Option<Vec<u64>> {
    let chunks: Vec<u64> = match (first(stbl, *b"stco"), first(stbl, *b"co64")) {
        (Some(table), _) => rows::<1>(table, 4).map(|[at]| u64::from(at)).collect(),
        (None, Some(table)) => {
            let places = table.get(8..)?.chunks_exact(8);
            let count = u32_at(table, 4)? as usize;
            places
                .take(count)
                .filter_map(|place| u64_at(place, 0))
                .collect()
        }
        (None, None) => return None,
    };
    let mut groups = rows::<3>(first(stbl, *b"stsc")?, 4).peekable();
    let mut a_chunk = 0;
    let mut sizes = sizes.iter();
    let mut offsets = Vec::with_capacity(sizes.len());
    for (chunk, start) in chunks.iter().enumerate() {
        // Chunk numbers start at 1; a row is valid until the next row's first chunk.
        while let Some([_, frames, _]) = groups.next_if(|[first, ..]| *first as usize <= chunk + 1)
        {
            a_chunk = frames;
        }
        let mut place = *start;
        for bytes in sizes.by_ref().take(a_chunk as usize) {
            offsets.push(place);
            place = place.checked_add(u64::from(*bytes))?;
        }
    }
    Some(offsets)
}

/// Returns each frame's value in a run-length table (`stts`, `ctts`).
fn run_lengths(stbl: &[u8], name: [u8; 4]) -> impl Iterator<Item = u32> {
    let table = first(stbl, name).unwrap_or_default();
    rows::<2>(table, 4).flat_map(|[count, value]| std::iter::repeat_n(value, count as usize))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_file_cannot_claim_more_frames_than_it_has_bytes() {
        let (one_byte_each, ten_million) = (1_u32.to_be_bytes(), 10_000_000_u32.to_be_bytes());
        let head = [&[0, 0, 0, 20][..], b"stsz", &[0; 4]].concat();
        let table = [&head[..], &one_byte_each, &ten_million].concat();

        let samples = samples_of_table(&table, 1000);

        assert!(matches!(samples, Err(Mp4Error::Broken(why)) if why.contains("more frames")));
    }
}
