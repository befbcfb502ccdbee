//! [`Plane`]: one number a pixel, read between its pixels and blurred.

/// Passes of the box blur; three come close to a Gaussian (Wells, PAMI 1986).
const PASSES: usize = 3;

/// A grid of numbers, row by row. A pixel's centre lies at `+ 0.5`. At least one by one.
#[derive(Debug, Clone, PartialEq)]
pub struct Plane {
    width: usize,
    height: usize,
    values: Vec<f32>,
}

impl Plane {
    /// All zeros; sides of 0 become 1.
    pub fn new(width: usize, height: usize) -> Self {
        let (width, height) = (width.max(1), height.max(1));
        Self {
            width,
            height,
            values: vec![0.0; width * height],
        }
    }

    /// The number of each pixel is `value(x, y)`.
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

    /// Pixels from left to right.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Pixels from top to bottom.
    pub fn height(&self) -> usize {
        self.height
    }

    /// All numbers, row by row.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// All numbers, to be written.
    pub fn values_mut(&mut self) -> &mut [f32] {
        &mut self.values
    }

    /// The number at a pixel; outside, the nearest on the edge.
    pub fn at(&self, x: isize, y: isize) -> f32 {
        let x = x.clamp(0, self.width.cast_signed() - 1) as usize;
        let y = y.clamp(0, self.height.cast_signed() - 1) as usize;
        self.values[y * self.width + x]
    }

    /// The number at a position in pixels, read bilinearly; outside, the edge goes on. No number
    /// as a position reads the corner.
    pub fn sample(&self, x: f32, y: f32) -> f32 {
        let limit = |v: f32, side: usize| (v - 0.5).max(0.0).min(side as f32 - 1.0);
        let (x, y) = (limit(x, self.width), limit(y, self.height));
        let (left, top) = (x as usize, y as usize);
        let right = (left + 1).min(self.width - 1);
        let low = (top + 1).min(self.height - 1);
        let (fx, fy) = (x - left as f32, y - top as f32);
        let row = |y: usize| {
            let (a, b) = (
                self.values[y * self.width + left],
                self.values[y * self.width + right],
            );
            a + (b - a) * fx
        };
        let (upper, lower) = (row(top), row(low));
        upper + (lower - upper) * fy
    }

    /// Blurs by boxes of `2 * radius + 1` pixels; outside, the edge goes on.
    pub fn blur(&mut self, radius: usize) {
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

    /// Blurs `count` pixels that start at `start` and lie `step` apart. `line` is scratch.
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

    /// The same, blurred.
    #[must_use]
    pub fn blurred(&self, radius: usize) -> Self {
        let mut copy = self.clone();
        copy.blur(radius);
        copy
    }

    /// Every `factor` × `factor` pixels averaged into one; the last ones may hold fewer.
    #[must_use]
    pub fn shrunk(&self, factor: usize) -> Self {
        let (width, height) = (self.width.div_ceil(factor), self.height.div_ceil(factor));
        Self::made(width, height, |x, y| {
            let (left, top) = (x * factor, y * factor);
            let right = (left + factor).min(self.width);
            let low = (top + factor).min(self.height);
            let rows =
                (top..low).map(|y| &self.values[y * self.width + left..y * self.width + right]);
            let sum: f32 = rows.map(|row| row.iter().sum::<f32>()).sum();
            sum / ((right - left) * (low - top)) as f32
        })
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
        assert!((sum - 1.0).abs() < 1e-3 && dot.at(10, 10) < 0.1);
    }

    #[test]
    fn reading_runs_between_the_pixels_and_stays_inside() {
        let plane = Plane::made(2, 1, |x, _| x as f32);

        assert_eq!(plane.sample(1.0, 0.5), 0.5);
        assert_eq!(plane.sample(-9.0, 40.0), 0.0);
        assert_eq!(plane.sample(f32::NAN, f32::INFINITY), 0.0);
    }

    #[test]
    fn shrinking_averages_odd_sizes_too() {
        let small = Plane::made(5, 3, |x, _| x as f32).shrunk(4);

        assert_eq!((small.width(), small.height()), (2, 1));
        assert_eq!(small.values(), [1.5, 4.0]);
    }
}
