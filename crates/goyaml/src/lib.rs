//! YAML as Go's YAML libraries read it, with byte positions.
