//! Pushing blobs through every kind of trouble.

use std::io::Cursor;
use std::sync::{Arc, Mutex};

use oci::{Content, ContentError, Descriptor, Source, SourceError};
use registry_client::{
    BlobPush, Error, ErrorKind, Mount, Repository, UploadObserver, UploadSession,
};

use crate::fake::{Fake, Fault, Style};
use crate::server::{Server, answer, refusal};

const MIB: usize = 1 << 20;

/// Bytes read through a reader, as from a package, with an optional wrong one.
struct Package {
    bytes: Vec<u8>,
    flipped: Option<usize>,
    length: usize,
}

impl Package {
    fn new(length: usize) -> (Self, Descriptor) {
        let bytes: Vec<u8> = (0..length).map(|at| u8::try_from(at % 251).unwrap()).collect();
        let descriptor = Descriptor::of("application/octet-stream", &bytes);
        (Self { bytes, flipped: None, length }, descriptor)
    }
}

impl Source for Package {
    fn fetch(&self, descriptor: &Descriptor) -> Result<Content, SourceError> {
        let mut bytes = self.bytes[..self.length].to_vec();
        if let Some(at) = self.flipped {
            bytes[at] ^= 1;
        }
        Ok(Content::from_reader(descriptor, Cursor::new(bytes)))
    }
}

#[derive(Default)]
struct Journal(Mutex<Notes>);

#[derive(Default)]
struct Notes {
    location: Option<String>,
    started: usize,
    progress: u64,
}

impl UploadObserver for Journal {
    fn session_started(&self, repository: &str, _: &Descriptor, location: &str) {
        assert_eq!(repository, "app");
        let mut notes = self.0.lock().unwrap();
        notes.location = Some(location.to_owned());
        notes.started += 1;
    }

    fn progress(&self, _: &Descriptor, bytes: u64) {
        self.0.lock().unwrap().progress += bytes;
    }

    fn session_finished(&self, _: &str, _: &Descriptor) {
        self.0.lock().unwrap().location = None;
    }
}

async fn repository(server: &Server) -> Repository {
    server.registry(None).await.repository("app").unwrap()
}

/// Pushes one blob. Nothing may stay in the journal.
async fn push(fake: &Fake, package: &(Package, Descriptor)) -> Result<BlobPush, Error> {
    let server = fake.serve().await;
    let journal = Arc::new(Journal::default());
    let observer: Arc<dyn UploadObserver> = journal.clone();
    let pushed = repository(&server).await.push_blob(&package.1, &package.0, None, &observer).await;
    let notes = journal.0.lock().unwrap();
    assert_eq!(notes.location, None);
    if let Ok(pushed) = pushed {
        assert_eq!(notes.progress, pushed.sent_bytes);
    }
    pushed
}

#[tokio::test]
async fn small_blobs_take_two_requests_and_large_ones_three() {
    for (length, requests) in [(0, 2), (1, 2), (MIB, 2), (MIB + 1, 3), (5 * MIB, 3)] {
        let fake = Fake::new(Style::Resumes, &[]);
        let server = fake.serve().await;
        let (package, descriptor) = Package::new(length);
        let observer: Arc<dyn UploadObserver> = Arc::new(());
        let repository = repository(&server).await;
        let pushed = repository.push_blob(&descriptor, &package, None, &observer).await.unwrap();
        assert_eq!(pushed, BlobPush { sent_bytes: length as u64, resumed_at: 0, interruptions: 0 });
        assert_eq!(server.asked().len(), requests, "{length}");
        assert!(repository.exists(&descriptor).await.unwrap());
    }
}

#[tokio::test]
async fn a_cut_upload_goes_on_where_it_was_cut() {
    let package = Package::new(8 * MIB);
    let faults = [Fault::CutPatch(3 * MIB), Fault::CutPatch(MIB), Fault::CutPatch(100)];
    let fake = Fake::new(Style::Resumes, &faults);
    let pushed = push(&fake, &package).await.unwrap();
    assert_eq!((pushed.interruptions, pushed.resumed_at), (3, 4 * MIB as u64 + 100));
    assert!(fake.has(&package.1));
    assert_eq!((fake.received(), fake.open_uploads()), (8 * MIB, 0));
}

#[tokio::test]
async fn progress_allows_any_number_of_cuts_and_standstill_does_not() {
    let package = Package::new(12 * MIB);
    let fake = Fake::new(Style::Resumes, &[Fault::CutPatch(MIB); 10]);
    assert_eq!(push(&fake, &package).await.unwrap().interruptions, 10);
    let fake = Fake::new(Style::Resumes, &[Fault::CutPatch(10); 10]);
    let error = push(&fake, &package).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::ConnectionLost, 3));
    assert_eq!(fake.open_uploads(), 0);
}

