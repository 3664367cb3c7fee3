//! Which points of the parameters' space are tried.
//!
//! A point is a function of sampler, seed and its own number, never of which were tried before or where: shards and
//! resumed sweeps meet the same ones.

use tiltyard_sim::rng;

use super::file::{Points, Sampler};
use super::parameter::{Parameter, Setting};

/// The points of a sweep.
#[derive(Clone, Debug)]
pub struct Space<'a> {
    parameters: &'a [Parameter],
    sampler: Sampler,
    /// For each parameter, in which part of its range each point lies.
    strata: Vec<Vec<u32>>,
}

impl<'a> Space<'a> {
    /// Of these parameters.
    pub fn new(parameters: &'a [Parameter], sampler: Sampler) -> Self {
        let strata = match sampler {
            Sampler::LatinHypercube(Points { points, seed }) => {
                (0..parameters.len()).map(|axis| shuffled(points, seed, axis)).collect()
            }
            _ => Vec::new(),
        };
        Self { parameters, sampler, strata }
    }

    /// How many; saturates where a grid has more than can be counted.
    pub fn len(&self) -> u64 {
        match self.sampler {
            Sampler::Grid => {
                self.parameters.iter().fold(1, |all, parameter| all.saturating_mul(u64::from(parameter.grid_len())))
            }
            Sampler::Random(Points { points, .. })
            | Sampler::Sobol(Points { points, .. })
            | Sampler::LatinHypercube(Points { points, .. }) => u64::from(points),
        }
    }

    /// No point at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The values of point `number`, one a parameter.
    pub fn point(&self, number: u64) -> Vec<Setting> {
        match self.sampler {
            Sampler::Grid => self.of_grid(number),
            Sampler::Random(Points { seed, .. }) => {
                let mut stream = rng::stream(seed, &format!("sweep.random.{number}"));
                self.parameters.iter().map(|parameter| parameter.at(stream.uniform())).collect()
            }
            Sampler::Sobol(Points { seed, .. }) => {
                let share = |axis: usize| sobol_burley::sample(number as u32, axis as u32, folded(seed));
                self.settings(|axis| f64::from(share(axis)))
            }
            Sampler::LatinHypercube(Points { points, seed }) => {
                let mut stream = rng::stream(seed, &format!("sweep.latin.{number}"));
                let within: Vec<f64> = self.parameters.iter().map(|_| stream.uniform()).collect();
                self.settings(|axis| {
                    let stratum = self.strata.get(axis).and_then(|strata| strata.get(number as usize));
                    (f64::from(stratum.copied().unwrap_or(0)) + within.get(axis).copied().unwrap_or(0.0))
                        / f64::from(points)
                })
            }
        }
    }

    fn settings(&self, share: impl Fn(usize) -> f64) -> Vec<Setting> {
        self.parameters.iter().enumerate().map(|(axis, parameter)| parameter.at(share(axis))).collect()
    }

    /// The last parameter runs fastest.
    fn of_grid(&self, number: u64) -> Vec<Setting> {
        let mut rest = number;
        let mut settings: Vec<Setting> = self
            .parameters
            .iter()
            .rev()
            .map(|parameter| {
                let steps = u64::from(parameter.grid_len().max(1));
                let step = rest % steps;
                rest /= steps;
                parameter.at_step(step as u32)
            })
            .collect();
        settings.reverse();
        settings
    }
}

/// Sobol points take a seed of 32 bits.
fn folded(seed: u64) -> u32 {
    (seed ^ (seed >> 32)) as u32
}

/// 0 .. points in a random order (Durstenfeld's shuffle).
fn shuffled(points: u32, seed: u64, axis: usize) -> Vec<u32> {
    let mut stream = rng::stream(seed, &format!("sweep.strata.{axis}"));
    let mut order: Vec<u32> = (0..points).collect();
    for last in (1..order.len()).rev() {
        order.swap(last, (stream.uniform() * (last + 1) as f64) as usize);
    }
    order
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::sweep::parameter::Scale;

    fn unit(name: &str) -> Parameter {
        Parameter {
            key: name.to_owned(),
            also: Vec::new(),
            name: None,
            from: Some(0.0),
            to: Some(1.0),
            start: None,
            scale: Scale::Linear,
            unit: None,
            whole: false,
            steps: Some(3),
            values: Vec::new(),
        }
    }

    fn numbers(space: &Space<'_>, axis: usize) -> Vec<f64> {
        (0..space.len()).map(|point| space.point(point)[axis].number.unwrap()).collect()
    }

    #[test]
    fn a_grid_has_every_combination_once() {
        let parameters = [unit("a"), unit("b")];
        let space = Space::new(&parameters, Sampler::Grid);
        let points: BTreeSet<String> = (0..9).map(|point| format!("{:?}", space.point(point))).collect();
        assert_eq!((space.len(), points.len()), (9, 9));
        assert_eq!(space.point(1).iter().map(|s| s.shown.as_str()).collect::<Vec<_>>(), ["0", "0.5"]);
    }

    /// In each tenth of each axis there lie as many points as there should: one in ten, of Sobol's and the cube's
    /// exactly.
    #[test]
    fn samplers_fill_the_space() {
        let parameters = [unit("a"), unit("b"), unit("c")];
        let points = Points { points: 1000, seed: 4 };
        for (sampler, most_off) in
            [(Sampler::Random(points), 40), (Sampler::Sobol(points), 4), (Sampler::LatinHypercube(points), 0)]
        {
            let space = Space::new(&parameters, sampler);
            for axis in 0..3 {
                let mut tenths = [0_i32; 10];
                for number in numbers(&space, axis) {
                    tenths[((number * 10.0) as usize).min(9)] += 1;
                }
                // Rounded to six digits a point may cross into the next tenth.
                assert!(tenths.iter().all(|count| (count - 100).abs() <= most_off + 1), "{sampler:?} {tenths:?}");
            }
        }
    }

    /// Owen-scrambled Sobol points integrate a smooth function far better than as many random ones.
    #[test]
    fn sobol_is_better_than_chance() {
        let parameters = [unit("a"), unit("b"), unit("c"), unit("d")];
        let off = |sampler: Sampler| {
            let space = Space::new(&parameters, sampler);
            let of = |point: u64| space.point(point).iter().map(|s| s.number.unwrap()).product::<f64>();
            ((0..space.len()).map(of).sum::<f64>() / space.len() as f64 - 1.0 / 16.0).abs()
        };
        let mean = |sampler: fn(Points) -> Sampler| {
            (0..8).map(|seed| off(sampler(Points { points: 1024, seed }))).sum::<f64>() / 8.0
        };
        assert!(mean(Sampler::Sobol) < mean(Sampler::Random) / 5.0);
    }

    #[test]
    fn seeds_and_axes_differ() {
        let parameters = [unit("a"), unit("b")];
        for sampler in [Sampler::Random, Sampler::Sobol, Sampler::LatinHypercube] {
            let of = |seed: u64| numbers(&Space::new(&parameters, sampler(Points { points: 50, seed })), 0);
            assert_eq!(of(1), of(1));
            assert_ne!(of(1), of(2));
            let space = Space::new(&parameters, sampler(Points { points: 50, seed: 1 }));
            assert_ne!(numbers(&space, 0), numbers(&space, 1));
        }
    }
}
