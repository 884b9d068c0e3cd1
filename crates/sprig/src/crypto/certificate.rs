//! X.509 certificates as Go's `crypto/x509` writes them.

use std::net::IpAddr;

use gotemplate::{List, Value};
use num_bigint::BigUint;
use ring::digest::{SHA256, digest};

use super::der::{self, Reader};
use super::key::PrivateKey;
use super::pem;
use super::prime::random_bits;
use crate::date::Time;
use crate::environment::Environment;
use crate::format;

const COMMON_NAME: &[u8] = &[0x55, 4, 3];
const SUBJECT_KEY_ID: u8 = 14;
const KEY_USAGE: u8 = 15;
const SUBJECT_ALT_NAME: u8 = 17;
const BASIC_CONSTRAINTS: u8 = 19;
const AUTHORITY_KEY_ID: u8 = 35;
const EXTENDED_KEY_USAGE: u8 = 37;
/// Server and client authentication.
const USES: [u8; 20] = [6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 1, 6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 2];

/// What a certificate is to say.
pub(super) struct Request<'a> {
    pub(super) common_name: &'a [u8],
    pub(super) days: i64,
    pub(super) ips: Vec<IpAddr>,
    pub(super) names: Vec<Vec<u8>>,
    pub(super) is_authority: bool,
}

/// Who signs.
pub(super) struct Issuer<'a> {
    /// The name, in DER; the subject's own where a certificate signs itself.
    pub(super) name: Option<Vec<u8>>,
    /// The key identifier that the issuer's certificate has.
    pub(super) key_id: Vec<u8>,
    pub(super) key: &'a PrivateKey,
}

/// What is of interest in an existing certificate.
pub(super) struct Parsed {
    pub(super) subject: Vec<u8>,
    pub(super) public_info: Vec<u8>,
    pub(super) key_id: Vec<u8>,
}

/// A certificate for the public half of `key`, in PEM.
pub(super) fn create<H: Environment>(
    host: &mut H,
    request: &Request<'_>,
    key: &PrivateKey,
    issuer: &Issuer<'_>,
) -> Result<String, String> {
    let no_signer = || "error creating certificate: x509: certificate private key does not implement crypto.Signer";
    if let Some(bad) = request.names.iter().find(|name| !name.is_ascii()) {
        let name = format::quote(bad);
        return Err(format!(
            "error creating certificate: x509: {name} cannot be encoded as an IA5String"
        ));
    }
    issuer.key.public_info().ok_or_else(no_signer)?;
    let (bits, info) = key
        .public_info()
        .ok_or("error creating certificate: x509: unsupported public key type: *dsa.PublicKey")?;
    let subject = name(request.common_name);
    let issuer_name = issuer.name.as_ref().unwrap_or(&subject);
    let serial: BigUint = random_bits(host, 128);
    let authority = if *issuer_name == subject { &[][..] } else { &issuer.key_id };
    let algorithm = issuer.key.signature_algorithm();
    let body = der::sequence(&[
        der::element(der::context(0), &der::unsigned(&[2])),
        der::unsigned(&serial.to_bytes_be()),
        algorithm.clone(),
        issuer_name.clone(),
        validity(host, request.days),
        subject.clone(),
        info,
        der::element(der::context(3), &extensions(request, &bits, authority)),
    ]);
    let signature = issuer.key.sign(&body).ok_or_else(no_signer)?;
    let certificate = der::sequence(&[body, algorithm, der::bit_string(&signature)]);
    Ok(pem::encode("CERTIFICATE", &certificate))
}

/// A name that is a common name only, or nothing.
fn name(common_name: &[u8]) -> Vec<u8> {
    if common_name.is_empty() {
        return der::sequence(&[]);
    }
    let is_printable = |byte: &u8| byte.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(byte);
    let tag =
        if common_name.iter().all(is_printable) { der::PRINTABLE_STRING } else { der::UTF8_STRING };
    let attribute = der::sequence(&[
        der::element(der::OBJECT_IDENTIFIER, COMMON_NAME),
        der::element(tag, common_name),
    ]);
    der::sequence(&[der::element(der::SET, &attribute)])
}

