//! A small, strict ZIP reader and writer: the container of a style file.
//!
//! It writes without compression, since pictures are compressed already; it also reads entries that another
//! program compressed with deflate. It never unpacks to disk. It checks names, counts and sizes before
//! unpacking, and stops unpacking at the size that the directory states, so neither path traversal nor a
//! ZIP bomb does harm (ADR 0008).

use std::io::Read as _;

use flate2::Crc;
use flate2::read::DeflateDecoder;
use thiserror::Error;

/// Maximum size of an archive, and of all its entries unpacked, bytes.
pub(super) const MOST_BYTES: usize = 48 << 20;

/// Maximum number of entries in an archive.
const MOST_ENTRIES: usize = 32;

/// Maximum length of an entry's name, bytes.
const LONGEST_NAME: usize = 100;

const DIRECTORY_END: u32 = 0x0605_4b50;
const DIRECTORY_ENTRY: u32 = 0x0201_4b50;
const LOCAL_ENTRY: u32 = 0x0403_4b50;

/// Version of the format needed to extract: 2.0.
const VERSION: u16 = 20;

/// Flag: the name is UTF-8.
const UTF8: u16 = 1 << 11;

/// Flag: the entry is encrypted.
const ENCRYPTED: u16 = 1;

const STORED: u16 = 0;
const DEFLATED: u16 = 8;

/// 1980-01-01, the format's first day: a style file does not reveal when it was made.
const FIRST_DAY: u16 = 0x21;

/// Why an archive is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ArchiveError {
    /// Not a ZIP, or truncated.
    #[error("it is not a ZIP archive, or it is cut off")]
    NotAnArchive,
    /// A name that leads out of the archive.
    #[error("it holds \"{0}\", a path that leads elsewhere")]
    Path(String),
    /// The archive or its content is too large.
    #[error("it holds more than {MOST_ENTRIES} entries or {} MB", MOST_BYTES >> 20)]
    TooLarge,
    /// An entry that does not match the directory.
    #[error("its entry \"{0}\" is damaged, or not what the directory says")]
    Damaged(String),
    /// An entry with an unsupported method.
    #[error("its entry \"{0}\" is encrypted or packed in a way that is not read")]
    Method(String),
    /// Two entries with the same name.
    #[error("it holds \"{0}\" twice")]
    Twice(String),
}

/// One file in an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
}

