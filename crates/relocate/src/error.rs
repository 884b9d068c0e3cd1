//! Why a chart cannot be relocated.

use std::sync::Arc;

use oci::{Reference, ReferenceError};

use crate::HintPlace;

/// A reason why a chart cannot be relocated. Nothing is written then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RelocateError {
    /// A values file that is not YAML.
    #[error("{file} is not YAML")]
    Yaml {
        /// The file, from the top of the chart.
        file: String,
        /// Where and why.
        #[source]
        source: goyaml::Error,
    },
    /// A values file with more than one document.
    #[error("{file} has a second document at line {line}: put all values into one")]
    SeveralDocuments {
        /// The file.
        file: String,
        /// Where the second one is.
        line: usize,
    },
    /// A values file that holds something else than keys.
    #[error("{file} does not hold a map")]
    NotAMap {
        /// The file.
        file: String,
        /// Where.
        line: usize,
    },
    /// A placeholder without a value.
    #[error("{place}: `{path}` {}", if *.is_null { "is null" } else { "is nowhere in the values" })]
    Missing {
        /// The hint.
        place: Arc<HintPlace>,
        /// `.image.tag`.
        path: String,
        /// Whether it is written, but null.
        is_null: bool,
    },
    /// A key on the way to a value that is no map.
    #[error("{place}: `{path}` leads nowhere: `{stop}` is no map in {file}, line {line}")]
    Blocked {
        /// The hint.
        place: Arc<HintPlace>,
        /// `.image.tag`.
        path: String,
        /// `.image`.
        stop: String,
        /// The file.
        file: String,
        /// The line there.
        line: usize,
    },
    /// A list or a map where a text is needed.
    #[error("{place}: `{path}` is {found} in {file}, line {line}, and must be a text")]
    NotText {
        /// The hint.
        place: Arc<HintPlace>,
        /// `.image`.
        path: String,
        /// What it is.
        found: &'static str,
        /// The file.
        file: String,
        /// The line there.
        line: usize,
    },
    /// A hint whose tag comes out empty. Charts often mean their `appVersion` then, and no image was packed under it.
    #[error("{place}: the tag is empty in `{text}`")]
    EmptyTag {
        /// The hint.
        place: Arc<HintPlace>,
        /// What it gives.
        text: String,
    },
    /// A hint that gives no reference.
    #[error("{place}: `{text}` is not an image")]
    Reference {
        /// The hint.
        place: Arc<HintPlace>,
        /// What it gives.
        text: String,
        /// Why.
        #[source]
        source: ReferenceError,
    },
    /// A target that is no reference, for example because its path is too long.
    #[error("{place}: `{image}` cannot be relocated to `{target}`")]
    Target {
        /// The hint.
        place: Arc<HintPlace>,
        /// The image.
        image: Box<Reference>,
        /// Where it would go.
        target: String,
        /// Why not.
        #[source]
        source: ReferenceError,
    },
    /// A hint that must be pinned by digest, and nobody knows the digest.
    #[error("{place}: the digest of `{image}` is not known")]
    NoDigest {
        /// The hint.
        place: Arc<HintPlace>,
        /// The image.
        image: Box<Reference>,
    },
    /// No values make the hint say the target: what is literal in it is in the way.
    #[error("{place}: no value of {} makes this hint say `{target}`: `{literal}` is fixed in it", paths.join(" and "))]
    Unsolvable {
        /// The hint.
        place: Arc<HintPlace>,
        /// The image.
        image: Box<Reference>,
        /// The name it should get.
        target: String,
        /// The placeholders.
        paths: Vec<String>,
        /// The literal text of the hint's name.
        literal: String,
    },
    /// Every known way to write an image's values was found wrong.
    #[error("{place}: there is no other way to write its values")]
    NoSpelling {
        /// The hint.
        place: Arc<HintPlace>,
    },
    /// Two hints need different values of one key.
    #[error("{second} needs another `{path}` than {first}")]
    Conflict {
        /// The key both use.
        path: String,
        /// One hint.
        first: Arc<HintPlace>,
        /// What it needs there, as far as it has been tried.
        first_value: String,
        /// The other.
        second: Arc<HintPlace>,
        /// What that one would need.
        second_value: String,
    },
    /// A value that shares its text with others through an anchor, in a way that cannot be taken apart.
    #[error(
        "{file}, line {line}: `{path}` shares its value with `{other}` through an anchor, and only one of them must change"
    )]
    Shared {
        /// The file.
        file: String,
        /// The line of the shared value.
        line: usize,
        /// The key to change.
        path: String,
        /// The key that must stay.
        other: String,
    },
    /// A value that cannot be written where it should be.
    #[error("{file}: there is no place for `{path}`: {reason}")]
    NoPlace {
        /// The file.
        file: String,
        /// The key.
        path: String,
        /// What is in the way.
        reason: &'static str,
    },
    /// Two edits of one file touch the same text.
    #[error("{file}: the changes of `{first}` and `{second}` touch each other")]
    Overlap {
        /// The file.
        file: String,
        /// One key.
        first: String,
        /// The other.
        second: String,
    },
    /// The edited chart does not say what was planned. This is a mistake of ours: the chart is left alone.
    #[error("{place}: the rewritten chart says `{found}` and not `{planned}`")]
    RewriteMismatch {
        /// The hint.
        place: Arc<HintPlace>,
        /// The reference that was planned.
        planned: String,
        /// What the edited chart gives.
        found: String,
    },
    /// Writing one value would change another.
    #[error("{file}: the rewriting would also change `{path}`")]
    UnplannedChange {
        /// The file.
        file: String,
        /// The key that would change.
        path: String,
    },
    /// A chart whose values are too many to be searched.
    #[error("more than {most} values, under all the names of the subcharts: too many to search")]
    TooManyValues {
        /// How many are searched.
        most: usize,
    },
    /// A chart that cannot be packed.
    #[error("the chart cannot be packed: {0}")]
    Package(String),
}
