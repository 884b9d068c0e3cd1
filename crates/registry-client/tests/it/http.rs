//! The HTTP layer: redirects, repetition, limits, timeouts, early answers.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use registry_client::{
    Body, Client, Error, ErrorKind, HttpRequest, Method, NetworkOptions, RetryObserver, Secret,
    Timeouts,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::server::{Server, answer, quick, read_all};

fn get(url: registry_client::Url) -> HttpRequest {
    HttpRequest::new(Method::GET, url)
}

fn client() -> Client {
    Client::new(quick()).unwrap()
}

#[tokio::test]
async fn sends_and_reads() {
    let server = Server::start(|mut request| async move {
        assert_eq!(request.headers()["content-length"], "10");
        assert!(request.headers()["user-agent"].to_str().unwrap().starts_with("ferry/"));
        let body = read_all(request.body_mut()).await;
        answer(201, &[("x", "y")], body)
    })
    .await;
    let chunks = vec![Bytes::from("hello"), Bytes::new(), Bytes::from("world")];
    let request = HttpRequest::new(Method::PUT, server.url("/a?b=c")).body(Body::Chunks(chunks));
    let response = client().send(request).await.unwrap();
    assert_eq!(
        (
            response.status().as_u16(),
            response.header("x".parse::<registry_client::HeaderName>().unwrap())
        ),
        (201, Some("y"))
    );
    assert_eq!(response.bytes(100).await.unwrap(), "helloworld");
    assert_eq!(server.lines(), ["PUT /a?b=c"]);
}

#[tokio::test]
async fn a_body_has_a_limit() {
    let server = Server::start(|_| async { answer(200, &[], vec![0; 1000]) }).await;
    let response = client().send(get(server.url("/"))).await.unwrap();
    let error = response.bytes(999).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedAnswer);
    let response = client().send(get(server.url("/"))).await.unwrap();
    assert_eq!(response.bytes(1000).await.unwrap().len(), 1000);
}

#[tokio::test]
async fn credentials_do_not_follow_a_redirect_to_another_host() {
    let other = Server::start(|_| async { answer(200, &[], "there") }).await;
    let target = other.url("/x").to_string();
    let server = Server::start(move |request| {
        let target = target.clone();
        async move {
            match request.uri().path() {
                "/away" => answer(307, &[("location", &target)], ""),
                "/near" => answer(302, &[("location", "/here")], ""),
                "/loop" => answer(302, &[("location", "/loop")], ""),
                _ => answer(200, &[], "here"),
            }
        }
    })
    .await;
    let password = Secret::from("canary");
    let send = async |path: &str| client().send(get(server.url(path)).basic("me", &password)).await;
    assert_eq!(send("/away").await.unwrap().bytes(9).await.unwrap(), "there");
    assert_eq!(other.asked()[0].authorization, None);
    assert_eq!(send("/near").await.unwrap().bytes(9).await.unwrap(), "here");
    let expected = Some("Basic bWU6Y2FuYXJ5");
    assert!(server.asked().iter().all(|asked| asked.authorization.as_deref() == expected));
    assert_eq!(send("/loop").await.unwrap_err().kind(), ErrorKind::RedirectRefused);
}

#[tokio::test]
async fn a_redirected_upload_is_an_error_that_names_the_target() {
    let server = Server::start(|_| async {
        answer(301, &[("location", "https://reg.io/v2/?token=canary")], "")
    })
    .await;
    let request = HttpRequest::new(Method::POST, server.url("/")).body(Bytes::from("x"));
    let error = client().send(request).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RedirectRefused);
    assert_eq!(error.subject(), Some("https://reg.io/v2/?token=***"));
}

#[tokio::test]
async fn user_info_in_a_url_becomes_a_header() {
    let server = Server::start(|_| async { answer(200, &[], "") }).await;
    let mut url = server.url("/");
    url.set_username("me").unwrap();
    url.set_password(Some("a+b%40c")).unwrap();
    let request = get(url);
    assert!(!format!("{request:?}").contains("a+b"));
    client().send(request).await.unwrap();
    // me:a+b@c
    assert_eq!(server.asked()[0].authorization.as_deref(), Some("Basic bWU6YStiQGM="));
}

#[derive(Default)]
struct Seen(Mutex<Vec<(ErrorKind, u32, Duration)>>);

impl RetryObserver for Seen {
    fn retrying(&self, error: &Error, attempt: u32, delay: Duration) {
        self.0.lock().unwrap().push((error.kind(), attempt, delay));
    }
}

