//! What a client asks the token service for.

use std::io::{self, BufRead as _, BufReader, Read as _};
use std::net::TcpStream;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

const MAX_BODY: u64 = 64 << 10;

/// What a request for a token says.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    /// The query of a GET, the form of a POST.
    parameters: Vec<(String, String)>,
    pub(super) basic: Option<(String, String)>,
}

impl Request {
    pub(super) fn read(stream: &TcpStream) -> io::Result<Self> {
        let mut reader = BufReader::new(stream.take(MAX_BODY));
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let mut words = line.split(' ');
        let method = words.next().unwrap_or_default().to_owned();
        let target = words.next().unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let (mut length, mut basic) = (0, None);
        let (path, mut form) = (path.to_owned(), query.to_owned());
        loop {
            let mut header = String::new();
            reader.read_line(&mut header)?;
            let Some((name, value)) = header.split_once(':') else { break };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.trim().parse().unwrap_or(0),
                "authorization" => basic = credentials(value.trim()),
                _ => {}
            }
        }
        if method == "POST" {
            form.clear();
            reader.take(length).read_to_string(&mut form)?;
        }
        Ok(Self { method, path, parameters: parameters(&form), basic })
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The scopes: one parameter for each in a GET, all in one in a POST.
    pub(super) fn scopes(&self) -> Vec<String> {
        let values = self.parameters.iter().filter(|(key, _)| key == "scope");
        values
            .flat_map(|(_, value)| value.split(' '))
            .filter(|scope| !scope.is_empty())
            .map(str::to_owned)
            .collect()
    }
}

fn credentials(header: &str) -> Option<(String, String)> {
    let encoded = header.strip_prefix("Basic ")?;
    let text = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    text.split_once(':').map(|(name, password)| (name.to_owned(), password.to_owned()))
}

fn parameters(form: &str) -> Vec<(String, String)> {
    let pairs = form.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (decode(name), decode(value))).collect()
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit =
                    || rest.next().and_then(|b| char::from(b).to_digit(16)).unwrap_or(0);
                let value = digit() * 16 + digit();
                u8::try_from(value).expect("two hex digits are a byte")
            }
            byte => byte,
        });
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
