//! Helm charts: loading and, later, rendering.
