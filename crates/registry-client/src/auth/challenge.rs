//! `WWW-Authenticate`: what a registry wants before it answers (RFC 9110 §11.6.1).

use ::http::HeaderMap;
use ::http::header::WWW_AUTHENTICATE;

/// What to bring next time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Challenge {
    /// User name and password.
    Basic,
    /// A token from `realm` for `service` (distribution specification, token authentication).
    Bearer { realm: String, service: Option<String>, scope: Option<String> },
}

impl Challenge {
    /// The challenge to answer. A token is preferred: where both are offered, `Basic` is for people.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let mut basic = None;
        for value in headers.get_all(WWW_AUTHENTICATE) {
            for challenge in value.to_str().ok().map(parse).unwrap_or_default() {
                match challenge {
                    Self::Bearer { .. } => return Some(challenge),
                    Self::Basic => basic = Some(Self::Basic),
                }
            }
        }
        basic
    }
}

/// The challenges of one header value that we can answer.
fn parse(text: &str) -> Vec<Challenge> {
    let mut rest = Cursor(text);
    let mut found = Vec::new();
    let mut current: Option<(String, Vec<(String, String)>)> = None;
    loop {
        rest.skip(|c| c == ',' || c.is_ascii_whitespace());
        let word = rest.word();
        if word.is_empty() {
            break;
        }
        rest.skip(|c| c.is_ascii_whitespace());
        if rest.eat('=') {
            rest.skip(|c| c.is_ascii_whitespace());
            let value = rest.value();
            if let Some((_, parameters)) = &mut current {
                parameters.push((word.to_ascii_lowercase(), value));
            }
        } else {
            found.extend(current.take().and_then(understood));
            current = Some((word.to_ascii_lowercase(), Vec::new()));
        }
    }
    found.extend(current.and_then(understood));
    found
}

fn understood((scheme, parameters): (String, Vec<(String, String)>)) -> Option<Challenge> {
    let parameter =
        |name: &str| parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    match scheme.as_str() {
        "basic" => Some(Challenge::Basic),
        "bearer" => Some(Challenge::Bearer {
            realm: parameter("realm")?,
            service: parameter("service"),
            scope: parameter("scope").filter(|scope| !scope.is_empty()),
        }),
        _ => None,
    }
}

/// What is left of a header value.
struct Cursor<'a>(&'a str);

impl Cursor<'_> {
    fn skip(&mut self, wanted: impl Fn(char) -> bool) {
        self.0 = self.0.trim_start_matches(wanted);
    }

    fn eat(&mut self, c: char) -> bool {
        match self.0.strip_prefix(c) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    /// Up to a separator.
    fn word(&mut self) -> String {
        let end = self.0.find([',', '=', ' ', '\t', '"']).unwrap_or(self.0.len());
        let (word, rest) = self.0.split_at(end);
        // A stray quote ends the header: there is nothing sensible after it.
        self.0 = if word.is_empty() { "" } else { rest };
        word.to_owned()
    }

    /// A token or a quoted string.
    fn value(&mut self) -> String {
        if !self.eat('"') {
            return self.word();
        }
        let mut value = String::new();
        let mut chars = self.0.char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    self.0 = &self.0[at + 1..];
                    return value;
                }
                '\\' => value.extend(chars.next().map(|(_, escaped)| escaped)),
                c => value.push(c),
            }
        }
        self.0 = "";
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[&str]) -> Option<Challenge> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(WWW_AUTHENTICATE, value.parse().unwrap());
        }
        Challenge::of(&headers)
    }

    #[test]
    fn reads_what_registries_send() {
        let docker = r#"Bearer realm="https://auth.io/token",service="reg.io",scope="repository:a/b:pull,push""#;
        assert_eq!(
            of(&[docker]),
            Some(Challenge::Bearer {
                realm: "https://auth.io/token".into(),
                service: Some("reg.io".into()),
                scope: Some("repository:a/b:pull,push".into()),
            })
        );
        assert_eq!(of(&[r#"Basic realm="Registry Realm""#]), Some(Challenge::Basic));
        assert_eq!(of(&["basic"]), Some(Challenge::Basic));
    }

    #[test]
    fn prefers_a_token_among_several() {
        let both = r#"Basic realm="a, b=c", BEARER Realm = "https://x/\"t" , service=y"#;
        let expected = Challenge::Bearer {
            realm: "https://x/\"t".into(),
            service: Some("y".into()),
            scope: None,
        };
        assert_eq!(of(&[both]), Some(expected.clone()));
        assert_eq!(
            of(&["Basic", r#"Bearer realm="https://x/\"t",service="y",scope="""#]),
            Some(expected)
        );
    }

    #[test]
    fn ignores_what_makes_no_sense() {
        for text in [
            "",
            "Negotiate",
            "Bearer",
            "Bearer service=x",
            "\"",
            "=",
            ",,,",
            "Bearer realm",
            "Digest realm=\"x",
        ] {
            assert_eq!(of(&[text]), None, "{text}");
        }
        assert!(of(&["Bearer realm=\"unclosed"]).is_some());
    }
}
