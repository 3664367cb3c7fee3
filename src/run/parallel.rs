//! The same work on many things, on several threads where there are any.

/// What `work` makes of each thing, in the order of the things, on at most `workers` threads.
///
/// One at a time where the feature `threads` is off, the host has no threads, or one worker was asked for.
pub(crate) fn each<T: Sync, R: Send>(things: &[T], workers: usize, work: &(dyn Fn(&T) -> R + Sync)) -> Vec<R> {
    #[cfg(feature = "threads")]
    if workers > 1
        && let Ok(pool) = rayon::ThreadPoolBuilder::new().num_threads(workers).build()
    {
        use rayon::prelude::*;

        // One by one: things of a second each, in large pieces, would leave a worker idle at the end.
        return pool.install(|| things.par_iter().with_max_len(1).map(work).collect());
    }
    #[cfg(not(feature = "threads"))]
    let _ = workers;
    things.iter().map(work).collect()
}
