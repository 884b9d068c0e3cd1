//! The platform an image runs on.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// `os/architecture[/variant]`, with the names Go uses (`linux/arm64`, `linux/arm/v7`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Platform {
    /// `GOARCH`.
    pub architecture: String,
    /// `GOOS`.
    pub os: String,
    /// Windows only: the build the image needs.
    #[serde(rename = "os.version", default, skip_serializing_if = "Option::is_none")]
    pub os_version: Option<String>,
    /// `v7`, `v8`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
}

/// Text that is not a platform.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a platform: write os/architecture or os/architecture/variant, such as linux/arm64"
)]
pub struct PlatformError(String);

impl Platform {
    /// A platform without a variant.
    pub fn new(os: &str, architecture: &str) -> Self {
        Self { architecture: architecture.into(), os: os.into(), os_version: None, variant: None }
    }

    /// Whether both name the same machines. `arm64` and `arm64/v8` do: the variant is the default one.
    pub fn is_same(&self, other: &Self) -> bool {
        self.os == other.os
            && self.architecture == other.architecture
            && self.effective_variant() == other.effective_variant()
            && self.os_version == other.os_version
    }

    fn effective_variant(&self) -> Option<&str> {
        match (self.architecture.as_str(), self.variant.as_deref()) {
            ("arm64", Some("v8") | None) => None,
            ("arm", None) => Some("v7"),
            (_, variant) => variant,
        }
    }
}

impl FromStr for Platform {
    type Err = PlatformError;

    fn from_str(text: &str) -> Result<Self, PlatformError> {
        let mut parts = text.split('/');
        let mut word = || parts.next().filter(|part| !part.is_empty());
        let (Some(os), Some(architecture)) = (word(), word()) else {
            return Err(PlatformError(text.into()));
        };
        let variant = parts.next();
        if parts.next().is_some() || variant == Some("") {
            return Err(PlatformError(text.into()));
        }
        Ok(Self { variant: variant.map(Into::into), ..Self::new(os, architecture) })
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)?;
        if let Some(variant) = &self.variant {
            write!(f, "/{variant}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_and_prints() {
        for text in ["linux/amd64", "linux/arm/v7"] {
            assert_eq!(text.parse::<Platform>().unwrap().to_string(), text);
        }
        for text in ["", "linux", "linux/", "/amd64", "linux/arm/v7/x", "linux/arm/"] {
            assert!(text.parse::<Platform>().is_err(), "{text}");
        }
    }

    #[test]
    fn arm64_is_arm64_v8() {
        let plain: Platform = "linux/arm64".parse().unwrap();
        assert!(plain.is_same(&"linux/arm64/v8".parse().unwrap()));
        assert!(!plain.is_same(&"linux/arm/v8".parse().unwrap()));
    }
}
