//! Fixtures, peers and test doubles: development only.
