//! Lookup tables between sRGB-encoded bytes and linear light.

/// Entries of the encoding table. With 4096 entries every byte survives decoding and encoding: the
/// darkest bytes lie 1.24 entries apart.
const ENTRIES: usize = 4096;

/// Linear light of white, in entries of the encoding table.
pub const WHITE: f32 = (ENTRIES - 1) as f32;

/// Added to a number in `[0, 2^22]`, leaves its nearest integer in the low bits.
const ROUNDER: f32 = 8_388_608.0;

/// Returns linear light in `[0, 1]` for an sRGB value in `[0, 1]` (IEC 61966-2-1).
pub fn linear_from_srgb(encoded: f32) -> f32 {
    if encoded <= 0.04045 {
        encoded / 12.92
    } else {
        ((encoded + 0.055) / 1.055).powf(2.4)
    }
}

/// Inverts [`linear_from_srgb`].
pub fn srgb_from_linear(linear: f32) -> f32 {
    if linear <= 0.003_130_8 {
        linear * 12.92
    } else {
        1.055 * linear.powf(1.0 / 2.4) - 0.055
    }
}

/// Tables for both directions.
#[derive(Debug)]
pub struct LightTables {
    /// Linear light in `[0, WHITE]` of each sRGB byte.
    decode: Box<[f32; 256]>,
    /// The nearest sRGB byte of each integer in `[0, WHITE]`.
    encode: Box<[u8; ENTRIES]>,
}

impl Default for LightTables {
    fn default() -> Self {
        let mut decode = Box::new([0.0; 256]);
        for (byte, light) in decode.iter_mut().enumerate() {
            *light = linear_from_srgb(byte as f32 / 255.0) * WHITE;
        }
        let mut encode = Box::new([0; ENTRIES]);
        for (light, byte) in encode.iter_mut().enumerate() {
            *byte = (srgb_from_linear(light as f32 / WHITE) * 255.0).round() as u8;
        }
        Self { decode, encode }
    }
}

impl LightTables {
    /// Returns linear light in `[0, WHITE]` for an sRGB byte.
    #[inline]
    pub fn decode(&self, byte: u8) -> f32 {
        self.decode[byte as usize]
    }

    /// Returns the nearest sRGB byte for `light` in `[0, WHITE]`.
    #[inline]
    pub fn encode(&self, light: f32) -> u8 {
        let nearest = (light + ROUNDER).to_bits() as usize;
        self.encode[nearest & (ENTRIES - 1)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_survives_decoding_and_encoding() {
        let tables = LightTables::default();

        for byte in 0..=255 {
            assert_eq!(tables.encode(tables.decode(byte)), byte);
        }
    }

    #[test]
    fn half_the_light_is_byte_188() {
        let tables = LightTables::default();

        assert_eq!(tables.encode(WHITE / 2.0), 188);
    }
}