/// Packs `entries` into an archive; the same entries give the same bytes.
pub(super) fn pack(entries: &[Entry]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for Entry { name, bytes } in entries {
        let start = out.len() as u32;
        let mut head = Vec::new();
        for number in [VERSION, UTF8, STORED, 0, FIRST_DAY] {
            head.extend(number.to_le_bytes());
        }
        let size = bytes.len() as u32;
        for number in [checksum(bytes), size, size] {
            head.extend(number.to_le_bytes());
        }
        head.extend((name.len() as u16).to_le_bytes());
        head.extend(0_u16.to_le_bytes());
        out.extend(LOCAL_ENTRY.to_le_bytes());
        out.extend(&head);
        out.extend(name.as_bytes());
        out.extend(bytes);
        directory.extend(DIRECTORY_ENTRY.to_le_bytes());
        directory.extend(VERSION.to_le_bytes());
        directory.extend(&head);
        // Comment, disk, two words of attributes.
        directory.extend([0; 10]);
        directory.extend(start.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let (start, size) = (out.len() as u32, directory.len() as u32);
    let count = entries.len() as u16;
    out.extend(directory);
    out.extend(DIRECTORY_END.to_le_bytes());
    out.extend([0; 4]);
    out.extend([count.to_le_bytes(), count.to_le_bytes()].concat());
    out.extend([size.to_le_bytes(), start.to_le_bytes()].concat());
    out.extend([0; 2]);
    out
}

/// Unpacks the entries of an archive. Folders are left out.
pub(super) fn unpack(archive: &[u8]) -> Result<Vec<Entry>, ArchiveError> {
    if archive.len() > MOST_BYTES {
        return Err(ArchiveError::TooLarge);
    }
    let (count, mut directory) = directory_of(archive).ok_or(ArchiveError::NotAnArchive)?;
    if count > MOST_ENTRIES {
        return Err(ArchiveError::TooLarge);
    }
    let mut listed: Vec<Listed> = Vec::new();
    for _ in 0..count {
        let entry = Listed::take(&mut directory).ok_or(ArchiveError::NotAnArchive)?;
        entry.check()?;
        if listed.iter().any(|other| other.name == entry.name) {
            return Err(ArchiveError::Twice(plain(&entry.name)));
        }
        listed.push(entry);
    }
    let total: u64 = listed.iter().map(|entry| u64::from(entry.size)).sum();
    if total > MOST_BYTES as u64 {
        return Err(ArchiveError::TooLarge);
    }
    listed.retain(|entry| !entry.name.ends_with('/'));
    listed
        .into_iter()
        .map(|entry| entry.unpack(archive))
        .collect()
}

/// Makes an untrusted name printable: short, and with `?` for each character that is not printable ASCII.
fn plain(name: &str) -> String {
    const LONGEST_SHOWN: usize = 40;
    let shown = |c: char| {
        if c.is_ascii_graphic() || c == ' ' {
            c
        } else {
            '?'
        }
    };
    name.chars().take(LONGEST_SHOWN).map(shown).collect()
}

fn checksum(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// Returns the number of entries in the directory, and its bytes.
fn directory_of(archive: &[u8]) -> Option<(usize, &[u8])> {
    /// Bytes of the end-of-directory record without its comment, and the longest comment.
    const END: usize = 22;
    const LONGEST_COMMENT: usize = 0xFFFF;
    let last = archive.len().checked_sub(END)?;
    let mut starts = (last.saturating_sub(LONGEST_COMMENT)..=last).rev();
    let start = starts.find(|&at| archive[at..].starts_with(&DIRECTORY_END.to_le_bytes()))?;
    let mut end = &archive[start + 4..];
    let [disk, first_disk, here, count] = [(); 4].map(|()| u16_of(&mut end));
    let (size, offset) = (u32_of(&mut end)?, u32_of(&mut end)?);
    if (disk?, first_disk?) != (0, 0) || here? != count? {
        return None;
    }
    let directory = archive.get(offset as usize..)?.get(..size as usize)?;
    Some((usize::from(count?), directory))
}

fn taken<'a>(bytes: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (head, rest) = bytes.split_at_checked(count)?;
    *bytes = rest;
    Some(head)
}

fn u16_of(bytes: &mut &[u8]) -> Option<u16> {
    taken(bytes, 2)?.try_into().ok().map(u16::from_le_bytes)
}

fn u32_of(bytes: &mut &[u8]) -> Option<u32> {
    taken(bytes, 4)?.try_into().ok().map(u32::from_le_bytes)
}

/// One record of the directory.
#[derive(Debug)]
struct Listed {
    name: String,
    flags: u16,
    method: u16,
    checksum: u32,
    packed: u32,
    size: u32,
    start: u32,
}

impl Listed {
    fn take(directory: &mut &[u8]) -> Option<Self> {
        if u32_of(directory)? != DIRECTORY_ENTRY {
            return None;
        }
        let [_made, _needs, flags, method] = [(); 4].map(|()| u16_of(directory));
        taken(directory, 4)?;
        let [checksum, packed, size] = [(); 3].map(|()| u32_of(directory));
        let [name, extra, comment] = [(); 3].map(|()| u16_of(directory));
        taken(directory, 8)?;
        let start = u32_of(directory)?;
        let name = taken(directory, usize::from(name?))?;
        taken(directory, usize::from(extra?) + usize::from(comment?))?;
        Some(Self {
            name: String::from_utf8_lossy(name).into_owned(),
            flags: flags?,
            method: method?,
            checksum: checksum?,
            packed: packed?,
            size: size?,
            start,
        })
    }

    /// Refuses names that lead out of the archive, and unsupported entries.
    fn check(&self) -> Result<(), ArchiveError> {
        let name = self.name.as_str();
        let part_is_bad = |part: &str| part == ".." || part == ".";
        let bad = name.is_empty()
            || name.len() > LONGEST_NAME
            || name.starts_with('/')
            || name.contains(['\\', ':', '\0', char::REPLACEMENT_CHARACTER])
            || name.split('/').any(part_is_bad);
        if bad {
            return Err(ArchiveError::Path(plain(name)));
        }
        let known = matches!(self.method, STORED | DEFLATED);
        if !known || self.flags & ENCRYPTED != 0 {
            return Err(ArchiveError::Method(plain(name)));
        }
        Ok(())
    }

    fn unpack(self, archive: &[u8]) -> Result<Entry, ArchiveError> {
        let bytes = self.bytes(archive);
        match bytes.filter(|bytes| checksum(bytes) == self.checksum) {
            Some(bytes) => Ok(Entry {
                name: self.name,
                bytes,
            }),
            None => Err(ArchiveError::Damaged(plain(&self.name))),
        }
    }

    /// Unpacks the entry; never more bytes than the directory states.
    fn bytes(&self, archive: &[u8]) -> Option<Vec<u8>> {
        /// Bytes between the local header's signature and the lengths of its name and extra field.
        const FIXED: usize = 22;
        let mut local = archive.get(self.start as usize..)?;
        if u32_of(&mut local)? != LOCAL_ENTRY {
            return None;
        }
        taken(&mut local, FIXED)?;
        let (name, extra) = (u16_of(&mut local)?, u16_of(&mut local)?);
        let name = taken(&mut local, usize::from(name))?;
        taken(&mut local, usize::from(extra))?;
        let packed = taken(&mut local, self.packed as usize)?;
        if name != self.name.as_bytes() {
            return None;
        }
        let size = self.size as usize;
        let bytes = if self.method == STORED {
            packed.to_vec()
        } else {
            let mut bytes = Vec::new();
            let limit = u64::from(self.size) + 1;
            DeflateDecoder::new(packed)
                .take(limit)
                .read_to_end(&mut bytes)
                .ok()?;
            bytes
        };
        (bytes.len() == size).then_some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn entry(name: &str, bytes: &[u8]) -> Entry {
        Entry {
            name: name.into(),
            bytes: bytes.into(),
        }
    }

    #[test]
    fn what_is_packed_comes_out_again() {
        let entries = [entry("style.toml", b"a = 1"), entry("empty", b"")];

        assert_eq!(unpack(&pack(&entries)).unwrap(), entries);
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        for name in [
            "../evil",
            "/etc/passwd",
            "a/../../b",
            "C:\\x",
            "a\\b",
            "",
            ".",
        ] {
            let archive = pack(&[entry(name, b"x")]);

            assert_eq!(unpack(&archive), Err(ArchiveError::Path(name.into())));
        }
    }

    /// Deflates `bytes` into an archive whose header states `size`.
    fn deflated(bytes: &[u8], size: u32) -> Vec<u8> {
        use std::io::Write as _;
        let mut encoder =
            flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).unwrap();
        let packed = encoder.finish().unwrap();
        let mut archive = pack(&[entry("x", &packed)]);
        let directory = archive.len() - 22 - 47;
        for head in [4, directory + 6] {
            archive[head + 4] = 8;
            archive[head + 10..head + 14].copy_from_slice(&checksum(bytes).to_le_bytes());
            archive[head + 18..head + 22].copy_from_slice(&size.to_le_bytes());
        }
        archive
    }

    #[test]
    fn deflate_is_read_and_a_bomb_is_not() {
        let zeros = vec![0; 1 << 20];

        let good = unpack(&deflated(&zeros, 1 << 20));
        let liar = unpack(&deflated(&zeros, 1000));
        let huge = unpack(&deflated(&zeros, 1 << 30));

        assert_eq!(good.unwrap()[0].bytes.len(), 1 << 20);
        assert_eq!(liar, Err(ArchiveError::Damaged("x".into())));
        assert_eq!(huge, Err(ArchiveError::TooLarge));
    }

    #[test]
    fn two_of_one_name_or_too_many_are_refused() {
        let twice = pack(&[entry("a", b"1"), entry("a", b"2")]);
        let many: Vec<_> = (0..40).map(|i| entry(&format!("{i}"), b"")).collect();

        assert_eq!(unpack(&twice), Err(ArchiveError::Twice("a".into())));
        assert_eq!(unpack(&pack(&many)), Err(ArchiveError::TooLarge));
    }

    proptest! {
        #[test]
        fn damaged_archives_are_an_error_or_the_same(at in 0_usize..170, value: u8, cut in 0_usize..170) {
            let entries = [entry("style.toml", b"a = 1"), entry("picture.png", &[7; 20])];
            let mut archive = pack(&entries);
            let end = archive.len() - 1;
            archive[at.min(end)] = value;

            if let Ok(read) = unpack(&archive) {
                prop_assert!(read.iter().all(|read| entries.iter().any(|e| e.bytes == read.bytes)));
            }
            archive.truncate(cut);
            prop_assert!(unpack(&archive).is_err());
        }
    }
}
