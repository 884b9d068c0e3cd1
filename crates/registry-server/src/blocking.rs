//! Work that may block.

use std::future;
use std::panic;

/// Runs `work` on a thread that may block. A panic goes on here.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(value) => value,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => panic::resume_unwind(panic),
            // The runtime is going down, and this task with it.
            Err(_) => future::pending().await,
        },
    }
}
