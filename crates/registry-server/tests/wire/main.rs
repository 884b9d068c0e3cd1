//! A real server, real sockets, the same requests as any client.

#![expect(clippy::unwrap_used, reason = "a failure is the end of the test")]

mod access;
mod blobs;
mod charts;
mod content;
mod fixture;
mod hostile;
mod lists;
mod manifests;
mod restart;
mod uploads;
