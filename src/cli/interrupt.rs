//! Ctrl-C, and a request to end: what runs until it is told to stop looks at a flag.

use core::sync::atomic::AtomicBool;
use std::io;
use std::sync::Arc;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use super::Failure;

/// Set by Ctrl-C or a request to end; a second Ctrl-C ends at once.
pub fn listen() -> Result<Arc<AtomicBool>, Failure> {
    register().map_err(|error| Failure::Environment(format!("failed to listen for Ctrl-C: {error}")))
}

fn register() -> io::Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    flag::register_conditional_shutdown(SIGINT, 130, Arc::clone(&stop))?;
    for signal in [SIGINT, SIGTERM] {
        flag::register(signal, Arc::clone(&stop))?;
    }
    Ok(stop)
}