#[tokio::test]
async fn where_an_upload_is_forgotten_the_blob_starts_again() {
    let package = Package::new(4 * MIB);
    let fake = Fake::new(Style::Forgets, &[Fault::CutPatch(2 * MIB)]);
    let pushed = push(&fake, &package).await.unwrap();
    assert_eq!((pushed.interruptions, pushed.resumed_at), (1, 0));
    assert!(fake.has(&package.1));
    assert_eq!(fake.received(), 6 * MIB);
}

#[tokio::test]
async fn wrong_content_is_found_before_it_can_be_seen() {
    for style in [Style::Resumes, Style::Forgets] {
        for (length, at) in [(4 * MIB, 0), (4 * MIB, 4 * MIB - 1), (MIB + 5, 7), (100, 50)] {
            let (mut package, descriptor) = Package::new(length);
            package.flipped = Some(at);
            let fake = Fake::new(style, &[]);
            let error = push(&fake, &(package, descriptor.clone())).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Content);
            assert!(
                matches!(error.content_error(), Some(ContentError::Digest { expected, .. }) if *expected == descriptor.digest)
            );
            assert!(!fake.has(&descriptor));
            assert_eq!(fake.open_uploads(), 0, "{length} {at}");
        }
    }
}

#[tokio::test]
async fn content_that_ends_early_ends_the_request() {
    let (mut package, descriptor) = Package::new(8 * MIB);
    package.length = 3 * MIB;
    let fake = Fake::new(Style::Resumes, &[]);
    let error = push(&fake, &(package, descriptor.clone())).await.unwrap_err();
    assert!(matches!(error.content_error(), Some(ContentError::Size { .. })), "{error:?}");
    assert!(!fake.has(&descriptor));
    assert_eq!(fake.open_uploads(), 0);
}

#[tokio::test]
async fn a_lost_answer_does_not_cost_a_second_upload() {
    for length in [100, 3 * MIB] {
        for (fault, style) in [
            (Fault::LosePutAnswer, Style::Forgets),
            (Fault::LosePutAnswer, Style::Resumes),
            (Fault::CutPut, Style::Resumes),
        ] {
            let package = Package::new(length);
            let fake = Fake::new(style, &[fault]);
            let pushed = push(&fake, &package).await.unwrap();
            assert!(fake.has(&package.1));
            assert_eq!((pushed.interruptions, fake.open_uploads()), (1, 0));
            assert_eq!(fake.received(), length, "{fault:?}");
        }
    }
}

#[tokio::test]
async fn refusals_during_the_body_are_reported_as_such() {
    for (status, kind) in [(413, ErrorKind::PayloadTooLarge), (403, ErrorKind::Forbidden)] {
        let package = Package::new(16 * MIB);
        let fake = Fake::new(Style::Resumes, &[Fault::RefusePatch(MIB, status)]);
        let error = push(&fake, &package).await.unwrap_err();
        assert_eq!((error.kind(), error.code()), (kind, Some("DENIED")));
        assert_eq!(fake.open_uploads(), 0);
    }
    let package = Package::new(8 * MIB);
    let fake = Fake::new(Style::Resumes, &[Fault::RefusePatch(MIB, 503)]);
    assert_eq!(push(&fake, &package).await.unwrap().resumed_at, MIB as u64);
}

#[tokio::test]
async fn a_token_that_runs_out_during_the_body_is_replaced_once() {
    let package = Package::new(4 * MIB);
    let fake = Fake::new(Style::Resumes, &[Fault::RefusePatch(MIB, 401)]);
    assert_eq!(push(&fake, &package).await.unwrap().resumed_at, MIB as u64);
    let fake = Fake::new(Style::Resumes, &[Fault::RefusePatch(10, 401); 2]);
    assert_eq!(push(&fake, &package).await.unwrap_err().kind(), ErrorKind::Unauthorized);
}

#[tokio::test]
async fn pieces_that_turn_out_wrong_are_sent_anew_once() {
    let package = Package::new(4 * MIB);
    let fake = Fake::new(Style::Resumes, &[Fault::CorruptPatch]);
    let error = push(&fake, &package).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DigestRefused);
    // What an earlier run left may be wrong: one new start.
    let fake = Fake::new(Style::Resumes, &[]);
    fake.state.lock().unwrap().uploads.insert(77, vec![9; 2 * MIB]);
    let server = fake.serve().await;
    let observer: Arc<dyn UploadObserver> = Arc::new(());
    let session = UploadSession::noted("/v2/app/blobs/uploads/77?offset=0");
    let repository = repository(&server).await;
    let pushed =
        repository.push_blob(&package.1, &package.0, Some(session), &observer).await.unwrap();
    assert_eq!((pushed.interruptions, pushed.sent_bytes), (1, 6 * MIB as u64));
    assert!(fake.has(&package.1));
}