fn validity(host: &impl Environment, days: i64) -> Vec<u8> {
    let start = Time::now_in_utc(host);
    let end =
        Time { seconds: start.seconds.wrapping_add(days.wrapping_mul(86_400)), ..start.clone() };
    let time = |time: &Time| {
        let text = time.compact();
        match text.strip_prefix("19").or_else(|| text.strip_prefix("20")) {
            Some(short) if ("1950".."2050").contains(&&text[..4]) => {
                der::element(der::UTC_TIME, short.as_bytes())
            }
            _ => der::element(der::GENERALIZED_TIME, text.as_bytes()),
        }
    };
    der::sequence(&[time(&start), time(&end)])
}

fn extensions(request: &Request<'_>, public_bits: &[u8], authority: &[u8]) -> Vec<u8> {
    let extension = |number: u8, is_critical: bool, value: &[u8]| {
        let critical = if is_critical { vec![1, 1, 0xff] } else { Vec::new() };
        let identifier = der::element(der::OBJECT_IDENTIFIER, &[0x55, 29, number]);
        der::sequence(&[identifier, critical, der::element(der::OCTET_STRING, value)])
    };
    // Digital signature and key encipherment, and for an authority certificate signing; first the unused bits.
    let usage = if request.is_authority { [2, 0xa4] } else { [5, 0xa0] };
    let authority_mark = if request.is_authority { vec![1, 1, 0xff] } else { Vec::new() };
    let mut extensions = vec![
        extension(KEY_USAGE, true, &der::element(der::BIT_STRING, &usage)),
        extension(EXTENDED_KEY_USAGE, false, &der::element(der::SEQUENCE, &USES)),
        extension(BASIC_CONSTRAINTS, true, &der::sequence(&[authority_mark])),
    ];
    if request.is_authority {
        let id = der::element(der::OCTET_STRING, &digest(&SHA256, public_bits).as_ref()[..20]);
        extensions.push(extension(SUBJECT_KEY_ID, false, &id));
    }
    if !authority.is_empty() {
        extensions.push(extension(
            AUTHORITY_KEY_ID,
            false,
            &der::sequence(&[der::element(0x80, authority)]),
        ));
    }
    let names = request.names.iter().map(|name| der::element(0x82, name));
    let ips = request.ips.iter().map(|ip| match ip {
        IpAddr::V4(ip) => der::element(0x87, &ip.octets()),
        IpAddr::V6(ip) => der::element(0x87, &ip.octets()),
    });
    let alternatives: Vec<_> = names.chain(ips).collect();
    if !alternatives.is_empty() {
        let is_critical = request.common_name.is_empty();
        extensions.push(extension(SUBJECT_ALT_NAME, is_critical, &der::sequence(&alternatives)));
    }
    der::sequence(&extensions)
}

/// The certificate in the first PEM block of a text.
pub(super) fn parse(text: &[u8]) -> Result<Parsed, &'static str> {
    let (_, bytes) = pem::decode(text).ok_or("unable to decode certificate")?;
    parse_der(&bytes)
        .ok_or("error parsing certificate: decodedCert.Bytes: x509: malformed tbs certificate")
}

fn parse_der(bytes: &[u8]) -> Option<Parsed> {
    let mut body = Reader(bytes).inside(der::SEQUENCE)?.inside(der::SEQUENCE)?;
    let (tag, ..) = body.any()?;
    if tag == der::context(0) {
        body.expect(der::INTEGER)?;
    }
    body.expect(der::SEQUENCE)?;
    body.expect(der::SEQUENCE)?;
    body.expect(der::SEQUENCE)?;
    let mut whole_sequence =
        || body.any().filter(|(tag, ..)| *tag == der::SEQUENCE).map(|(.., whole)| whole.to_vec());
    let (subject, public_info) = (whole_sequence()?, whole_sequence()?);
    let mut key_id = Vec::new();
    while let Some((tag, content, _)) = body.any() {
        if tag == der::context(3) {
            key_id = subject_key_id(Reader(content)).unwrap_or_default();
        }
    }
    Some(Parsed { subject, public_info, key_id })
}

