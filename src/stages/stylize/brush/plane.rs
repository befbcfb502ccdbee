//! [`Plane`]: one scalar per pixel.

/// Scalars, row-major.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Plane {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) values: Vec<f32>,
}

impl Plane {
    /// Computes each value from its column and row.
    pub(super) fn made(width: usize, height: usize, of: impl Fn(usize, usize) -> f32) -> Self {
        let mut values = Vec::with_capacity(width * height);
        for y in 0..height {
            values.extend((0..width).map(|x| of(x, y)));
        }
        Self {
            width,
            height,
            values,
        }
    }

    /// Returns a Gaussian blur with a standard deviation of `sigma` pixels; edge values extend outside.
    pub(super) fn blurred(&self, sigma: f32) -> Self {
        if sigma < 0.3 || self.values.is_empty() {
            return self.clone();
        }
        let reach = (sigma * 2.5).ceil() as usize;
        let bell = |i: usize| (-0.5 * (i as f32 / sigma).powi(2)).exp();
        let mut weights: Vec<f32> = (0..=reach).map(bell).collect();
        let sum = weights[0] + 2.0 * weights[1..].iter().sum::<f32>();
        for weight in &mut weights {
            *weight /= sum;
        }
        let (width, height) = (self.width, self.height);
        let mut padded = vec![0.0; width + 2 * reach];
        let mut across = vec![0.0; width * height];
        for (row, out) in self
            .values
            .chunks_exact(width)
            .zip(across.chunks_exact_mut(width))
        {
            padded[..reach].fill(row[0]);
            padded[reach..reach + width].copy_from_slice(row);
            padded[reach + width..].fill(row[width - 1]);
            for (value, here) in out.iter_mut().zip(&padded[reach..]) {
                *value = here * weights[0];
            }
            for (i, weight) in weights.iter().enumerate().skip(1) {
                let pairs = padded[reach - i..].iter().zip(&padded[reach + i..]);
                for (value, (a, b)) in out.iter_mut().zip(pairs) {
                    *value += (a + b) * weight;
                }
            }
        }
        let mut values = vec![0.0; width * height];
        let row = |y: isize| {
            let y = y.clamp(0, height as isize - 1) as usize;
            &across[y * width..][..width]
        };
        for (y, out) in values.chunks_exact_mut(width).enumerate() {
            let y = y as isize;
            for (value, here) in out.iter_mut().zip(row(y)) {
                *value = here * weights[0];
            }
            for (i, weight) in weights.iter().enumerate().skip(1) {
                let i = i as isize;
                for (value, (a, b)) in out.iter_mut().zip(row(y - i).iter().zip(row(y + i))) {
                    *value += (a + b) * weight;
                }
            }
        }
        Self {
            width,
            height,
            values,
        }
    }

    /// Returns the means of 2×2 values.
    pub(super) fn halved(&self) -> Self {
        let (width, v) = (self.width, &self.values);
        Self::made(width / 2, self.height / 2, |x, y| {
            let at = 2 * y * width + 2 * x;
            0.25 * (v[at] + v[at + 1] + v[at + width] + v[at + width + 1])
        })
    }

    /// Returns a bilinear enlargement to twice the size; edge values extend outside. Inverts
    /// [`Plane::halved`] except for fine detail.
    pub(super) fn doubled(&self) -> Self {
        let (width, height) = (self.width, self.height);
        let near = |a: f32, b: f32| 0.75 * a + 0.25 * b;
        let mut values = Vec::with_capacity(4 * width * height);
        let mut between = vec![0.0; width];
        for y in 0..2 * height {
            let next = if y % 2 == 0 {
                (y / 2).saturating_sub(1)
            } else {
                (y / 2 + 1).min(height - 1)
            };
            let rows = [y / 2, next].map(|row| &self.values[row * width..][..width]);
            for (out, (a, b)) in between.iter_mut().zip(rows[0].iter().zip(rows[1])) {
                *out = near(*a, *b);
            }
            let (first, last) = (between[0], between[width - 1]);
            values.push(first);
            values.extend(
                between
                    .array_windows()
                    .flat_map(|[a, b]| [near(*a, *b), near(*b, *a)]),
            );
            values.push(last);
        }
        Self {
            width: 2 * width,
            height: 2 * height,
            values,
        }
    }

    /// Returns the bilinear value at a position; edge values extend outside.
    pub(super) fn at(&self, x: f32, y: f32) -> f32 {
        let x = x.max(0.0).min((self.width - 1) as f32);
        let y = y.max(0.0).min((self.height - 1) as f32);
        let (left, top) = (x as usize, y as usize);
        let right = (left + 1).min(self.width - 1);
        let below = (top + 1).min(self.height - 1) * self.width;
        let above = top * self.width;
        let (fx, fy) = (x - left as f32, y - top as f32);
        let v = &self.values;
        let upper = v[above + left] + (v[above + right] - v[above + left]) * fx;
        let lower = v[below + left] + (v[below + right] - v[below + left]) * fx;
        upper + (lower - upper) * fy
    }

    /// Returns the plane resampled to another size.
    pub(super) fn resized(&self, width: usize, height: usize) -> Self {
        if (width, height) == (self.width, self.height) {
            return self.clone();
        }
        let (across, down) = (
            self.width as f32 / width as f32,
            self.height as f32 / height as f32,
        );
        let place = |i: usize, scale: f32| (i as f32 + 0.5) * scale - 0.5;
        Self::made(width, height, |x, y| {
            self.at(place(x, across), place(y, down))
        })
    }
}

/// Returns the luma of encoded RGB (Rec. 601).
#[inline]
pub(super) fn luma([r, g, b]: [f32; 3]) -> f32 {
    0.299 * r + 0.587 * g + 0.114 * b
}

/// Returns the median, `None` if empty. Reorders the values.
pub(super) fn median(values: &mut [f32]) -> Option<f32> {
    let middle = values.len() / 2;
    (!values.is_empty()).then(|| *values.select_nth_unstable_by(middle, f32::total_cmp).1)
}
