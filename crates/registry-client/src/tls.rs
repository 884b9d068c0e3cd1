//! TLS: rustls with ring, the system's certificates plus the user's, and hosts whose certificate is not looked at.

mod certificate;
mod verify;

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use rustls::ClientConfig;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::{Error, ErrorKind};
pub(crate) use verify::Refusal;
use verify::{AcceptAny, Verifier};

/// TLS settings of a client. The system's authorities are read when the first https connection is made: a client that
/// speaks plain http never pays for them.
pub(crate) struct Tls {
    provider: Arc<CryptoProvider>,
    extra: Vec<CertificateDer<'static>>,
    verified: OnceLock<Arc<ClientConfig>>,
    unverified: OnceLock<Arc<ClientConfig>>,
}

/// Whether a server's certificate is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trust {
    Verified,
    Unverified,
}

impl Tls {
    /// Reads the user's CA files now, so that a wrong path is found at once.
    pub(crate) fn new(ca_files: &[PathBuf]) -> Result<Self, Error> {
        let mut extra = Vec::new();
        for path in ca_files {
            let fail =
                |error| Error::caused_by(ErrorKind::Configuration, error).about(path.display());
            let before = extra.len();
            for certificate in CertificateDer::pem_file_iter(path).map_err(fail)? {
                extra.push(certificate.map_err(fail)?);
            }
            if extra.len() == before {
                return Err(Error::new(ErrorKind::Configuration)
                    .about(path.display())
                    .with_message("there is no certificate in the file"));
            }
        }
        Ok(Self {
            provider: Arc::new(rustls::crypto::ring::default_provider()),
            extra,
            verified: OnceLock::new(),
            unverified: OnceLock::new(),
        })
    }

    /// The rustls configuration for a host.
    pub(crate) fn config(&self, trust: Trust) -> Result<Arc<ClientConfig>, rustls::Error> {
        let cell = match trust {
            Trust::Verified => &self.verified,
            Trust::Unverified => &self.unverified,
        };
        if let Some(config) = cell.get() {
            return Ok(Arc::clone(config));
        }
        let built = self.build(trust)?;
        Ok(Arc::clone(cell.get_or_init(|| Arc::new(built))))
    }

    fn build(&self, trust: Trust) -> Result<ClientConfig, rustls::Error> {
        let provider = Arc::clone(&self.provider);
        let verifier: Arc<dyn ServerCertVerifier> = match trust {
            Trust::Verified => Arc::new(Verifier::new(self.trusted(), provider)?),
            Trust::Unverified => Arc::new(AcceptAny(provider)),
        };
        let mut config = ClientConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }

    /// The system's certificates and the user's.
    fn trusted(&self) -> Vec<CertificateDer<'static>> {
        let system = rustls_native_certs::load_native_certs();
        for error in &system.errors {
            tracing::debug!(%error, "a system certificate cannot be read");
        }
        system.certs.into_iter().chain(self.extra.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ca_file_must_hold_a_certificate() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ca.pem");
        std::fs::write(&path, "hello").unwrap();
        for path in [path, dir.path().join("missing.pem")] {
            let error = Tls::new(std::slice::from_ref(&path)).err().unwrap();
            assert_eq!(error.kind(), ErrorKind::Configuration);
            assert_eq!(error.subject(), Some(path.display().to_string().as_str()));
        }
    }

    #[test]
    fn authorities_are_read_only_when_needed() {
        let tls = Tls::new(&[]).unwrap();
        assert!(tls.verified.get().is_none());
        let first = tls.config(Trust::Verified).unwrap();
        assert!(Arc::ptr_eq(&first, &tls.config(Trust::Verified).unwrap()));
        assert!(tls.unverified.get().is_none());
    }
}
