//! TLS: rustls with ring, the system's authorities plus the user's, and hosts whose certificate is not looked at.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};

use crate::{Error, ErrorKind};

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
        let builder = ClientConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()?;
        let mut config = match trust {
            Trust::Verified => builder.with_root_certificates(self.roots()).with_no_client_auth(),
            Trust::Unverified => builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(AcceptAny(Arc::clone(&self.provider))))
                .with_no_client_auth(),
        };
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }

    fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        let system = rustls_native_certs::load_native_certs();
        for error in &system.errors {
            tracing::debug!(%error, "a system certificate cannot be read");
        }
        // Old authorities that webpki cannot parse are no reason to trust none.
        let (added, ignored) =
            roots.add_parsable_certificates(system.certs.into_iter().chain(self.extra.clone()));
        tracing::debug!(added, ignored, "certificate authorities loaded");
        roots
    }
}

/// Accepts every certificate, for hosts the user named as insecure. The handshake's signatures are still checked.
#[derive(Debug)]
struct AcceptAny(Arc<CryptoProvider>);

impl ServerCertVerifier for AcceptAny {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
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
