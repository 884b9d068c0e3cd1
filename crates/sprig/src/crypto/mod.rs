//! Keys, certificates, passwords.

mod certificate;
mod cipher;
mod der;
mod function;
mod key;
mod password;
mod pem;
mod prime;
mod rsa;

pub(crate) use function::functions;
