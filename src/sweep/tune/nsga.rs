//! NSGA-II: Deb, Pratap, Agarwal, Meyarivan, *A Fast and Elitist Multiobjective Genetic Algorithm*, IEEE Transactions
//! on Evolutionary Computation 6(2), 2002, with their simulated binary crossover (η = 15, p = 0.9) and polynomial
//! mutation (η = 20, one parameter in each child on average). Constraints by constrained domination, their section VI.
//!
//! By hand, because the one crate that is kept brings a linear algebra of its own, and this is a page.

use tiltyard_sim::rng::{self, Stream};

use super::{Bench, End, start, violation};
use crate::sweep::score::{Scored, State, dominates};

/// Of each generation.
const POPULATION: usize = 24;

/// A point of the unit cube and what it came to.
#[derive(Clone)]
struct Individual {
    shares: Vec<f64>,
    scored: Scored,
    violation: f64,
    crowding: f64,
}

pub(super) fn search(bench: &mut Bench<'_>, seed: u64) -> End {
    let mut stream = rng::stream(seed, "tune.nsga");
    let first = start(bench.plan);
    let axes = first.len();
    let mut population = Vec::new();
    for number in 0..POPULATION {
        let shares = if number == 0 { first.clone() } else { (0..axes).map(|_| stream.uniform()).collect() };
        match tried(bench, shares) {
            Ok(individual) => population.push(individual),
            Err(end) => return end,
        }
    }
    loop {
        sort(bench, &mut population);
        let mut children = Vec::new();
        while children.len() < POPULATION {
            let (a, b) = (choose(&population, &mut stream), choose(&population, &mut stream));
            for shares in cross(&a.shares, &b.shares, &mut stream) {
                match tried(bench, mutate(shares, &mut stream)) {
                    Ok(individual) => children.push(individual),
                    Err(end) => return end,
                }
            }
        }
        population.extend(children);
        sort(bench, &mut population);
        population.truncate(POPULATION);
    }
}

fn tried(bench: &mut Bench<'_>, shares: Vec<f64>) -> Result<Individual, End> {
    let scored = bench.attempt(&shares)?;
    let violation = match scored.state {
        State::Kept => 0.0,
        State::Broken(_) => violation(bench.plan, &scored),
        State::Dropped | State::NoValue(_) => f64::MAX,
    };
    Ok(Individual { shares, scored, violation, crowding: 0.0 })
}

/// In the order of fronts, within each the loneliest first.
fn sort(bench: &Bench<'_>, population: &mut Vec<Individual>) {
    let document = &bench.plan.file.document;
    let before = |a: &Individual, b: &Individual| {
        a.violation < b.violation
            || (a.violation == b.violation && dominates(document, &a.scored.objectives, &b.scored.objectives))
    };
    let mut left: Vec<Individual> = core::mem::take(population);
    while !left.is_empty() {
        let first: Vec<bool> = left.iter().map(|one| !left.iter().any(|other| before(other, one))).collect();
        let mut front = Vec::new();
        let mut rest = Vec::new();
        for (individual, first) in left.into_iter().zip(first) {
            if first { front.push(individual) } else { rest.push(individual) }
        }
        crowd(&mut front, document.objective.len());
        front.sort_by(|a, b| b.crowding.total_cmp(&a.crowding));
        population.extend(front);
        left = rest;
    }
}

/// How much room each has about it in its front; the ends have all there is.
fn crowd(front: &mut [Individual], objectives: usize) {
    for individual in front.iter_mut() {
        individual.crowding = 0.0;
    }
    for objective in 0..objectives {
        let value = |individual: &Individual| individual.scored.objectives.get(objective).copied().flatten();
        front.sort_by(|a, b| value(a).unwrap_or(f64::MAX).total_cmp(&value(b).unwrap_or(f64::MAX)));
        let values: Vec<f64> = front.iter().map(|individual| value(individual).unwrap_or(0.0)).collect();
        let (Some(low), Some(high)) = (values.first(), values.last()) else { return };
        let range = high - low;
        let last = front.len() - 1;
        for (place, individual) in front.iter_mut().enumerate() {
            let sides = place.checked_sub(1).and_then(|before| Some((values.get(before)?, values.get(place + 1)?)));
            individual.crowding += match sides {
                Some((before, after)) if place < last && range > 0.0 => (after - before) / range,
                Some(_) if place < last => 0.0,
                _ => f64::INFINITY,
            };
        }
    }
}

/// The better of two.
fn choose<'p>(population: &'p [Individual], stream: &mut Stream) -> &'p Individual {
    let mut draw = || (stream.uniform() * population.len() as f64) as usize;
    // They are sorted, so the earlier is the better.
    let place = draw().min(draw());
    &population[place.min(population.len() - 1)]
}

/// Simulated binary crossover.
fn cross(a: &[f64], b: &[f64], stream: &mut Stream) -> [Vec<f64>; 2] {
    const ETA: f64 = 15.0;
    let crosses = stream.chance(0.9);
    let mut children = [a.to_vec(), b.to_vec()];
    for axis in 0..a.len() {
        let (own, u) = (stream.chance(0.5), stream.uniform());
        if !crosses || !own {
            continue;
        }
        let spread = if u <= 0.5 {
            libm::pow(2.0 * u, 1.0 / (ETA + 1.0))
        } else {
            libm::pow(1.0 / (2.0 * (1.0 - u)), 1.0 / (ETA + 1.0))
        };
        let (middle, half) = (f64::midpoint(a[axis], b[axis]), (b[axis] - a[axis]) / 2.0);
        children[0][axis] = (middle - spread * half).clamp(0.0, 1.0);
        children[1][axis] = (middle + spread * half).clamp(0.0, 1.0);
    }
    children
}

/// Polynomial mutation.
fn mutate(mut shares: Vec<f64>, stream: &mut Stream) -> Vec<f64> {
    const ETA: f64 = 20.0;
    let probability = 1.0 / shares.len() as f64;
    for share in &mut shares {
        let (mutates, u) = (stream.chance(probability), stream.uniform());
        if mutates {
            let by = if u < 0.5 {
                libm::pow(2.0 * u, 1.0 / (ETA + 1.0)) - 1.0
            } else {
                1.0 - libm::pow(2.0 * (1.0 - u), 1.0 / (ETA + 1.0))
            };
            *share = (*share + by).clamp(0.0, 1.0);
        }
    }
    shares
}
