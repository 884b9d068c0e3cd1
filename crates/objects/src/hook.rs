//! Hooks: objects that run at an event instead of being kept.

use crate::Head;

const EVENTS: &str = "helm.sh/hook";
const WEIGHT: &str = "helm.sh/hook-weight";
const DELETE_POLICY: &str = "helm.sh/hook-delete-policy";
const OUTPUT_LOG_POLICY: &str = "helm.sh/hook-output-log-policy";

/// When a hook runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HookEvent {
    /// Before objects of a new release are created.
    PreInstall,
    /// After they are.
    PostInstall,
    /// Before a release is deleted.
    PreDelete,
    /// After it is.
    PostDelete,
    /// Before an upgrade changes objects.
    PreUpgrade,
    /// After it has.
    PostUpgrade,
    /// Before a rollback changes objects.
    PreRollback,
    /// After it has.
    PostRollback,
    /// When `helm test` runs.
    Test,
}

/// What the annotations make of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Nature {
    /// An object that belongs to the release.
    Kept,
    /// An object that runs at events.
    Hook(Hook),
    /// An object whose events helm does not know, and which it therefore forgets. The text is what stands in its
    /// annotation.
    Unknown(String),
}

/// What a hook's annotations say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hook {
    /// When it runs, in the order they are written.
    pub events: Vec<HookEvent>,
    /// Lower weights run first.
    pub weight: i64,
    /// When it is deleted, in lower case; unknown policies are kept.
    pub delete_policies: Vec<String>,
    /// When its logs are shown, in lower case; unknown policies are kept.
    pub output_log_policies: Vec<String>,
}

impl HookEvent {
    /// The event's name, `pre-install`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PreInstall => "pre-install",
            Self::PostInstall => "post-install",
            Self::PreDelete => "pre-delete",
            Self::PostDelete => "post-delete",
            Self::PreUpgrade => "pre-upgrade",
            Self::PostUpgrade => "post-upgrade",
            Self::PreRollback => "pre-rollback",
            Self::PostRollback => "post-rollback",
            Self::Test => "test",
        }
    }

    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "pre-install" => Self::PreInstall,
            "post-install" => Self::PostInstall,
            "pre-delete" => Self::PreDelete,
            "post-delete" => Self::PostDelete,
            "pre-upgrade" => Self::PreUpgrade,
            "post-upgrade" => Self::PostUpgrade,
            "pre-rollback" => Self::PreRollback,
            "post-rollback" => Self::PostRollback,
            "test" | "test-success" => Self::Test,
            _ => return None,
        })
    }
}

impl Nature {
    /// What the annotations of an object make of it.
    pub fn of(head: &Head) -> Self {
        let Some(written) = head.annotations.get(EVENTS) else { return Self::Kept };
        let events = words(written).map(|word| HookEvent::named(&word)).collect();
        let Some(events) = events else { return Self::Unknown(written.clone()) };
        let list = |annotation| {
            head.annotations.get(annotation).map(|text| words(text).collect()).unwrap_or_default()
        };
        Self::Hook(Hook {
            events,
            weight: head.annotations.get(WEIGHT).and_then(|text| weight(text)).unwrap_or(0),
            delete_policies: list(DELETE_POLICY),
            output_log_policies: list(OUTPUT_LOG_POLICY),
        })
    }
}

impl Hook {
    /// Whether it runs at an event.
    pub fn runs_at(&self, event: HookEvent) -> bool {
        self.events.contains(&event)
    }
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(',').map(|word| word.trim().to_lowercase())
}

/// A decimal number with an optional sign and nothing around it.
fn weight(text: &str) -> Option<i64> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nature(annotations: &str) -> Nature {
        Nature::of(&Head::read(&format!("metadata: {{annotations: {{{annotations}}}}}")).unwrap())
    }

    #[test]
    fn objects_without_the_annotation_are_kept() {
        assert_eq!(nature(""), Nature::Kept);
        assert_eq!(nature("helm.sh/hook-weight: \"5\""), Nature::Kept);
        assert_eq!(nature("Helm.sh/hook: test"), Nature::Kept);
    }

    #[test]
    fn one_unknown_event_drops_the_object() {
        for written in ["crd-install", "", "pre-install, bogus", "test-failure", "pre-install,"] {
            assert_eq!(
                nature(&format!("helm.sh/hook: \"{written}\"")),
                Nature::Unknown(written.to_owned())
            );
        }
        assert_eq!(nature("helm.sh/hook: "), Nature::Unknown(String::new()));
    }

    #[test]
    fn events_weight_and_policies_are_read() {
        let Nature::Hook(hook) = nature(
            "helm.sh/hook: \"PRE-Install , test-success\", helm.sh/hook-weight: \"-5\", \
             helm.sh/hook-delete-policy: \"Hook-Succeeded, odd\", helm.sh/hook-output-log-policy: hook-failed",
        ) else {
            panic!("no hook");
        };
        assert_eq!(hook.events, [HookEvent::PreInstall, HookEvent::Test]);
        assert_eq!(hook.weight, -5);
        assert_eq!(hook.delete_policies, ["hook-succeeded", "odd"]);
        assert_eq!(hook.output_log_policies, ["hook-failed"]);
        assert!(hook.runs_at(HookEvent::Test) && !hook.runs_at(HookEvent::PostInstall));
    }

    #[test]
    fn a_weight_that_is_no_number_is_zero() {
        for (written, weight) in [("\"+5\"", 5), ("5", 5), ("\" 5\"", 0), ("x", 0), ("1.5", 0)] {
            let Nature::Hook(hook) =
                nature(&format!("helm.sh/hook: test, helm.sh/hook-weight: {written}"))
            else {
                panic!("no hook");
            };
            assert_eq!(hook.weight, weight, "{written}");
        }
    }
}