fn subject_key_id(mut extensions: Reader<'_>) -> Option<Vec<u8>> {
    let mut extensions = extensions.inside(der::SEQUENCE)?;
    loop {
        let mut extension = extensions.inside(der::SEQUENCE)?;
        if extension.expect(der::OBJECT_IDENTIFIER)? != [0x55, 29, SUBJECT_KEY_ID] {
            continue;
        }
        let (mut tag, mut content, _) = extension.any()?;
        if tag != der::OCTET_STRING {
            (tag, content, _) = extension.any()?;
        }
        return (tag == der::OCTET_STRING)
            .then(|| Reader(content).expect(der::OCTET_STRING))?
            .map(<[u8]>::to_vec);
    }
}

/// Addresses from a list of texts.
pub(super) fn addresses(list: &List) -> Result<Vec<IpAddr>, String> {
    let address = |item: Value| {
        let text = item
            .as_bytes()
            .ok_or_else(|| format!("error parsing ip: {} is not a string", shown(&item)))?;
        let text = String::from_utf8_lossy(text);
        match text.parse::<IpAddr>() {
            Ok(IpAddr::V6(ip)) => Ok(ip.to_ipv4_mapped().map_or(IpAddr::V6(ip), IpAddr::V4)),
            Ok(ip) => Ok(ip),
            Err(_) => Err(format!("error parsing ip: {text}")),
        }
    };
    list.iter().map(address).collect()
}

/// Host names from a list of texts.
pub(super) fn host_names(list: &List) -> Result<Vec<Vec<u8>>, String> {
    let name = |item: Value| match item.as_bytes() {
        Some(text) => Ok(text.to_vec()),
        None => {
            Err(format!("error processing alternate dns name: {} is not a string", shown(&item)))
        }
    };
    list.iter().map(name).collect()
}

fn shown(value: &Value) -> String {
    String::from_utf8_lossy(&format::sprint(value)).into_owned()
}

#[cfg(test)]
mod tests {
    use ring::signature::{self, UnparsedPublicKey, VerificationAlgorithm};

    use super::*;
    use crate::fake::Fake;

    /// The certificate's extensions, its signed part and its signature.
    fn parts(text: &str) -> (Vec<u8>, Vec<u8>, Vec<u8>) {
        let (label, bytes) = pem::decode(text.as_bytes()).unwrap();
        assert_eq!(label, "CERTIFICATE");
        let mut certificate = Reader(&bytes).inside(der::SEQUENCE).unwrap();
        let (_, body, signed) = certificate.any().unwrap();
        certificate.expect(der::SEQUENCE).unwrap();
        let signature = certificate.expect(der::BIT_STRING).unwrap()[1..].to_vec();
        let mut body = Reader(body);
        let mut extensions = Vec::new();
        while let Some((tag, content, _)) = body.any() {
            if tag == der::context(3) {
                extensions = Reader(content).expect(der::SEQUENCE).unwrap().to_vec();
            }
        }
        (extensions, signed.to_vec(), signature)
    }

