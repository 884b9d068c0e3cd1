//! The distribution API over HTTP: authentication, resumable upload, mount, retry, TLS.
