//! The embedded registry and chart repository.
