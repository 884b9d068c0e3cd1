//! What helm 4.3.1 answers, row by row: `tests/data/*.json` are lists of templates and their outputs, recorded from the
//! real binary. The template is the body of `{{define "t"}}` in `c/templates/_t.tpl`; `ERR: ` begins an error of its
//! execution, `PARSE: ` one of its parsing.

#![expect(clippy::unwrap_used, reason = "a test that fails says so")]

use std::collections::{HashMap, HashSet};

use gotemplate::{Budget, Function, Functions, Map, MissingKey, NamedType, Set, Type, Value};
use sprig::{Environment, Zone};

/// A fixed clock, UTC, and a counter for entropy.
#[derive(Default)]
struct Host {
    state: u64,
}

impl Environment for Host {
    fn now(&self) -> (i64, u32) {
        (1_700_000_000, 123_456_789)
    }

    fn local_zone(&self) -> Zone {
        Zone::utc()
    }

    fn random(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (self.state ^ self.state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            *byte = (mixed >> 32).to_le_bytes()[0];
        }
    }
}

/// The values of Appendix E's first block.
const VALUES_1: &str = "a: 1\nb: two\nm: {x: 1, y2: [1,2]}\nl: [3,1,2]\nempty: {}\nel: []\ns: ''\nf: false\nt: true\n\
    nest: {p: {q: deep}}\nbig: 1000000\nfl: 1.5\n";

/// The values of its second block; helm drops the null in them.
const VALUES_2: &str = "a: 1\nb: two\nm: {x: 1, y2: [1,2]}\nl: [3,1,2]\nempty: {}\nel: []\ns: ''\nf: false\nt: true\n\
    nest: {p: {q: deep}}\nbig: 1000000\nfl: 1.5\nls: [b, a, c]\nlm: [{n: 1},{n: 2}]\nnulls: {a: {}}\n";

static VALUES_TYPE: Type =
    Type::Named(&NamedType { name: "common.Values", underlying: Type::ANY_MAP, methods: &[] });

fn data(values: &str) -> Value {
    let values = sprig::from_data(goyaml::decode(values.as_bytes()).unwrap());
    let values = values.as_map().unwrap().with_type(&VALUES_TYPE);
    let version: Map = [("Version", "v1.36.0")].into_iter().collect();
    let capabilities: Map = [("KubeVersion", version)].into_iter().collect();
    let top: Map = Map::new();
    top.insert("Values", values).unwrap();
    top.insert("Capabilities", capabilities).unwrap();
    top.with_type(&VALUES_TYPE).into()
}

fn evaluate(functions: &Functions<Host>, template: &str, values: &str) -> Vec<u8> {
    let mut set = Set::new("gotpl", functions.clone()).with_missing_key(MissingKey::Zero);
    let text = format!("{{{{define \"t\"}}}}{template}{{{{end}}}}");
    if let Err(error) = set.parse("c/templates/_t.tpl", text) {
        return format!("PARSE: {}", error.message).into_bytes();
    }
    set.execute("t", &data(values), &mut Host::default(), &mut Budget::default())
        .unwrap_or_else(|error| format!("ERR: {}", error.text()).into_bytes())
}

fn rows(json: &str) -> Vec<(String, Vec<u8>)> {
    let rows = goyaml::from_json(json.as_bytes()).unwrap();
    let row = |row: &goyaml::Value| {
        let [template, output] = row.as_list().unwrap() else { panic!("{row:?}") };
        let output = output.as_str().unwrap();
        // Output that is not UTF-8 was recorded in base64.
        let output = match output.strip_prefix("B64:") {
            Some(encoded) => {
                evaluate(&table(), &format!("{{{{ b64dec \"{encoded}\" }}}}"), VALUES_1)
            }
            None => output.as_bytes().to_vec(),
        };
        (template.as_str().unwrap().to_owned(), output)
    };
    rows.as_list().unwrap().iter().map(row).collect()
}

fn table() -> Functions<Host> {
    Functions::new(sprig::functions())
}

/// Rows that are known to differ, with the reason. One that does not differ any more has to go.
const GAPS: &str = include_str!("data/gaps.json");

fn check(json: &str, values: &str) {
    let functions = table();
    let gaps: HashMap<String, Vec<u8>> = rows(GAPS).into_iter().collect();
    let rows = rows(json);
    let mut wrong = Vec::new();
    for (template, expected) in &rows {
        let found = evaluate(&functions, template, values);
        if gaps.contains_key(template) {
            if found == *expected {
                wrong.push(format!("{template}\n  is no gap any more"));
            }
        } else if found != *expected {
            let [expected, found] = [expected, &found].map(|text| String::from_utf8_lossy(text));
            wrong.push(format!("{template}\n  helm  {expected:?}\n  ferry {found:?}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {} rows differ:\n{}",
        wrong.len(),
        rows.len(),
        wrong.join("\n")
    );
}

#[test]
fn appendix_e_first_block() {
    check(include_str!("data/e1.json"), VALUES_1);
}

#[test]
fn appendix_e_second_block() {
    check(include_str!("data/e2.json"), VALUES_2);
}

#[test]
fn what_helm_was_asked() {
    check(include_str!("data/helm.json"), VALUES_2);
}

/// Rows whose functions use clock or entropy, but whose output does not show it.
#[test]
fn what_clock_and_entropy_do_not_change() {
    check(include_str!("data/environment.json"), VALUES_2);
}

/// The functions of the specification, §3.5, less those that are helm's own (`include`, `tpl`, `required`, `lookup`,
/// `getHostByName`).
const INVENTORY: &str = include_str!("data/inventory.txt");

#[test]
fn the_inventory_is_complete_and_every_name_is_tested() {
    let inventory: Vec<&str> = INVENTORY.split_whitespace().collect();
    let table: Vec<Function<Host>> = sprig::functions();
    let names: HashSet<&str> = table.iter().map(|function| function.name).collect();
    assert_eq!(names.len(), table.len(), "a name is in the table twice");
    let known: HashSet<&str> = inventory.iter().copied().collect();
    assert_eq!(known.difference(&names).collect::<Vec<_>>(), Vec::<&&str>::new(), "missing");
    assert_eq!(
        names.difference(&known).collect::<Vec<_>>(),
        Vec::<&&str>::new(),
        "not in the inventory"
    );

    let tests = [
        include_str!("data/e1.json"),
        include_str!("data/e2.json"),
        include_str!("data/helm.json"),
        include_str!("data/environment.json"),
        include_str!("conformance.rs"),
        include_str!("environment.rs"),
    ];
    let words: HashSet<&str> = tests
        .iter()
        .flat_map(|test| test.split(|c: char| !c.is_alphanumeric() && c != '_'))
        .collect();
    let untested: Vec<&str> = inventory.into_iter().filter(|name| !words.contains(name)).collect();
    assert_eq!(untested, Vec::<&str>::new(), "no row calls them");
}
