//! Image hints, byte-preserving value rewriting, deterministic chart packaging.
