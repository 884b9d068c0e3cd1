//! The client against small servers on 127.0.0.1 that behave as badly as real ones do.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod auth;
mod fake;
mod http;
mod pull;
mod scheme;
mod server;
mod upload;
