//! The template functions of Sprig and Helm; clock and entropy come from the caller.
//!
//! [`functions`] is the whole table but for those that need a chart or a cluster (`include`, `tpl`, `required`,
//! `lookup`), for `env` and `expandenv`, which helm does not have, and for `getHostByName`, which would ask the network.
//! Signatures, results and error texts are those of Sprig 3.3 and helm 4.3.
//!
//! ```
//! use gotemplate::{Budget, Functions, Map, Set};
//! use sprig::{Environment, Zone};
//!
//! struct Host;
//!
//! impl Environment for Host {
//!     fn now(&self) -> (i64, u32) {
//!         (1_700_000_000, 0)
//!     }
//!     fn local_zone(&self) -> Zone {
//!         Zone::utc()
//!     }
//!     fn random(&mut self, bytes: &mut [u8]) {
//!         bytes.fill(4);
//!     }
//! }
//!
//! let mut set = Set::new("set", Functions::new(sprig::functions()));
//! set.parse("t", r#"{{ htmlDate now }} {{ dict "a" (list 1 2) | toYaml | nindent 2 }}"#)?;
//! let out = set.execute("t", &Map::new().into(), &mut Host, &mut Budget::default())?;
//! assert_eq!(out, b"2023-11-14 \n  a:\n  - 1\n  - 2");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![expect(
    clippy::unnecessary_wraps,
    reason = "functions of the table have one type, whether they can fail or not"
)]

mod argument;
mod cast;
mod crypto;
mod data;
mod date;
mod decimal;
mod defaults;
mod dict;
mod encoding;
mod environment;
#[cfg(test)]
mod fake;
mod format;
mod inventory;
mod list;
mod merge;
mod numeric;
mod path;
mod random;
mod regex;
mod rune;
mod strconv;
mod text;
mod url;
mod version;

pub use data::{DataError, from_data, to_data};
pub use date::Zone;
pub use environment::Environment;

use gotemplate::Function;

/// All functions, each name once.
pub fn functions<H: Environment>() -> Vec<Function<H>> {
    [
        text::functions(),
        list::functions(),
        dict::functions(),
        defaults::functions(),
        numeric::functions(),
        path::functions(),
        encoding::functions(),
        url::functions(),
        regex::functions(),
        version::functions(),
        date::functions(),
        random::functions(),
        crypto::functions(),
        data::functions(),
    ]
    .concat()
}