#[tokio::test]
async fn a_noted_session_is_gone_on_with_or_replaced() {
    let (package, descriptor) = Package::new(4 * MIB);
    for (style, kept, is_resumed) in [
        (Style::Resumes, 3 * MIB, true),
        (Style::Resumes, 4 * MIB, true),
        (Style::Resumes, 5 * MIB, false),
        (Style::Forgets, 3 * MIB, false),
    ] {
        let fake = Fake::new(style, &[]);
        let left: Vec<u8> =
            package.bytes.iter().chain(&package.bytes).copied().take(kept).collect();
        fake.state.lock().unwrap().uploads.insert(77, left);
        let server = fake.serve().await;
        let observer: Arc<dyn UploadObserver> = Arc::new(());
        let session = UploadSession::noted("/v2/app/blobs/uploads/77?offset=0");
        let repository = repository(&server).await;
        let pushed =
            repository.push_blob(&descriptor, &package, Some(session), &observer).await.unwrap();
        assert!(fake.has(&descriptor));
        let sent = if is_resumed { 4 * MIB - kept } else { 4 * MIB };
        assert_eq!(fake.received(), sent, "{kept}");
        assert_eq!(pushed.sent_bytes, sent as u64);
    }
}

#[tokio::test]
async fn a_noted_session_never_leaves_the_registry() {
    let fake = Fake::new(Style::Resumes, &[]);
    let server = fake.serve().await;
    let repository = repository(&server).await;
    let session = UploadSession::noted("https://evil.example/v2/app/blobs/uploads/5?offset=0");
    assert!(!repository.cancel_upload(&session).await.unwrap());
    assert_eq!(server.lines()[0], "GET /v2/app/blobs/uploads/5?offset=0");
    assert!(!format!("{session:?}").contains("offset"));
}

#[tokio::test]
async fn a_noted_session_can_be_cancelled_where_it_is_now() {
    let fake = Fake::new(Style::Resumes, &[]);
    fake.state.lock().unwrap().uploads.insert(5, vec![0; 10]);
    let server = fake.serve().await;
    let session = UploadSession::noted("/v2/app/blobs/uploads/5?offset=0");
    assert!(repository(&server).await.cancel_upload(&session).await.unwrap());
    assert_eq!(fake.open_uploads(), 0);
}

#[tokio::test]
async fn a_mount_that_misses_gives_its_session() {
    let fake = Fake::new(Style::Forgets, &[]);
    let server = fake.serve().await;
    let repository = repository(&server).await;
    let (package, descriptor) = Package::new(2 * MIB);
    let Mount::Session(session) = repository.mount(&descriptor, "base/os").await.unwrap() else {
        panic!("a session was opened")
    };
    let observer: Arc<dyn UploadObserver> = Arc::new(());
    repository.push_blob(&descriptor, &package, Some(session), &observer).await.unwrap();
    assert_eq!(
        server.lines()[0],
        format!(
            "POST /v2/app/blobs/uploads/?mount={}&from=base%2Fos",
            descriptor.digest.as_str().replace(':', "%3A")
        )
    );
    assert_eq!(server.lines().iter().filter(|line| line.starts_with("POST")).count(), 1);
    assert!(fake.has(&descriptor));
}

#[tokio::test]
async fn a_mount_that_hits_or_is_refused() {
    let (_, descriptor) = Package::new(10);
    for (status, expected) in
        [(201, Mount::Mounted), (404, Mount::NotMounted), (403, Mount::NotMounted)]
    {
        let server = Server::start(move |_| async move {
            if status == 201 { answer(201, &[], "") } else { refusal(status, "X") }
        })
        .await;
        assert_eq!(repository(&server).await.mount(&descriptor, "b").await.unwrap(), expected);
    }
}

#[tokio::test]
async fn an_upload_sent_to_another_host_is_refused() {
    let server = Server::start(|_| async {
        answer(202, &[("location", "http://127.0.0.2/v2/app/blobs/uploads/1")], "")
    })
    .await;
    let (package, descriptor) = Package::new(2 * MIB);
    let observer: Arc<dyn UploadObserver> = Arc::new(());
    let pushed = repository(&server).await.push_blob(&descriptor, &package, None, &observer).await;
    assert_eq!(pushed.unwrap_err().kind(), ErrorKind::RedirectRefused);
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn a_full_disk_is_named() {
    let body = r#"{"errors":[{"code":"UNKNOWN","message":"unknown error","detail":{"Err":28,"Op":"write: no space left on device"}}]}"#;
    let server = Server::start(move |_| async move { answer(507, &[], body) }).await;
    let (package, descriptor) = Package::new(10);
    let observer: Arc<dyn UploadObserver> = Arc::new(());
    let pushed = repository(&server).await.push_blob(&descriptor, &package, None, &observer).await;
    assert_eq!(pushed.unwrap_err().kind(), ErrorKind::StorageFull);
}
