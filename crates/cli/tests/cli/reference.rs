//! `docs/cli.md` and `docs/zh/cli.md` are made from the program.

use std::path::PathBuf;

use ferry_cli::Language;

#[test]
fn the_reference_is_up_to_date() {
    let docs = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs"));
    for (name, language) in [("cli.md", Language::En), ("zh/cli.md", Language::Zh)] {
        let path = docs.join(name);
        let text = ferry_cli::reference::markdown(language);
        if std::env::var_os("FERRY_BLESS").is_some() {
            std::fs::create_dir_all(path.parent().expect("it is below docs"))
                .expect("docs can be written");
            std::fs::write(&path, &text).expect("docs can be written");
        }
        let written = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            written == text,
            "{} is not what the program says; FERRY_BLESS=1 cargo test -p ferry-cli writes it anew",
            path.display()
        );
    }
}
