//! Publishing charts: Harbor, ChartMuseum, OCI, JFrog, a local directory.
