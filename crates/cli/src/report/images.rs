//! The report of `images`: names alone, or a table that says where each comes from.

use std::collections::HashSet;

use ops::{ImagePlace, ImagesReport, RenderedImage};

use crate::language::{Language, Text};
use crate::output::{Align, Table, printable};
use crate::text;

/// The images alone, one per line, each once; those that are missing where something was checked.
pub(crate) fn image_lines(report: &ImagesReport) -> String {
    let mut seen = HashSet::new();
    let images = report.charts.iter().flat_map(|chart| &chart.images);
    let is_wanted =
        |image: &&RenderedImage| report.checked.is_none() || image.is_there != Some(true);
    let mut out = String::new();
    for image in images.filter(is_wanted) {
        if seen.insert(image.image.as_str()) {
            out.push_str(&printable(&image.image));
            out.push('\n');
        }
    }
    out
}

/// Each chart with its images: object, field, template and values.
pub(crate) fn images_table(report: &ImagesReport, language: Language) -> String {
    let title = |text: Text| text.get(language);
    let mut out = String::new();
    for chart in &report.charts {
        if !out.is_empty() {
            out.push('\n');
        }
        let line = format!("{} {} ({})", chart.name, chart.version, chart.origin);
        out.push_str(&printable(&line));
        out.push('\n');
        let mut columns = vec![
            (title(text!("IMAGE", "镜像")), Align::Left),
            (title(text!("OBJECT", "对象")), Align::Left),
            (title(text!("FIELD", "字段")), Align::Left),
            (title(text!("TEMPLATE", "模板")), Align::Left),
            (title(text!("VALUES", "VALUES 值")), Align::Left),
        ];
        if report.checked.is_some() {
            columns.push((title(text!("THERE", "已存在")), Align::Left));
        }
        let mut table = Table::new(&columns);
        for image in &chart.images {
            rows(&mut table, image, report.checked.is_some(), language);
        }
        out.push_str(&table.render());
    }
    out
}

fn rows(table: &mut Table, image: &RenderedImage, is_checked: bool, language: Language) {
    let mut name = image.image.as_str();
    for place in &image.places {
        let there = match (name.is_empty(), image.is_there) {
            (true, _) => "",
            (false, Some(true)) => text!("yes", "是").get(language),
            (false, Some(false)) => text!("NO", "否").get(language),
            (false, None) => "?",
        };
        let mut cells = vec![
            name.to_owned(),
            object(place),
            place.field.clone(),
            template(place),
            values(place, language),
        ];
        if is_checked {
            cells.push(there.to_owned());
        }
        table.row(&cells);
        name = "";
    }
}

fn object(place: &ImagePlace) -> String {
    let mut text = format!("{}/{}", place.kind, place.name);
    if !place.hook.is_empty() {
        text.extend([" (", &place.hook.join(", "), ")"]);
    }
    text
}

/// The line that names the image, else the template that made the object.
fn template(place: &ImagePlace) -> String {
    match &place.written_at {
        Some(at) => format!("{}:{}", at.file, at.line),
        None => place.template.clone(),
    }
}

fn values(place: &ImagePlace, language: Language) -> String {
    match place.values.as_deref() {
        None => "?".into(),
        Some([]) => text!("(in the template)", "（写在模板中）").get(language).into(),
        Some(paths) => paths.join(" "),
    }
}

#[cfg(test)]
mod tests {
    use ops::{ChartImages, TemplateLine};

    use super::*;

    fn report() -> ImagesReport {
        let place = |values| ImagePlace {
            kind: "Deployment.apps".into(),
            namespace: None,
            name: "web".into(),
            field: "spec.template.spec.containers[0].image".into(),
            role: "container",
            hook: Vec::new(),
            template: "c/templates/web.yaml".into(),
            written_at: Some(TemplateLine { file: "c/templates/_pod.tpl".into(), line: 7 }),
            values,
        };
        let image = RenderedImage {
            image: "r.io/a/b:1\u{1b}".into(),
            reference: None,
            is_there: Some(false),
            looked_for: None,
            places: vec![place(Some(vec!["image.tag".into()])), place(None)],
        };
        ImagesReport {
            path: "c".into(),
            charts: vec![ChartImages {
                origin: "c".into(),
                name: "c".into(),
                version: "1.0.0".into(),
                images: vec![image.clone(), RenderedImage { is_there: Some(true), ..image }],
            }],
            checked: Some("r.io".into()),
            problems: Vec::new(),
        }
    }

    #[test]
    fn a_table_says_where_an_image_comes_from() {
        let table = images_table(&report(), Language::En);
        assert!(table.contains("c/templates/_pod.tpl:7  image.tag  NO\n"), "{table}");
        assert!(!table.contains('\u{1b}'));
    }

    #[test]
    fn of_a_check_only_what_is_missing_is_listed() {
        let mut report = report();
        assert_eq!(image_lines(&report), "r.io/a/b:1\\u{1b}\n");
        report.charts[0].images.remove(0);
        assert_eq!(image_lines(&report), "");
        report.checked = None;
        assert_eq!(image_lines(&report).lines().count(), 1);
    }
}
