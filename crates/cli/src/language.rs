//! Chinese or English: how a text in both is written, and which of them is spoken.

use std::fmt;

use crate::environment::Environment;

/// The languages of the program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, clap::ValueEnum)]
pub enum Language {
    /// Simplified Chinese.
    Zh,
    /// English.
    #[default]
    En,
}

impl Language {
    /// The language of the environment: `FERRY_LANG`, then POSIX's order `LC_ALL`, `LC_MESSAGES`, `LANG`; the first
    /// that is set and not empty decides.
    pub fn of_environment(environment: &Environment) -> Self {
        ["FERRY_LANG", "LC_ALL", "LC_MESSAGES", "LANG"]
            .iter()
            .find_map(|name| environment.variable(name))
            .map_or(Self::En, |value| Self::of_locale(&value))
    }

    fn of_locale(locale: &str) -> Self {
        if locale.to_ascii_lowercase().starts_with("zh") { Self::Zh } else { Self::En }
    }

    /// The name that `--lang` takes.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Zh => "zh",
            Self::En => "en",
        }
    }
}

/// A text in both languages. Made by [`text!`](crate::text), which cannot be written with one of them missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text {
    /// English.
    pub en: &'static str,
    /// Chinese.
    pub zh: &'static str,
}

impl Text {
    /// The text in one language.
    pub const fn get(self, language: Language) -> &'static str {
        match language {
            Language::En => self.en,
            Language::Zh => self.zh,
        }
    }
}

/// A sentence with parts that are known only when the program runs, in both languages. Made by [`say!`](crate::say).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sentence {
    /// English.
    pub en: String,
    /// Chinese.
    pub zh: String,
}

impl Sentence {
    /// The sentence in one language.
    pub(crate) fn get(&self, language: Language) -> &str {
        match language {
            Language::En => &self.en,
            Language::Zh => &self.zh,
        }
    }
}

impl From<Text> for Sentence {
    fn from(text: Text) -> Self {
        Self { en: text.en.into(), zh: text.zh.into() }
    }
}

/// Whether a character belongs to Chinese text: ideographs and full-width punctuation.
#[cfg(test)]
pub(crate) fn is_cjk(c: char) -> bool {
    matches!(c, '\u{3000}'..='\u{303f}' | '\u{3400}'..='\u{9fff}' | '\u{ff00}'..='\u{ffef}')
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A constant text in both languages.
#[macro_export]
macro_rules! text {
    ($en:literal, $zh:literal $(,)?) => {
        $crate::language::Text { en: $en, zh: $zh }
    };
}

/// A sentence in both languages with captured arguments, as in `say!("{host} is far", "{host} 很远")`.
#[macro_export]
macro_rules! say {
    ($en:literal, $zh:literal $(,)?) => {
        $crate::language::Sentence { en: format!($en), zh: format!($zh) }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&str, &str)]) -> Language {
        Language::of_environment(&Environment::fixed(pairs))
    }

    #[test]
    fn the_locale_decides_in_posix_order() {
        assert_eq!(of(&[]), Language::En);
        assert_eq!(of(&[("LANG", "zh_CN.UTF-8")]), Language::Zh);
        assert_eq!(of(&[("LANG", "zh_CN.UTF-8"), ("LC_ALL", "C")]), Language::En);
        assert_eq!(of(&[("LANG", "C"), ("LC_MESSAGES", "zh_TW")]), Language::Zh);
        assert_eq!(of(&[("LC_ALL", ""), ("LANG", "ZH")]), Language::Zh);
        assert_eq!(of(&[("FERRY_LANG", "en"), ("LC_ALL", "zh_CN")]), Language::En);
    }

    #[test]
    fn full_width_punctuation_is_chinese() {
        assert!("：，。（）中".chars().all(is_cjk));
        assert!(!"`'…→—*·é".chars().any(is_cjk));
    }
}
