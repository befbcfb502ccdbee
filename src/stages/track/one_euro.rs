//! The One-Euro filter (Casiez, Roussel, Vogel: "1 € Filter", CHI 2012): a low-pass filter with a
//! cut-off that grows with speed. It smooths a still head and adds no lag to a fast one.
//!
//! Speeds are in face widths per second, which makes the parameters independent of the face's size.

use std::f32::consts::TAU;

/// The filter's parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OneEuro {
    /// Cut-off frequency for a still face, Hz. Lower values smooth more.
    pub min_cutoff_hz: f32,
    /// Growth of the cut-off frequency, Hz per face width per second. Higher values reduce lag.
    pub beta: f32,
}

/// Cut-off frequency of the speed estimate, Hz (the paper's value).
const SPEED_CUTOFF_HZ: f32 = 1.0;

/// Speed above which a jump passes unfiltered, face widths per second.
const JUMP: f32 = 12.0;

impl OneEuro {
    /// Returns the filter for a quickness from 0 (steady) to 1 (quick).
    pub fn for_quickness(quickness: f32) -> Self {
        let quickness = if quickness.is_nan() {
            0.5
        } else {
            quickness.clamp(0.0, 1.0)
        };
        Self {
            min_cutoff_hz: 0.6 * 16.0_f32.powf(quickness),
            beta: 6.0 + 30.0 * quickness,
        }
    }
}

/// One filtered scalar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Filtered {
    value: f32,
    /// Units of `value` per second.
    speed: f32,
}

impl Filtered {
    /// Starts at `value` with zero speed.
    pub fn starting_at(value: f32) -> Self {
        Self { value, speed: 0.0 }
    }

    /// Returns the filtered value.
    pub fn get(&self) -> f32 {
        self.value
    }

    /// Adds a measurement taken `secs` seconds after the previous one; `unit` is the face's width in the
    /// measurement's unit.
    pub fn update(&mut self, measured: f32, secs: f32, unit: f32, filter: OneEuro) {
        let (secs, unit) = (secs.max(1e-4), unit.max(1e-3));
        let speed = (measured - self.value) / secs;
        if (speed / unit).abs() > JUMP {
            *self = Self::starting_at(measured);
            return;
        }
        self.speed += smoothing(SPEED_CUTOFF_HZ, secs) * (speed - self.speed);
        let cutoff = filter.min_cutoff_hz + filter.beta * (self.speed / unit).abs();
        self.value += smoothing(cutoff, secs) * (measured - self.value);
    }
}

/// Returns the weight of a new measurement in an exponential low-pass filter with `cutoff_hz`.
fn smoothing(cutoff_hz: f32, secs: f32) -> f32 {
    let r = TAU * cutoff_hz * secs;
    r / (r + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: f32 = 1.0 / 30.0;

    #[test]
    fn a_still_face_is_much_steadier_than_its_measurements() {
        let filter = OneEuro::for_quickness(0.5);
        let mut filtered = Filtered::starting_at(100.0);
        let mut worst = 0.0_f32;
        for i in 0..300 {
            let noise = if i % 2 == 0 { 0.5 } else { -0.5 };
            filtered.update(100.0 + noise, FRAME, 100.0, filter);
            worst = worst.max((filtered.get() - 100.0).abs());
        }

        assert!(worst < 0.3, "{worst}");
    }

    #[test]
    fn a_moving_face_lags_less_than_a_tenth_of_its_width() {
        let filter = OneEuro::for_quickness(0.5);
        let mut filtered = Filtered::starting_at(0.0);
        let mut position = 0.0;
        for _ in 0..60 {
            position += 200.0 * FRAME; // two face widths a second
            filtered.update(position, FRAME, 100.0, filter);
        }

        assert!(
            position - filtered.get() < 10.0,
            "{}",
            position - filtered.get()
        );
    }

    #[test]
    fn a_jump_is_taken_at_once() {
        let mut filtered = Filtered::starting_at(0.0);

        filtered.update(500.0, FRAME, 100.0, OneEuro::for_quickness(0.0));

        assert_eq!(filtered.get(), 500.0);
    }
}
