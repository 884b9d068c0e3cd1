//! Certificates as sites have them: of an own authority, or self-signed.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};

/// A certificate authority of a site.
#[derive(Debug)]
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

/// A certificate of a server with its key.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The certificate, PEM.
    pub certificate: String,
    /// Its key, PEM (PKCS #8).
    pub key: String,
}

/// When a certificate is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validity {
    /// At the time of the test.
    Now,
    /// Until 2 January 2020.
    Expired,
}

impl Authority {
    /// An authority whose common name is `name`.
    pub fn new(name: &str) -> Self {
        let mut parameters = named(name, &[]);
        parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = new_key();
        let pem = parameters.self_signed(&key).expect("nothing is wrong with the parameters").pem();
        Self { issuer: Issuer::new(parameters, key), pem }
    }

    /// Its certificate, PEM: what `--ca-file` is given.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// A certificate for a server with these names or addresses.
    pub fn issue(&self, names: &[&str], validity: Validity) -> Identity {
        let mut parameters = named("registry", names);
        parameters.is_ca = IsCa::ExplicitNoCa;
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        if validity == Validity::Expired {
            parameters.not_before = date_time_ymd(2019, 1, 1);
            parameters.not_after = date_time_ymd(2020, 1, 2);
        }
        let key = new_key();
        let certificate = parameters.signed_by(&key, &self.issuer);
        Identity::new(&certificate.expect("nothing is wrong with the parameters"), &key)
    }
}

impl Identity {
    /// A self-signed certificate with these names or addresses. With `is_ca` it says `CA:TRUE`, as `openssl req -x509`
    /// makes them.
    pub fn self_signed(names: &[&str], is_ca: bool) -> Self {
        let mut parameters = named("registry", names);
        parameters.is_ca =
            if is_ca { IsCa::Ca(BasicConstraints::Unconstrained) } else { IsCa::ExplicitNoCa };
        let key = new_key();
        let certificate = parameters.self_signed(&key);
        Self::new(&certificate.expect("nothing is wrong with the parameters"), &key)
    }

    fn new(certificate: &rcgen::Certificate, key: &KeyPair) -> Self {
        Self { certificate: certificate.pem(), key: key.serialize_pem() }
    }
}

fn named(common_name: &str, names: &[&str]) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut parameters = CertificateParams::new(names).expect("the names are host names");
    parameters.distinguished_name.push(DnType::CommonName, common_name);
    parameters
}

fn new_key() -> KeyPair {
    KeyPair::generate().expect("the system has random numbers")
}
