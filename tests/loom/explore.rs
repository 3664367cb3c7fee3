//! One model through all its interleavings under loom, counted; elsewhere a few times as the machine happens to
//! interleave it, which is what Miri looks at.

#[cfg(tiltyard_loom)]
pub use self::checked::{explore, finds};
#[cfg(tiltyard_loom)]
pub use loom::{sync, thread};
#[cfg(not(tiltyard_loom))]
pub use std::{sync, thread};

/// So often where nobody chooses the interleaving; Miri chooses by seed.
#[cfg(not(tiltyard_loom))]
const TIMES: usize = if cfg!(miri) { 1 } else { 100 };

/// Runs it a few times.
#[cfg(not(tiltyard_loom))]
pub fn explore(_name: &str, model: impl Fn() + Send + Sync + 'static) {
    (0..TIMES).for_each(|_| model());
}

#[cfg(tiltyard_loom)]
mod checked {
    use std::process::Command;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    /// Forced switches in one interleaving, unless `LOOM_MAX_PREEMPTIONS` says otherwise. Most defects need two.
    const PREEMPTIONS: usize = 3;

    /// Explores it to the end, and tells in how many interleavings.
    pub fn explore(name: &str, model: impl Fn() + Send + Sync + 'static) {
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound.get_or_insert(PREEMPTIONS);
        builder.max_branches = 20_000;
        let count = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&count);
        builder.check(move || {
            counted.fetch_add(1, Ordering::Relaxed);
            model();
        });
        println!("{name}: {} interleavings", count.load(Ordering::Relaxed));
    }

    /// Names the planted defect that this process shall meet.
    const PLANT: &str = "TILTYARD_PLANT";

    /// Has the defect in `model` found, with these words. In a process of its own, which `test` (this very test, with
    /// its module) is run in: what loom leaves of a model that fails is not fit to go on with.
    pub fn finds(test: &str, words: &str, model: impl Fn() + Send + Sync + 'static) {
        if std::env::var(PLANT).is_ok_and(|plant| plant == test) {
            explore(test, model);
            return;
        }
        let mut child = Command::new(std::env::current_exe().unwrap());
        let output = child.args(["--exact", test, "--nocapture"]).env(PLANT, test).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
        assert!(!output.status.success(), "not found: {said}");
        assert!(said.contains(words), "another defect: {said}");
        println!("{test}: found");
    }
}
