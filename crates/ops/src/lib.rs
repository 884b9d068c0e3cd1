//! One file per operation: sync, inspect, verify, serve.
