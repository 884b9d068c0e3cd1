//! Reading blobs and tags.

use std::io::{self, Read};

use ::http::Method;
use ::http::header::LINK;
use bytes::{Buf, Bytes};
use oci::{Content, Descriptor};
use serde::Deserialize;
use tokio::sync::mpsc;
use url::Url;

use crate::auth::Scopes;
use crate::http::origin_of;
use crate::registry::expect;
use crate::request::HttpRequest;
use crate::response::HttpResponse;
use crate::{Error, ErrorKind, Repository};

/// Tags asked for at a time.
const TAGS_PER_PAGE: usize = 1000;

/// Pages followed: a registry that never ends is broken.
const MAX_PAGES: usize = 1000;

/// More than a page of tags of 128 characters takes.
const MAX_PAGE: usize = 4 << 20;

/// Pieces of a download under way between the connection and the hashing thread.
const PIECES_IN_FLIGHT: usize = 4;

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    tags: Option<Vec<String>>,
}

impl Repository {
    /// The blob. Its size and digest are checked as it is read; a connection that ends early is a read error of the
    /// content. Redirects to another host are followed without credentials.
    pub async fn blob(&self, descriptor: &Descriptor) -> Result<Content, Error> {
        let request =
            HttpRequest::new(Method::GET, self.at(&format!("blobs/{}", descriptor.digest))?);
        let response = self.registry().call(request, &Scopes::pull(self.name())).await?;
        let response = expect(response, &[200]).await?;
        let (sender, receiver) = mpsc::channel(PIECES_IN_FLIGHT);
        tokio::spawn(forward(response, sender));
        Ok(Content::from_reader(descriptor, Pieces { receiver, current: Bytes::new() }))
    }

    /// All tags, in the registry's order. A repository that does not exist has none.
    pub async fn tags(&self) -> Result<Vec<String>, Error> {
        let mut next = Some(self.at(&format!("tags/list?n={TAGS_PER_PAGE}"))?);
        let mut tags = Vec::new();
        for _ in 0..MAX_PAGES {
            let Some(url) = next.take() else { return Ok(tags) };
            let request = HttpRequest::new(Method::GET, url);
            let response = self.registry().call(request, &Scopes::pull(self.name())).await?;
            let response = match expect(response, &[200]).await {
                Ok(response) => response,
                Err(error)
                    if matches!(
                        error.kind(),
                        ErrorKind::RepositoryUnknown | ErrorKind::NotFound
                    ) =>
                {
                    return Ok(tags);
                }
                Err(error) => return Err(error),
            };
            next = next_page(&response)?;
            let broken = response.unexpected("not a list of tags");
            let body = response.bytes(MAX_PAGE).await?;
            let page: Page =
                serde_json::from_slice(&body).map_err(|error| broken.with_source(error))?;
            tags.extend(page.tags.unwrap_or_default());
        }
        Err(Error::new(ErrorKind::UnexpectedAnswer)
            .on(&Method::GET, &self.at("tags/list")?)
            .with_message(format!("the list of tags has more than {MAX_PAGES} pages")))
    }
}

/// The target of `Link: <…>; rel="next"` (RFC 8288), on the same origin.
fn next_page(response: &HttpResponse) -> Result<Option<Url>, Error> {
    let Some(link) = response.header(LINK) else { return Ok(None) };
    let target = link
        .split_once('<')
        .and_then(|(_, rest)| rest.split_once('>'))
        .filter(|(_, parameters)| parameters.contains("next"))
        .map(|(target, _)| target);
    let Some(target) = target else { return Ok(None) };
    let url = response.url().join(target).map_err(|_| response.unexpected("the Link is no URL"))?;
    if origin_of(&url) == origin_of(response.url()) {
        return Ok(Some(url));
    }
    let mut own = response.url().clone();
    own.set_path(url.path());
    own.set_query(url.query());
    Ok(Some(own))
}

/// Hands a body on, piece by piece, until nobody wants it.
async fn forward(mut response: HttpResponse, sender: mpsc::Sender<Result<Bytes, Error>>) {
    while let Some(piece) = response.chunk().await.transpose() {
        let is_last = piece.is_err();
        if sender.send(piece).await.is_err() || is_last {
            return;
        }
    }
}

/// A body as a blocking reader, which is what [`Content`] reads from.
struct Pieces {
    receiver: mpsc::Receiver<Result<Bytes, Error>>,
    current: Bytes,
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.current.is_empty() {
            match self.receiver.blocking_recv() {
                None => return Ok(0),
                Some(Ok(piece)) => self.current = piece,
                Some(Err(error)) => return Err(io::Error::other(error)),
            }
        }
        let count = self.current.len().min(buffer.len());
        self.current.copy_to_slice(&mut buffer[..count]);
        Ok(count)
    }
}
