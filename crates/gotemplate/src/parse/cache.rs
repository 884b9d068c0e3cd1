//! Texts that were parsed before. Charts share library charts, one chart is rendered more than once, and `tpl` is given
//! the same text again and again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::tree::{Node, Source, Tree};

/// How many bytes of text are kept parsed. Beyond that everything is forgotten.
const MAX_TEXT: usize = 16 << 20;

/// The trees of texts, without the names of the templates the texts were parsed as.
#[derive(Default)]
pub(crate) struct Cache(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    texts: HashMap<Arc<[u8]>, Box<[Part]>>,
    bytes: usize,
}

/// One template of a text.
struct Part {
    /// What it was defined as; nothing for the text itself.
    name: Option<Arc<str>>,
    root: Arc<[Node]>,
}

impl Cache {
    /// The trees of `text` as the template `name`. Nothing, when the text itself defines a template of that name: which
    /// of the two is kept has to be found out by parsing.
    pub(super) fn get(&self, name: &str, text: &[u8]) -> Option<Vec<Tree>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (text, parts) = kept.texts.get_key_value(text)?;
        if parts.iter().any(|part| part.name.as_deref() == Some(name)) {
            return None;
        }
        let source = Arc::new(Source { name: name.into(), text: Arc::clone(text) });
        let tree = |part: &Part| Tree {
            name: Arc::clone(part.name.as_ref().unwrap_or(&source.name)),
            source: Arc::clone(&source),
            root: Arc::clone(&part.root),
        };
        Some(parts.iter().map(tree).collect())
    }

    /// Keeps the trees of a text in which no two templates had one name.
    pub(super) fn put(&self, source: &Source, trees: &[Tree]) {
        let part = |tree: &Tree| {
            let is_whole = Arc::ptr_eq(&tree.name, &source.name);
            let name = (!is_whole).then(|| Arc::clone(&tree.name));
            Part { name, root: Arc::clone(&tree.root) }
        };
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.bytes + source.text.len() > MAX_TEXT {
            *kept = Kept::default();
        }
        kept.bytes += source.text.len();
        kept.texts.insert(Arc::clone(&source.text), trees.iter().map(part).collect());
    }
}

#[cfg(test)]
mod tests {
    use crate::{Budget, Functions, Set, Value};

    fn run(set: &Set<()>, name: &str) -> Result<Vec<u8>, String> {
        let outcome = set.execute(name, &Value::Nil, &mut (), &mut Budget::default());
        outcome.map_err(|error| error.text())
    }

    #[test]
    fn a_text_belongs_to_whatever_name_it_is_parsed_as() {
        let functions = Functions::<()>::new([]);
        let text = r#"{{define "x"}}1{{end}}{{template "x"}}{{index 1 2}}"#;
        for name in ["a", "b"] {
            let mut set = Set::new("set", functions.clone());
            set.parse(name, text).unwrap();
            let error = run(&set, name).unwrap_err();
            assert!(
                error.starts_with(&format!("template: {name}:1:40: executing \"{name}\"")),
                "{error}"
            );
        }
    }

    #[test]
    fn a_text_that_defines_its_own_name_is_parsed_as_ever() {
        let functions = Functions::<()>::new([]);
        let text = r#" {{define "b"}}inner{{end}} "#;
        for (name, expected) in [("a", "  "), ("b", "inner")] {
            let mut set = Set::new("set", functions.clone());
            set.parse(name, text).unwrap();
            assert_eq!(run(&set, name).unwrap(), expected.as_bytes());
        }
    }
}
