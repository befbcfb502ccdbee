//! [`Plane`]: one scalar per pixel, with a blur.

/// Passes of the box blur; three approximate a Gaussian (Wells, PAMI 1986).
const PASSES: usize = 3;

/// A row-major grid of scalars, at least 1×1. A pixel's centre lies at `+ 0.5`.
#[derive(Debug, Clone, PartialEq)]
pub struct Plane {
    width: usize,
    height: usize,
    values: Vec<f32>,
}

impl Plane {
    /// Creates a plane of zeros; sides of 0 become 1.
    fn new(width: usize, height: usize) -> Self {
        let (width, height) = (width.max(1), height.max(1));
        Self {
            width,
            height,
            values: vec![0.0; width * height],
        }
    }

    /// Creates a plane with `value(x, y)` at each pixel.
    pub fn made(width: usize, height: usize, mut value: impl FnMut(usize, usize) -> f32) -> Self {
        let mut plane = Self::new(width, height);
        let width = plane.width;
        for (y, row) in plane.values.chunks_mut(width).enumerate() {
            for (x, to) in row.iter_mut().enumerate() {
                *to = value(x, y);
            }
        }
        plane
    }

    /// Returns all values, row-major.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    fn blur(&mut self, radius: usize) {
        if radius == 0 {
            return;
        }
        let mut line = vec![0.0; self.width.max(self.height)];
        for _ in 0..PASSES {
            for y in 0..self.height {
                self.blur_line(y * self.width, 1, self.width, radius, &mut line);
            }
            for x in 0..self.width {
                self.blur_line(x, self.width, self.height, radius, &mut line);
            }
        }
    }

    /// Blurs `count` values that start at `start`, `step` apart. `line` is a scratch buffer.
    fn blur_line(
        &mut self,
        start: usize,
        step: usize,
        count: usize,
        radius: usize,
        line: &mut [f32],
    ) {
        for (i, value) in line.iter_mut().take(count).enumerate() {
            *value = self.values[start + i * step];
        }
        let last = count - 1;
        let part = 1.0 / (2 * radius + 1) as f32;
        let mut sum = line[0] * (radius as f32 + 1.0);
        sum += (1..=radius).map(|i| line[i.min(last)]).sum::<f32>();
        for i in 0..count {
            self.values[start + i * step] = sum * part;
            sum += line[(i + radius + 1).min(last)] - line[i.saturating_sub(radius)];
        }
    }

    /// Returns the plane blurred with boxes of `2 * radius + 1` pixels; edge values extend outside.
    #[must_use]
    pub fn blurred(&self, radius: usize) -> Self {
        let mut copy = self.clone();
        copy.blur(radius);
        copy
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flat_plane_stays_flat_and_a_dot_spreads() {
        let flat = Plane::made(7, 3, |_, _| 5.0).blurred(4);
        assert!(flat.values().iter().all(|v| (v - 5.0).abs() < 1e-4));

        let dot = Plane::made(21, 21, |x, y| f32::from(u8::from(x == 10 && y == 10))).blurred(2);
        let sum: f32 = dot.values().iter().sum();
        assert!((sum - 1.0).abs() < 1e-3 && dot.values()[10 * 21 + 10] < 0.1);
    }
}
