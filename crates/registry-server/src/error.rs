//! What a request is refused with: the codes of the distribution specification, or ChartMuseum's `{"error": …}`.

use std::error::Error;

use http::header::{HeaderName, HeaderValue};
use http::{HeaderMap, Response, StatusCode, header};
use serde_json::{Value, json};

use crate::body::ReplyBody;
use crate::store::StoreError;

/// The codes of the distribution specification 1.1 ("Error Codes") and the few that registries add.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    BlobUnknown,
    BlobUploadInvalid,
    BlobUploadUnknown,
    DigestInvalid,
    ManifestBlobUnknown,
    ManifestInvalid,
    ManifestUnknown,
    NameInvalid,
    NameUnknown,
    PaginationNumberInvalid,
    RangeInvalid,
    SizeInvalid,
    TagInvalid,
    Unauthorized,
    Unknown,
    Unsupported,
}

impl Code {
    fn as_str(self) -> &'static str {
        match self {
            Self::BlobUnknown => "BLOB_UNKNOWN",
            Self::BlobUploadInvalid => "BLOB_UPLOAD_INVALID",
            Self::BlobUploadUnknown => "BLOB_UPLOAD_UNKNOWN",
            Self::DigestInvalid => "DIGEST_INVALID",
            Self::ManifestBlobUnknown => "MANIFEST_BLOB_UNKNOWN",
            Self::ManifestInvalid => "MANIFEST_INVALID",
            Self::ManifestUnknown => "MANIFEST_UNKNOWN",
            Self::NameInvalid => "NAME_INVALID",
            Self::NameUnknown => "NAME_UNKNOWN",
            Self::PaginationNumberInvalid => "PAGINATION_NUMBER_INVALID",
            Self::RangeInvalid => "RANGE_INVALID",
            Self::SizeInvalid => "SIZE_INVALID",
            Self::TagInvalid => "TAG_INVALID",
            Self::Unauthorized => "UNAUTHORIZED",
            Self::Unknown => "UNKNOWN",
            Self::Unsupported => "UNSUPPORTED",
        }
    }

    fn status(self) -> StatusCode {
        match self {
            Self::BlobUnknown
            | Self::BlobUploadUnknown
            | Self::ManifestUnknown
            | Self::NameUnknown => StatusCode::NOT_FOUND,
            Self::RangeInvalid => StatusCode::RANGE_NOT_SATISFIABLE,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Unsupported => StatusCode::METHOD_NOT_ALLOWED,
            Self::Unknown => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

/// In whose words an error is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// `{"errors":[{"code":…,"message":…,"detail":…}]}`
    Distribution,
    /// `{"error":…}`
    ChartMuseum,
}

/// A refused request. Its message goes to the client and never names a path of this machine; the cause goes to the
/// access log.
#[derive(Debug)]
pub(crate) struct ApiError(Box<Parts>);

#[derive(Debug)]
struct Parts {
    status: StatusCode,
    code: Code,
    message: String,
    detail: Option<Value>,
    headers: HeaderMap,
    cause: Option<String>,
}

impl ApiError {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self(Box::new(Parts {
            status: code.status(),
            code,
            message: message.into(),
            detail: None,
            headers: HeaderMap::new(),
            cause: None,
        }))
    }

    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        self.0.status = status;
        self
    }

    pub(crate) fn with_detail(mut self, detail: Value) -> Self {
        self.0.detail = Some(detail);
        self
    }

    /// A header whose value cannot be one is left out.
    pub(crate) fn with_header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.0.headers.insert(name, value);
        }
        self
    }

    pub(crate) fn with_cause(mut self, cause: &dyn Error) -> Self {
        let mut text = cause.to_string();
        let mut next = cause.source();
        while let Some(source) = next {
            text.push_str(": ");
            text.push_str(&source.to_string());
            next = source.source();
        }
        self.0.cause = Some(text);
        self
    }

    pub(crate) fn not_found() -> Self {
        Self::new(Code::Unknown, "there is nothing at this address")
            .with_status(StatusCode::NOT_FOUND)
    }

    pub(crate) fn read_only() -> Self {
        Self::new(
            Code::Unsupported,
            "this registry is read-only: nothing can be pushed to it or deleted from it",
        )
    }

    pub(crate) fn method(allowed: &str) -> Self {
        Self::new(Code::Unsupported, "this method is not supported here")
            .with_header(header::ALLOW, allowed)
    }

    pub(crate) fn into_reply(self, dialect: Dialect) -> Response<ReplyBody> {
        let Parts { status, code, message, detail, headers, cause } = *self.0;
        let document = match dialect {
            Dialect::Distribution => {
                let mut error = json!({ "code": code.as_str(), "message": message });
                if let Some(detail) = detail {
                    error["detail"] = detail;
                }
                json!({ "errors": [error] })
            }
            Dialect::ChartMuseum => json!({ "error": message }),
        };
        let mut reply = Response::new(ReplyBody::full(document.to_string()));
        *reply.status_mut() = status;
        *reply.headers_mut() = headers;
        reply.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json; charset=utf-8"),
        );
        let cause = cause.unwrap_or(message);
        reply.extensions_mut().insert(Refusal(cause));
        reply
    }
}

/// Why a request was refused, on its way to the access log.
#[derive(Clone, Debug)]
pub(crate) struct Refusal(pub(crate) String);

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        let plain = |code, message: &str| Self::new(code, message);
        match &error {
            StoreError::RepositoryUnknown => {
                plain(Code::NameUnknown, "the registry has no such repository")
            }
            StoreError::ManifestUnknown => {
                plain(Code::ManifestUnknown, "the repository has no such manifest")
            }
            StoreError::BlobUnknown => plain(Code::BlobUnknown, "the repository has no such blob"),
            StoreError::UploadUnknown => {
                plain(Code::BlobUploadUnknown, "there is no such upload: start a new one")
            }
            StoreError::ChartUnknown => {
                plain(Code::Unknown, "chart not found").with_status(StatusCode::NOT_FOUND)
            }
            StoreError::ChartExists { .. } => {
                Self::new(Code::Unknown, error.to_string()).with_status(StatusCode::CONFLICT)
            }
            StoreError::Digest { expected, found } => {
                plain(Code::DigestInvalid, "the content has another digest than was announced")
                    .with_detail(json!({ "expected": expected, "found": found }))
            }
            StoreError::Io { source, .. } if source.kind() == std::io::ErrorKind::StorageFull => {
                plain(Code::Unknown, "the registry's disk is full")
                    .with_status(StatusCode::INSUFFICIENT_STORAGE)
                    .with_cause(&error)
            }
            StoreError::Corrupt { .. } | StoreError::Source(_) | StoreError::Io { .. } => {
                plain(Code::Unknown, "the registry could not read or write its store")
                    .with_cause(&error)
            }
        }
    }
}
