//! From a request's body into an upload.

use std::future::Future;
use std::pin::pin;

use crate::error::ApiError;
use crate::request::RequestBody;
use crate::store::{StoreError, Upload};

/// Why a body did not come in to its end.
pub(crate) enum Stop {
    /// Another request took the upload over.
    Superseded,
    /// The client fell silent or went away.
    Body(ApiError),
    /// The store failed.
    Store(StoreError),
}

/// Adds a body to an upload, as far as it comes.
///
/// Bytes are hashed and written right where they were received: going to another thread for each piece costs more than
/// the work (measured), and the memory that was received into is used again while this core still has it in its cache.
/// A slow disk therefore holds up the thread; whoever runs the server gives it more threads than it has cores.
pub(crate) async fn receive(
    body: &mut RequestBody,
    mut upload: Box<dyn Upload>,
    superseded: impl Future<Output = ()>,
) -> (Box<dyn Upload>, Result<(), Stop>) {
    let mut superseded = pin!(superseded);
    let outcome = loop {
        let bytes = tokio::select! {
            biased;
            () = &mut superseded => break Err(Stop::Superseded),
            bytes = body.next() => bytes,
        };
        match bytes {
            Ok(Some(bytes)) => {
                if let Err(error) = upload.write(&bytes) {
                    break Err(Stop::Store(error));
                }
            }
            Ok(None) => break Ok(()),
            Err(error) => break Err(Stop::Body(error)),
        }
    };
    (upload, outcome)
}
