use super::*;
use crate::{Chart, File};

/// A chart of files that are no templates, rendered: what templates would print is given.
fn assemble(files: &[(&str, &str)]) -> Result<(Rendered, Vec<Warning>), ManifestError> {
    let mut own = vec![File::new("Chart.yaml", "apiVersion: v2\nname: c\nversion: 0.1.0\n")];
    let crds = files.iter().filter(|(path, _)| path.starts_with("crds/"));
    own.extend(crds.map(|(path, text)| File::new(*path, (*text).to_owned())));
    let chart = ResolvedChart::read(&Chart::from_files(own).unwrap()).unwrap();
    let rendered = files.iter().filter(|(path, _)| !path.starts_with("crds/"));
    let rendered =
        rendered.map(|(path, text)| (format!("c/{path}"), text.as_bytes().to_vec())).collect();
    Rendered::assemble(&chart, &rendered, NotesOf::Root)
}

fn printed(files: &[(&str, &str)], options: TemplateOptions) -> String {
    let (rendered, _) = assemble(files).unwrap();
    String::from_utf8(rendered.template_output(options)).unwrap()
}

/// Name, files, flags, output.
type Row = (String, BTreeMap<String, String>, Vec<String>, String);

/// Rendered files, flags, and what helm 4.3.1 printed (standard output, or the error).
#[test]
fn prints_what_helm_prints() {
    let rows: Vec<Row> =
        serde_json::from_str(include_str!("../../tests/goldens/manifests.json")).unwrap();
    assert!(rows.len() > 40);
    for (name, files, flags, expected) in rows {
        let files: Vec<_> =
            files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        let has = |flag: &str| flags.iter().any(|given| given == flag);
        let options = TemplateOptions {
            crds: has("--include-crds"),
            no_hooks: has("--no-hooks"),
            skip_tests: has("--skip-tests"),
        };
        let shown: Vec<String> =
            flags.windows(2).filter(|pair| pair[0] == "-s").map(|pair| pair[1].clone()).collect();
        let found = match assemble(&files) {
            Err(error) => format!("Error: {error}"),
            Ok((rendered, _)) if shown.is_empty() => {
                String::from_utf8(rendered.template_output(options)).unwrap()
            }
            Ok((rendered, _)) => match show_only(&rendered.template_output(options), &shown) {
                Ok(text) => String::from_utf8(text).unwrap(),
                Err(pattern) => format!("Error: could not find template {pattern} in chart"),
            },
        };
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn notes_are_no_manifest() {
    let files = [
        ("templates/NOTES.txt", "hello"),
        ("templates/sub/NOTES.txt", "x: y: z"),
        ("templates/FOO-NOTES.txt", ": :"),
    ];
    let (rendered, _) = assemble(&files).unwrap();
    assert_eq!(rendered.notes, "hello");
    assert_eq!(rendered.template_output(TemplateOptions::default()), b"\n");
}

#[test]
fn unknown_hooks_are_mentioned() {
    let file = "kind: Job\nmetadata: {annotations: {helm.sh/hook: \"pre-install, bogus\"}}\n";
    let (rendered, warnings) = assemble(&[("templates/h.yaml", file)]).unwrap();
    assert!(rendered.objects.is_empty() && rendered.hooks.is_empty());
    assert_eq!(
        warnings[0].to_string(),
        "level=INFO msg=\"skipping unknown hooks\" hookTypes=\"pre-install, bogus\""
    );
}

#[test]
fn files_for_a_directory_come_in_pieces() {
    let files = [
        ("crds/x.yaml", "kind: CRD\n---\nkind: D\n"),
        (
            "templates/b.yaml",
            "kind: C\n---\nkind: Job\nmetadata: {annotations: {\"helm.sh/hook\": test}}",
        ),
    ];
    let (rendered, _) = assemble(&files).unwrap();
    let options = TemplateOptions { crds: true, ..TemplateOptions::default() };
    let written: Vec<_> = rendered
        .output_files(options)
        .into_iter()
        .map(|file| (file.path, String::from_utf8(file.data).unwrap()))
        .collect();
    let piece =
        |path: &str, text: &str| (path.to_owned(), format!("---\n# Source: {path}\n{text}\n"));
    assert_eq!(
        written,
        [
            piece("c/crds/x.yaml", "kind: CRD\n---\nkind: D\n"),
            piece("c/templates/b.yaml", "kind: C\n"),
            piece(
                "c/templates/b.yaml",
                "kind: Job\nmetadata: {annotations: {\"helm.sh/hook\": test}}"
            ),
        ]
    );
    let options = TemplateOptions { skip_tests: true, ..TemplateOptions::default() };
    assert_eq!(rendered.output_files(options).len(), 1);
}

#[test]
fn a_file_that_is_no_text_is_refused() {
    let chart = Chart::from_files(vec![File::new("Chart.yaml", "name: c\nversion: 1\n")]).unwrap();
    let chart = ResolvedChart::read(&chart).unwrap();
    let files = [("c/templates/a.yaml".to_owned(), b"kind: A\n---\nx: \"\xff\"\n".to_vec())].into();
    let error = Rendered::assemble(&chart, &files, NotesOf::Root).unwrap_err();
    assert_eq!(error.document, "x: \"\u{fffd}\"\n");
    assert!(matches!(error.error, HeadError::Yaml(_)));
}

#[test]
fn an_empty_chart_prints_a_line_break() {
    assert_eq!(printed(&[], TemplateOptions::default()), "\n");
    assert_eq!(printed(&[("templates/a.yaml", " \n\t\n")], TemplateOptions::default()), "\n");
    assert_eq!(printed(&[("templates/_a.yaml", "kind: A")], TemplateOptions::default()), "\n");
}

#[test]
fn documents_know_their_images() {
    let pod =
        "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{image: a:1}]}\n";
    let (rendered, _) =
        assemble(&[("templates/a.yaml", pod), ("templates/b.yaml", "# nothing\n")]).unwrap();
    let images: Vec<_> = rendered.objects.iter().flat_map(Document::images).collect();
    assert_eq!(images.len(), 1);
    assert_eq!(
        (images[0].image.as_str(), images[0].field.as_str()),
        ("a:1", "spec.containers[0].image")
    );
}