    fn request(is_authority: bool) -> Request<'static> {
        let ips = vec!["10.0.0.1".parse().unwrap(), "::1".parse().unwrap()];
        let (ips, names) = if is_authority {
            (Vec::new(), Vec::new())
        } else {
            (ips, vec![b"a.b".to_vec(), b"*.c".to_vec()])
        };
        Request { common_name: b"x.y", days: 10, ips, names, is_authority }
    }

    #[test]
    fn a_chain_has_the_extensions_of_gos_and_verifies() {
        let mut host = Fake::default();
        let algorithms: [(&[u8], &'static dyn VerificationAlgorithm); 2] =
            [(b"ecdsa", &signature::ECDSA_P256_SHA256_ASN1), (b"ed25519", &signature::ED25519)];
        for (kind, algorithm) in algorithms {
            let key = PrivateKey::generate(&mut host, kind).unwrap();
            let own = Issuer { name: None, key_id: Vec::new(), key: &key };
            let authority =
                create(&mut host, &Request { common_name: b"my-ca", ..request(true) }, &key, &own)
                    .unwrap();
            let parsed = parse(authority.as_bytes()).unwrap();
            let leaf_key = PrivateKey::generate(&mut host, b"ed25519").unwrap();
            let issuer =
                Issuer { name: Some(parsed.subject), key_id: parsed.key_id.clone(), key: &key };
            let leaf = create(&mut host, &request(false), &leaf_key, &issuer).unwrap();

            let (bits, info) = key.public_info().unwrap();
            assert_eq!(parsed.public_info, info);
            assert_eq!(parsed.key_id, digest(&SHA256, &bits).as_ref()[..20]);
            for text in [&authority, &leaf] {
                let (_, signed, signature) = parts(text);
                UnparsedPublicKey::new(algorithm, &bits).verify(&signed, &signature).unwrap();
            }
            // The bytes of a certificate of helm 4.3.1, but for the identifier of the key.
            let expected = [
                "300e0603551d0f0101ff0404030205a0",
                "301d0603551d250416301406082b0601050507030106082b06010505070302",
                "300c0603551d130101ff04023000",
                "301f0603551d23041830168014",
                &crate::encoding::hex(&parsed.key_id),
                "302b0603551d1104243022820361",
                "2e6282032a2e6387040a000001871000000000000000000000000000000001",
            ];
            assert_eq!(crate::encoding::hex(&parts(&leaf).0), expected.concat());
            assert!(crate::encoding::hex(&parts(&authority).0).contains("0404030202a4"));
        }
    }

    #[test]
    fn rsa_signs_and_its_key_reads_back() {
        let mut host = Fake::default();
        let key = PrivateKey::generate_rsa(&mut host, 2048);
        let again = PrivateKey::from_pem(key.to_pem().as_bytes()).unwrap();
        assert_eq!(again.to_pem(), key.to_pem());
        let own = Issuer { name: None, key_id: Vec::new(), key: &again };
        let text = create(&mut host, &request(false), &key, &own).unwrap();
        let (_, signed, signature) = parts(&text);
        let (bits, _) = key.public_info().unwrap();
        UnparsedPublicKey::new(&signature::RSA_PKCS1_2048_8192_SHA256, &bits)
            .verify(&signed, &signature)
            .unwrap();
    }

    #[test]
    fn times_beyond_2049_are_written_in_full() {
        let mut host = Fake::default();
        let key = PrivateKey::generate(&mut host, b"ed25519").unwrap();
        let own = Issuer { name: None, key_id: Vec::new(), key: &key };
        let text =
            create(&mut host, &Request { days: 36_500, ..request(false) }, &key, &own).unwrap();
        let hex = crate::encoding::hex(&pem::decode(text.as_bytes()).unwrap().1);
        assert!(hex.contains(&format!("170d{}", crate::encoding::hex(b"231114221320Z"))), "{hex}");
        assert!(
            hex.contains(&format!("180f{}", crate::encoding::hex(b"21231021221320Z"))),
            "{hex}"
        );
        let name = Request { names: vec!["é".into()], ..request(false) };
        let error = create(&mut host, &name, &key, &own).unwrap_err();
        assert_eq!(
            error,
            "error creating certificate: x509: \"é\" cannot be encoded as an IA5String"
        );
    }

    #[test]
    fn addresses_are_texts_of_addresses() {
        let list = |text: &str| List::new(vec![text.into()]);
        assert_eq!(
            addresses(&list("::ffff:1.2.3.4")).unwrap(),
            ["1.2.3.4".parse::<IpAddr>().unwrap()]
        );
        assert_eq!(addresses(&list("01.2.3.4")).unwrap_err(), "error parsing ip: 01.2.3.4");
    }
}
