//! Every package layout Ferry reads, indexed without unpacking.
