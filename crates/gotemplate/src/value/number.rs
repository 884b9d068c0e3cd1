//! Go's numeric kinds.

use super::Kind;

/// Which signed integer type a value has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IntKind {
    /// `int`, 64 bits wide.
    Int,
    /// `int8`.
    Int8,
    /// `int16`.
    Int16,
    /// `int32`.
    Int32,
    /// `int64`.
    Int64,
}

/// Which unsigned integer type a value has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UintKind {
    /// `uint`, 64 bits wide.
    Uint,
    /// `uint8`, also called `byte`.
    Uint8,
    /// `uint16`.
    Uint16,
    /// `uint32`.
    Uint32,
    /// `uint64`.
    Uint64,
    /// `uintptr`.
    Uintptr,
}

/// Which floating point type a value has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FloatKind {
    /// `float32`; the payload is a `float32` widened.
    Float32,
    /// `float64`.
    Float64,
}

impl IntKind {
    /// The kind in Go's `reflect`.
    pub const fn kind(self) -> Kind {
        match self {
            Self::Int => Kind::Int,
            Self::Int8 => Kind::Int8,
            Self::Int16 => Kind::Int16,
            Self::Int32 => Kind::Int32,
            Self::Int64 => Kind::Int64,
        }
    }

    /// The width in bits.
    pub const fn bits(self) -> u32 {
        match self {
            Self::Int8 => 8,
            Self::Int16 => 16,
            Self::Int32 => 32,
            Self::Int | Self::Int64 => 64,
        }
    }

    /// Whether `value` is in the range of this type.
    pub const fn holds(self, value: i64) -> bool {
        let unused = 64 - self.bits();
        (value << unused) >> unused == value
    }
}

impl UintKind {
    /// The kind in Go's `reflect`.
    pub const fn kind(self) -> Kind {
        match self {
            Self::Uint => Kind::Uint,
            Self::Uint8 => Kind::Uint8,
            Self::Uint16 => Kind::Uint16,
            Self::Uint32 => Kind::Uint32,
            Self::Uint64 => Kind::Uint64,
            Self::Uintptr => Kind::Uintptr,
        }
    }

    /// The width in bits.
    pub const fn bits(self) -> u32 {
        match self {
            Self::Uint8 => 8,
            Self::Uint16 => 16,
            Self::Uint32 => 32,
            Self::Uint | Self::Uint64 | Self::Uintptr => 64,
        }
    }

    /// Whether `value` is in the range of this type.
    pub const fn holds(self, value: u64) -> bool {
        let unused = 64 - self.bits();
        (value << unused) >> unused == value
    }
}

impl FloatKind {
    /// The kind in Go's `reflect`.
    pub const fn kind(self) -> Kind {
        match self {
            Self::Float32 => Kind::Float32,
            Self::Float64 => Kind::Float64,
        }
    }
}
