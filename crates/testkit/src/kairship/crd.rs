//! A CRD of more than a megabyte, as kairship's operator has one: too large for client-side apply (262,144 bytes of
//! annotation), still within what etcd takes.

use std::fmt::Write as _;
use std::sync::LazyLock;

use crate::Random;

/// The real one has 1,147,448 bytes.
const SIZE: usize = 1_147_000;

const NOUNS: [&str; 24] = [
    "affinity",
    "cluster",
    "condition",
    "container",
    "endpoint",
    "identity",
    "interval",
    "label",
    "limit",
    "member",
    "network",
    "override",
    "placement",
    "policy",
    "port",
    "priority",
    "probe",
    "quota",
    "replica",
    "resource",
    "schedule",
    "selector",
    "strategy",
    "volume",
];
const ADJECTIVES: [&str; 12] = [
    "active",
    "default",
    "desired",
    "external",
    "initial",
    "internal",
    "maximum",
    "minimum",
    "optional",
    "preferred",
    "required",
    "shared",
];
const VERBS: [&str; 8] =
    ["bounds", "describes", "limits", "names", "overrides", "replaces", "selects", "weighs"];

/// `workloadtemplates.kairship.io`, the same bytes every time.
pub(super) fn large() -> &'static str {
    static LARGE: LazyLock<String> = LazyLock::new(make);
    &LARGE
}

fn make() -> String {
    let mut out = String::with_capacity(SIZE + (64 << 10));
    out.push_str(HEAD);
    let mut random = Random::named(1, "workloadtemplates.kairship.io");
    let mut section = 0;
    while out.len() < SIZE {
        line(&mut out, 16, &format!("section{section}:"));
        object(&mut out, 18, 3, &mut random);
        section += 1;
    }
    out
}

const HEAD: &str = "\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: workloadtemplates.kairship.io
spec:
  group: kairship.io
  names:
    kind: WorkloadTemplate
    listKind: WorkloadTemplateList
    plural: workloadtemplates
    singular: workloadtemplate
  scope: Namespaced
  versions:
  - name: v1alpha1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        description: WorkloadTemplate holds what workloads of many kinds have in common.
        type: object
        properties:
          apiVersion:
            type: string
          kind:
            type: string
          metadata:
            type: object
          spec:
            type: object
            properties:
";

fn line(out: &mut String, indent: usize, text: &str) {
    writeln!(out, "{:indent$}{text}", "").expect("a string takes everything");
}

fn object(out: &mut String, indent: usize, depth: usize, random: &mut Random) {
    line(out, indent, &format!("description: {}", sentence(random)));
    line(out, indent, "type: object");
    line(out, indent, "properties:");
    for number in 0..6 + random.below(5) {
        let adjective = ADJECTIVES[random.index(ADJECTIVES.len())];
        let noun = capitalised(NOUNS[random.index(NOUNS.len())]);
        line(out, indent + 2, &format!("{adjective}{noun}{number}:"));
        property(out, indent + 4, depth, random);
    }
}

fn property(out: &mut String, indent: usize, depth: usize, random: &mut Random) {
    match random.below(if depth == 0 { 4 } else { 6 }) {
        0 => leaf(out, indent, "boolean", random),
        1 => {
            leaf(out, indent, "integer", random);
            line(out, indent, "format: int32");
        }
        2 | 3 => leaf(out, indent, "string", random),
        4 => {
            leaf(out, indent, "array", random);
            line(out, indent, "items:");
            object(out, indent + 2, depth - 1, random);
        }
        _ => object(out, indent, depth - 1, random),
    }
}

fn leaf(out: &mut String, indent: usize, kind: &str, random: &mut Random) {
    line(out, indent, &format!("description: {}", sentence(random)));
    line(out, indent, &format!("type: {kind}"));
}

fn sentence(random: &mut Random) -> String {
    let mut text = String::from("This field");
    for part in 0..2 + random.below(3) {
        let verb = VERBS[random.index(VERBS.len())];
        let adjective = ADJECTIVES[random.index(ADJECTIVES.len())];
        let noun = NOUNS[random.index(NOUNS.len())];
        let joint = if part == 0 { "" } else { ", and" };
        write!(text, "{joint} {verb} the {adjective} {noun}").expect("a string takes everything");
    }
    text.push('.');
    text
}

fn capitalised(word: &str) -> String {
    let (first, rest) = word.split_at(1);
    first.to_uppercase() + rest
}
