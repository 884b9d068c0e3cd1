//! Tables, JSON and YAML as helm prints them.

use unicode_width::UnicodeWidthChar;

use crate::environment::Environment;

/// Whether characters of ambiguous width take two cells, as in Chinese, Japanese and Korean locales.
pub(crate) fn is_east_asian(environment: &Environment) -> bool {
    if let Some(forced) = environment.variable("RUNEWIDTH_EASTASIAN") {
        return forced == "1";
    }
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| environment.variable(name));
    let locale = locale.unwrap_or_default().to_ascii_lowercase();
    ["zh", "ja", "ko"].iter().any(|language| locale.starts_with(language))
        && !locale.ends_with("@cjk_narrow")
}

/// How helm's tables are set.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting {
    /// The widest column, in cells; 0 is no limit.
    pub widest: usize,
    /// Whether ambiguous characters take two cells.
    pub is_east_asian: bool,
}

impl Setting {
    /// A table: cells are padded to the column's width, the last one too, with a tab between columns.
    pub(crate) fn table(self, rows: &[Vec<String>]) -> String {
        let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
        let widths: Vec<usize> = (0..columns).map(|column| self.column(rows, column)).collect();
        let mut out = String::new();
        for row in rows {
            let cells: Vec<String> =
                row.iter().zip(&widths).map(|(cell, width)| self.resized(cell, *width)).collect();
            out.push_str(&cells.join("\t"));
            out.push('\n');
        }
        out
    }

    fn column(self, rows: &[Vec<String>], column: usize) -> usize {
        let widest =
            rows.iter().filter_map(|row| row.get(column)).map(|cell| self.width(cell)).max();
        let widest = widest.unwrap_or_default();
        if self.widest == 0 { widest } else { widest.min(self.widest) }
    }

    /// Cut texts end in three dots. As in helm they may come out a cell too wide where wide characters are cut.
    fn resized(self, text: &str, width: usize) -> String {
        let own = self.width(text);
        if own <= width {
            return format!("{text}{}", " ".repeat(width - own));
        }
        let mut cut = String::new();
        let mut taken = 0;
        for c in text.chars() {
            cut.push(c);
            taken += self.width_of(c);
            if taken + 3 >= width {
                break;
            }
        }
        cut.push_str("...");
        cut
    }

    fn width(self, text: &str) -> usize {
        text.chars().map(|c| self.width_of(c)).sum()
    }

    fn width_of(self, c: char) -> usize {
        if self.is_east_asian && is_ambiguous_letter(c) {
            return 2;
        }
        let width = if self.is_east_asian { c.width_cjk() } else { c.width() };
        width.unwrap_or_default()
    }
}

/// Latin letters of ambiguous width (Unicode's EastAsianWidth.txt), which our own tables count as narrow everywhere.
fn is_ambiguous_letter(c: char) -> bool {
    matches!(u32::from(c),
        0xc6 | 0xd0 | 0xd8 | 0xde..=0xe1 | 0xe6 | 0xe8..=0xea | 0xec | 0xed | 0xf0 | 0xf2 | 0xf3 | 0xf8..=0xfa
        | 0xfc | 0xfe | 0x101 | 0x111 | 0x113 | 0x11b | 0x126 | 0x127 | 0x12b | 0x131..=0x133 | 0x138
        | 0x13f..=0x142 | 0x144 | 0x148..=0x14b | 0x14d | 0x152 | 0x153 | 0x166 | 0x167 | 0x16b | 0x1ce
        | 0x1d0 | 0x1d2 | 0x1d4 | 0x1d6 | 0x1d8 | 0x1da | 0x1dc)
}

/// Maps as one line of JSON, their fields in the order given, escaped as Go does.
pub(crate) fn json(rows: &[Vec<(&str, &str)>]) -> String {
    let text = |text: &str| {
        goyaml::to_json(&goyaml::Value::String(text.to_owned())).expect("a text is written as JSON")
    };
    let map = |row: &Vec<(&str, &str)>| {
        let fields = row.iter().map(|(key, value)| format!("\"{key}\":{}", text(value)));
        format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
    };
    format!("[{}]\n", rows.iter().map(map).collect::<Vec<_>>().join(","))
}

/// Maps as YAML, their fields sorted.
pub(crate) fn yaml(rows: &[Vec<(&str, &str)>]) -> String {
    let map = |row: &Vec<(&str, &str)>| {
        let mut map = goyaml::Map::default();
        for (key, value) in row {
            map.insert(*key, goyaml::Value::String((*value).to_owned()));
        }
        goyaml::Value::Map(map)
    };
    let list = goyaml::Value::List(rows.iter().map(map).collect());
    let mut text = goyaml::to_yaml(&list).expect("texts are written as YAML");
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(texts: &[&str]) -> Vec<Vec<String>> {
        texts.iter().map(|text| vec!["x".to_owned(), (*text).to_owned()]).collect()
    }

    /// The lines helm 4.3.1 prints.
    #[test]
    fn cells_are_padded_and_cut_as_helm_does() {
        let setting = Setting { widest: 50, is_east_asian: false };
        let long = "中文描述的一个比较长的说明文字，看看宽度如何计算以及如何截断，超过五十列之后会发生什么";
        let table = setting.table(&rows(&[long, "短的中文"]));
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines[0], "x\t中文描述的一个比较长的说明文字，看看宽度如何计算...");
        assert_eq!(lines[1], format!("x\t短的中文{}", " ".repeat(42)));
        let setting = Setting { widest: 5, is_east_asian: false };
        assert_eq!(
            setting.table(&rows(&["CHART VERSION", long, "1.10"])),
            "x\tCH...\nx\t中...\nx\t1.10 \n"
        );
        let setting = Setting { widest: 0, is_east_asian: true };
        assert_eq!(setting.table(&rows(&["é①", "abcde"])), "x\té① \nx\tabcde\n");
    }

    #[test]
    fn structures_are_written_as_go_writes_them() {
        let rows = [vec![("name", "null"), ("description", "<&>")]];
        assert_eq!(
            json(&rows),
            "[{\"name\":\"null\",\"description\":\"\\u003c\\u0026\\u003e\"}]\n"
        );
        assert_eq!(yaml(&rows), "- description: <&>\n  name: \"null\"\n");
        assert_eq!((json(&[]).as_str(), yaml(&[]).as_str()), ("[]\n", "[]\n"));
    }
}
