//! Whether a server's certificate is accepted, and in which words it is not.

use std::error::Error as StdError;
use std::io;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, OtherError, RootCertStore, SignatureScheme};

use super::certificate::Facts;

/// Why a certificate is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("its issuer is not trusted here: {issuer}")]
    UnknownIssuer { issuer: String },
    #[error("it is signed by another key than the trusted issuer of this name has: {issuer}")]
    OtherKey { issuer: String },
    #[error("it is self-signed and not trusted here: {subject}")]
    SelfSigned { subject: String },
    #[error("it expired at {not_after}: {subject}")]
    Expired { not_after: String, subject: String },
    #[error("it is not valid before {not_before}, and here it is {now}: {subject}")]
    NotYet { not_before: String, now: String, subject: String },
    #[error("it is made for {presented}, not for {expected}")]
    OtherName { presented: String, expected: String },
    #[error("it is not meant for servers: {subject}")]
    OtherUse { subject: String },
    #[error("it cannot be used ({reason}): {subject}")]
    Unusable { reason: String, subject: String },
}

impl Refusal {
    /// The refusal at the bottom of a failed handshake.
    pub(crate) fn behind(error: &(dyn StdError + 'static)) -> Option<Self> {
        let mut next = Some(error);
        while let Some(error) = next {
            let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
            if let Some(error) = inner.and_then(|inner| inner.downcast_ref()) {
                let rustls::Error::InvalidCertificate(CertificateError::Other(other)) = error
                else {
                    return None;
                };
                return other.0.downcast_ref::<Self>().cloned();
            }
            next = error.source();
        }
        None
    }
}

/// Accepts what an authority vouches for, and a certificate that is itself among the trusted ones.
///
/// The second is what a site does that has nothing but its registry's self-signed certificate. webpki refuses such a
/// certificate: as `CaUsedAsEndEntity` when it says `CA:TRUE`, which `openssl req -x509` makes, as `UnknownIssuer` when
/// someone else signed it. OpenSSL with a partial chain and Go's crypto/x509, so docker and helm too, accept it. No
/// signature has to be checked then, as the bytes are the very ones that are trusted; dates, name and use are.
#[derive(Debug)]
pub(super) struct Verifier {
    /// `None` without any authority, which webpki does not build a verifier for.
    authorities: Option<Arc<WebPkiServerVerifier>>,
    trusted: Vec<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
}

impl Verifier {
    /// Trusts these certificates. Those that may not sign others are trusted for themselves alone.
    pub(super) fn new(
        trusted: Vec<CertificateDer<'static>>,
        provider: Arc<CryptoProvider>,
    ) -> Result<Self, rustls::Error> {
        let may_sign = |certificate: &&CertificateDer<'static>| {
            Facts::of(certificate).is_none_or(|facts| facts.is_authority)
        };
        let mut roots = RootCertStore::empty();
        // Old authorities that webpki cannot parse are no reason to trust none.
        let (added, ignored) =
            roots.add_parsable_certificates(trusted.iter().filter(may_sign).cloned());
        tracing::debug!(added, ignored, trusted = trusted.len(), "certificate authorities loaded");
        let authorities = if roots.is_empty() {
            None
        } else {
            let builder =
                WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
            Some(builder.build().map_err(|error| rustls::Error::General(error.to_string()))?)
        };
        Ok(Self { authorities, trusted, provider })
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let facts = Facts::of(end_entity);
        let is_trusted = self.trusted.contains(end_entity);
        let verdict = match (&facts, &self.authorities) {
            (Some(facts), _) if is_trusted => verify_itself(end_entity, facts, server_name, now),
            (_, Some(authorities)) => authorities.verify_server_cert(
                end_entity,
                intermediates,
                server_name,
                ocsp_response,
                now,
            ),
            (_, None) => Err(CertificateError::UnknownIssuer.into()),
        };
        verdict.map_err(|error| match (error, facts) {
            (rustls::Error::InvalidCertificate(error), Some(facts)) => {
                let refusal = explain(&error, facts, is_trusted, now);
                CertificateError::Other(OtherError(Arc::new(refusal))).into()
            }
            (error, _) => error,
        })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Everything that is left to check of a certificate whose bytes are trusted.
fn verify_itself(
    certificate: &CertificateDer<'_>,
    facts: &Facts,
    name: &ServerName<'_>,
    now: UnixTime,
) -> Result<ServerCertVerified, rustls::Error> {
    let parsed = ParsedCertificate::try_from(certificate)?;
    let moment = rfc3339(now);
    if moment > facts.not_after {
        return Err(CertificateError::Expired.into());
    }
    if moment < facts.not_before {
        return Err(CertificateError::NotValidYet.into());
    }
    if !facts.is_for_servers {
        return Err(CertificateError::InvalidPurpose.into());
    }
    verify_server_name(&parsed, name)?;
    Ok(ServerCertVerified::assertion())
}

/// The words for an error, with what the certificate says.
fn explain(error: &CertificateError, facts: Facts, is_trusted: bool, now: UnixTime) -> Refusal {
    let Facts { issuer, subject, is_self_signed, not_before, not_after, .. } = facts;
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            Refusal::Expired { not_after, subject }
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            Refusal::NotYet { not_before, now: rfc3339(now), subject }
        }
        CertificateError::NotValidForNameContext { expected, presented } => Refusal::OtherName {
            presented: names(presented),
            expected: expected.to_str().into_owned(),
        },
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            Refusal::OtherUse { subject }
        }
        // `Other` is webpki's for a self-signed certificate that says CA:TRUE.
        CertificateError::UnknownIssuer | CertificateError::Other(_)
            if is_self_signed && !is_trusted =>
        {
            Refusal::SelfSigned { subject }
        }
        CertificateError::UnknownIssuer => Refusal::UnknownIssuer { issuer },
        // An authority that was made anew under its old name.
        CertificateError::BadSignature => Refusal::OtherKey { issuer },
        CertificateError::Other(error) => Refusal::Unusable { reason: error.to_string(), subject },
        error => Refusal::Unusable { reason: error.to_string(), subject },
    }
}