#[tokio::test]
async fn repeats_what_may_pass_and_says_so() {
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    let server = Server::start(move |_| {
        let turn = counter.fetch_add(1, Ordering::SeqCst);
        async move {
            match turn {
                0 => Err("cut"),
                1 => answer(429, &[("retry-after", "3600")], ""),
                _ => answer(200, &[], "at last"),
            }
        }
    })
    .await;
    let seen = Arc::new(Seen::default());
    let options = NetworkOptions { observer: Some(seen.clone()), ..quick() };
    let request = HttpRequest::new(Method::PUT, server.url("/")).body(Bytes::from("again"));
    let response = Client::new(options).unwrap().send(request).await.unwrap();
    assert_eq!(response.bytes(99).await.unwrap(), "at last");
    let seen = seen.0.lock().unwrap();
    assert_eq!((seen[0].0, seen[0].1), (ErrorKind::ConnectionLost, 1));
    // An hour was asked for, the policy allows 50 ms.
    assert_eq!(seen[1], (ErrorKind::TooManyRequests, 2, Duration::from_millis(50)));
}

#[tokio::test]
async fn gives_up_after_the_last_attempt_and_never_repeats_a_refusal() {
    for (status, requests) in
        [(503, 3), (500, 3), (408, 3), (401, 1), (403, 1), (404, 1), (400, 1), (507, 1)]
    {
        let server = Server::start(move |_| async move { answer(status, &[], "no") }).await;
        let response = client().send(get(server.url("/"))).await.unwrap();
        assert_eq!(response.status().as_u16(), status);
        assert_eq!(server.asked().len(), requests, "{status}");
    }
}

#[tokio::test]
async fn an_early_refusal_is_reported_as_one() {
    // Answers after the first bytes of a body that would be far larger, and resets the connection.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url: registry_client::Url =
        format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
    let server = tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut start = [0; 1000];
            stream.read_exact(&mut start).await.unwrap();
            let head = "HTTP/1.1 413 Payload Too Large\r\ncontent-length: 3\r\nconnection: close\r\n\r\nbig";
            stream.write_all(head.as_bytes()).await.unwrap();
        }
    });
    for _ in 0..20 {
        let stream = futures_util::stream::repeat_with(|| Ok(Bytes::from(vec![0; 1 << 18])));
        let body = Body::Stream { length: 1 << 40, stream: Box::pin(stream) };
        let request = HttpRequest::new(Method::PUT, url.clone()).body(body);
        let client = client();
        let sending = client.send(request);
        let response =
            tokio::time::timeout(Duration::from_secs(10), sending).await.unwrap().unwrap();
        let error = response.into_error().await;
        assert_eq!(error.kind(), ErrorKind::PayloadTooLarge);
        assert_eq!(error.message(), Some("big"));
    }
    server.abort();
}

#[tokio::test]
async fn silence_ends() {
    let server = Server::start(|_| async {
        tokio::time::sleep(Duration::from_mins(1)).await;
        Err("late")
    })
    .await;
    let timeouts = Timeouts { idle: Duration::from_millis(50), ..Timeouts::default() };
    let client = Client::new(NetworkOptions { timeouts, ..quick() }).unwrap();
    let started = Instant::now();
    let error = client.send(get(server.url("/"))).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Timeout, 3));
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_slow_source_is_no_silence() {
    let server = Server::start(|mut request| async move {
        let length = read_all(request.body_mut()).await.len();
        answer(200, &[], length.to_string())
    })
    .await;
    let timeouts = Timeouts { idle: Duration::from_millis(100), ..Timeouts::default() };
    let client = Client::new(NetworkOptions { timeouts, ..quick() }).unwrap();
    let stream = futures_util::stream::unfold(0, |turn| async move {
        tokio::time::sleep(Duration::from_millis(150)).await;
        (turn < 3).then(|| (Ok(Bytes::from("x")), turn + 1))
    });
    let body = Body::Stream { length: 3, stream: Box::pin(stream) };
    let response =
        client.send(HttpRequest::new(Method::PUT, server.url("/")).body(body)).await.unwrap();
    assert_eq!(response.bytes(9).await.unwrap(), "3");
}

#[tokio::test]
async fn what_is_no_http_is_unexpected() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url: registry_client::Url =
        format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
    let server = tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 1000]).await;
            let _ = stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n").await;
        }
    });
    let error = client().send(get(url)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedAnswer);
    server.abort();
}

#[tokio::test]
async fn a_closed_port_is_unreachable() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
    drop(listener);
    let error = client().send(get(url)).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Unreachable, 3));
}

#[tokio::test]
async fn a_proxy_gets_the_whole_url_and_its_own_credentials() {
    let proxy = Server::start(|request| async move {
        let authorization = request.headers().get("proxy-authorization");
        let authorization = authorization.map(|value| value.to_str().unwrap().to_owned());
        answer(200, &[], format!("{} {}", request.uri(), authorization.unwrap_or_default()))
    })
    .await;
    let mut options = quick();
    options.proxy.http = Some(Secret::new(format!("http://u:p@{}", proxy.address)));
    let client = Client::new(options).unwrap();
    let response = client.send(get("http://reg.example/x".parse().unwrap())).await.unwrap();
    assert_eq!(response.bytes(99).await.unwrap(), "http://reg.example/x Basic dTpw");
}
