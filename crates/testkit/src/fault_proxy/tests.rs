use std::io::Read as _;

use super::*;

/// A server that answers each request with its method, target and body, on as many connections as come.
fn echo() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            thread::spawn(move || echo_connection(stream.unwrap()));
        }
    });
    address
}

fn echo_connection(stream: TcpStream) {
    let mut writer = stream.try_clone().unwrap();
    let mut reader = io::BufReader::new(stream);
    while let Ok(Some(head)) = http::Head::read(&mut reader) {
        let mut body = format!("{} ", head.first).into_bytes();
        let read = http::read_body(&mut reader, head.request_framing(), |piece, part| {
            if part == http::Part::Content {
                body.extend_from_slice(piece);
            }
            Ok(true)
        });
        if read.is_err() {
            return;
        }
        let method = head.request().unwrap().0;
        let sent: &[u8] = if method == "HEAD" { &[] } else { &body };
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
        if writer.write_all(&[head.as_bytes(), sent].concat()).is_err() {
            return;
        }
    }
}

struct Client(io::BufReader<TcpStream>);

impl Client {
    fn new(proxy: &FaultProxy) -> Self {
        let stream = TcpStream::connect(proxy.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        Self(io::BufReader::new(stream))
    }

    /// Status and body, or an error when the connection is cut.
    fn send(&mut self, method: &str, path: &str, body: &[u8]) -> io::Result<(u16, String)> {
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        self.raw(method, &[head.as_bytes(), body].concat())
    }

    fn raw(&mut self, method: &str, bytes: &[u8]) -> io::Result<(u16, String)> {
        self.0.get_mut().write_all(bytes)?;
        let head = http::Head::read(&mut self.0)?.ok_or(io::ErrorKind::UnexpectedEof)?;
        let mut body = Vec::new();
        let complete =
            http::read_body(&mut self.0, head.response_framing(method), |piece, part| {
                if part == http::Part::Content {
                    body.extend_from_slice(piece);
                }
                Ok(true)
            })?;
        if !complete {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok((head.status().unwrap(), String::from_utf8(body).unwrap()))
    }
}

#[test]
fn what_no_rule_is_about_passes_on_one_connection() {
    let proxy = FaultProxy::start(echo(), []).unwrap();
    let mut client = Client::new(&proxy);
    assert_eq!(client.send("POST", "/a?b=c", b"body").unwrap().1, "POST /a?b=c HTTP/1.1 body");
    assert_eq!(client.send("HEAD", "/h", b"").unwrap(), (200, String::new()));
    let chunked = b"PUT /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n";
    assert_eq!(client.raw("PUT", chunked).unwrap().1, "PUT /c HTTP/1.1 abcde");
    let log = proxy.log();
    assert_eq!((log[0].path.as_str(), log[0].query.as_str()), ("/a", "b=c"));
    assert_eq!((log[0].request_bytes, log[0].forwarded_bytes, log[0].status), (4, 4, Some(200)));
    assert_eq!(log[0].header("host"), Some("x"));
    assert_eq!(log[2].forwarded_bytes, 5);
    assert_eq!((proxy.count("PUT", "/*"), proxy.request_bytes("PUT", "*")), (1, 5));
    assert_eq!(proxy.forwarded_bytes(), 9);
}

#[test]
fn a_request_is_cut_after_so_many_bytes() {
    let rule = Rule::on("PATCH", "/v2/*", Action::CutRequestAfter(300_000)).times(Times::First(1));
    let proxy = FaultProxy::start(echo(), [rule]).unwrap();
    let body = vec![b'x'; 1_000_000];
    assert!(Client::new(&proxy).send("PATCH", "/v2/upload", &body).is_err());
    assert_eq!(proxy.log()[0].forwarded_bytes, 300_000);
    assert_eq!(proxy.log()[0].status, None);
    let (status, text) = Client::new(&proxy).send("PATCH", "/v2/upload", &body).unwrap();
    assert_eq!((status, text.len()), (200, body.len() + 26));
}

#[test]
fn a_response_is_cut_after_so_many_bytes_or_before_it_begins() {
    let rules = [
        Rule::path("/part", Action::CutResponseAfter(3)),
        Rule::path("/none", Action::CutBeforeResponse),
        Rule::path("/never", Action::CutAtOnce),
    ];
    let proxy = FaultProxy::start(echo(), rules).unwrap();
    for path in ["/part", "/none", "/never"] {
        assert!(Client::new(&proxy).send("GET", path, b"").is_err(), "{path}");
    }
    let seen: Vec<_> = proxy.log().iter().map(|e| (e.status, e.response_bytes, e.rule)).collect();
    assert_eq!(seen, [(Some(200), 3, Some(0)), (None, 0, Some(1)), (None, 0, Some(2))]);
}

#[test]
fn answers_of_its_own_keep_the_connection() {
    let rules = [
        Rule::on("GET", "/busy", Action::Answer(Answer::too_many_requests(7)))
            .times(Times::Only(2)),
        Rule::on(
            "PUT",
            "/large",
            Action::Answer(Answer::registry_error(413, "SIZE_INVALID", "no")),
        ),
    ];
    let proxy = FaultProxy::start(echo(), rules).unwrap();
    let mut client = Client::new(&proxy);
    let statuses: Vec<u16> = (0..3).map(|_| client.send("GET", "/busy", b"").unwrap().0).collect();
    assert_eq!(statuses, [200, 429, 200]);
    let (status, body) = client.send("PUT", "/large", &vec![0; 200_000]).unwrap();
    assert_eq!(status, 413);
    assert_eq!(body, r#"{"errors":[{"code":"SIZE_INVALID","message":"no"}]}"#);
    assert_eq!(proxy.log()[3].request_bytes, 200_000);
    assert_eq!(proxy.log()[3].forwarded_bytes, 0);
}

#[test]
fn an_early_answer_does_not_wait_for_the_body() {
    let proxy =
        FaultProxy::start(echo(), [Rule::path("*", Action::AnswerEarly(Answer::html(502)))])
            .unwrap();
    let mut client = Client::new(&proxy);
    let (status, body) =
        client.raw("PUT", b"PUT / HTTP/1.1\r\nContent-Length: 99999\r\n\r\nstart").unwrap();
    assert_eq!(status, 502);
    assert!(body.starts_with("<!DOCTYPE html>"));
}

#[test]
fn expect_continue_is_answered_by_the_proxy() {
    let proxy = FaultProxy::start(echo(), []).unwrap();
    let mut client = Client::new(&proxy);
    let head = b"PUT /e HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
    client.0.get_mut().write_all(head).unwrap();
    let mut go_on = [0; 25];
    client.0.read_exact(&mut go_on).unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    assert_eq!(client.raw("PUT", b"ok").unwrap().1, "PUT /e HTTP/1.1 ok");
}

#[test]
fn dropping_the_proxy_ends_its_connections() {
    let proxy =
        FaultProxy::start(echo(), [Rule::path("*", Action::Delay(Duration::from_millis(1)))])
            .unwrap();
    let mut client = Client::new(&proxy);
    assert!(client.send("GET", "/", b"").is_ok());
    let address = proxy.address();
    drop(proxy);
    assert!(client.send("GET", "/", b"").is_err());
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn a_star_stands_for_any_text() {
    for (pattern, text, expected) in [
        ("/v2/*/blobs/uploads/*", "/v2/a/b/blobs/uploads/1-2", true),
        ("/v2/*/blobs/uploads/*", "/v2/a/b/manifests/1", false),
        ("/v2/", "/v2/", true),
        ("/v2/", "/v2/x", false),
        ("*", "", true),
    ] {
        assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
    }
}
