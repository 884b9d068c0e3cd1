//! The server: listening, and coming to an end.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

use crate::blocking::blocking;
use crate::connection;
use crate::options::ServerOptions;
use crate::request::Shared;
use crate::service::Service;
use crate::session::Sessions;
use crate::store::{Store, StoreError};
use crate::tls::TlsError;

/// How often unfinished uploads are looked at.
const TIDY_INTERVAL: Duration = Duration::from_mins(1);
/// How long an upload that nobody works on keeps its file open.
const OPEN_UPLOAD: Duration = Duration::from_mins(5);
/// How many charts may be in memory on their way in.
const CHART_UPLOADS: usize = 2;
/// What a server waits after the system would not give it a connection (too many open files).
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A server at work. It stops at once when it is dropped, and in good order with [`Server::shutdown`].
#[derive(Debug)]
pub struct Server {
    local_addr: SocketAddr,
    stopping: watch::Sender<bool>,
    accepting: JoinHandle<()>,
    tidying: JoinHandle<()>,
}

/// Why a server cannot start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// The certificate cannot be used.
    #[error("TLS cannot be offered")]
    Tls(#[from] TlsError),
    /// The listener does not know where it listens.
    #[error("the address listened at cannot be told")]
    Address(#[source] io::Error),
    /// The store does not work.
    #[error("the store cannot be used")]
    Store(#[from] StoreError),
}

/// Serves `store` to everyone who connects to `listener`. It needs a runtime with I/O and time.
pub async fn serve(
    listener: TcpListener,
    store: Arc<dyn Store>,
    options: ServerOptions,
) -> Result<Server, ServerError> {
    let local_addr = listener.local_addr().map_err(ServerError::Address)?;
    let tls = options.tls.as_ref().map(crate::tls::TlsIdentity::acceptor).transpose()?;
    let shared = Arc::new(Shared {
        store,
        sessions: Sessions::default(),
        access: options.access,
        chart_reader: options.chart_reader,
        chart_uploads: Semaphore::new(CHART_UPLOADS),
        limits: options.limits,
    });
    expire(&shared).await?;
    let (alive, ended) = mpsc::channel(1);
    let service = Arc::new(Service {
        shared: Arc::clone(&shared),
        users: options.users,
        log: options.access_log,
        _alive: alive,
    });
    let (stopping, stopped) = watch::channel(false);
    Ok(Server {
        local_addr,
        stopping,
        accepting: tokio::spawn(accept(listener, service, tls, Signals { stopped, ended })),
        tidying: tokio::spawn(tidy(shared)),
    })
}

impl Server {
    /// Where it listens. With port 0 asked for, the port it got.
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// Takes no more connections, lets the requests under way end (as long as [`crate::Limits::shutdown`] allows) and
    /// closes the rest. Then the store is free for another server.
    pub async fn shutdown(mut self) {
        self.stopping.send_replace(true);
        self.tidying.abort();
        // Both end by themselves, by being aborted, or with their runtime.
        let _ = (&mut self.tidying).await;
        let _ = (&mut self.accepting).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
        self.tidying.abort();
    }
}

struct Signals {
    /// Says when to stop.
    stopped: watch::Receiver<bool>,
    /// Closes with the last request: those of a connection that broke go on without it.
    ended: mpsc::Receiver<Infallible>,
}

async fn accept(
    listener: TcpListener,
    service: Arc<Service>,
    tls: Option<TlsAcceptor>,
    Signals { mut stopped, mut ended }: Signals,
) {
    let limits = service.shared.limits;
    let places = Arc::new(Semaphore::new(limits.connections));
    let mut connections = JoinSet::new();
    let stopping = stopped.clone();
    let accepting = async {
        loop {
            let place = Arc::clone(&places).acquire_owned().await;
            let Ok((stream, peer)) = listener.accept().await else {
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            };
            let run =
                connection::run(Arc::clone(&service), tls.clone(), stream, peer, stopping.clone());
            connections.spawn(async move {
                run.await;
                drop(place);
            });
            while connections.try_join_next().is_some() {}
        }
    };
    tokio::select! {
        () = accepting => {}
        _ = stopped.wait_for(|stopped| *stopped) => {}
    }
    drop(listener);
    let all_ended = async { while connections.join_next().await.is_some() {} };
    // Whoever is not done by then is cut off.
    let _ = tokio::time::timeout(limits.shutdown, all_ended).await;
    connections.shutdown().await;
    drop(service);
    let _ = tokio::time::timeout(limits.shutdown, ended.recv()).await;
}

async fn tidy(shared: Arc<Shared>) {
    loop {
        tokio::time::sleep(TIDY_INTERVAL).await;
        shared.sessions.close_idle(OPEN_UPLOAD);
        // What cannot be removed now is tried again next time.
        let _ = expire(&shared).await;
    }
}

async fn expire(shared: &Arc<Shared>) -> Result<(), StoreError> {
    let shared = Arc::clone(shared);
    let expire = move || {
        shared
            .store
            .writer()
            .map_or(Ok(0), |writer| writer.expire_uploads(shared.limits.upload_age))
    };
    blocking(expire).await.map(drop)
}
