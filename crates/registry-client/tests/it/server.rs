//! A server whose answers a closure gives, and what it was asked.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use registry_client::{
    Client, Credential, HostPort, NetworkOptions, Registry, RegistryOptions, RetryPolicy, Scheme,
};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// An answer, or the end of the connection.
pub(crate) type Answer = Result<Response<Full<Bytes>>, &'static str>;
type Handler =
    dyn Fn(Request<Incoming>) -> Pin<Box<dyn Future<Output = Answer> + Send>> + Send + Sync;

/// One request as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) line: String,
    pub(crate) authorization: Option<String>,
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    log: Arc<Mutex<Vec<Asked>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    pub(crate) async fn start<F, R>(handler: F) -> Self
    where
        F: Fn(Request<Incoming>) -> R + Send + Sync + 'static,
        R: Future<Output = Answer> + Send + 'static,
    {
        Self::with_tls(None, handler).await
    }

    pub(crate) async fn with_tls<F, R>(tls: Option<TlsAcceptor>, handler: F) -> Self
    where
        F: Fn(Request<Incoming>) -> R + Send + Sync + 'static,
        R: Future<Output = Answer> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let log = Arc::new(Mutex::new(Vec::new()));
        let handler: Arc<Handler> = Arc::new(move |request| Box::pin(handler(request)));
        let seen = Arc::clone(&log);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (tls, handler, seen) = (tls.clone(), Arc::clone(&handler), Arc::clone(&seen));
                tokio::spawn(async move {
                    let service = service_fn(move |request: Request<Incoming>| {
                        seen.lock().unwrap().push(Asked::of(&request));
                        handler(request)
                    });
                    let builder = hyper::server::conn::http1::Builder::new();
                    match tls {
                        None => drop(builder.serve_connection(TokioIo::new(stream), service).await),
                        Some(tls) => {
                            let Ok(stream) = tls.accept(stream).await else { return };
                            drop(builder.serve_connection(TokioIo::new(stream), service).await);
                        }
                    }
                });
            }
        });
        Self { address, log, task }
    }

    pub(crate) fn host(&self) -> HostPort {
        self.address.to_string().parse().unwrap()
    }

    pub(crate) fn url(&self, path: &str) -> registry_client::Url {
        format!("http://{}{path}", self.address).parse().unwrap()
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.log.lock().unwrap().clone()
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.asked().into_iter().map(|asked| asked.line).collect()
    }

    /// A client for it, as a registry spoken to in plain http.
    pub(crate) async fn registry(&self, credential: Option<Credential>) -> Registry {
        self.registry_with(quick(), credential).await
    }

    pub(crate) async fn registry_with(
        &self,
        options: NetworkOptions,
        credential: Option<Credential>,
    ) -> Registry {
        let client = Client::new(options).unwrap();
        let options = RegistryOptions { scheme: Some(Scheme::Http), credential };
        Registry::open(&client, &self.host(), options).await.unwrap()
    }
}

impl Asked {
    fn of(request: &Request<Incoming>) -> Self {
        let authorization =
            request.headers().get("authorization").map(|value| value.to_str().unwrap().to_owned());
        let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
        Self { line: format!("{} {target}", request.method()), authorization }
    }
}

/// Options that do not keep a test waiting.
pub(crate) fn quick() -> NetworkOptions {
    let retry = RetryPolicy {
        attempts: 3,
        first_delay: Duration::from_millis(1),
        max_delay: Duration::from_millis(2),
        max_retry_after: Duration::from_millis(50),
    };
    NetworkOptions { retry, ..NetworkOptions::default() }
}

#[expect(clippy::unnecessary_wraps, reason = "what a handler returns")]
pub(crate) fn answer(status: u16, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Answer {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    Ok(response.body(Full::new(body.into())).unwrap())
}

pub(crate) fn refusal(status: u16, code: &str) -> Answer {
    answer(
        status,
        &[],
        format!(r#"{{"errors":[{{"code":"{code}","message":"said the server"}}]}}"#),
    )
}

/// The body, as much as comes before the connection ends or `limit` is reached.
pub(crate) async fn read_up_to(body: &mut Incoming, limit: usize) -> Vec<u8> {
    let mut all = Vec::new();
    while all.len() < limit {
        match body.frame().await {
            Some(Ok(frame)) => all.extend_from_slice(&frame.into_data().unwrap_or_default()),
            _ => break,
        }
    }
    all.truncate(limit);
    all
}

pub(crate) async fn read_all(body: &mut Incoming) -> Vec<u8> {
    read_up_to(body, usize::MAX).await
}
