//! Waiting for the network in commands with helm's names.

use std::future::Future;

use ops::{HelmFailure, Problem, ProblemKind};

use crate::program;

/// Runs to its end, or until a signal asks to stop.
pub(crate) fn wait<T>(
    operation: impl Future<Output = Result<T, HelmFailure>>,
) -> Result<T, HelmFailure> {
    let outcome = program::with_runtime(|runtime| {
        Ok(runtime.block_on(async {
            let stopped = program::stop_signal();
            tokio::select! {
                outcome = operation => outcome,
                signal = stopped => Err(HelmFailure::new(
                    "context canceled",
                    Problem::error(ProblemKind::Interrupted, signal, ""),
                )),
            }
        }))
    });
    match outcome {
        Ok(outcome) => outcome,
        Err(error) => Err(HelmFailure {
            line: error.to_string(),
            problems: error.problems,
            said: String::new(),
        }),
    }
}
