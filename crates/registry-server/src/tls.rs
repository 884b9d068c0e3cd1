//! TLS.

use std::fmt;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem};
use tokio_rustls::TlsAcceptor;

/// A certificate chain and its key. The key is not printed.
#[derive(Clone)]
pub struct TlsIdentity {
    certificates: Vec<u8>,
    key: Vec<u8>,
}

/// Text that is not a certificate and its key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// The certificates cannot be read.
    #[error("the certificate is not PEM")]
    Certificate(#[source] pem::Error),
    /// There is none.
    #[error("there is no certificate")]
    NoCertificate,
    /// The key cannot be read.
    #[error("the private key is not PEM of PKCS#8, PKCS#1 or SEC1")]
    Key(#[source] pem::Error),
    /// They do not belong together, or are of an unknown kind.
    #[error("certificate and private key cannot be used")]
    Pair(#[source] rustls::Error),
}

impl TlsIdentity {
    /// From PEM: the certificate first, then those that lead to its authority; a key that is not encrypted.
    pub fn from_pem(certificates: impl Into<Vec<u8>>, key: impl Into<Vec<u8>>) -> Self {
        Self { certificates: certificates.into(), key: key.into() }
    }

    pub(crate) fn acceptor(&self) -> Result<TlsAcceptor, TlsError> {
        let certificates: Vec<_> = CertificateDer::pem_slice_iter(&self.certificates)
            .collect::<Result<_, _>>()
            .map_err(TlsError::Certificate)?;
        if certificates.is_empty() {
            return Err(TlsError::NoCertificate);
        }
        let key = PrivateKeyDer::from_pem_slice(&self.key).map_err(TlsError::Key)?;
        let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(TlsError::Pair)?
            .with_no_client_auth()
            .with_single_cert(certificates, key)
            .map_err(TlsError::Pair)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

impl fmt::Debug for TlsIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TlsIdentity(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_which_half_is_wrong() {
        let acceptor =
            |certificate: &str, key: &str| TlsIdentity::from_pem(certificate, key).acceptor();
        assert!(matches!(acceptor("", ""), Err(TlsError::NoCertificate)));
        let broken = "-----BEGIN CERTIFICATE-----\n?\n-----END CERTIFICATE-----\n";
        assert!(matches!(acceptor(broken, ""), Err(TlsError::Certificate(_))));
        let certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(matches!(acceptor(certificate, "no key"), Err(TlsError::Key(_))));
        assert_eq!(format!("{:?}", TlsIdentity::from_pem("a", "canary")), "TlsIdentity(***)");
    }
}
