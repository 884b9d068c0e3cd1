//! Whole packages, made in memory: every layout, and every way to be hostile.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod build;
mod compressed;
mod damage;
mod hostile;
mod layouts;
mod read;
