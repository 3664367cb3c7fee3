//! The one reader that the control loop meets: it hands each tick on to all others.

use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::sync::watch;

use crate::stack::{MetadataManager, MetadataTick};

/// How often it looks whether it is still wanted.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// A thread that waits at the metadata manager. Ends when the manager is closed, or when it is dropped; with it end all
/// event streams.
#[derive(Debug)]
pub struct Herald {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Herald {
    pub(super) fn start(
        metadata: Arc<MetadataManager>,
    ) -> io::Result<(Self, watch::Receiver<Option<Arc<MetadataTick>>>)> {
        let (sender, ticks) = watch::channel(None);
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::Builder::new().name("herald".to_owned()).spawn(move || {
            let mut seen = 0;
            while !stopped.load(Ordering::Relaxed) {
                match metadata.wait_newer(seen, LOOK_EVERY) {
                    Some(tick) => {
                        seen = tick.sequence;
                        sender.send_replace(Some(tick));
                    }
                    None if metadata.is_closed() => return,
                    None => {}
                }
            }
        })?;
        Ok((Self { stop, thread: Some(thread) }, ticks))
    }
}

impl Drop for Herald {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // One that panicked has nothing more to say.
            let _ = thread.join();
        }
    }
}
