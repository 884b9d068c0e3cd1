//! A registry in memory with the two upload behaviours that exist, and faults on order.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use hyper::Request;
use hyper::body::Incoming;
use oci::{Descriptor, Digest};

use crate::server::{Answer, Server, answer, read_all, read_up_to, refusal};

/// How uploads behave after a cut.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// distribution 3.1.2: the status of a cut upload is told, with a new location.
    Resumes,
    /// docker-registry 2.8.2: any request with the old offset is refused.
    Forgets,
}

/// Something that goes wrong once.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    /// The PATCH's connection ends after so many bytes of its body, which are kept.
    CutPatch(usize),
    /// The connection ends before the PUT has any effect.
    CutPut,
    /// The blob is stored, and the connection ends before the answer.
    LosePutAnswer,
    /// The PATCH is answered with this status after so many bytes.
    RefusePatch(usize, u16),
    /// A byte of the next PATCH's body is changed on arrival.
    CorruptPatch,
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) uploads: HashMap<u64, Vec<u8>>,
    pub(crate) blobs: HashMap<String, Vec<u8>>,
    pub(crate) faults: VecDeque<Fault>,
    /// Body bytes received by PATCH and PUT.
    pub(crate) received: usize,
    next: u64,
}

#[derive(Clone)]
pub(crate) struct Fake {
    style: Style,
    pub(crate) state: Arc<Mutex<State>>,
}

impl Fake {
    pub(crate) fn new(style: Style, faults: &[Fault]) -> Self {
        let state = State { faults: faults.iter().copied().collect(), ..State::default() };
        Self { style, state: Arc::new(Mutex::new(state)) }
    }

    pub(crate) async fn serve(&self) -> Server {
        let fake = self.clone();
        Server::start(move |request| {
            let fake = fake.clone();
            async move { fake.answer(request).await }
        })
        .await
    }

    pub(crate) fn has(&self, descriptor: &Descriptor) -> bool {
        self.state.lock().unwrap().blobs.contains_key(descriptor.digest.as_str())
    }

    pub(crate) fn open_uploads(&self) -> usize {
        self.state.lock().unwrap().uploads.len()
    }

    pub(crate) fn received(&self) -> usize {
        self.state.lock().unwrap().received
    }

    fn fault(&self, wanted: impl Fn(&Fault) -> bool) -> Option<Fault> {
        let faults = &mut self.state.lock().unwrap().faults;
        if faults.front().is_some_and(wanted) { faults.pop_front() } else { None }
    }

    async fn answer(&self, request: Request<Incoming>) -> Answer {
        let path = request.uri().path().to_owned();
        let parts: Vec<&str> = path.trim_start_matches("/v2/").split('/').collect();
        match (request.method().as_str(), parts.as_slice()) {
            ("GET", [""]) => answer(200, &[], "{}"),
            ("HEAD", [_, "blobs", digest]) => match self.state.lock().unwrap().blobs.get(*digest) {
                Some(blob) => answer(200, &[("docker-content-digest", digest)], blob.clone()),
                None => answer(404, &[], ""),
            },
            ("POST", [name, "blobs", "uploads", ""]) => self.open(name),
            (_, [name, "blobs", "uploads", id]) => {
                let (name, id) = ((*name).to_owned(), id.parse().unwrap());
                self.upload(request, &name, id).await
            }
            _ => refusal(404, "UNSUPPORTED"),
        }
    }

    fn open(&self, name: &str) -> Answer {
        let mut state = self.state.lock().unwrap();
        state.next += 1;
        let id = state.next;
        state.uploads.insert(id, Vec::new());
        answer(202, &[("location", &location(name, id, 0)), ("range", "0-0")], "")
    }

    async fn upload(&self, request: Request<Incoming>, name: &str, id: u64) -> Answer {
        let query: HashMap<String, String> =
            url::form_urlencoded::parse(request.uri().query().unwrap_or("").as_bytes())
                .into_owned()
                .collect();
        let Some(length) = self.state.lock().unwrap().uploads.get(&id).map(Vec::len) else {
            return refusal(404, "BLOB_UPLOAD_UNKNOWN");
        };
        let is_current = query["offset"] == length.to_string();
        let is_status = request.method() == "GET";
        match self.style {
            Style::Forgets if !is_current => return refusal(404, "BLOB_UPLOAD_INVALID"),
            Style::Resumes if !is_current && !is_status => return refusal(416, "RANGE_INVALID"),
            _ => {}
        }
        match request.method().as_str() {
            "GET" => self.told(204, name, id),
            "DELETE" => {
                self.state.lock().unwrap().uploads.remove(&id);
                answer(204, &[], "")
            }
            "PATCH" => self.patch(request, name, id).await,
            "PUT" => self.put(request, id, &query["digest"]).await,
            _ => refusal(405, "UNSUPPORTED"),
        }
    }

    fn told(&self, status: u16, name: &str, id: u64) -> Answer {
        let length = self.state.lock().unwrap().uploads[&id].len();
        let range = format!("0-{}", length.saturating_sub(1));
        answer(status, &[("location", &location(name, id, length)), ("range", &range)], "")
    }

    async fn patch(&self, mut request: Request<Incoming>, name: &str, id: u64) -> Answer {
        let length: u64 = request.headers()["content-length"].to_str().unwrap().parse().unwrap();
        let start = self.state.lock().unwrap().uploads[&id].len() as u64;
        if let Some(range) = request.headers().get("content-range") {
            assert_eq!(range.to_str().unwrap(), format!("{start}-{}", start + length - 1));
        } else {
            assert_eq!(start, 0, "a part needs a Content-Range");
        }
        let fault = self.fault(|fault| !matches!(fault, Fault::CutPut | Fault::LosePutAnswer));
        let body = request.body_mut();
        let mut bytes = match fault {
            Some(Fault::CutPatch(limit) | Fault::RefusePatch(limit, _)) => {
                read_up_to(body, limit).await
            }
            _ => read_all(body).await,
        };
        if let Some(Fault::CorruptPatch) = fault {
            bytes[0] ^= 1;
        }
        {
            let mut state = self.state.lock().unwrap();
            state.received += bytes.len();
            state.uploads.get_mut(&id).unwrap().extend_from_slice(&bytes);
        }
        match fault {
            Some(Fault::CutPatch(_)) => Err("cut"),
            Some(Fault::RefusePatch(_, status)) => refusal(status, "DENIED"),
            _ => self.told(202, name, id),
        }
    }

    async fn put(&self, mut request: Request<Incoming>, id: u64, digest: &str) -> Answer {
        let fault = self.fault(|fault| matches!(fault, Fault::CutPut | Fault::LosePutAnswer));
        if let Some(Fault::CutPut) = fault {
            return Err("cut");
        }
        let bytes = read_all(request.body_mut()).await;
        let mut state = self.state.lock().unwrap();
        state.received += bytes.len();
        let mut blob = state.uploads.remove(&id).unwrap();
        blob.extend_from_slice(&bytes);
        if Digest::of(&blob).as_str() != digest {
            return refusal(400, "DIGEST_INVALID");
        }
        state.blobs.insert(digest.to_owned(), blob);
        match fault {
            Some(_) => Err("lost"),
            None => answer(201, &[("docker-content-digest", digest)], Bytes::new()),
        }
    }
}

fn location(name: &str, id: u64, offset: usize) -> String {
    // Another scheme and port, as a registry behind a proxy says.
    format!("https://127.0.0.1:1/v2/{name}/blobs/uploads/{id}?_state=s%3D&offset={offset}")
}
