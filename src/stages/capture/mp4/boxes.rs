//! MP4 boxes: a length, a name of four letters, and content.

/// A box in memory.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Box<'a> {
    pub(crate) name: [u8; 4],
    pub(crate) content: &'a [u8],
}

/// The header of a box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) name: [u8; 4],
    /// Bytes of the header.
    pub(crate) own_bytes: u64,
    /// Bytes of header and content; `None` if the box extends to the end of the file.
    pub(crate) whole_bytes: Option<u64>,
}

/// Parses the header at the start of `bytes` (16 always suffice); `None` if it is invalid.
pub(crate) fn head_of(bytes: &[u8]) -> Option<Head> {
    let (short, name) = (u32_at(bytes, 0)?, *bytes.get(4..8)?.first_chunk()?);
    let (own_bytes, whole_bytes) = match short {
        0 => (8, None),
        1 => (16, Some(u64_at(bytes, 8)?)),
        short => (8, Some(u64::from(short))),
    };
    let makes_sense = whole_bytes.is_none_or(|whole| whole >= own_bytes);
    makes_sense.then_some(Head {
        name,
        own_bytes,
        whole_bytes,
    })
}

/// Iterates over the boxes in `content` up to the first invalid one.
pub(crate) fn boxes(content: &[u8]) -> impl Iterator<Item = Box<'_>> {
    let mut rest = content;
    std::iter::from_fn(move || {
        let head = head_of(rest)?;
        let whole = head.whole_bytes.map_or(rest.len(), |bytes| bytes as usize);
        let content = rest.get(head.own_bytes as usize..whole)?;
        rest = rest.get(whole..)?;
        Some(Box {
            name: head.name,
            content,
        })
    })
}

/// Returns the content of the first box with `name` in `content`.
pub(crate) fn first(content: &[u8], name: [u8; 4]) -> Option<&[u8]> {
    boxes(content)
        .find(|found| found.name == name)
        .map(|found| found.content)
}

/// Returns the content of the box at the path `names` below `content`.
pub(crate) fn descend<'a>(content: &'a [u8], names: &[[u8; 4]]) -> Option<&'a [u8]> {
    names
        .iter()
        .try_fold(content, |content, name| first(content, *name))
}

/// Returns the big-endian integer at a byte offset.
pub(crate) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// See [`u16_at`].
pub(crate) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// See [`u16_at`].
pub(crate) fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// Iterates over a table's rows: a count at `at`, then that many rows of `N` numbers. Rows beyond the
/// end of the bytes are omitted.
pub(crate) fn rows<const N: usize>(
    table: &[u8],
    at: usize,
) -> impl Iterator<Item = [u32; N]> + Clone {
    let count = u32_at(table, at).unwrap_or(0) as usize;
    let rows = table.get(at + 4..).unwrap_or_default().chunks_exact(4 * N);
    rows.take(count)
        .map(|row| std::array::from_fn(|at| u32_at(row, at * 4).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_are_found_and_nonsense_ends_the_search() {
        let bytes = b"\0\0\0\x14outr\0\0\0\x0cinnr\x01\x02\x03\x04\0\0\0\x04evil";

        assert_eq!(
            descend(bytes, &[*b"outr", *b"innr"]),
            Some(&[1, 2, 3, 4][..])
        );
        assert_eq!(boxes(bytes).count(), 1);
        assert_eq!(first(bytes, *b"evil"), None);
    }

    #[test]
    fn a_long_length_is_understood() {
        let bytes = b"\0\0\0\x01mdat\0\0\0\x01\0\0\0\0";

        let head = head_of(bytes).unwrap();

        assert_eq!((head.own_bytes, head.whole_bytes), (16, Some(1 << 32)));
    }

    #[test]
    fn a_table_that_claims_too_much_gives_what_is_there() {
        let table = [0, 0, 0, 9, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0];

        let got: Vec<[u32; 1]> = rows(&table, 0).collect();

        assert_eq!(got, [[1], [2]]);
    }
}