/// webpki writes `DnsName("reg.io")`; what is between the quotation marks or parentheses is the name.
fn names(presented: &[String]) -> String {
    const SHOWN: usize = 5;
    if presented.is_empty() {
        return "no host name (subjectAltName)".to_owned();
    }
    let name = |text: &String| {
        let text = text.split_once('(').map_or(text.as_str(), |(_, rest)| rest);
        text.trim_end_matches(')').trim_matches('"').to_owned()
    };
    let mut all: Vec<String> = presented.iter().take(SHOWN).map(name).collect();
    if let more @ 1.. = presented.len().saturating_sub(SHOWN) {
        all.push(format!("{more} more"));
    }
    crate::error::excerpt(&all.join(", "))
}

fn rfc3339(moment: UnixTime) -> String {
    let moment = UNIX_EPOCH + Duration::from_secs(moment.as_secs());
    humantime::format_rfc3339_seconds(moment).to_string()
}

/// Accepts every certificate, for hosts the user named as insecure. The handshake's signatures are still checked.
#[derive(Debug)]
pub(super) struct AcceptAny(pub(super) Arc<CryptoProvider>);

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
    use rcgen::{CertificateParams, CustomExtension, DnType, KeyPair};

    use super::*;

    fn made(change: impl FnOnce(&mut CertificateParams)) -> CertificateDer<'static> {
        let mut parameters = CertificateParams::new(vec!["reg.io".to_owned()]).unwrap();
        parameters.distinguished_name.push(DnType::CommonName, "reg");
        change(&mut parameters);
        parameters.self_signed(&KeyPair::generate().unwrap()).unwrap().der().clone()
    }

    /// What is said of a certificate to a client that trusts these and nothing else.
    fn refusal(
        trusted: &[CertificateDer<'static>],
        shown: &CertificateDer<'static>,
    ) -> Option<Refusal> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = Verifier::new(trusted.to_vec(), provider).unwrap();
        let name = ServerName::try_from("reg.io").unwrap();
        let error = verifier.verify_server_cert(shown, &[], &name, &[], UnixTime::now()).err()?;
        let error = io::Error::new(io::ErrorKind::InvalidData, error);
        Some(Refusal::behind(&error).expect("it is put into words"))
    }

    #[test]
    fn without_any_authority_a_trusted_certificate_is_still_one() {
        let (one, other) = (made(|_| {}), made(|_| {}));
        assert_eq!(refusal(std::slice::from_ref(&one), &one), None);
        let subject = "CN=reg".to_owned();
        assert_eq!(refusal(&[one], &other), Some(Refusal::SelfSigned { subject: subject.clone() }));
        assert_eq!(refusal(&[], &other), Some(Refusal::SelfSigned { subject }));
    }

    #[test]
    fn what_is_not_understood_is_not_accepted() {
        let strange = made(|parameters| {
            let mut unknown = CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 1], vec![5, 0]);
            unknown.set_criticality(true);
            parameters.custom_extensions = vec![unknown];
        });
        let reason = "UnsupportedCriticalExtension".to_owned();
        assert_eq!(
            refusal(std::slice::from_ref(&strange), &strange),
            Some(Refusal::Unusable { reason, subject: "CN=reg".to_owned() })
        );
        // Nothing can be said about what is no certificate.
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = Verifier::new(vec![made(|_| {})], provider).unwrap();
        let (shown, name) = (CertificateDer::from(&b"hello"[..]), "reg.io".try_into().unwrap());
        assert!(verifier.verify_server_cert(&shown, &[], &name, &[], UnixTime::now()).is_err());
    }
}
