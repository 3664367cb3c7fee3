//! Connections of an HTTP server: how many, how long a request's head may take, and a clean end. Shared with the API.

use core::pin::pin;
use core::time::Duration;
use std::sync::Arc;

use axum::Router;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};

/// Time for the head of a request.
pub const HEAD_WITHIN: Duration = Duration::from_secs(10);

/// Answers on that address until `over` is true or its sender is gone. Each connection takes a permit; without one,
/// clients wait. At the end no connection is taken any more, and each one ends after the answer it is at.
pub async fn accept(listener: TcpListener, router: Router, permits: Arc<Semaphore>, mut over: watch::Receiver<bool>) {
    loop {
        let next = async {
            // The semaphore is never closed.
            let permit = Arc::clone(&permits).acquire_owned().await.ok()?;
            Some((permit, listener.accept().await))
        };
        let next = tokio::select! {
            () = ended(&mut over) => return,
            next = next => next,
        };
        let Some((permit, accepted)) = next else { return };
        let Ok((stream, _)) = accepted else {
            // Out of descriptors, most likely: some will be closed.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        // Pictures and events are sent whole.
        let _ = stream.set_nodelay(true);
        let service = TowerToHyperService::new(router.clone());
        let mut over = over.clone();
        tokio::spawn(async move {
            let mut http = hyper::server::conn::http1::Builder::new();
            http.timer(TokioTimer::new()).header_read_timeout(HEAD_WITHIN);
            let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
            // A client that goes away in the middle is no news.
            tokio::select! {
                _ = &mut connection => {}
                () = ended(&mut over) => {
                    connection.as_mut().graceful_shutdown();
                    let _ = connection.await;
                }
            }
            drop(permit);
        });
    }
}

async fn ended(over: &mut watch::Receiver<bool>) {
    // An error says that the sender is gone, which is an end, too.
    let _ = over.wait_for(|over| *over).await;
}
