//! What templates can reach besides their values: clock, entropy, the cluster as far as it is known.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use gotemplate::{Set, Str};
use sha2::{Digest, Sha256};

use super::{Inputs, Lint};
use crate::values::Value;

/// Clock and entropy. The same ones give the same output.
#[derive(Clone)]
pub struct Environment {
    /// Seconds since 1970-01-01 UTC, and nanoseconds.
    pub now: (i64, u32),
    /// The zone in which times are printed that do not say theirs.
    pub local_zone: sprig::Zone,
    /// From a cryptographic source: passwords and private keys are made of it.
    pub seed: [u8; 32],
}

/// Without the seed, which is a secret.
impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment").field("now", &self.now).finish_non_exhaustive()
    }
}

/// An object, or all of a kind, that a template asks the cluster for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LookupKey {
    /// `apps/v1`.
    pub api_version: String,
    /// `Deployment`.
    pub kind: String,
    /// Empty for all namespaces, and for what has none.
    pub namespace: String,
    /// Empty for all.
    pub name: String,
}

/// What is known of the cluster.
#[derive(Clone, Debug, Default)]
pub enum Lookups {
    /// There is none: every lookup finds nothing.
    #[default]
    Offline,
    /// What was read, with Go's words for what could not be. A key that is missing is asked for. Nothing found is an
    /// empty table.
    Known(BTreeMap<LookupKey, Result<Value, String>>),
}

/// The state of one render.
pub(super) struct Host {
    environment: Environment,
    lookups: Lookups,
    pub(super) lint: Lint,
    /// Keys that were asked for in vain.
    pub(super) missing: BTreeSet<LookupKey>,
    /// How often each template is being included right now.
    pub(super) included: HashMap<Str, usize>,
    /// Texts that were parsed for `tpl` outside of any other.
    pub(super) texts: HashMap<Str, Set<Host>>,
    /// How many `tpl` are being executed right now.
    pub(super) tpl_depth: usize,
    /// Entropy that was made but not used yet, last byte first, and how many blocks were made.
    entropy: (Vec<u8>, u64),
}

impl Host {
    pub(super) fn new(inputs: Inputs<'_>, lint: Lint) -> Self {
        Self {
            environment: inputs.environment.clone(),
            lookups: inputs.lookups.clone(),
            lint,
            missing: BTreeSet::new(),
            included: HashMap::new(),
            texts: HashMap::new(),
            tpl_depth: 0,
            entropy: (Vec::new(), 0),
        }
    }

    /// What the cluster has under a key. A key that is not known is remembered, and nothing is found.
    pub(super) fn lookup(&mut self, key: LookupKey) -> Result<Value, String> {
        let Lookups::Known(known) = &self.lookups else {
            return Ok(Value::Table(crate::Table::new()));
        };
        if let Some(answer) = known.get(&key) {
            return answer.clone();
        }
        self.missing.insert(key);
        Ok(Value::Table(crate::Table::new()))
    }
}

impl sprig::Environment for Host {
    fn now(&self) -> (i64, u32) {
        self.environment.now
    }

    fn local_zone(&self) -> sprig::Zone {
        self.environment.local_zone.clone()
    }

    /// The seed's stream: hashes of the seed and a counter.
    fn random(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            let (left, blocks) = &mut self.entropy;
            if left.is_empty() {
                let hash = Sha256::new()
                    .chain_update(self.environment.seed)
                    .chain_update(blocks.to_le_bytes());
                left.extend_from_slice(&hash.finalize());
                *blocks += 1;
            }
            *byte = left.pop().unwrap_or_default();
        }
    }
}
