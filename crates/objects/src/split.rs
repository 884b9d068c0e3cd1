//! From a text to its documents, as helm cuts it.

/// The documents of a rendered file, in order: cut at every line that starts with `---`, wherever it is (inside a block
/// scalar too). What follows the dashes on that line, blanks aside, belongs to the next document. Documents of nothing
/// but white space are left out; the others keep their trailing white space and lose the leading.
pub fn split(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text.trim_start());
    let mut is_at_line_start = true;
    std::iter::from_fn(move || {
        loop {
            let text = rest?;
            let separator = find_separator(text, is_at_line_start);
            let document = &text[..separator.unwrap_or(text.len())];
            rest = separator.map(|at| text[at + SEPARATOR.len()..].trim_start_matches([' ', '\t']));
            // The rest of a separator's line is content, more dashes included.
            is_at_line_start = false;
            let document = document.trim_start();
            if !document.is_empty() {
                return Some(document);
            }
        }
    })
}

const SEPARATOR: &str = "---";

fn find_separator(text: &str, is_at_line_start: bool) -> Option<usize> {
    if is_at_line_start && text.starts_with(SEPARATOR) {
        return Some(0);
    }
    text.find("\n---").map(|at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn documents(text: &str) -> Vec<&str> {
        split(text).collect()
    }

    /// What helm made of these (its output has each document between a comment and a line break).
    #[test]
    fn cuts_where_helm_cuts() {
        for (text, cut) in [
            (
                "---\n# c1\nkind: A\n---\n---\n\n---\nkind: B\n---\n",
                &["# c1\nkind: A\n", "kind: B\n"][..],
            ),
            ("\n\n  \nkind: A\nx: 1   \n\n\n", &["kind: A\nx: 1   \n\n\n"]),
            ("kind: A\n---kind: B\n", &["kind: A\n", "kind: B\n"]),
            ("kind: A\n--- # c\nkind: B\n", &["kind: A\n", "# c\nkind: B\n"]),
            ("kind: C\n----\nkind: D\n", &["kind: C\n", "-\nkind: D\n"]),
            ("x: |\n    a\n    ---\n    b\n", &["x: |\n    a\n    ---\n    b\n"]),
            ("x: |\n    a\n---\n    b\n", &["x: |\n    a\n", "b\n"]),
            ("kind: A\r\n---\r\nkind: B\r\n", &["kind: A\r\n", "kind: B\r\n"]),
            ("\u{a0}kind: A\n", &["kind: A\n"]),
            ("kind: A\n...\n---\nkind: B\n...\n", &["kind: A\n...\n", "kind: B\n...\n"]),
            ("a\n--- \t---\nb", &["a\n", "---\nb"]),
            ("------", &["---"]),
            ("", &[]),
            ("---\n \t\n---", &[]),
        ] {
            assert_eq!(documents(text), cut, "{text:?}");
        }
    }
}
