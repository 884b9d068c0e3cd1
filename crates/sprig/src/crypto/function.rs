//! The table of cryptographic functions.

use std::any::Any;
use std::rc::Rc;

use gotemplate::{Call, Failure, Field, Function, Object, Shape, Str, Type, UintKind, Value};

use super::certificate::{self, Issuer, Request};
use super::cipher;
use super::key::PrivateKey;
use super::password::{self, Derivation};
use crate::argument::Arguments;
use crate::encoding::decode_base64;
use crate::environment::Environment;
use crate::inventory::functions;

const STRING: Type = Type::String;
const INT: Type = Type::INT;
const LIST: Type = Type::ANY_SLICE;
const CERTIFICATE: Type = Type::Object("sprig.certificate");
const UINT32: Type = Type::Uint(UintKind::Uint32);

/// The size of the keys of certificates, in bits.
const KEY_BITS: u64 = 2048;

pub(crate) fn functions<H: Environment>() -> Vec<Function<H>> {
    functions! {
        "bcrypt" (STRING) @ |call, args| Ok(password::bcrypt(call.host, args.text(0)).into());
        "htpasswd" (STRING, STRING) @ |call, args| {
            Ok(Value::string(password::htpasswd(call.host, args.text(0), args.text(1))))
        };
        "derivePassword" (UINT32, STRING, STRING, STRING, STRING) = derive_password;
        "encryptAES" (STRING, STRING) @ |call, args| {
            Ok(cipher::encrypt(call.host, args.text(0), args.text(1)).into())
        };
        "decryptAES" (STRING, STRING) = |args| Ok(Value::string(cipher::decrypt(args.text(0), args.text(1))?));
        "genPrivateKey" (STRING) @ |call, args| {
            let key = PrivateKey::generate(call.host, args.text(0));
            Ok(key.map_or_else(|| format!("Unknown type {}", args.lossy(0)), |key| key.to_pem()).into())
        };
        "buildCustomCert" (STRING, STRING) = build_custom;
        "genCA" (STRING, INT) @ |call, args| gen_authority(call, args, None);
        "genCAWithKey" (STRING, INT, STRING) @ |call, args| gen_authority(call, args, Some(args.text(2)));
        "genSelfSignedCert" (STRING, LIST, LIST, INT) @ |call, args| gen_self_signed(call, args, None);
        "genSelfSignedCertWithKey" (STRING, LIST, LIST, INT, STRING) @ |call, args| {
            gen_self_signed(call, args, Some(args.text(4)))
        };
        "genSignedCert" (STRING, LIST, LIST, INT, CERTIFICATE) @ |call, args| gen_signed(call, args, None);
        "genSignedCertWithKey" (STRING, LIST, LIST, INT, CERTIFICATE, STRING) @ |call, args| {
            gen_signed(call, args, Some(args.text(5)))
        };
    }
}

/// Sprig's `certificate`: two texts in PEM.
pub(crate) struct Certificate {
    certificate: Str,
    key: Str,
}

impl From<Certificate> for Value {
    fn from(certificate: Certificate) -> Self {
        Self::Object(Rc::new(certificate))
    }
}

impl Object for Certificate {
    fn type_name(&self) -> &'static str {
        "sprig.certificate"
    }

    fn shape(&self) -> Shape {
        Shape::Struct(vec![
            Field { name: "Cert", value: self.certificate.clone().into() },
            Field { name: "Key", value: self.key.clone().into() },
        ])
    }

    fn equals(&self, other: &dyn Object) -> Option<bool> {
        let other = other.as_any().downcast_ref::<Self>();
        Some(
            other.is_some_and(|other| {
                other.certificate == self.certificate && other.key == self.key
            }),
        )
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn derive_password(args: &[Value]) -> Result<Value, Failure> {
    let derivation = Derivation {
        counter: u32::try_from(args.integer(0)).unwrap_or_default(),
        kind: args.text(1),
        password: args.text(2),
        user: args.text(3),
        site: args.text(4),
    };
    let derived = password::derive(&derivation);
    Ok(derived.unwrap_or_else(|| format!("cannot find password template {}", args.lossy(1))).into())
}

fn build_custom(args: &[Value]) -> Result<Value, Failure> {
    let certificate =
        decode_base64(args.text(0)).map_err(|_| "unable to decode base64 certificate")?;
    let key = decode_base64(args.text(1)).map_err(|_| "unable to decode base64 private key")?;
    certificate::parse(&certificate)?;
    PrivateKey::from_pem(&key).map_err(|error| format!("error parsing private key: {error}"))?;
    Ok(Certificate { certificate: certificate.into(), key: key.into() }.into())
}

/// The key that is given, or a new one.
fn key<H: Environment>(
    call: &mut Call<'_, H>,
    given: Option<&[u8]>,
) -> Result<PrivateKey, Failure> {
    match given {
        None => Ok(PrivateKey::generate_rsa(call.host, KEY_BITS)),
        Some(pem) => {
            Ok(PrivateKey::from_pem(pem)
                .map_err(|error| format!("parsing private key: {error}"))?)
        }
    }
}

fn certificate<H: Environment>(
    call: &mut Call<'_, H>,
    request: &Request<'_>,
    key: &PrivateKey,
    issuer: &Issuer<'_>,
) -> Result<Value, Failure> {
    let certificate = certificate::create(call.host, request, key, issuer)?;
    Ok(Certificate { certificate: certificate.into(), key: key.to_pem().into() }.into())
}

fn gen_authority<H: Environment>(
    call: &mut Call<'_, H>,
    args: &[Value],
    given: Option<&[u8]>,
) -> Result<Value, Failure> {
    let key = key(call, given)?;
    let request = Request {
        common_name: args.text(0),
        days: args.integer(1),
        ips: Vec::new(),
        names: Vec::new(),
        is_authority: true,
    };
    certificate(call, &request, &key, &Issuer { name: None, key_id: Vec::new(), key: &key })
}

fn leaf_request(args: &[Value]) -> Result<Request<'_>, Failure> {
    Ok(Request {
        common_name: args.text(0),
        ips: certificate::addresses(&args.items(1))?,
        names: certificate::host_names(&args.items(2))?,
        days: args.integer(3),
        is_authority: false,
    })
}

fn gen_self_signed<H: Environment>(
    call: &mut Call<'_, H>,
    args: &[Value],
    given: Option<&[u8]>,
) -> Result<Value, Failure> {
    let key = key(call, given)?;
    let request = leaf_request(args)?;
    certificate(call, &request, &key, &Issuer { name: None, key_id: Vec::new(), key: &key })
}

fn gen_signed<H: Environment>(
    call: &mut Call<'_, H>,
    args: &[Value],
    given: Option<&[u8]>,
) -> Result<Value, Failure> {
    let Some(authority) = args.value(4).downcast::<Certificate>() else {
        return Err(Failure::new("unable to decode certificate"));
    };
    let key = key(call, given)?;
    let parent = certificate::parse(&authority.certificate)?;
    let signer = PrivateKey::from_pem(&authority.key)
        .map_err(|error| format!("error parsing private key: {error}"))?;
    let request = leaf_request(args)?;
    if signer.public_info().is_some_and(|(_, info)| info != parent.public_info) {
        return Err(Failure::new(
            "error creating certificate: x509: provided PrivateKey doesn't match parent's PublicKey",
        ));
    }
    certificate(
        call,
        &request,
        &key,
        &Issuer { name: Some(parent.subject), key_id: parent.key_id, key: &signer },
    )
}
